package stripe_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/handsel-dev/handsel/sandbox/stripe"
)

// walker takes random steps and keeps books of its own from the effects.
type walker struct {
	e    *stripe.Emulator
	now  time.Time
	ids  map[string][]string // by the first letters
	fail func(format string, args ...any)
}

// answered is what the walk reads of all kinds of objects.
type answered struct {
	ID, Status         string
	Amount             int64
	Available, Pending []struct{ Amount int64 }
	Data               []struct {
		Status string
		Amount int64
	}
}

func (w *walker) call(method, path string, form url.Values) answered {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", formKind)
	r.SetBasicAuth("sk_test_1", "")
	if account := form.Get("account"); account != "" {
		r.Header.Set("Stripe-Account", account)
	}
	answer := httptest.NewRecorder()
	w.e.ServeHTTP(answer, r)
	if answer.Code >= 500 {
		w.fail("%s %s: %d", method, path, answer.Code)
	}
	var o answered
	if err := json.Unmarshal(answer.Body.Bytes(), &o); err != nil {
		w.fail("%s %s: %v", method, path, err)
	}
	return o
}

// make makes a call that may make something.
func (w *walker) make(path string, form url.Values) {
	if id := w.call(http.MethodPost, path, form).ID; id != "" {
		kind, _, _ := strings.Cut(id, "_")
		w.ids[kind] = append(w.ids[kind], id)
	}
}

// total is the balance of an account in euro, available and pending together.
func (w *walker) total(account string) (sum int64) {
	b := w.call(http.MethodGet, "/v1/balance", url.Values{"account": {account}})
	for _, a := range append(b.Available, b.Pending...) {
		sum += a.Amount
	}
	return sum
}

// paidOut is what payouts have taken out of the seller's balance and not brought back.
func (w *walker) paidOut() (sum int64) {
	for _, p := range w.call(http.MethodGet, "/v1/payouts?limit=100", url.Values{"account": {seller}}).Data {
		if p.Status != "failed" && p.Status != "canceled" {
			sum += p.Amount
		}
	}
	return sum
}

// TestWalk checks that money is neither made nor lost, whatever is called.
func TestWalk(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := &walker{now: start, ids: map[string][]string{}, fail: t.Fatalf}
		var err error
		w.e, err = stripe.New(stripe.Config{Accounts: []string{seller}, Fees: &stripe.Fees{}, Now: func() time.Time { return w.now }})
		if err != nil {
			t.Fatal(err)
		}
		defer w.e.Close()
		pick := func(kind string) string {
			return rapid.SampledFrom(append([]string{kind + "_0"}, w.ids[kind]...)).Draw(t, kind)
		}
		amount := func() string { return strconv.Itoa(rapid.IntRange(1, 300).Draw(t, "amount")) }
		steps := map[string]func(){
			"create": func() {
				w.make("/v1/payment_intents", url.Values{"amount": {amount()}, "currency": {"eur"}, "confirm": {"true"},
					"capture_method": {rapid.SampledFrom([]string{"manual", "automatic"}).Draw(t, "capture")},
					"payment_method": {rapid.SampledFrom([]string{"success", "pm_card_refundFail", "pm_card_createDispute", "processing"}).Draw(t, "card")}})
			},
			"capture": func() {
				w.call(http.MethodPost, "/v1/payment_intents/"+pick("pi")+"/capture", url.Values{"amount_to_capture": {amount()}})
			},
			"cancel": func() { w.call(http.MethodPost, "/v1/payment_intents/"+pick("pi")+"/cancel", nil) },
			"refund": func() {
				w.make("/v1/refunds", url.Values{"payment_intent": {pick("pi")}, "amount": {amount()}})
			},
			"transfer": func() {
				w.make("/v1/transfers", url.Values{"amount": {amount()}, "currency": {"eur"}, "destination": {seller}})
			},
			"reverse": func() {
				w.call(http.MethodPost, "/v1/transfers/"+pick("tr")+"/reversals", url.Values{"amount": {amount()}})
			},
			"pay":  func() { _ = w.e.Pay(pick("pi"), "success") }, // mostly refused
			"time": func() { w.now = w.now.Add(day); w.e.Tick() },
		}
		t.Repeat(map[string]func(*rapid.T){
			"step": func(t *rapid.T) {
				steps[rapid.SampledFrom([]string{"create", "capture", "cancel", "refund", "transfer", "reverse", "pay", "time"}).Draw(t, "step")]()
			},
			"": func(t *rapid.T) { w.check(t) },
		})
	})
}

// check compares the balances with what the effects tell.
func (w *walker) check(t *rapid.T) {
	sums := map[string]int64{}
	for _, e := range w.e.Effects() {
		sums[e.Operation] += e.Amount
	}
	for _, id := range w.ids["re"] {
		if r := w.call(http.MethodGet, "/v1/refunds/"+id, nil); r.Status == "failed" {
			sums["refund"] -= r.Amount
		}
	}
	moved := sums["transfer"] - sums["reverse"]
	platform, sold := w.total(""), w.total(seller)+w.paidOut()
	if want := sums["charge"] + sums["capture"] - sums["refund"] - sums["dispute"] - moved; platform != want {
		t.Fatalf("platform has %d, want %d: %v", platform, want, sums)
	}
	if sold != moved {
		t.Fatalf("seller has %d, want %d", sold, moved)
	}
	if moved < 0 || sums["capture"] > sums["authorize"] {
		t.Fatalf("sums: %v", sums)
	}
}
