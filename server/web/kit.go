// Package web has the mechanics of HTTP that all faces share: routes that describe
// themselves, the router over them, bodies that are read strictly, problem details,
// stored answers, limits and turns, and the description of it all. It knows no deal.
package web

import (
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/handsel-dev/handsel/orchestrator/idempotency"
)

// Settings are what the kit is made of. All are required.
type Settings struct {
	Log            *slog.Logger
	Now            func() time.Time // real time, for keys and limits
	NewID          func() string    // makes ids of requests that bring none
	Registry       *prometheus.Registry
	RateLimits     bool
	MaxBody        int64 // bytes
	RequestTimeout time.Duration
	TrustedProxies []string
	Replies        idempotency.Runner // of requests with a key that are no commands
	Pages          Pages              // whose scripts may call; the zero value: nobody's
}

// Kit is what all faces stand on: one clock, one log, one way to answer. It is
// safe for concurrent use.
type Kit struct {
	Settings
	// Waiting answers an error that is none: somebody else has to agree first.
	Waiting func(error) (status int, body []byte, waits bool)
	// Uploads are the files that are in memory at the same time.
	Uploads *Turns
	large   map[Access]*Turns // answers that are made at the same time, by crowd

	metrics  *httpMetrics
	failures *Limiter // failed authentications by address
	// preflights are what browsers ask before a script of a page calls, by address.
	preflights  *Limiter
	pageMethods map[string][]string // with which scripts may call a path
	known       *known
	faces       []Face

	limiters map[string]*Limiter // those that replicas share
	working  atomic.Int64        // requests that are being answered, but for those that last
	answered atomic.Int64        // when the last one was, in nanoseconds of Unix
	lasting  map[string]bool     // routes without a time limit, by method and path
	ending   chan struct{}
	end      func()
}

// NewKit makes a kit and registers its metrics.
func NewKit(s Settings) (*Kit, error) {
	metrics, err := newHTTPMetrics(s.Registry)
	if err != nil {
		return nil, err
	}
	k := &Kit{Settings: s, metrics: metrics, known: newKnown(), Uploads: NewTurns(maxUploads, maxUserUploads, errUploads), large: newLargeTurns(), limiters: map[string]*Limiter{}, lasting: map[string]bool{}, ending: make(chan struct{})}
	k.end = sync.OnceFunc(func() { close(k.ending) })
	k.failures, k.preflights = k.Limit("failures", 5, 20), k.Limit("preflights", 20, 100)
	return k, nil
}

// breath is how long somebody who sends one request after another takes for the next one.
const breath = 10 * time.Millisecond

// Busy reports whether requests are being answered, or one was a moment ago. Those that last
// count for nothing: they mostly wait.
func (k *Kit) Busy() bool {
	return k.working.Load() > 0 || k.Now().UnixNano()-k.answered.Load() < int64(breath)
}

// End makes requests that last end.
func (k *Kit) End() { k.end() }

// Ending is closed when requests that last are to end.
func (k *Kit) Ending() <-chan struct{} { return k.ending }

// Limit makes a limit that replicas share under a name, of so many requests a second
// with bursts. It is called before requests are served.
func (k *Kit) Limit(name string, perSecond, burst int64) *Limiter {
	l := NewLimiter(perSecond, burst)
	k.limiters[name] = l
	return l
}

// Face is one of the APIs: the routes that share how they refuse.
type Face struct {
	Tag     string   // of routes that have none; default: the second part of their path
	Refusal *Refusal // default: problem details
	Under   []string // paths, and beginnings of paths that end in a slash, where nothing else is
	Pages   bool     // scripts of web pages may call all its routes; see Pages
	Routes  []Route
}

// listed are the routes of a face with what they share.
func (f Face) listed() []Route {
	all := make([]Route, len(f.Routes))
	for i, r := range f.Routes {
		if r.Tag == "" {
			r.Tag = f.Tag
		}
		r.Refusal, r.Pages = f.Refusal, r.Pages || f.Pages
		all[i] = r
	}
	return all
}

// silence keeps gin from printing to standard output. Its mode belongs to the whole program and is
// not guarded, so it is set once.
var silence = sync.OnceFunc(func() { gin.SetMode(gin.ReleaseMode) })

func newRouter() *gin.Engine {
	silence()
	return gin.New()
}

// Mount makes the router of all faces.
func (k *Kit) Mount(faces ...Face) (*gin.Engine, error) {
	k.faces = faces
	r := newRouter()
	r.RedirectTrailingSlash = false // Slashed accepts one instead
	r.HandleMethodNotAllowed = true
	r.UseRawPath = true // a user id may hold an escaped slash
	if err := r.SetTrustedProxies(k.TrustedProxies); err != nil {
		return nil, err
	}
	k.pageMethods = forPages(faces)
	r.Use(k.observe, k.showToPages, k.oneLength, k.limitTime, k.refuseCardData)
	r.NoRoute(k.handle(Route{Serve: NoRoute}))
	r.NoMethod(k.handle(Route{Serve: noMethod}))
	for path, methods := range k.pageMethods {
		r.OPTIONS(path, k.handle(Route{Serve: k.preflight(methods)}))
	}
	for _, f := range faces {
		for _, route := range f.listed() {
			if err := route.repeatable(); err != nil {
				return nil, err
			}
			k.lasting[route.Method+ginPath(route.Path)] = route.Lasts
			r.Handle(route.Method, ginPath(route.Path), k.handle(route))
		}
	}
	return r, nil
}

func (k *Kit) handle(r Route) gin.HandlerFunc {
	return func(c *gin.Context) {
		defer LeaveTurn(c)
		var err error
		if r.large() {
			err = k.TakeTurn(c, r.crowd())
		}
		if err == nil {
			err = r.Serve(c, r)
		}
		if err != nil {
			k.fail(c, err)
		}
	}
}

// Slashed lets a path end in one slash more than its route, as in the customer's
// document.
func Slashed(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.URL.Path) > 1 && strings.HasSuffix(r.URL.Path, "/") {
			url := *r.URL
			url.Path, url.RawPath = url.Path[:len(url.Path)-1], strings.TrimSuffix(url.RawPath, "/")
			r = r.WithContext(r.Context())
			r.URL = &url
		}
		h.ServeHTTP(w, r)
	})
}

// Listed are the routes of some faces with all that they say of themselves.
func Listed(faces ...Face) []Route {
	var all []Route
	for _, f := range faces {
		all = append(all, f.listed()...)
	}
	return all
}

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
