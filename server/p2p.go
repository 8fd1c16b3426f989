package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/feed"
	"github.com/handsel-dev/handsel/internal/usertoken"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
)

// Exchange is what the faces of the P2P exchange stand on: the exchange under
// /api/v1/p2p, the buy flow under /p2p and the websocket /ws/p2p. Their callers
// are users with a token of their marketplace, not backends with an API key.
// Trading, Ads, Tokens, Feed, Hub, Tickets and Replies are required.
type Exchange struct {
	Trading  exchange.Trading
	Ads      *listings.Ads
	Tokens   Tokens
	Feed     Feed
	Hub      *feed.Hub // wakes websockets; a feed that grew without a wake is seen 2 s later
	Tickets  Tickets
	Replies  Replies
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
	// that may open the websocket. Clients that send no Origin are no browsers and
	// may.
	AllowedOrigins []string
	// LocalOrigins lets pages of this machine open it too, whatever their port. For
	// development.
	LocalOrigins bool
	// NewTicket makes the secret of a ticket, at least 128 random bits; that is the default.
	NewTicket func() string
}

// Tokens verifies users' tokens; usertoken.Verifier is one. Every failure is an
// Unauthenticated fault.
type Tokens interface {
	Verify(ctx context.Context, token string) (usertoken.User, error)
}

// Feed is what the websocket reads; feed.Store is one.
type Feed interface {
	// FeedEntries returns a user's entries above a number, oldest first.
	FeedEntries(ctx context.Context, community int64, user string, after int64, limit int) ([]feed.Entry, error)
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

// Replies keeps the answers to requests with an idempotency key; sqlstore.DB does.
type Replies interface {
	Reply(ctx context.Context, scope, key string) (r orchestrator.Reply, found bool, err error)
	// Once carries out a request that has no answer yet, and stores what it did and
	// its answer together: a crash leaves both or neither. What do does it does with the
	// context that it is given; its error undoes everything and leaves the key free.
	// first tells whether do was carried out; if not, stored is the answer of who was
	// first, or has no status while they are still at it.
	Once(ctx context.Context, r orchestrator.Reply, do func(context.Context) (status int, body []byte, err error)) (stored orchestrator.Reply, first bool, err error)
}

const defaultAsset money.Currency = "RUB"

func (x *Exchange) check(known money.Assets) error {
	if x == nil {
		return nil
	}
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

// traders is what a server remembers for the faces of the exchange.
type traders struct {
	reads    *limiter // requests that read, by user
	writes   *limiter // requests that change something, by user
	visitors *limiter // requests without a token, by address
	sockets  *sockets
}

// Requests a second and bursts; our choice.
func newTraders() traders {
	return traders{reads: newLimiter(50, 200), writes: newLimiter(10, 50), visitors: newLimiter(20, 100), sockets: newSockets()}
}

// p2p is the exchange's face under /api/v1/p2p: names, codes and shapes are those
// of the customer's exchange document, amounts are integers.
type p2p struct {
	*Server
	*Exchange
}

const p2pBase = "/api/v1/p2p/"

// p2pRoute is a route whose callers are users.
type p2pRoute struct {
	method, path string
	run          func(*request) error
	visitors     bool // may be called without a token
	operators    bool // does not exist for others
	raw          bool // the body, and the idempotency key that covers it, are read by run
	unkeyed      bool // a repeat is another one
}

func (s *Server) exchange() []Route {
	if s.Config.Exchange == nil {
		return nil
	}
	p := p2p{s, s.Config.Exchange}
	all := slices.Concat(p.adRoutes(), p.orderRoutes(), p.operatorRoutes(), p.evidenceRoutes(), buyFlow{p}.routes())
	routes := []Route{{http.MethodGet, "/ws/p2p", Users, "", p.openSocket}}
	for _, r := range all {
		routes = append(routes, p.route(r))
	}
	return routes
}

func (p p2p) route(r p2pRoute) Route {
	access, keying := Users, Keying("")
	if r.visitors {
		access = Public
	}
	if r.method == http.MethodPost && !r.unkeyed {
		keying = KeyHonoured
	}
	return Route{r.method, r.path, access, keying, func(c *gin.Context, _ caller) error {
		call, err := p.admitUser(c, r)
		if err != nil {
			return untouched(err)
		}
		if keying != "" && !r.raw && !call.dry {
			if done, err := call.keep(); done || err != nil {
				return err
			}
		}
		return r.run(call)
	}}
}
