// Package trade has what the faces of the exchange share: callers with a token of their
// marketplace, commands of the exchange that are carried out once, and how they refuse.
package trade

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/internal/usertoken"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// Exchange is what the faces of the P2P exchange stand on: the exchange under
// /api/v1/p2p, the buy flow under /p2p and the websocket /ws/p2p. Their callers
// are users with a token of their marketplace, not backends with an API key.
// Trading, Ads, Tokens, Feed, Hub, Tickets and Replies are required.
type Exchange struct {
	Trading  *exchange.Service
	Ads      *listings.Ads
	Tokens   Tokens
	Feed     Feed
	Hub      *notices.Hub // wakes websockets; a feed that grew without a wake is seen 2 s later
	Tickets  Tickets
	Replies  idempotency.Runner
	Evidence Evidence // default: the routes of evidence do not exist
	// Asset is what is traded where a request names nothing else; default RUB
	// (customer's document). Listed may be traded in addition.
	Asset  money.Currency
	Listed []money.Currency
	// Community is whose ads a visitor without a token sees; 0: such a visitor is
	// refused.
	Community int64
	// TokenInQuery accepts the websocket's ?token= of the customer's document. It puts
	// a token that lives long into other people's logs: off unless a client needs it.
	TokenInQuery bool
	// ReleaseEarly says that Trading lets a seller release before the buyer has marked
	// the payment. Only the buy flow does so then: the exchange's document does not.
	ReleaseEarly bool
	// AllowedOrigins are the origins, as "https://market.example.com", of the pages
	// whose scripts may call and open the websocket, for every community. Clients that
	// send no Origin are no browsers and may.
	AllowedOrigins []string
	// LocalOrigins lets pages of this machine too, whatever their port. For development.
	LocalOrigins bool
	// NewTicket makes the secret of a ticket, at least 128 random bits; that is the default.
	NewTicket func() string
}

// Evidence keeps the files that parties show an operator; conversations.Service is
// one.
type Evidence interface {
	Add(ctx context.Context, ref conversations.Ref, up conversations.Upload) (conversations.File, error)
	Files(ctx context.Context, ref conversations.Ref) ([]conversations.File, error)
	Open(ctx context.Context, ref conversations.Ref, id string) (conversations.File, []byte, error)
}

// Tokens verifies users' tokens; usertoken.Verifier is one. Every failure is an
// Unauthenticated fault.
type Tokens interface {
	Verify(ctx context.Context, token string) (usertoken.User, error)
}

// Feed is what the websocket reads; notices.Feeds is one.
type Feed interface {
	// FeedEntries returns a user's entries above a number, oldest first.
	FeedEntries(ctx context.Context, community int64, user string, after int64, limit int) ([]notices.Entry, error)
	// LastEntry is the number of a user's newest entry, 0 if there is none.
	LastEntry(ctx context.Context, community int64, user string) (int64, error)
}

// Tickets keeps what logs a user in at the websocket. Every replica sees them.
type Tickets interface {
	// PutTicket stores whom a ticket lets in, under the hash of its secret.
	PutTicket(ctx context.Context, hash string, holder []byte, expires time.Time) error
	// TakeTicket removes a ticket and returns its holder, if it is there and expires
	// after now. Of many callers at once one gets it.
	TakeTicket(ctx context.Context, hash string, now time.Time) (holder []byte, found bool, err error)
}

const defaultAsset money.Currency = "RUB"

// Checked returns a copy with what was left open, or what is wrong. Nil is no exchange.
func (x *Exchange) Checked(known money.Assets, random func() string) (*Exchange, error) {
	if x == nil {
		return nil, nil
	}
	return x.withDefaults(random), x.check(known)
}

func (x *Exchange) check(known money.Assets) error {
	for _, c := range append(slices.Clone(x.Listed), cmp.Or(x.Asset, defaultAsset)) {
		if _, ok := known.Scale(c); !ok {
			return fmt.Errorf("server: the exchange trades %s, whose decimals are not known", c)
		}
	}
	if x.Trading == nil || x.Ads == nil || x.Tokens == nil || x.Feed == nil || x.Hub == nil || x.Tickets == nil || x.Replies == nil {
		return errors.New("server: Exchange needs Trading, Ads, Tokens, Feed, Hub, Tickets and Replies")
	}
	return nil
}

// withDefaults returns a copy with what was left open.
func (x *Exchange) withDefaults(random func() string) *Exchange {
	filled := *x
	filled.Asset = cmp.Or(filled.Asset, defaultAsset)
	if filled.NewTicket == nil {
		filled.NewTicket = random
	}
	return &filled
}

// Kit is what the faces of the exchange share: their callers, who are users, and
// commands of the exchange that are carried out once. It is safe for concurrent use.
type Kit struct {
	*deal.Kit
	*Exchange
	reads    *web.Limiter // requests that read, by user
	writes   *web.Limiter // requests that change something, by user
	visitors *web.Limiter // requests without a token, by address
}

// NewKit makes the kit; requests a second and bursts are our choice.
func NewKit(k *deal.Kit, x *Exchange) *Kit {
	return &Kit{
		Kit: k, Exchange: x,
		reads: k.Limit("reads", 50, 200), writes: k.Limit("writes", 10, 50), visitors: k.Limit("visitors", 20, 100),
	}
}

// admission is how a call of a user is taken in.
type admission struct {
	operators bool // the route does not exist for others
	raw       bool // the body, and the idempotency key that covers it, are read by the route
}

// User lets users in, and visitors where the route lets them.
func (k *Kit) User(run func(*Request) error) web.Handler { return k.handler(admission{}, run) }

// Operator lets operators in; for everybody else the route does not exist.
func (k *Kit) Operator(run func(*Request) error) web.Handler {
	return k.handler(admission{operators: true}, run)
}

// Uploader is User for a route that reads the body, and then the key, itself.
func (k *Kit) Uploader(run func(*Request) error) web.Handler {
	return k.handler(admission{raw: true}, run)
}

func (k *Kit) handler(a admission, run func(*Request) error) web.Handler {
	return func(c *gin.Context, r web.Route) error {
		call, err := k.admitUser(c, r, a)
		if err != nil {
			return web.Untouched(err)
		}
		if r.Keying != "" && !a.raw && !call.dry {
			if done, err := call.Keep(); done || err != nil {
				return err
			}
		}
		return run(call)
	}
}
