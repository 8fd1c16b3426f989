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
	kit     *tradeKit
	user    exchange.User
	expires time.Time // of the token
	query   url.Values
	body    []byte            // JSON, not looked into yet; nil if none was sent
	key     *orchestrator.Key // nil: no idempotency key
	dry     bool              // only asks what the request would do
}

// admitUser authenticates a call, limits it, and reads what every route reads.
func (k *tradeKit) admitUser(c *gin.Context, r Route, a admission) (*request, error) {
	call := &request{Context: c, kit: k}
	if err := call.identify(r); err != nil {
		return nil, err
	}
	if err := call.limit(r.Method); err != nil {
		return nil, err
	}
	if a.operators && !call.user.Operator {
		return nil, noRoute(c, r)
	}
	var err error
	if call.query, err = r.query(c.Request.URL); err != nil {
		return nil, err
	}
	if call.dry, err = wantsDryRun(call.query); err != nil {
		return nil, err
	}
	if r.Method == http.MethodGet || a.raw {
		return call, nil
	}
	if call.body, err = readBody(c, k.MaxBody); err != nil {
		return nil, err
	}
	return call, nil
}

// identify finds out who calls.
func (r *request) identify(route Route) error {
	if route.Visitors && len(r.Request.Header.Values("Authorization")) == 0 && r.kit.Community != 0 {
		r.user = exchange.User{Community: r.kit.Community}
		return nil
	}
	token, err := bearer(r.Request)
	if err != nil {
		return err
	}
	u, err := r.kit.verify(r.Context, token)
	if err != nil {
		return err
	}
	r.user, r.expires = trader(u), u.Expires
	if u.Operator {
		if err := r.kit.Engine.CheckOperator(r.Request.Context(), u.Community, u.ID, false); err != nil {
			who := caller{key: apikey.Key{CommunityID: u.Community}, actor: process.Actor{Kind: process.Staff, ID: u.ID}}
			r.kit.refused(r.Context, who, true, err)
			return err
		}
	}
	identify(r.Context, u.Community, "", process.Actor{Kind: process.User, ID: u.ID}.String())
	return r.kit.Trading.Seen(r.Request.Context(), r.user)
}

// verify checks a token and slows down who guesses.
func (k *tradeKit) verify(c *gin.Context, token string) (usertoken.User, error) {
	if err := k.mayGuess(c, token); err != nil {
		return usertoken.User{}, err
	}
	u, err := k.read(c.Request.Context(), token)
	if err != nil && fault.CodeOf(err) == fault.Unauthenticated {
		if limited := k.guessed(c); limited != nil {
			return u, limited
		}
	}
	if err == nil {
		k.remember(token)
	}
	return u, err
}

// read is whom a token names. The name is stored and shown to others, as what is written
// in a body is.
func (k *tradeKit) read(ctx context.Context, token string) (usertoken.User, error) {
	u, err := k.Tokens.Verify(ctx, token)
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
	k := r.kit
	class, name := k.writes, strconv.FormatInt(r.user.Community, 10)+" "+r.user.ID
	switch {
	case r.user.ID == "":
		class, name = k.visitors, address(r.Context)
	case method == http.MethodGet:
		class = k.reads
	}
	defer k.announce(r.Context, class, name)
	return k.withinLimit(class, name)
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
