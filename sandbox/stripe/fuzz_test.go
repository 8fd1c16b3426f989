package stripe_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

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
