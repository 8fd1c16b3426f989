package stripe_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/sandbox/stripe"
)

func FuzzForm(f *testing.F) {
	for _, seed := range []string{
		"", "amount=100&currency=eur", "metadata[a]=1&metadata[b]=", "metadata=", "expand[]=a&expand[0]=b&expand[10]=c", "created[gte]=1&created[lt]=2",
		"a[b][c]=d", "a[=1", "a]=1", "[a]=1", "a[b]c=1", "a[[b]]=1", "%zz", "created[gt]=9223372036854775807", "=", "a;b=1",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		names, err := stripe.ParseForm(raw)
		if err != nil {
			return
		}
		for _, name := range names {
			if strings.HasPrefix(name, "[") || strings.Count(name, "[") != strings.Count(name, "]") {
				t.Errorf("accepted the name %q", name)
			}
		}
	})
}

// FuzzCreate sends any form to the largest call: it must be refused or make one payment intent, and never fail.
func FuzzCreate(f *testing.F) {
	f.Add("amount=1000&currency=eur&confirm=true&payment_method=success&expand[]=latest_charge.refunds")
	f.Add("amount=1000&currency=eur&metadata[a]=1&capture_method=manual")
	f.Add("amount=9223372036854775808&currency=EUR")
	f.Fuzz(func(t *testing.T, raw string) {
		e, err := stripe.New(stripe.Config{})
		must(t, err)
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "/v1/payment_intents", strings.NewReader(raw))
		r.Header.Set("Content-Type", formKind)
		r.SetBasicAuth("sk_test_1", "")
		e.ServeHTTP(w, r)
		switch w.Code {
		case 200, 400, 402:
		default:
			t.Errorf("%d: %s", w.Code, w.Body)
		}
	})
}

// FuzzRestore restores anything: it is refused, or it is a world in which every object can be read and time can pass.
func FuzzRestore(f *testing.F) {
	e, err := stripe.New(stripe.Config{Accounts: []string{seller}, Now: func() time.Time { return start }})
	must(f, err)
	ask := func(e *stripe.Emulator, method, path, body string) int {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", formKind)
		r.SetBasicAuth("sk_test_1", "")
		e.ServeHTTP(w, r)
		return w.Code
	}
	for _, card := range []string{"pm_card_visa", "pm_card_refundFail", "pm_card_createDispute", "pm_card_authenticationRequired", "pm_card_chargeDeclined"} {
		ask(e, "POST", "/v1/payment_intents", "amount=1000&currency=eur&confirm=true&payment_method="+card)
	}
	taken, err := e.Snapshot()
	must(f, err)
	f.Add(string(taken))
	f.Fuzz(func(t *testing.T, raw string) {
		e, err := stripe.New(stripe.Config{Now: func() time.Time { return start }})
		must(t, err)
		if e.Restore([]byte(raw)) != nil {
			return
		}
		for _, path := range []string{"payment_intents", "charges", "refunds", "transfers", "disputes", "balance_transactions", "events", "accounts", "balance"} {
			if code := ask(e, "GET", "/v1/"+path, ""); code != 200 && code != 502 && code != 500 && code != 429 {
				t.Errorf("%s: %d", path, code)
			}
		}
		_ = e.Advance(30 * day) // refused at the end of time
	})
}
