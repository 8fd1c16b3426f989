package paypal_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/sandbox/paypal"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// shop is a client of an emulator.
type shop struct {
	*paypal.Emulator
	t         *testing.T
	id, token string
}

func newShop(t *testing.T, change func(*paypal.Config)) *shop {
	t.Helper()
	c := paypal.Config{
		Now: func() time.Time { return start }, WallClock: func() time.Time { return start }, Seed: 7, PublicURL: "http://paypal.example.com",
		FaultTimeout: time.Millisecond, SlowDelay: time.Millisecond,
	}
	if change != nil {
		change(&c)
	}
	e, err := paypal.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	s := &shop{Emulator: e, t: t, id: "shop"}
	s.login()
	return s
}

// login gets a token.
func (s *shop) login() {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), http.MethodPost, "/v1/oauth2/token", strings.NewReader("grant_type=client_credentials"))
	r.SetBasicAuth(s.id, "secret")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	var got struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 {
		s.t.Fatalf("token: %d %s", w.Code, w.Body)
	}
	s.token = got.Token
}

// object is JSON as a client reads it.
type object struct {
	ID, Status, Name, Issue string
	Money                   string
	raw                     string
	status                  int
	links                   map[string]string
	parts                   map[string][]object
}

type rawObject struct {
	ID      string `json:"id"`
	Status  string `json:"status"`
	Name    string `json:"name"`
	Details []struct {
		Issue string `json:"issue"`
	} `json:"details"`
	Amount *struct {
		Value string `json:"value"`
	} `json:"amount"`
	Links []struct {
		Href string `json:"href"`
		Rel  string `json:"rel"`
	} `json:"links"`
	Units []struct {
		Payments map[string][]rawObject `json:"payments"`
	} `json:"purchase_units"`
}

func (r rawObject) object() object {
	o := object{ID: r.ID, Status: r.Status, Name: r.Name, links: map[string]string{}, parts: map[string][]object{}}
	if len(r.Details) > 0 {
		o.Issue = r.Details[0].Issue
	}
	if r.Amount != nil {
		o.Money = r.Amount.Value
	}
	for _, l := range r.Links {
		o.links[l.Rel] = l.Href
	}
	for _, u := range r.Units {
		for name, list := range u.Payments {
			for _, part := range list {
				o.parts[name] = append(o.parts[name], part.object())
			}
		}
	}
	return o
}

// do calls the API; headers are pairs.
func (s *shop) do(method, path, body string, headers ...string) object {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Prefer", "return=representation")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	var raw rawObject
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &raw); err != nil {
			s.t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
	}
	o := raw.object()
	o.raw, o.status = w.Body.String(), w.Code
	return o
}

func (s *shop) post(path, body string, headers ...string) object {
	s.t.Helper()
	return s.do(http.MethodPost, path, body, headers...)
}

func (s *shop) get(path string) object { s.t.Helper(); return s.do(http.MethodGet, path, "") }

// is wants a status.
func (o object) is(t *testing.T, status int) object {
	t.Helper()
	if o.status != status {
		t.Fatalf("%d %s, want %d", o.status, o.raw, status)
	}
	return o
}

// orderOf is the body of an order.
func orderOf(intent, currency, value, more string) string {
	return `{"intent":"` + intent + `","purchase_units":[{"amount":{"currency_code":"` + currency + `","value":"` + value + `"}` + more + `}]}`
}

// approved is an order that its buyer has approved.
func (s *shop) approved(intent, card, more string) string {
	s.t.Helper()
	id := s.post("/v2/checkout/orders", orderOf(intent, "EUR", "100.00", more)).is(s.t, 201).ID
	if err := s.Pay(id, card); err != nil {
		s.t.Fatal(err)
	}
	return id
}

// authorized is the path of an authorization.
func (s *shop) authorized(card string) string {
	s.t.Helper()
	o := s.post("/v2/checkout/orders/"+s.approved("AUTHORIZE", card, "")+"/authorize", "").is(s.t, 201)
	return "/v2/payments/authorizations/" + o.parts["authorizations"][0].ID
}

// captured is the path of a capture.
func (s *shop) captured(card string) string {
	s.t.Helper()
	return "/v2/payments/captures/" + s.post(s.authorized(card)+"/capture", `{"final_capture":true}`).is(s.t, 201).ID
}

func (s *shop) later(d time.Duration) {
	s.t.Helper()
	if err := s.Advance(d); err != nil {
		s.t.Fatal(err)
	}
	s.login()
}

func (s *shop) did(operation string) (n int) {
	for _, e := range s.Effects() {
		if e.Operation == operation {
			n++
		}
	}
	return n
}
