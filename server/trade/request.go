package trade

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
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// Request is a call of one of the exchange's faces by a user, or by a visitor
// where the route lets one in: then user has only a community.
type Request struct {
	*gin.Context
	kit     *Kit
	User    exchange.User
	Expires time.Time // of the token
	Query   url.Values
	Body    []byte            // JSON, not looked into yet; nil if none was sent
	Key     *orchestrator.Key // nil: no idempotency key
	dry     bool              // only asks what the request would do
}

// admitUser authenticates a call, limits it, and reads what every route reads.
func (k *Kit) admitUser(c *gin.Context, r web.Route, a admission) (*Request, error) {
	call := &Request{Context: c, kit: k}
	if err := call.identify(r); err != nil {
		return nil, err
	}
	if err := call.limit(r.Method); err != nil {
		return nil, err
	}
	if a.operators && !call.User.Operator {
		return nil, web.NoRoute(c, r)
	}
	var err error
	if call.Query, err = r.ReadQuery(c.Request.URL); err != nil {
		return nil, err
	}
	if call.dry, err = web.WantsDryRun(call.Query); err != nil {
		return nil, err
	}
	if r.Method == http.MethodGet || a.raw {
		return call, nil
	}
	if call.Body, err = web.ReadBody(c, k.MaxBody); err != nil {
		return nil, err
	}
	return call, nil
}

// identify finds out who calls.
func (r *Request) identify(route web.Route) error {
	if route.Visitors && len(r.Request.Header.Values("Authorization")) == 0 && r.kit.Community != 0 {
		r.User = exchange.User{Community: r.kit.Community}
		return nil
	}
	if route.Visitors {
		community, page, err := r.kit.Visitor(r.Context)
		if page || err != nil {
			r.User = exchange.User{Community: community}
			return err
		}
	}
	token, err := bearer(r.Request)
	if err != nil {
		return err
	}
	u, err := r.kit.Verify(r.Context, token)
	if err != nil {
		return err
	}
	r.User, r.Expires = Trader(u), u.Expires
	if u.Operator {
		if err := r.kit.Engine.CheckOperator(r.Request.Context(), u.Community, u.ID, false); err != nil {
			who := deal.Caller{Key: apikey.Key{CommunityID: u.Community}, Actor: process.Actor{Kind: process.Staff, ID: u.ID}}
			r.kit.Refused(r.Context, who, true, err)
			return err
		}
	}
	web.Identify(r.Context, u.Community, "", process.Actor{Kind: process.User, ID: u.ID}.String())
	return r.kit.Trading.Seen(r.Request.Context(), r.User)
}

// Verify checks a token and slows down who guesses.
func (k *Kit) Verify(c *gin.Context, token string) (usertoken.User, error) {
	if err := k.MayGuess(c, token); err != nil {
		return usertoken.User{}, err
	}
	u, err := k.Read(c.Request.Context(), token)
	if err != nil && fault.CodeOf(err) == fault.Unauthenticated {
		if limited := k.Guessed(c); limited != nil {
			return u, limited
		}
	}
	if err == nil {
		k.Remember(token)
	}
	return u, err
}

// Read is whom a token names. The name is stored and shown to others, as what is written
// in a body is.
func (k *Kit) Read(ctx context.Context, token string) (usertoken.User, error) {
	u, err := k.Tokens.Verify(ctx, token)
	if err == nil && web.HoldsCardNumber(u.Name) {
		return usertoken.User{}, fault.New(fault.Unauthenticated, "invalid_token", "the name in the user token holds a card number; sign a token with the user's name")
	}
	return u, err
}

// Trader is the user of a token as the exchange knows them.
func Trader(u usertoken.User) exchange.User {
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
func (r *Request) limit(method string) error {
	k := r.kit
	class, name := k.writes, strconv.FormatInt(r.User.Community, 10)+" "+r.User.ID
	switch {
	case r.User.ID == "":
		class, name = k.visitors, web.Address(r.Context)
	case method == http.MethodGet:
		class = k.reads
	}
	defer k.Announce(r.Context, class, name)
	return k.Within(class, name)
}

// PathID reads an id of the path; what is no id of ours is not found.
func (r *Request) PathID(missing error) (int64, error) {
	text := r.Param("id")
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 || text[0] < '1' || text[0] > '9' {
		return 0, missing
	}
	return id, nil
}

// Read decodes the body, which must be there.
func (r *Request) Read(into any) error {
	if len(r.Body) == 0 {
		return fault.New(fault.Invalid, "body_missing", "this needs a JSON body")
	}
	return web.Decode(r.Body, web.BesidesDetails, into)
}

// ReadOptional decodes the body, if there is one.
func (r *Request) ReadOptional(into any) error {
	if len(r.Body) == 0 {
		return nil
	}
	return web.Decode(r.Body, web.BesidesDetails, into)
}

// Nothing refuses a body with fields.
func (r *Request) Nothing() error { return r.ReadOptional(&struct{}{}) }
