package server

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/internal/usertoken"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// request is a call of one of the exchange's faces by a user, or by a visitor
// where the route lets one in: then user has only a community.
type request struct {
	*gin.Context
	p2p     p2p
	user    exchange.User
	expires time.Time // of the token
	query   url.Values
	body    []byte            // JSON, not looked into yet; nil if none was sent
	key     *orchestrator.Key // nil: no idempotency key
	dry     bool              // only asks what the request would do
}

// admitUser authenticates a call, limits it, and reads what every route reads.
func (p p2p) admitUser(c *gin.Context, r p2pRoute) (*request, error) {
	call := &request{Context: c, p2p: p}
	if err := call.identify(r); err != nil {
		return nil, err
	}
	if err := call.limit(r.method); err != nil {
		return nil, err
	}
	if r.operators && !call.user.Operator {
		return nil, noRoute(c, caller{})
	}
	var err error
	if call.query, err = p.Server.query(c.Request.URL, r.method, r.path); err != nil {
		return nil, err
	}
	if call.dry, err = wantsDryRun(call.query); err != nil {
		return nil, err
	}
	if r.method == http.MethodGet || r.raw {
		return call, nil
	}
	if call.body, err = readBody(c, p.MaxBody); err != nil {
		return nil, err
	}
	return call, nil
}

// identify finds out who calls.
func (r *request) identify(route p2pRoute) error {
	if route.visitors && len(r.Request.Header.Values("Authorization")) == 0 && r.p2p.Community != 0 {
		r.user = exchange.User{Community: r.p2p.Community}
		return nil
	}
	token, err := bearer(r.Request)
	if err != nil {
		return err
	}
	u, err := r.p2p.verify(r.Context, token)
	if err != nil {
		return err
	}
	r.user, r.expires = trader(u), u.Expires
	if u.Operator {
		if err := r.p2p.Engine.CheckOperator(r.Request.Context(), u.Community, u.ID, false); err != nil {
			who := caller{key: apikey.Key{CommunityID: u.Community}, actor: process.Actor{Kind: process.Staff, ID: u.ID}}
			r.p2p.refused(r.Context, who, true, err)
			return err
		}
	}
	r.Set(callerKey, caller{key: apikey.Key{CommunityID: u.Community}, actor: process.Actor{Kind: process.User, ID: u.ID}})
	return r.p2p.Trading.Seen(r.Request.Context(), r.user)
}

// verify checks a token and slows down who guesses.
func (p p2p) verify(c *gin.Context, token string) (usertoken.User, error) {
	if err := p.mayGuess(c, token); err != nil {
		return usertoken.User{}, err
	}
	u, err := p.read(c.Request.Context(), token)
	if err != nil && fault.CodeOf(err) == fault.Unauthenticated {
		if limited := p.guessed(c); limited != nil {
			return u, limited
		}
	}
	if err == nil {
		p.known.add(token, p.Now())
	}
	return u, err
}

// read is whom a token names. The name is stored and shown to others, as what is written
// in a body is.
func (p p2p) read(ctx context.Context, token string) (usertoken.User, error) {
	u, err := p.Tokens.Verify(ctx, token)
	if err == nil && holdsCardNumber(u.Name) {
		return usertoken.User{}, fault.New(fault.Unauthenticated, "invalid_token", "the name in the user token holds a card number; sign a token with the user's name")
	}
	return u, err
}

func trader(u usertoken.User) exchange.User {
	return exchange.User{Community: u.Community, ID: u.ID, Name: u.Name, Operator: u.Operator}
}

// bearer takes the token out of a request.
func bearer(r *http.Request) (string, error) {
	values := r.Header.Values("Authorization")
	if len(values) == 1 {
		scheme, token, ok := strings.Cut(values[0], " ")
		if token = strings.TrimSpace(token); ok && strings.EqualFold(scheme, "Bearer") && token != "" {
			return token, nil
		}
	}
	return "", fault.New(fault.Unauthenticated, "unauthenticated", "send your token: Authorization: Bearer …")
}

// limit counts a call against its user and class, or against its address.
func (r *request) limit(method string) error {
	s := r.p2p.Server
	if r.user.ID == "" {
		defer s.announce(r.Context, s.traders.visitors, address(r.Context))
		return s.withinLimit(s.traders.visitors, address(r.Context))
	}
	class := s.traders.writes
	if method == http.MethodGet {
		class = s.traders.reads
	}
	name := strconv.FormatInt(r.user.Community, 10) + " " + r.user.ID
	defer s.announce(r.Context, class, name)
	return s.withinLimit(class, name)
}

// pathID reads an id of the path; what is no id of ours is not found.
func (r *request) pathID(missing error) (int64, error) {
	text := r.Param("id")
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 || text[0] < '1' || text[0] > '9' {
		return 0, missing
	}
	return id, nil
}

// read decodes the body, which must be there.
func (r *request) read(into any) error {
	if len(r.body) == 0 {
		return fault.New(fault.Invalid, "body_missing", "this needs a JSON body")
	}
	return decode(r.body, besidesDetails, into)
}

// readOptional decodes the body, if there is one.
func (r *request) readOptional(into any) error {
	if len(r.body) == 0 {
		return nil
	}
	return decode(r.body, besidesDetails, into)
}

// nothing refuses a body with fields.
func (r *request) nothing() error { return r.readOptional(&struct{}{}) }
