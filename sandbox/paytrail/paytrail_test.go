package paytrail_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"hash"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/sandbox/paytrail"
)

const (
	shop, shopSecret = "375917", "SAIPPUAKAUPPIAS"
	mall, mallSecret = "695861", "MONISAIPPUAKAUPPIAS"
)

var start = time.Date(2030, 3, 1, 9, 0, 0, 0, time.UTC)

// world is an emulator with a shop that listens.
type world struct {
	*paytrail.Emulator
	t   *testing.T
	url string // of the shop
	n   int    // calls so far

	mu     sync.Mutex
	now    time.Time
	heard  []url.Values
	refuse int // answers with 500 before it takes a callback
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: start}
	front := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if r.Method != http.MethodGet {
			t.Errorf("called back with %s", r.Method)
		}
		w.heard = append(w.heard, r.URL.Query())
		if w.refuse > 0 {
			w.refuse--
			rw.WriteHeader(http.StatusInternalServerError)
		}
	}))
	w.url = front.URL
	e, err := paytrail.New(paytrail.Config{Now: w.time, Seed: 1, PublicURL: "http://127.0.0.1:8425", FaultTimeout: time.Millisecond, SlowDelay: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	w.Emulator = e
	t.Cleanup(func() { _ = e.Close(); front.Close() })
	return w
}

func (w *world) time() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// signOf is written anew here: what the emulator shares with no client it shares with no test.
func signOf(secret, algorithm string, params map[string]string, body string) string {
	of := map[string]func() hash.Hash{"sha256": sha256.New, "sha512": sha512.New}[algorithm]
	if of == nil {
		of = sha256.New // of an algorithm that there is none of
	}
	text := ""
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if strings.HasPrefix(name, "checkout-") {
			text += name + ":" + params[name] + "\n"
		}
	}
	mac := hmac.New(of, []byte(secret))
	_, _ = io.WriteString(mac, text+body)
	return hex.EncodeToString(mac.Sum(nil))
}

// caller is who calls, and what is odd about it.
type caller struct {
	merchant, secret, algorithm string
	change                      func(http.Header)
}

// ask calls the API, checks that the answer is signed, and returns it.
func (w *world) ask(c caller, method, path, body string) (int, map[string]any) {
	w.t.Helper()
	w.n++
	if c.merchant == "" {
		c.merchant, c.secret = shop, shopSecret
	}
	if c.algorithm == "" {
		c.algorithm = "sha256"
	}
	params := map[string]string{
		"checkout-account": c.merchant, "checkout-algorithm": c.algorithm, "checkout-method": method, "checkout-nonce": strconv.Itoa(w.n), "checkout-timestamp": "2030-03-01T09:00:00.000Z",
	}
	if parts := strings.Split(path, "/"); len(parts) > 2 {
		params[map[bool]string{true: "checkout-tokenization-id", false: "checkout-transaction-id"}[parts[1] == "tokenization"]] = parts[2]
	}
	r := httptest.NewRequestWithContext(w.t.Context(), method, path, strings.NewReader(body))
	for name, value := range params {
		r.Header.Set(name, value)
	}
	r.Header.Set("signature", signOf(c.secret, c.algorithm, params, body))
	if c.change != nil {
		c.change(r.Header)
	}
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, r)
	var out map[string]any
	if err := json.Unmarshal(answer.Body.Bytes(), &out); err != nil {
		w.t.Fatalf("%d %s", answer.Code, answer.Body)
	}
	if answer.Code == http.StatusUnauthorized {
		return answer.Code, out
	}
	signed := map[string]string{}
	for name := range answer.Header() {
		signed[strings.ToLower(name)] = answer.Header().Get(name)
	}
	if answer.Code != http.StatusTooManyRequests && (answer.Header().Get("signature") != signOf(c.secret, c.algorithm, signed, answer.Body.String()) || answer.Header().Get("request-id") == "") {
		w.t.Errorf("the answer is not signed: %v", answer.Header())
	}
	return answer.Code, out
}

// body is a payment of 15.90 with members changed by their text.
func (w *world) body(changes ...string) string {
	w.n++
	b := `{"stamp":"s` + strconv.Itoa(w.n) + `","reference":"r1","amount":1590,"currency":"EUR","language":"EN","items":[{"unitPrice":530,"units":3,"vatPercentage":25.5,"productCode":"p"}],` +
		`"customer":{"email":"bea@example.com"},"redirectUrls":{"success":"https://shop.example.com/ok?deal=1","cancel":"https://shop.example.com/no"},` +
		`"callbackUrls":{"success":"` + w.url + `/ok?deal=1","cancel":"` + w.url + `/no"}}`
	return strings.NewReplacer(changes...).Replace(b)
}

func (w *world) open(changes ...string) string {
	w.t.Helper()
	status, out := w.ask(caller{}, "POST", "/payments", w.body(changes...))
	if status != 201 {
		w.t.Fatalf("%d %v", status, out)
	}
	return text(out["transactionId"])
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func (w *world) delivered() []url.Values {
	w.t.Helper()
	if err := w.WaitDelivered(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.heard
}

// The example of a call that Paytrail publishes is taken.
func TestSigned_published(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := `{"stamp":"unique-identifier-for-merchant","reference":"3759170","amount":1525,"currency":"EUR","language":"FI","items":[{"unitPrice":1525,"units":1,"vatPercentage":25.5,"productCode":"#1234","deliveryDate":"2018-09-01"}],"customer":{"email":"test.customer@example.com"},"redirectUrls":{"success":"https://ecom.example.com/cart/success","cancel":"https://ecom.example.com/cart/cancel"}}`
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/payments", strings.NewReader(body))
	for name, value := range map[string]string{
		"checkout-account": shop, "checkout-algorithm": "sha256", "checkout-method": "POST", "checkout-nonce": "564635208570151",
		"checkout-timestamp": "2018-07-06T10:01:31.904Z", "signature": "9a4a7735279de4c99268e4566a5526ae887e73e6e58f2918cb2309ccac366129",
	} {
		r.Header.Set(name, value)
	}
	for _, want := range []int{201, 401} { // the second is a replay
		answer := httptest.NewRecorder()
		w.ServeHTTP(answer, r.Clone(t.Context()))
		if r.Body = io.NopCloser(strings.NewReader(body)); answer.Code != want {
			t.Errorf("%d %s, want %d", answer.Code, answer.Body, want)
		}
	}
}

func TestSigned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, c := range map[string]caller{
		"another secret":    {merchant: shop, secret: mallSecret},
		"nobody's merchant": {merchant: "1", secret: shopSecret},
		"another algorithm": {merchant: shop, secret: shopSecret, change: func(h http.Header) { h.Set("checkout-algorithm", "md5") }},
		"no nonce":          {merchant: shop, secret: shopSecret, change: func(h http.Header) { h.Del("checkout-nonce") }},
		"a header more":     {merchant: shop, secret: shopSecret, change: func(h http.Header) { h.Set("checkout-extra", "1") }},
	} {
		if status, out := w.ask(c, "POST", "/payments", w.body()); status != 401 || out["status"] != "error" {
			t.Errorf("%s: %d %v", name, status, out)
		}
	}
	if status, out := w.ask(caller{shop, shopSecret, "sha512", nil}, "POST", "/payments", w.body()); status != 201 {
		t.Errorf("SHA-512: %d %v", status, out)
	}
	if n := len(w.Effects()); n != 1 {
		t.Errorf("%d effects", n)
	}
}

func TestCreate_refused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inMall := `"productCode":"p","merchant":"695874","stamp":"i1","reference":"r"`
	for name, tc := range map[string]struct {
		c       caller
		changes []string
	}{
		"no JSON":                {changes: []string{"{", ""}},
		"no stamp":               {changes: []string{`"stamp":"s`, `"other":"s`}},
		"too much":               {changes: []string{"1590", "99999999"}},
		"nothing":                {changes: []string{"1590", "0"}},
		"dollars":                {changes: []string{"EUR", "USD"}},
		"German":                 {changes: []string{`"EN"`, `"DE"`}},
		"no e-mail":              {changes: []string{"bea@example.com", ""}},
		"plain http":             {changes: []string{"https://shop.example.com/no", "http://shop.example.com/no"}},
		"items of less":          {changes: []string{`"units":3`, `"units":2`}},
		"VAT of two decimals":    {changes: []string{"25.5", "25.55"}},
		"VAT above all":          {changes: []string{"25.5", "100.1"}},
		"an ordinary merchant's": {changes: []string{`"productCode":"p"`, inMall}},
		"an aggregate without":   {c: caller{mall, mallSecret, "", nil}},
		"the aggregate itself":   {c: caller{mall, mallSecret, "", nil}, changes: []string{`"productCode":"p"`, strings.Replace(inMall, "695874", mall, 1)}},
		"too much commission":    {c: caller{mall, mallSecret, "", nil}, changes: []string{`"productCode":"p"`, inMall + `,"commission":{"merchant":"2","amount":1591}`}},
	} {
		if status, out := w.ask(tc.c, "POST", "/payments", w.body(tc.changes...)); status != 400 || out["status"] != "error" || text(out["message"]) == "" {
			t.Errorf("%s: %d %v", name, status, out)
		}
	}
	if status, out := w.ask(caller{mall, mallSecret, "", nil}, "POST", "/payments", w.body(`"productCode":"p"`, inMall+`,"commission":{"merchant":"2","amount":1590}`)); status != 201 {
		t.Errorf("shop-in-shop: %d %v", status, out)
	}
	body := w.body()
	for _, want := range []int{201, 400} { // a stamp is taken once
		if status, out := w.ask(caller{}, "POST", "/payments", body); status != want {
			t.Errorf("%d %v, want %d", status, out, want)
		}
	}
}

// What a buyer does on the page is shown, led back with and called back, all of it signed.
func TestPay(t *testing.T) {
	t.Parallel()
	for card, want := range map[string]string{"success": "ok", "cancel": "fail", "pending": "pending", "delayed": "delayed"} {
		t.Run(card, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.open()
			r := httptest.NewRequestWithContext(t.Context(), "POST", "/pay/"+id, strings.NewReader("card="+card))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			answer := httptest.NewRecorder()
			w.ServeHTTP(answer, r)
			back, err := url.Parse(answer.Header().Get("Location"))
			if err != nil || answer.Code != http.StatusSeeOther {
				t.Fatalf("%d %v", answer.Code, answer.Header())
			}
			path := map[bool]string{true: "/no", false: "/ok"}[want == "fail"]
			heard := w.delivered()
			if back.Path != path || len(heard) != 1 {
				t.Fatalf("led to %s, called back %v", back, heard)
			}
			for _, q := range []url.Values{back.Query(), heard[0]} {
				params := map[string]string{}
				for name := range q {
					params[name] = q.Get(name)
				}
				if q.Get("signature") != signOf(shopSecret, "sha256", params, "") || q.Get("checkout-status") != want || q.Get("checkout-transaction-id") != id || q.Get("checkout-amount") != "1590" {
					t.Errorf("told %v", q)
				}
				if want != "fail" && q.Get("deal") != "1" {
					t.Errorf("the address lost its own parameter: %v", q)
				}
			}
			if status, out := w.ask(caller{}, "GET", "/payments/"+id, ""); status != 200 || out["status"] != want || out["href"] != nil {
				t.Errorf("%d %v", status, out)
			}
			again := w.Pay(id, "success")
			if over := want == "ok" || want == "fail"; over != (again != nil) {
				t.Errorf("paid again: %v", again)
			}
		})
	}
}

// A callback that is not taken is sent again, three times in all, and faults lose or double it.
func TestCallbacks(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]int{"": 3, "lose": 0, "duplicate": 4} {
		t.Run("fault "+kind, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.refuse = 2
			id := w.open()
			if kind != "" {
				if err := w.SetFaults([]paytrail.Fault{{Route: "webhook", Kind: kind}}); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Pay(id, "success"); err != nil {
				t.Fatal(err)
			}
			if heard := w.delivered(); len(heard) != want {
				t.Errorf("called back %d times, want %d", len(heard), want)
			}
		})
	}
	w := newWorld(t)
	id := w.open(`"language"`, `"callbackDelay":600,"language"`)
	if err := w.Pay(id, "success"); err != nil || len(w.delivered()) != 0 {
		t.Errorf("%v: called back before its time", err)
	}
	if err := w.Advance(10 * time.Minute); err != nil || len(w.delivered()) != 1 {
		t.Errorf("%v: not called back in its time", err)
	}
}

func (w *world) refund(id, members string) (int, map[string]any) {
	w.t.Helper()
	return w.ask(caller{}, "POST", "/payments/"+id+"/refund", `{`+members+`,"callbackUrls":{"success":"`+w.url+`/back?payment=`+id+`","cancel":"`+w.url+`/kept?payment=`+id+`"}}`)
}

func TestRefund(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.open()
	if status, out := w.refund(id, `"amount":1`); status != 400 {
		t.Errorf("before it is paid: %d %v", status, out)
	}
	if err := w.Pay(id, "success"); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		members string
		status  int
	}{
		{`"amount":1591`, 400}, {`"amount":0`, 400}, {`"amount":590,"refundStamp":"a"`, 201}, {`"amount":590,"refundStamp":"a"`, 400},
		{`"amount":1001`, 400}, {`"amount":1000,"refundStamp":"b"`, 201}, {`"amount":1`, 400},
	} {
		if status, out := w.refund(id, tc.members); status != tc.status {
			t.Errorf("%s: %d %v, want %d", tc.members, status, out, tc.status)
		}
	}
	if heard := w.delivered(); len(heard) != 3 || heard[2].Get("checkout-stamp") != "b" || heard[2].Get("payment") != id || heard[2].Get("checkout-transaction-id") == id {
		t.Errorf("told %v", heard)
	}
	if status, out := w.ask(caller{}, "POST", "/payments/"+id+"/refund", `{"amount":1}`); status != 400 {
		t.Errorf("without addresses: %d %v", status, out)
	}
}

func TestRefund_later(t *testing.T) {
	t.Parallel()
	for card, want := range map[string]string{"refund_pending": "ok", "refund_fails": "fail"} {
		t.Run(card, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.open()
			if err := w.Pay(id, card); err != nil {
				t.Fatal(err)
			}
			_, out := w.refund(id, `"amount":1590,"refundStamp":"a"`)
			refund := text(out["transactionId"])
			if out["status"] != "pending" {
				t.Fatalf("%v", out)
			}
			if status, out := w.refund(id, `"amount":1`); status != 400 {
				t.Errorf("beside it: %d %v", status, out)
			}
			w.delivered()
			saved, err := w.Snapshot()
			if err != nil || w.Restore(saved) != nil {
				t.Fatalf("snapshot: %v", err)
			}
			if err := w.Advance(24 * time.Hour); err != nil {
				t.Fatal(err)
			}
			if status, out := w.ask(caller{}, "GET", "/payments/"+refund, ""); status != 200 || out["status"] != want || out["stamp"] != "a" {
				t.Errorf("%d %v", status, out)
			}
			if heard := w.delivered(); len(heard) != 2 || heard[1].Get("checkout-status") != want {
				t.Errorf("told %v", heard)
			}
			if status, _ := w.refund(id, `"amount":1590`); (status == 201) != (want == "fail") {
				t.Errorf("after it: %d", status)
			}
		})
	}
	w := newWorld(t)
	id := w.open()
	if err := w.Pay(id, "refund_refused"); err != nil {
		t.Fatal(err)
	}
	if status, out := w.refund(id, `"amount":1590`); status != 422 {
		t.Errorf("a bank without refunds: %d %v", status, out)
	}
}

// Of a shop-in-shop payment a part goes back by its items.
func TestRefund_items(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := caller{mall, mallSecret, "", nil}
	_, out := w.ask(c, "POST", "/payments", w.body(`"productCode":"p"`, `"productCode":"p","merchant":"695874","stamp":"i1","reference":"r"`))
	id := text(out["transactionId"])
	of, err := w.ForMerchant(mall)
	if err != nil || of.Pay(id, "success") != nil {
		t.Fatal(err)
	}
	for members, want := range map[string]int{
		`"amount":1000`: 400, `"items":[{"amount":1591,"stamp":"i1"}]`: 400, `"items":[{"amount":1,"stamp":"i2"}]`: 400,
		`"amount":2,"items":[{"amount":1,"stamp":"i1"}]`: 400,
	} {
		if status, out := w.ask(c, "POST", "/payments/"+id+"/refund", `{`+members+`,"callbackUrls":{"success":"https://a.example.com","cancel":"https://a.example.com"}}`); status != want {
			t.Errorf("%s: %d %v", members, status, out)
		}
	}
	for _, want := range []int{201, 400} {
		if status, out := w.ask(c, "POST", "/payments/"+id+"/refund", `{"items":[{"amount":900,"stamp":"i1"}],"callbackUrls":{"success":"https://127.0.0.1:1","cancel":"https://127.0.0.1:1"}}`); status != want {
			t.Errorf("a part: %d %v, want %d", status, out, want)
		}
	}
}

// Merchants do not see each other, and faults leave a call with or without effect.
func TestWorldsAndFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.open()
	if status, out := w.ask(caller{mall, mallSecret, "", nil}, "GET", "/payments/"+id, ""); status != 404 {
		t.Errorf("another merchant: %d %v", status, out)
	}
	for kind, effects := range map[string]int{"error_before": 0, "error_after": 1, "rate_limit": 0} {
		before := len(w.Effects())
		if err := w.SetFaults([]paytrail.Fault{{Route: "create_payment", Kind: kind}}); err != nil {
			t.Fatal(err)
		}
		if status, _ := w.ask(caller{}, "POST", "/payments", w.body()); status < 400 || len(w.Effects())-before != effects {
			t.Errorf("%s: %d, %d effects", kind, status, len(w.Effects())-before)
		}
	}
	if status, out := w.ask(caller{change: func(h http.Header) { h.Set("checkout-method", "POST") }}, "GET", "/payments/"+id, ""); status != 401 {
		t.Errorf("another method than signed: %d %v", status, out)
	}
}
