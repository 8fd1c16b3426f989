package sandbox_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/sandbox/braintree"
	"github.com/handsel-dev/handsel/sandbox/paypal"
	"github.com/handsel-dev/handsel/sandbox/paytrail"
	"github.com/handsel-dev/handsel/sandbox/stripe"
)

// BenchmarkPayments opens payments at every emulator but Trustap's, for which that is
// BenchmarkCreate, without a network, and tells what each of them weighs there.
func BenchmarkPayments(b *testing.B) {
	b.Run("stripe", func(b *testing.B) {
		e, err := stripe.New(stripe.Config{PublicURL: "https://stripe.example.com"})
		must(b, err)
		opens(b, e, func(int) *http.Request {
			r := posted("/v1/payment_intents", "amount=5000&currency=eur&confirm=true&payment_method=pm_card_visa&capture_method=manual")
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Authorization", "Bearer sk_test_bench")
			return r
		})
	})
	b.Run("paypal", func(b *testing.B) {
		e, err := paypal.New(paypal.Config{PublicURL: "https://paypal.example.com"})
		must(b, err)
		login := posted("/v1/oauth2/token", "grant_type=client_credentials")
		login.SetBasicAuth("bench", "secret")
		var got struct {
			Token string `json:"access_token"`
		}
		must(b, json.Unmarshal(served(b, e, login), &got))
		opens(b, e, func(int) *http.Request {
			r := posted("/v2/checkout/orders", `{"intent":"AUTHORIZE","purchase_units":[{"amount":{"currency_code":"EUR","value":"50.00"}}]}`)
			r.Header.Set("Authorization", "Bearer "+got.Token)
			return r
		})
	})
	b.Run("braintree", func(b *testing.B) {
		m := braintree.Example()
		e, err := braintree.New(braintree.Config{PublicURL: "https://braintree.example.com"})
		must(b, err)
		opens(b, e, func(int) *http.Request {
			r := posted("/graphql", `{"query":"mutation($input: AuthorizePaymentMethodInput!) { authorizePaymentMethod(input: $input) { transaction { id status } } }",
				"variables":{"input":{"paymentMethodId":"fake-valid-nonce","transaction":{"amount":"50.00"}}}}`)
			r.SetBasicAuth(m.Public, m.Private)
			r.Header.Set("Braintree-Version", "2019-01-01")
			return r
		})
	})
	b.Run("paytrail", func(b *testing.B) {
		e, err := paytrail.New(paytrail.Config{PublicURL: "https://paytrail.example.com"})
		must(b, err)
		opens(b, e, func(n int) *http.Request {
			return signed("375917", "SAIPPUAKAUPPIAS", `{"stamp":"bench-`+strconv.Itoa(n)+`","reference":"r1","amount":1590,"currency":"EUR","language":"EN",
				"customer":{"email":"bea@example.com"},"redirectUrls":{"success":"https://shop.example.com/ok","cancel":"https://shop.example.com/no"}}`, n)
		})
	})
}

func opens(b *testing.B, e http.Handler, request func(n int) *http.Request) {
	b.Helper()
	n := 0
	served(b, e, request(n))
	before := heap()
	for b.Loop() {
		n++
		e.ServeHTTP(httptest.NewRecorder(), request(n))
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
	b.ReportMetric((float64(heap())-float64(before))/float64(n), "kept-B/op")
	runtime.KeepAlive(e)
}

func served(b *testing.B, e http.Handler, r *http.Request) []byte {
	b.Helper()
	w := httptest.NewRecorder()
	if e.ServeHTTP(w, r); w.Code >= 300 || strings.Contains(w.Body.String(), `"errors"`) {
		b.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Body.Bytes()
}

func posted(path, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return r
}

// signed is a payment as Paytrail takes it.
func signed(merchant, secret, body string, n int) *http.Request {
	r := posted("/payments", body)
	text := ""
	for _, h := range [][2]string{ // in order
		{"checkout-account", merchant}, {"checkout-algorithm", "sha256"}, {"checkout-method", "POST"},
		{"checkout-nonce", strconv.Itoa(n)}, {"checkout-timestamp", "2030-03-01T09:00:00.000Z"},
	} {
		r.Header.Set(h[0], h[1])
		text += h[0] + ":" + h[1] + "\n"
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text + body))
	r.Header.Set("signature", hex.EncodeToString(mac.Sum(nil)))
	return r
}
