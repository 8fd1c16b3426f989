// Package server is the HTTP face of Handsel: the native API under /v1, the
// customer's transaction API under /transactions/v1, the endpoints that gateways
// report to, and operations. It turns requests into calls of the engine and
// faults into RFC 9457 problem details; it holds no rule of its own.
//
// Every request is made with an API key, as "Authorization: Bearer hsk_…" or as
// the user name of HTTP basic authentication. The key names the community. A
// backend may say for whom it acts:
//
//	Handsel-Actor: <user id>       acts as that user, and may do what that user may
//	Handsel-Operator: <staff id>   acts as the marketplace's staff; the key needs the scope "operator"
//
// Without either the key acts as the marketplace's backend, for either side.
package server

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
)

// Keys finds stored API keys.
type Keys interface {
	// FindKey finds the key with a public id (apikey.ID).
	FindKey(ctx context.Context, id string) (k apikey.Key, found bool, err error)
}

// Profiles keeps what gateways have to know about users.
type Profiles interface {
	SaveProfile(ctx context.Context, p orchestrator.Profile) error
}

// Fees keeps what marketplaces charge.
type Fees interface {
	// Fees is a community's policy; the zero one charges nothing.
	Fees(ctx context.Context, community int64) (pricing.Policy, error)
	// SaveFees replaces it for deals that are opened from now on.
	SaveFees(ctx context.Context, community int64, p pricing.Policy, by orchestrator.By) error
}

// Receiver takes in what gateways report; webhooks.Receiver is one.
type Receiver interface {
	// Admit refuses a message by its header, before its body is read.
	Admit(gateway string, header http.Header) error
	// Receive verifies and stores one message. A fault says why it was refused.
	Receive(ctx context.Context, gateway string, header http.Header, body []byte) error
}

// Config is what a server needs. Engine, Keys, Profiles and IDs are required.
type Config struct {
	Engine   *orchestrator.Engine
	Keys     Keys
	Profiles Profiles
	IDs      publicid.Codec // must be the same on every replica
	Gateways Receiver       // default: every gateway is unknown
	Calendar Calendar       // default: Listings, or no listing is kept here
	// Listings keeps listings, and is the default Calendar; another Calendar must
	// know them too. Default: the routes of listings do not exist.
	Listings *listings.Service
	// Conversations keeps read marks, reviews and evidence. Default: their routes do
	// not exist.
	Conversations Conversations
	// Fees is where the routes of a community's fees read and write. The engine reads
	// its own Policy; both should be one store. Default: those routes do not exist.
	Fees Fees
	// StripePage is the page to pay on at Stripe. Default: there is none.
	StripePage *StripePage
	// Letterheads is where how a community writes is read and written. Default: its
	// routes do not exist.
	Letterheads Letterheads
	// Audit keeps the audit log. Default: its route does not exist.
	Audit orchestrator.Auditor
	// Replies keeps the answers to keyed requests that are no commands of the engine.
	// Default: those routes do not honour Idempotency-Key.
	Replies Replies
	// Exchange has what the faces of the P2P exchange need. Default: there are none.
	Exchange *Exchange
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
	// NoDevKeys refuses the keys of handsel dev, which were printed.
	NoDevKeys bool
	// TrustedProxies may name the client's address in X-Forwarded-For (addresses or
	// CIDR blocks). Default: none, the address is the connection's.
	TrustedProxies []string
	MaxBody        int64         // bytes of a request body; default 1 MiB
	RequestTimeout time.Duration // default 30 s; a gateway call under way is finished all the same
}

const (
	maxAPIBody     = 1 << 20
	maxWebhookBody = 256 << 10
)

// Server answers HTTP requests. It is safe for concurrent use, and any number of
// servers may run beside each other on one store.
type Server struct {
	Config
	router   *gin.Engine
	metrics  *httpMetrics
	keys     *limiter // requests by key
	failures *limiter // failed authentications by address
	refusals *limiter // lines in the audit log of what a key may not do
	known    *known
	used     *used // keys, until that is stored
	uploads  *uploads
	messages *uploads // of gateways
	traders  traders
	draining atomic.Bool
	pay      *payPage
	queries  map[string][]string // see queryNames

	// description is made for whoever asks for it first.
	description func() (manual, error)
}

// New checks the configuration and returns a server.
func New(c Config) (*Server, error) {
	if c.Engine == nil || c.Keys == nil || c.Profiles == nil || c.IDs == (publicid.Codec{}) {
		return nil, errors.New("server: Engine, Keys, Profiles and IDs are required")
	}
	if err := c.Exchange.check(c.Assets); err != nil {
		return nil, err
	}
	c.setDefaults()
	metrics, err := newHTTPMetrics(c.Registry)
	if err != nil {
		return nil, err
	}
	s := &Server{Config: c, metrics: metrics, keys: newLimiter(200, 400), failures: newLimiter(5, 20), refusals: newRefusals(), known: newKnown(), used: newUsed(), uploads: newUploads(maxUploads, maxUserUploads, errUploads), messages: newUploads(maxMessages, maxAddressMessages, errMessages), traders: newTraders(), queries: queryNames()}
	if s.pay, err = newPayPage(c.StripePage); err != nil {
		return nil, err
	}
	s.description = sync.OnceValues(func() (manual, error) { return newManual(s.routes()) })
	s.router, err = s.newRouter()
	return s, err
}

func (c *Config) setDefaults() {
	if c.Gateways == nil {
		c.Gateways = noGateways{}
	}
	if c.Calendar == nil && c.Listings != nil {
		c.Calendar = keptListings{c.Listings}
	}
	if c.Calendar == nil {
		c.Calendar = noListings{}
	}
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
	if c.Exchange != nil {
		c.Exchange = c.Exchange.withDefaults(rand.Text)
	}
	if c.Registry == nil {
		c.Registry = prometheus.NewRegistry()
	}
	if c.MaxBody == 0 {
		c.MaxBody = maxAPIBody
	}
	if c.RequestTimeout == 0 {
		c.RequestTimeout = 30 * time.Second
	}
}

func (s *Server) newRouter() (*gin.Engine, error) {
	gin.SetMode(gin.ReleaseMode) // else gin prints to standard output
	r := gin.New()
	r.RedirectTrailingSlash = false // Handler accepts one instead
	r.HandleMethodNotAllowed = true
	r.UseRawPath = true // a user id may hold an escaped slash
	if err := r.SetTrustedProxies(s.TrustedProxies); err != nil {
		return nil, err
	}
	r.Use(s.observe, s.oneLength, s.limitTime, s.refuseCardData)
	r.NoRoute(s.public(noRoute))
	r.NoMethod(s.public(noMethod))
	for _, route := range s.routes() {
		r.Handle(route.Method, ginPath(route.Path), s.handle(route))
	}
	return r, nil
}

// Handler returns the HTTP handler. A path may end in one slash more than its
// route, as in the customer's document.
func (s *Server) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.URL.Path) > 1 && strings.HasSuffix(r.URL.Path, "/") {
			url := *r.URL
			url.Path, url.RawPath = url.Path[:len(url.Path)-1], strings.TrimSuffix(url.RawPath, "/")
			r = r.WithContext(r.Context())
			r.URL = &url
		}
		s.router.ServeHTTP(w, r)
	})
}

// Drain makes /readyz answer 503 from now on, so that a load balancer sends no
// more requests before the server is shut down. Requests are still answered.
func (s *Server) Drain() { s.draining.Store(true) }

// HTTPServer returns a server for a handler with limits against slow and
// oversized requests: 5 s for the header, 15 s for the whole request, 60 s for
// the answer, 2 minutes of silence, 32 KiB of header.
func HTTPServer(addr string, h http.Handler) *http.Server {
	return &http.Server{
		Addr: addr, Handler: h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ConnContext:       watch,
		ConnState:         watchNext,
	}
}
