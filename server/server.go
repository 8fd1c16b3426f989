// Package server mounts the faces of Handsel on one HTTP handler: the native API under
// /v1, the customer's transaction API, the exchange and its buy flow, the endpoints that
// gateways report to, and operations. Each face is a room of its own beside this package;
// they stand on web, deal and trade. Faces turn requests into calls of the engine and
// faults into answers; none holds a rule of its own.
package server

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/server/buyflow"
	"github.com/handsel-dev/handsel/server/comeback"
	"github.com/handsel-dev/handsel/server/console"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/exchangeapi"
	"github.com/handsel-dev/handsel/server/gatewaysin"
	"github.com/handsel-dev/handsel/server/guide"
	"github.com/handsel-dev/handsel/server/hooks"
	"github.com/handsel-dev/handsel/server/mailstop"
	"github.com/handsel-dev/handsel/server/native"
	"github.com/handsel-dev/handsel/server/paypage"
	"github.com/handsel-dev/handsel/server/portal"
	"github.com/handsel-dev/handsel/server/sharetribe"
	"github.com/handsel-dev/handsel/server/socket"
	"github.com/handsel-dev/handsel/server/trade"
	"github.com/handsel-dev/handsel/server/vocabulary"
	"github.com/handsel-dev/handsel/server/web"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

// Config is what a server needs. Engine, Keys, Profiles, Books, Replies and IDs are required.
type Config struct {
	Engine   *orchestrator.Engine
	Keys     deal.Keys
	Profiles native.Profiles
	Books    native.Books        // the ledger
	IDs      publicid.Codec      // must be the same on every replica
	Gateways gatewaysin.Receiver // default: every gateway is unknown
	Source   deal.ListingSource  // default: Listings, or no listing is kept here
	// Listings keeps listings, and is the default Source; another Source must
	// know them too. Default: the routes of listings do not exist.
	Listings *listings.Service
	// Conversations keeps read marks, reviews and evidence. Default: their routes do
	// not exist.
	Conversations native.Conversations
	// Fees is where the routes of a community's fees read and write. The engine reads
	// its own Policy; both should be one store. Default: those routes do not exist.
	Terms native.Terms
	// StripePage is the page to pay on at Stripe. Default: there is none.
	StripePage *paypage.Config
	// Letterheads is where how a community writes is read and written. Default: its
	// routes do not exist.
	Letterheads native.Letterheads
	// MailStops answers the links that stop e-mails. Default: those routes do not exist.
	MailStops mailstop.Desk
	// Templates are the e-mails that a community has written itself. Default: their routes do
	// not exist.
	Templates native.MailTemplates
	// Approvals and Holds are read for those who decide. Default: the routes of approvals,
	// or of what is on hold, do not exist.
	Approvals native.Approvals
	Holds     native.Holds
	// Origins keeps the web pages whose scripts may call, by community. Default: its routes
	// do not exist, and only what Exchange allows may.
	Origins native.Origins
	// Webhooks looks after where events are sent. Default: there are no such routes.
	Webhooks *outbound.Desk
	// Passes let people into the pages on which they look after Webhooks. Default: there are
	// none.
	Passes *outbound.Passes
	// Console lets staff into the pages on which they see where money is. Default: there are none.
	Console *console.Door
	// Sums are the books added up, for the console. Default: there is no console.
	Sums   console.Sums
	Finder console.Finder // searches deals, for the console too
	// Timeline reads what happened around a deal, for the console, and keeps notes.
	Timeline console.Timeline
	People   console.People // users, for the console too
	MailLog  console.Mails  // e-mails that were sent, for the console
	KeyDesk  console.Keys   // looks after the keys of backends, for the console
	// Arrivals are what gateways reported, for the console. Default: there is no console.
	Arrivals console.Arrivals
	// Jobs are the automatic work, for the console. Default: there is no console.
	Jobs console.Jobs
	Late console.Late // rows of them
	// Events is the log of events, and Hub wakes who waits for the next one. Default: the
	// routes of events do not exist.
	Events events.Log
	Hub    *notices.Hub
	// Audit keeps the audit log. Default: its route does not exist.
	Audit orchestrator.Auditor
	// Replies keeps the answers to keyed requests that are no commands of the engine.
	Replies idempotency.Runner
	// Exchange has what the faces of the P2P exchange need. Default: there are none.
	Exchange *trade.Exchange
	// Sockets are the open websockets; default: none yet.
	Sockets *socket.Sockets
	// Assets are what there is besides the currencies of ISO 4217: balances are kept in
	// them, and the exchange trades them. Default: nothing.
	Assets money.Assets
	// Ready tells whether requests can be served, e.g. that the database answers.
	// Default: always.
	Ready func(ctx context.Context) error
	Log   *slog.Logger     // default: discards
	Now   func() time.Time // real time, for keys and limits; default time.Now
	// NewID makes request ids for requests that bring none; default 130 random bits.
	NewID func() string
	// Registry collects the metrics; default: one of its own.
	Registry *prometheus.Registry
	// RateLimits answers 429 above 200 requests a second per key, with bursts of
	// 400, and above 5 failed authentications a second per address.
	RateLimits bool
	// Mode is that of the gateways: keys of another mode are refused, so that no test
	// moves money. Default: keys of both modes are taken.
	Mode apikey.Mode
	// TryKey is the key with which the documents let a developer try calls. Default: they are asked for one.
	TryKey func() string
	// Playground is that of handsel dev; default: there is none.
	Playground console.Playground
	// NoDevKeys refuses the keys of handsel dev, which were printed.
	NoDevKeys bool
	// TrustedProxies may name the client's address in X-Forwarded-For (addresses or
	// CIDR blocks). Default: none, the address is the connection's.
	TrustedProxies []string
	MaxBody        int64         // bytes of a request body; default 1 MiB
	RequestTimeout time.Duration // default 30 s; a gateway call in progress is finished all the same
}

const maxAPIBody = 1 << 20

// Server answers HTTP requests. It is safe for concurrent use, and any number of
// servers may run beside each other on one store.
type Server struct {
	Config
	web      *web.Kit
	deals    *deal.Kit
	faces    []web.Face
	router   *gin.Engine
	draining atomic.Bool
}

// New checks the configuration and returns a server.
func New(c Config) (*Server, error) {
	if c.Engine == nil || c.Keys == nil || c.Profiles == nil || c.Books == nil || c.Replies == nil || c.IDs == (publicid.Codec{}) {
		return nil, errors.New("server: Engine, Keys, Profiles, Books, Replies and IDs are required")
	}
	var err error
	if c.Exchange, err = c.Exchange.Checked(c.Assets, rand.Text); err != nil {
		return nil, err
	}
	c.setDefaults()
	s := &Server{Config: c}
	s.web, err = web.NewKit(web.Settings{
		Log: c.Log, Now: func() time.Time { return s.Now() }, NewID: c.NewID, Registry: c.Registry, RateLimits: c.RateLimits, MaxBody: c.MaxBody,
		RequestTimeout: c.RequestTimeout, TrustedProxies: c.TrustedProxies, Replies: c.Replies, Pages: c.pages(),
	})
	if err != nil {
		return nil, err
	}
	s.deals = deal.NewKit(s.web, deal.Services{
		Engine: c.Engine, Keys: c.Keys, IDs: c.IDs, Assets: c.Assets, Audit: c.Audit, Source: c.Source, Mode: c.Mode, NoDevKeys: c.NoDevKeys,
	}, c.Listings)
	if s.faces, err = s.mounted(); err != nil {
		return nil, err
	}
	s.router, err = s.web.Mount(s.faces...)
	return s, err
}

// pages are those whose scripts may call.
func (c Config) pages() web.Pages {
	var p web.Pages
	if c.Origins != nil {
		p.Of = c.Origins.OriginCommunities
	}
	if c.Exchange != nil {
		p.Everywhere, p.Local = c.Exchange.AllowedOrigins, c.Exchange.LocalOrigins
	}
	return p
}

// mounted are the faces of this server. A face is one line here.
func (s *Server) mounted() ([]web.Face, error) {
	faces := []web.Face{{Tag: "operations", Routes: s.operations()}}
	if s.StripePage != nil {
		page, err := paypage.Face(*s.StripePage, s.payee)
		if err != nil {
			return nil, err
		}
		faces = append(faces, page)
	}
	parts := native.Parts{Profiles: s.Profiles, Books: s.Books, Listings: s.Listings, Conversations: s.Conversations, Terms: s.Terms, Letterheads: s.Letterheads, Origins: s.Origins, Templates: s.Templates, Approvals: s.Approvals, Holds: s.Holds, Webhooks: s.Webhooks, Passes: s.Passes, Events: s.Events, Hub: s.Hub}
	if s.Exchange != nil {
		parts.Rules = s.Exchange.Trading
	}
	faces = append(faces, native.Face(s.deals, parts), sharetribe.Face(s.deals))
	if s.Exchange != nil {
		k := trade.NewKit(s.deals, s.Exchange)
		faces = append(faces, exchangeapi.Face(k), buyflow.Face(k), socket.Face(k, s.Sockets))
	}
	faces = append(faces, gatewaysin.Face(s.Gateways), comeback.Face(s.Engine))
	if s.MailStops != nil {
		faces = append(faces, mailstop.Face(s.MailStops))
	}
	if s.Webhooks != nil && s.Passes != nil && s.Events != nil && s.Audit != nil {
		faces = append(faces, portal.Face(portal.Parts{Desk: s.Webhooks, Passes: s.Passes, Log: s.Events, IDs: s.IDs, Now: s.Engine.Now, Name: s.communityName}))
	}
	if s.hasConsole() {
		faces = append(faces, console.Face(s.desk()))
	}
	faces = append(faces, guide.Faces(s.hasConsole(), s.Routes, s.TryKey)...)
	faces = slices.Insert(faces, 1, web.Manual(deal.AlsoAnswered(), vocabulary.Words, faces...))
	if s.hasConsole() && s.Playground != nil {
		faces = append(faces, console.PlayFace(s.desk())) // which is no part of what is described
	}
	return faces, nil
}

// desk is what the console is made of.
func (s *Server) desk() console.Parts {
	return console.Parts{Talks: s.Conversations, Trading: s.trading(), Traders: s.traders(), Terms: s.Terms, Letterheads: s.Letterheads, Templates: s.Templates, Origins: s.Origins, Keys: s.KeyDesk, Assets: s.Assets, Mode: s.Mode, People: s.People, Shelf: s.shelf(), Ads: s.ads(), Mails: s.MailLog, Engine: s.Engine, Door: s.Console, Books: s.Books, Sums: s.Sums, Finder: s.Finder, Timeline: s.Timeline, Arrivals: s.Arrivals, Hooks: s.rooms(console.Webhooks), Jobs: s.Jobs, Late: s.Late, Approvals: s.Approvals, Audit: s.Audit, IDs: s.IDs, Replies: s.Replies, Name: s.communityName, Log: s.Events, Hub: s.Hub, Ending: s.web.Ending(), Playground: s.Playground}
}

// trading is the exchange, for who decides its disputes; nil: there is none.
func (s *Server) trading() console.Trading {
	if s.Exchange == nil {
		return nil
	}
	return s.Exchange.Trading
}

// shelf and ads are what is on offer; nil: there is none of that.
func (s *Server) shelf() console.Shelf {
	if s.Listings == nil {
		return nil
	}
	return s.Listings
}

func (s *Server) ads() console.Ads {
	if s.Exchange == nil {
		return nil
	}
	return s.Exchange.Ads
}

// traders are those of the exchange; nil: there is none.
func (s *Server) traders() console.Traders {
	if s.Exchange == nil {
		return nil
	}
	return s.Exchange.Trading
}

// rooms are those of webhook endpoints, at a path; without a desk there are none.
func (s *Server) rooms(home string) hooks.Rooms {
	if s.Events == nil {
		return hooks.Rooms{}
	}
	return hooks.Rooms{Desk: s.Webhooks, Log: s.Events, IDs: s.IDs, Home: home}
}

func (c Config) hasConsole() bool {
	return c.Console != nil && c.Sums != nil && c.Finder != nil && c.People != nil && c.KeyDesk != nil && c.MailLog != nil && c.Terms != nil && c.Letterheads != nil && c.Timeline != nil && c.Arrivals != nil && c.Jobs != nil && c.Late != nil && c.Audit != nil && c.Approvals != nil
}

// communityName is what a community calls itself; empty: nothing that is known here.
func (s *Server) communityName(ctx context.Context, community int64) (string, error) {
	if s.Letterheads == nil {
		return "", nil
	}
	head, err := s.Letterheads.Letterhead(ctx, community)
	return head.Marketplace, err
}

// payee is whom a payment at Stripe pays. What is not known is left out: the page pays without it, too.
func (s *Server) payee(ctx context.Context, payment string) paypage.Payee {
	tx, err := s.Engine.PaidBy(ctx, "stripe", payment)
	if err != nil || s.Letterheads == nil {
		return paypage.Payee{}
	}
	head, err := s.Letterheads.Letterhead(ctx, tx.CommunityID)
	if err != nil {
		return paypage.Payee{}
	}
	return paypage.Payee{Marketplace: head.Marketplace, Deal: head.DealLink(strconv.FormatInt(tx.ID, 10))}
}

// Routes lists every route of the server, with all that it says of itself.
func (s *Server) Routes() []web.Route { return web.Listed(s.faces...) }

func (c *Config) setDefaults() {
	if c.Ready == nil {
		c.Ready = func(context.Context) error { return nil }
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.NewID == nil {
		c.NewID = func() string { return "req_" + strings.ToLower(rand.Text()) }
	}
	if c.Registry == nil {
		c.Registry = prometheus.NewRegistry()
	}
	if c.Sockets == nil {
		c.Sockets = socket.NewSockets()
	}
	if c.MaxBody == 0 {
		c.MaxBody = maxAPIBody
	}
	if c.RequestTimeout == 0 {
		c.RequestTimeout = 30 * time.Second
	}
}

// Handler returns the HTTP handler. A path may end in one slash more than its
// route, as in the customer's document.
func (s *Server) Handler() http.Handler { return web.Slashed(s.router) }

// Busy reports whether requests are being answered, but for those that last.
func (s *Server) Busy() bool { return s.web.Busy() }

// Drain makes /readyz answer 503 from now on, so that a load balancer sends no
// more requests before the server is shut down. Requests are still answered.
func (s *Server) Drain() {
	s.draining.Store(true)
	s.web.End()
}

// CloseSockets ends the open websockets and waits for them until ctx ends. Call it
// when the HTTP server shuts down: http.Server.Shutdown does not know them.
func (s *Server) CloseSockets(ctx context.Context) error { return s.Sockets.Close(ctx) }

// UsedKeys are the ids of the API keys that were used, and when, since it was asked
// last; once a minute for each key at most.
func (s *Server) UsedKeys() map[string]time.Time { return s.deals.UsedKeys() }

// Spent returns what this server let through since it was asked last, those first
// that used most of their limit.
func (s *Server) Spent() []web.Spent { return s.web.Spent() }

// SpentElsewhere counts what another replica let through.
func (s *Server) SpentElsewhere(all []web.Spent) { s.web.SpentElsewhere(all) }
