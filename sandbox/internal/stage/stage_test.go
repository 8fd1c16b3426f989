package stage_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// The toy is all that an emulator has to write: a gateway with orders that are paid on a page and lapse after an hour.

type order struct {
	ID     string
	Status string
	Timer  uint64
}

func (o *order) Name() string { return o.ID }

type orders struct {
	*stage.Core
	Orders stage.Shelf[*order]
}

type toy struct{ stage *stage.Stage[*orders] }

type saved struct {
	stage.SavedClock
	Orders stage.Shelf[*order]
	stage.SavedTraffic
}

var kind = sync.OnceValue(func() *stage.Kind[*orders] {
	return &stage.Kind[*orders]{
		Routes:   []stage.Route{{Name: "create_order", Method: "POST", Path: "/orders"}},
		Refusing: map[string]func() stage.Reply{"rate_limit": func() stage.Reply { return stage.Reply{Status: 429} }},
		Save: func(s *orders) stage.Value {
			out := saved{Orders: s.Orders}
			out.SavedClock, out.SavedTraffic = s.Saved(1)
			return out
		},
		Load: func(s *orders, raw []byte) bool {
			var in saved
			if json.Unmarshal(raw, &in) != nil || in.Version != 1 || !s.Load(in.SavedClock, in.SavedTraffic) {
				return false
			}
			s.Orders = in.Orders
			var again []stage.Again
			for _, o := range s.Orders.All {
				again = append(again, stage.Again{Order: o.Timer, Set: func() { s.lapse(o) }})
			}
			stage.SetAgain(again)
			return true
		},
	}
})

var routes = sync.OnceValue(func() *stage.Router[*toy] {
	return stage.Front[*toy, *orders]{
		Kind: kind(), Stage: func(e *toy) *stage.Stage[*orders] { return e.stage },
		Call: func(e *toy, _ int, w http.ResponseWriter, r *http.Request) { e.create(w, r) },
		Pages: func(t *stage.Router[*toy]) {
			stage.RouteTill(t, kind(), "/pay/{id}", func(e *toy, r *http.Request) (stage.Till, error) {
				id := r.PathValue("id")
				return till{e.stage.Find(func(s *orders) bool { _, ok := s.Orders.Get(id); return ok }), id}, nil
			})
		},
		Unknown: func(*http.Request) stage.Reply { return stage.Reply{Status: http.StatusNotFound} },
	}.Router()
})

func (e *toy) ServeHTTP(w http.ResponseWriter, r *http.Request) { routes().Serve(e, w, r) }

func (e *toy) create(w http.ResponseWriter, r *http.Request) {
	key, _, _ := r.BasicAuth()
	of, err := e.stage.ForKey(key)
	if err != nil {
		stage.Reply{Status: stage.RefusalOf(err).Status}.Write(w)
		return
	}
	stage.Serve(of, w, r, "create_order", func(t stage.Treatment) (answer stage.Reply, done func()) {
		if t.Effect {
			stage.Do(of, func(s *orders) {
				o := &order{ID: "o_" + s.Random(), Status: "open"}
				s.Orders.Add(o)
				s.lapse(o)
				s.tell(o)
				answer = stage.Reply{Status: http.StatusOK, Body: stage.JSON(o)}
			})
		}
		if t.Failing {
			answer = stage.Reply{Status: http.StatusInternalServerError}
		}
		return answer, nil
	})
}

func (s *orders) lapse(o *order) {
	o.Timer = s.Timers.Set(s.Now().Add(time.Hour), func(time.Time) {
		if o.Status == "open" {
			o.Status = "lapsed"
			s.tell(o)
		}
	})
}

func (s *orders) tell(o *order) {
	s.Emit(stage.Delivery{EventID: fmt.Sprint("e", s.Told+1), Type: o.Status, Body: stage.JSON(o)})
}

type till struct {
	world *stage.World[*orders]
	id    string
}

func (p till) See(chosen string) (page stage.PayPage, err error) {
	err = stage.Refuse("not_found")
	stage.Do(p.world, func(s *orders) {
		if o, ok := s.Orders.Get(p.id); ok {
			page, err = stage.PayPage{Gateway: "Toy", For: o.Status, Total: "3 EUR", Reference: o.ID}, nil
			if o.Status == "open" {
				page.Ways = append([]stage.Way{{Card: "success", Text: "Pay"}}, stage.Declines([]string{"expired_card"})...)
			}
			if chosen == "ask" {
				page.Question = "Your bank asks"
			}
		}
	})
	return page, err
}

func (p till) Press(card string) (back string) {
	if _, err := p.Pay(card); err != nil {
		return ""
	}
	return "http://shop.example.com/"
}

func (p till) Pay(card string) (v stage.Value, err error) {
	err = stage.Refuse("invalid_card")
	stage.Do(p.world, func(s *orders) {
		if o, ok := s.Orders.Get(p.id); ok && card == "success" {
			o.Status, v, err = "paid", o, nil
			s.tell(o)
		}
	})
	return v, err
}

// world is a toy with a shop that listens.
type world struct {
	*toy
	t    *testing.T
	mu   sync.Mutex
	told []string
}

func newWorld(t *testing.T, cfg stage.Config) *world {
	t.Helper()
	x := &world{t: t}
	shop := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.told = append(x.told, r.Header.Get("Signature"))
	}))
	cfg.Start = time.Date(2030, 3, 1, 9, 0, 0, 0, time.UTC)
	cfg.FaultTimeout, cfg.SlowDelay = time.Millisecond, time.Millisecond
	cfg.Endpoint = stage.Endpoint{URL: shop.URL, Secret: "s"}
	cfg.Sign = func(r *http.Request, body []byte, to stage.Endpoint) {
		var o order
		_ = json.Unmarshal(body, &o)
		r.Header.Set("Signature", to.Secret+":"+o.Status)
	}
	on, err := stage.New(kind(), cfg, func(c *stage.Core) *orders { return &orders{Core: c} })
	if err != nil {
		t.Fatal(err)
	}
	x.toy = &toy{on}
	t.Cleanup(func() { _ = on.Close(); shop.Close() })
	return x
}

func (x *world) ask(key, method, path, body string) (int, string) {
	x.t.Helper()
	r := httptest.NewRequestWithContext(x.t.Context(), method, path, strings.NewReader(body))
	r.Host = "127.0.0.1"
	r.Header.Set("Content-Type", "application/json")
	if strings.HasPrefix(body, "card=") {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if key != "" {
		r.SetBasicAuth(key, "")
	}
	w := httptest.NewRecorder()
	x.ServeHTTP(w, r)
	return w.Code, w.Header().Get("Location") + w.Body.String()
}

func (x *world) order(key string) string {
	x.t.Helper()
	var o order
	_, body := x.ask(key, "POST", "/orders", "")
	if err := json.Unmarshal([]byte(body), &o); err != nil {
		x.t.Fatalf("%v: %s", err, body)
	}
	return o.ID
}

func (x *world) heard() string {
	x.t.Helper()
	if err := x.stage.Main().WaitDelivered(x.t.Context()); err != nil {
		x.t.Fatal(err)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	return strings.Join(x.told, " ")
}

func (x *world) want(key, method, path, body string, status int, part string) {
	x.t.Helper()
	if code, got := x.ask(key, method, path, body); code != status || !strings.Contains(got, part) {
		x.t.Errorf("%s %s %s: %d %s, want %d with %q", method, path, body, code, got, status, part)
	}
}

// hanging is a shop that has begun to read a webhook, and never answers.
type hanging chan struct{}

func (h hanging) RoundTrip(r *http.Request) (*http.Response, error) {
	h <- struct{}{}
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// A webhook that the end of the emulator cuts off is no fault of who was to receive it.
func TestClose_quiet(t *testing.T) {
	t.Parallel()
	log, began := &bytes.Buffer{}, make(hanging)
	x := newWorld(t, stage.Config{Logger: slog.New(slog.NewTextHandler(log, nil)), HTTPClient: &http.Client{Transport: began}})
	x.want("", "POST", "/pay/"+x.order("a"), `{"card":"success"}`, 200, `"Status":"paid"`)
	<-began
	if err := x.stage.Close(); err != nil || log.Len() > 0 {
		t.Errorf("%v, it says %s", err, log)
	}
}

func TestToy(t *testing.T) {
	t.Parallel()
	x := newWorld(t, stage.Config{})
	first, second := x.order("a"), x.order("b")
	x.want("", "GET", "/pay/"+first, "", 200, "<h1>open</h1>")
	x.want("", "GET", "/pay/"+second, "", 200, "<h1>open</h1>")
	x.want("", "GET", "/pay/o_0", "", 404, "not_found")
	x.want("", "POST", "/pay/"+first, "card=ask", 303, "/pay/"+first+"?chosen=ask")
	x.want("", "GET", "/pay/"+first+"?chosen=ask", "", 200, "Your bank asks")
	x.want("", "POST", "/pay/"+first+"?shop=1&chosen=ask", "card=expired_card", 303, "/pay/"+first+"?chosen=expired_card&shop=1")
	x.want("", "GET", "/pay/"+first+"?chosen=expired_card", "", 200, "The payment was declined. The card is too old.")
	x.want("", "GET", "/pay/"+first+"?chosen=<script>", "", 200, "<title>Pay 3 EUR – Toy sandbox</title>")
	x.want("", "POST", "/pay/"+first, "card=success", 303, "http://shop.example.com/")
	x.want("", "POST", "/pay/"+second, `{"card":"success"}`, 200, `"Status":"paid"`)
	x.want("", "POST", "/pay/"+second, `{"card":"no"}`, 400, "invalid_card")
	x.want("b", "GET", "/_sandbox/webhooks", "", 200, `"number":2`)
	x.want("a", "POST", "/_sandbox/webhooks/e1/resend", "", 200, `"resend_of":1`)
	x.want("a", "POST", "/_sandbox/webhooks/2/resend", "", 200, `"resend_of":2`)
	x.want("a", "POST", "/_sandbox/webhooks/9/resend", "", 404, "not_found")
	x.want("a", "POST", "/_sandbox/webhooks/e9/resend", "", 400, "invalid_id")
	x.want("", "GET", "/_sandbox", "", 200, `"name":"create_order"`)
	x.want("", "GET", "/_sandbox/", "", 200, `"name":"create_order"`)
}

func TestSnapshotGoesOn(t *testing.T) {
	t.Parallel()
	x := newWorld(t, stage.Config{})
	id := x.order("a")
	x.heard()
	_, taken := x.ask("", "GET", "/_sandbox/snapshot", "")
	x.want("", "POST", "/_sandbox/clock/advance", `{"seconds":3600}`, 200, "10:00:00")
	x.want("", "GET", "/pay/"+id, "", 200, "lapsed")
	x.heard()
	x.want("", "POST", "/_sandbox/restore", taken, 200, "09:00:00")
	x.want("", "GET", "/pay/"+id, "", 200, "open")
	x.want("", "POST", "/_sandbox/clock/advance", `{"seconds":3600}`, 200, "10:00:00")
	x.want("", "GET", "/pay/"+id, "", 200, "lapsed")
	if got := x.heard(); got != "s:open s:lapsed s:lapsed" {
		t.Errorf("heard %q", got)
	}
	if x.order("a") == id {
		t.Error("an id was drawn twice")
	}
	x.want("", "PUT", "/_sandbox/snapshot", `{"version":1,"Orders":[{"ID":"a"},{"ID":"a"}]}`, 400, "invalid_snapshot")
	x.want("", "PUT", "/_sandbox/snapshot", `{"version":1,"Orders":[null]}`, 400, "invalid_snapshot")
}

func TestFaultsTreatCalls(t *testing.T) {
	t.Parallel()
	for fault, want := range map[string]struct{ status, orders int }{
		"error_before": {500, 0}, "error_after": {500, 1}, "html": {502, 0}, "rate_limit": {429, 0}, "slow": {200, 1},
		"broken_json": {200, 1}, "cut_before": {200, 0}, "cut_after": {200, 1}, "timeout_before": {200, 0}, "timeout_after": {200, 1},
	} {
		x := newWorld(t, stage.Config{})
		x.want("", "PUT", "/_sandbox/faults", `[{"operation":"create_order","kind":"`+fault+`"}]`, 200, fault)
		x.want("a", "POST", "/orders", "", want.status, "")
		x.want("", "GET", "/_sandbox/requests", "", 200, `"fault":"`+fault+`"`)
		made := 0
		stage.Do(x.stage.Main(), func(s *orders) { made = len(s.Orders.All) })
		if made != want.orders {
			t.Errorf("%s: %d orders, want %d", fault, made, want.orders)
		}
	}
	if len(kind().FaultKinds()) != 10 {
		t.Errorf("kinds: %v are not all tested", kind().FaultKinds())
	}
}

func TestDueStepsWaitForATick(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 3, 1, 9, 0, 0, 0, time.UTC)
	x := newWorld(t, stage.Config{Now: func() time.Time { return now }, Follow: true, ByTick: true})
	id := x.order("a")
	now = now.Add(time.Hour)
	x.want("", "GET", "/pay/"+id, "", 200, "open")
	if at, ok := x.stage.Main().Next(); !ok || !at.Equal(now) {
		t.Errorf("next is %s, %v", at, ok)
	}
	x.stage.Main().Tick()
	x.want("", "GET", "/pay/"+id, "", 200, "lapsed")
}

func TestBadSettings(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]stage.Config{
		"delay": {SlowDelay: -1}, "timeout": {FaultTimeout: -1}, "origin": {PublicURL: "example.com"}, "webhook": {Endpoint: stage.Endpoint{URL: "ftp://a"}},
	} {
		if _, err := stage.New(kind(), cfg, func(c *stage.Core) *orders { return &orders{Core: c} }); err == nil {
			t.Errorf("%s: New took it", name)
		}
	}
}

type kept struct{ id string }

func (k *kept) Name() string { return k.id }

// A shelf with a bound forgets its oldest half, and finds what is left.
func TestShelfKeep(t *testing.T) {
	t.Parallel()
	var h stage.Shelf[*kept]
	for i := range 11 {
		h.Add(&kept{fmt.Sprint(i)})
		h.Keep(10)
	}
	if _, found := h.Get("5"); found || len(h.All) != 5 || h.All[0].id != "6" {
		t.Errorf("%d are left, the fifth is there: %t", len(h.All), found)
	}
	if _, found := h.Get("10"); !found {
		t.Error("the newest is forgotten")
	}
}
