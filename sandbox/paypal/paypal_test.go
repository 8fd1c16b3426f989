package paypal_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/sandbox/paypal"
)

// What the API says to each call in each situation, in PayPal's words.
func TestAnswers(t *testing.T) {
	t.Parallel()
	const orders = "/v2/checkout/orders"
	amount := func(value string) string { return `{"amount":{"currency_code":"EUR","value":"` + value + `"}}` }
	payout := func(id, value string) string {
		return `{"sender_batch_header":{"sender_batch_id":"` + id + `"},"items":[{"recipient_type":"EMAIL","receiver":"sam@example.com","amount":{"currency":"EUR","value":"` + value + `"}}]}`
	}
	for name, tc := range map[string]struct {
		call   func(s *shop) object
		status int
		issue  string // or the status of the object
	}{
		"an order":             {func(s *shop) object { return s.post(orders, orderOf("CAPTURE", "EUR", "1.00", "")) }, 201, "CREATED"},
		"an order in yen":      {func(s *shop) object { return s.post(orders, orderOf("CAPTURE", "JPY", "150", "")) }, 201, "CREATED"},
		"yen with decimals":    {func(s *shop) object { return s.post(orders, orderOf("CAPTURE", "JPY", "150.00", "")) }, 422, "DECIMAL_PRECISION"},
		"forint with decimals": {func(s *shop) object { return s.post(orders, orderOf("CAPTURE", "HUF", "1.5", "")) }, 422, "DECIMAL_PRECISION"},
		"three decimals":       {func(s *shop) object { return s.post(orders, orderOf("CAPTURE", "EUR", "1.005", "")) }, 422, "DECIMAL_PRECISION"},
		"nothing to pay":       {func(s *shop) object { return s.post(orders, orderOf("CAPTURE", "EUR", "0.00", "")) }, 422, "CANNOT_BE_ZERO_OR_NEGATIVE"},
		"a negative amount":    {func(s *shop) object { return s.post(orders, orderOf("CAPTURE", "EUR", "-1.00", "")) }, 400, "INVALID_PARAMETER_SYNTAX"},
		"another currency":     {func(s *shop) object { return s.post(orders, orderOf("CAPTURE", "RUB", "1.00", "")) }, 422, "INVALID_CURRENCY_CODE"},
		"another intent":       {func(s *shop) object { return s.post(orders, orderOf("SALE", "EUR", "1.00", "")) }, 400, "INVALID_PARAMETER_VALUE"},
		"no JSON":              {func(s *shop) object { return s.post(orders, "{") }, 400, "MALFORMED_REQUEST_JSON"},
		"no units":             {func(s *shop) object { return s.post(orders, `{"intent":"CAPTURE"}`) }, 400, "MISSING_REQUIRED_PARAMETER"},
		"a long reference": {func(s *shop) object {
			return s.post(orders, orderOf("CAPTURE", "EUR", "1.00", `,"custom_id":"`+strings.Repeat("x", 128)+`"`))
		}, 400, "INVALID_STRING_MAX_LENGTH"},
		"a long key": {func(s *shop) object {
			return s.post(orders, orderOf("CAPTURE", "EUR", "1.00", ""), "PayPal-Request-Id", strings.Repeat("x", 109))
		}, 400, "INVALID_STRING_MAX_LENGTH"},
		"parts that do not add up": {func(s *shop) object {
			return s.post(orders, `{"intent":"CAPTURE","purchase_units":[{"amount":{"currency_code":"EUR","value":"2.00","breakdown":{"item_total":{"currency_code":"EUR","value":"1.00"}}}}]}`)
		}, 422, "AMOUNT_MISMATCH"},
		"an unknown order": {func(s *shop) object { return s.get(orders + "/X") }, 404, "INVALID_RESOURCE_ID"},
		"authorized too early": {func(s *shop) object {
			id := s.post(orders, orderOf("AUTHORIZE", "EUR", "1.00", "")).ID
			return s.post(orders+"/"+id+"/authorize", "")
		}, 422, "ORDER_NOT_APPROVED"},
		"authorized twice": {func(s *shop) object {
			id := s.approved("AUTHORIZE", "success", "")
			s.post(orders+"/"+id+"/authorize", "")
			return s.post(orders+"/"+id+"/authorize", "")
		}, 422, "ORDER_ALREADY_AUTHORIZED"},
		"captured twice": {func(s *shop) object {
			id := s.approved("CAPTURE", "success", "")
			s.post(orders+"/"+id+"/capture", "")
			return s.post(orders+"/"+id+"/capture", "")
		}, 422, "ORDER_ALREADY_CAPTURED"},
		"declined": {func(s *shop) object {
			return s.post(orders+"/"+s.approved("CAPTURE", "instrument_declined", "")+"/capture", "")
		}, 422, "INSTRUMENT_DECLINED"},
		"approved too late": {func(s *shop) object {
			id := s.post(orders, orderOf("CAPTURE", "EUR", "1.00", "")).ID
			s.later(4 * time.Hour)
			return s.post(orders+"/"+id+"/capture", "")
		}, 422, "ORDER_EXPIRED"},
		"the same invoice": {func(s *shop) object {
			s.post(orders+"/"+s.approved("CAPTURE", "success", `,"invoice_id":"i"`)+"/capture", "")
			return s.post(orders+"/"+s.approved("CAPTURE", "success", `,"invoice_id":"i"`)+"/capture", "")
		}, 422, "DUPLICATE_INVOICE_ID"},
		"a capture":                         {func(s *shop) object { return s.post(s.authorized("success")+"/capture", "{}") }, 201, "COMPLETED"},
		"a capture that waits":              {func(s *shop) object { return s.post(s.authorized("unilateral")+"/capture", "{}") }, 201, "PENDING"},
		"a capture above the authorization": {func(s *shop) object { return s.post(s.authorized("success")+"/capture", amount("115.00")) }, 201, "COMPLETED"},
		"a capture far above it":            {func(s *shop) object { return s.post(s.authorized("success")+"/capture", amount("115.01")) }, 422, "MAX_CAPTURE_AMOUNT_EXCEEDED"},
		"a capture in another currency": {func(s *shop) object {
			return s.post(s.authorized("success")+"/capture", `{"amount":{"currency_code":"USD","value":"1.00"}}`)
		}, 422, "AUTH_CAPTURE_CURRENCY_MISMATCH"},
		"a capture after the last": {func(s *shop) object {
			a := s.authorized("success")
			s.post(a+"/capture", `{"amount":{"currency_code":"EUR","value":"1.00"},"final_capture":true}`)
			return s.post(a+"/capture", amount("1.00"))
		}, 422, "AUTHORIZATION_ALREADY_CAPTURED"},
		"a capture after 29 days": {func(s *shop) object {
			a := s.authorized("success")
			s.later(29 * day)
			return s.post(a+"/capture", "{}")
		}, 422, "AUTHORIZATION_EXPIRED"},
		"a void":                    {func(s *shop) object { return s.post(s.authorized("success")+"/void", "") }, 200, "VOIDED"},
		"a void that wants nothing": {func(s *shop) object { return s.post(s.authorized("success")+"/void", "", "Prefer", "return=minimal") }, 204, ""},
		"a void twice, under one key": {func(s *shop) object {
			a := s.authorized("success")
			s.post(a+"/void", "", "PayPal-Request-Id", "k")
			return s.post(a+"/void", "", "PayPal-Request-Id", "k")
		}, 422, "PREVIOUSLY_VOIDED"},
		"a void of what is captured": {func(s *shop) object {
			a := s.authorized("success")
			s.post(a+"/capture", "{}")
			return s.post(a+"/void", "")
		}, 422, "PREVIOUSLY_CAPTURED"},
		"authorized again too soon": {func(s *shop) object {
			a := s.authorized("success")
			s.later(2 * day)
			return s.post(a+"/reauthorize", "{}")
		}, 422, "REAUTHORIZATION_TOO_SOON"},
		"authorized again": {func(s *shop) object {
			a := s.authorized("success")
			s.later(4 * day)
			return s.post(a+"/reauthorize", "{}")
		}, 201, "CREATED"},
		"authorized again twice": {func(s *shop) object {
			a := s.authorized("success")
			s.later(4 * day)
			s.post(a+"/reauthorize", "{}")
			return s.post(a+"/reauthorize", "{}")
		}, 422, "REAUTHORIZATION_NOT_SUPPORTED"},
		"a refund":             {func(s *shop) object { return s.post(s.captured("success")+"/refund", "{}") }, 201, "COMPLETED"},
		"a refund that waits":  {func(s *shop) object { return s.post(s.captured("refund_pending")+"/refund", "{}") }, 201, "PENDING"},
		"a refund of too much": {func(s *shop) object { return s.post(s.captured("success")+"/refund", amount("100.01")) }, 422, "REFUND_AMOUNT_EXCEEDED"},
		"a refund of all, again": {func(s *shop) object {
			c := s.captured("success")
			s.post(c+"/refund", "{}")
			return s.post(c+"/refund", "{}")
		}, 422, "CAPTURE_FULLY_REFUNDED"},
		"a refund of what waits":  {func(s *shop) object { return s.post(s.captured("echeck")+"/refund", "{}") }, 422, "PENDING_CAPTURE"},
		"a refund after 180 days": {func(s *shop) object { c := s.captured("success"); s.later(181 * day); return s.post(c+"/refund", "{}") }, 422, "REFUND_TIME_LIMIT_EXCEEDED"},
		"a payout":                {func(s *shop) object { return s.post("/v1/payments/payouts", payout("b", "10.00")) }, 201, ""},
		"a payout twice": {func(s *shop) object {
			s.post("/v1/payments/payouts", payout("b", "10.00"))
			return s.post("/v1/payments/payouts", payout("b", "10.00"))
		}, 400, "USER_BUSINESS_ERROR"},
		"a payout twice, in a month": {func(s *shop) object {
			s.post("/v1/payments/payouts", payout("b", "10.00"))
			s.later(30 * day)
			return s.post("/v1/payments/payouts", payout("b", "10.00"))
		}, 201, ""},
		"a payout beyond the balance": {func(s *shop) object { return s.post("/v1/payments/payouts", payout("b", "10000.01")) }, 422, "INSUFFICIENT_FUNDS"},
		"a forced failure": {func(s *shop) object {
			return s.post(s.authorized("success")+"/capture", "{}", "PayPal-Mock-Response", `{"mock_application_codes":"TRANSACTION_REFUSED"}`)
		}, 422, "TRANSACTION_REFUSED"},
		"another path": {func(s *shop) object { return s.get("/v2/checkout/carts") }, 404, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, nil)
			o := tc.call(s)
			got := o.Issue
			if got == "" {
				got = o.Status
			}
			if o.status != tc.status || got != tc.issue {
				t.Errorf("%d %s, want %d %s", o.status, o.raw, tc.status, tc.issue)
			}
			if o.status >= 400 && (!strings.Contains(o.raw, `"debug_id":"`) || !strings.Contains(o.raw, `"message":"`) || o.Name == "") {
				t.Errorf("not in PayPal's words: %s", o.raw)
			}
		})
	}
}

// A repeat under the same id is answered how the object is now, for as long as PayPal knows the id.
func TestRequestID(t *testing.T) {
	t.Parallel()
	const orders = "/v2/checkout/orders"
	for name, tc := range map[string]struct {
		prepare func(s *shop) (path, body string)
		kept    time.Duration
		did     string
	}{
		"an order": {func(*shop) (string, string) { return orders, orderOf("CAPTURE", "EUR", "1.00", "") }, 6 * time.Hour, "open"},
		"a capture": {func(s *shop) (string, string) {
			return s.authorized("success") + "/capture", `{"amount":{"currency_code":"EUR","value":"1.00"}}`
		}, 0, "capture"},
		"a refund": {func(s *shop) (string, string) {
			return s.captured("success") + "/refund", `{"amount":{"currency_code":"EUR","value":"1.00"}}`
		}, 45 * day, "refund"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, nil)
			path, body := tc.prepare(s)
			before := s.did(tc.did)
			first := s.post(path, body, "PayPal-Request-Id", "k").is(t, 201)
			if again := s.post(path, body, "PayPal-Request-Id", "k"); again.status != 200 || again.ID != first.ID {
				t.Errorf("again: %d %s", again.status, again.raw)
			}
			if other := s.post(path, body, "PayPal-Request-Id", "other").is(t, 201); other.ID == first.ID {
				t.Errorf("under another id: %s", other.raw)
			}
			if n := s.did(tc.did) - before; n != 2 {
				t.Errorf("done %d times", n)
			}
			if tc.kept == 0 {
				return
			}
			s.later(tc.kept - time.Second)
			if late := s.post(path, body, "PayPal-Request-Id", "k"); late.ID != first.ID {
				t.Errorf("just in time: %s", late.raw)
			}
			s.later(time.Second)
			if late := s.post(path, body, "PayPal-Request-Id", "k"); late.ID == first.ID || late.status != 201 {
				t.Errorf("too late: %d %s", late.status, late.raw)
			}
		})
	}
}

// A minimal answer has no more than its caller needs to go on.
func TestPrefer(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	full := s.post("/v2/checkout/orders", orderOf("CAPTURE", "EUR", "1.00", ""))
	short := s.post("/v2/checkout/orders", orderOf("CAPTURE", "EUR", "1.00", ""), "Prefer", "return=minimal")
	if !strings.Contains(full.raw, "purchase_units") || strings.Contains(short.raw, "purchase_units") || short.ID == "" || short.links["approve"] == "" {
		t.Errorf("full %s\nminimal %s", full.raw, short.raw)
	}
}

// Only a token that is valid opens the API, and only its own world.
func TestTokens(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	id := s.post("/v2/checkout/orders", orderOf("CAPTURE", "EUR", "1.00", "")).is(t, 201).ID
	if err := s.Advance(9 * time.Hour); err != nil {
		t.Fatal(err)
	}
	if o := s.get("/v2/checkout/orders/" + id); o.status != 401 || !strings.Contains(o.raw, "invalid_token") {
		t.Errorf("a token that has ended: %d %s", o.status, o.raw)
	}
	s.login()
	s.get("/v2/checkout/orders/"+id).is(t, 200)
	other := &shop{Emulator: s.Emulator, t: t, id: "another shop"}
	other.login()
	other.get("/v2/checkout/orders/"+id).is(t, 404)
	strict := newShop(t, func(c *paypal.Config) { c.Clients = []paypal.Client{{ID: "shop", Secret: "secret"}} })
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/oauth2/token", strings.NewReader("grant_type=client_credentials"))
	r.SetBasicAuth("shop", "guessed")
	w := httptest.NewRecorder()
	if strict.ServeHTTP(w, r); w.Code != 401 || !strings.Contains(w.Body.String(), "invalid_client") {
		t.Errorf("another secret: %d %s", w.Code, w.Body)
	}
}

// What a buyer sees and presses leads on, and back to the shop.
func TestPage(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	body := `{"intent":"CAPTURE","purchase_units":[{"description":"Old <city> bike","amount":{"currency_code":"EUR","value":"15.90"}}],
		"payment_source":{"paypal":{"experience_context":{"return_url":"https://shop.example.com/ok?x=1","cancel_url":"https://shop.example.com/no"}}}}`
	if o := s.post("/v2/checkout/orders", body); o.Issue != "PAYPAL_REQUEST_ID_REQUIRED" {
		t.Errorf("without a key: %s", o.raw)
	}
	o := s.post("/v2/checkout/orders", body, "PayPal-Request-Id", "k").is(t, 201)
	page, _ := strings.CutPrefix(o.links["payer-action"], "http://paypal.example.com")
	visit := func(method, form string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, page, strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	if got := visit("GET", "").Body.String(); !strings.Contains(got, "Old &lt;city&gt; bike") || !strings.Contains(got, "15.90 EUR") {
		t.Errorf("the page: %s", got)
	}
	if w := visit("POST", "card=cancel"); w.Code != 303 || w.Header().Get("Location") != "https://shop.example.com/no?token="+o.ID {
		t.Errorf("cancelled: %d %s", w.Code, w.Header())
	}
	if w := visit("POST", "card=success"); w.Code != 303 || w.Header().Get("Location") != "https://shop.example.com/ok?PayerID=SANDBOXBUYER1&token="+o.ID+"&x=1" {
		t.Errorf("approved: %d %s", w.Code, w.Header())
	}
	if got := visit("GET", "").Body.String(); !strings.Contains(got, "You have approved") {
		t.Errorf("afterwards: %s", got)
	}
	if w := visit("POST", "card=success"); w.Code != 303 || w.Header().Get("Location") != "/checkoutnow?chosen=success&token="+o.ID {
		t.Errorf("approved twice: %d", w.Code)
	}
}

// Money is what the balance says it is: less fees, less what went back or on.
func TestBalance(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	has := func(want string) {
		t.Helper()
		if o := s.get("/v1/reporting/balances"); !strings.Contains(o.raw, `"available_balance":{"currency_code":"EUR","value":"`+want+`"}`) {
			t.Errorf("%s, want %s", o.raw, want)
		}
	}
	c := s.captured("refund_fails")
	has("10096.25")
	s.post(c+"/refund", `{"amount":{"currency_code":"EUR","value":"40.00"}}`).is(t, 201)
	has("10056.25")
	s.later(25 * time.Hour)
	has("10096.25")
	if s.did("refund_failed") != 1 || s.get(c).Status != "COMPLETED" {
		t.Errorf("a refund that fails: %v", s.Effects())
	}
	s.post("/v1/payments/payouts", `{"sender_batch_header":{"sender_batch_id":"b"},"items":[{"recipient_type":"PAYPAL_ID","receiver":"SAMSACCT22222","amount":{"currency":"EUR","value":"90.00"}}]}`).is(t, 201)
	has("10006.25")
	order := s.Effects()[0].ObjectID
	id, err := s.Dispute(order, "10.00", "")
	if err != nil {
		t.Fatal(err)
	}
	has("9996.25")
	if o := s.post(c+"/refund", `{"amount":{"currency_code":"EUR","value":"40.00"}}`); o.Issue != "TRANSACTION_DISPUTED" {
		t.Errorf("a part of what is disputed: %s", o.raw)
	}
	if err := s.CloseDispute(id, "won"); err != nil {
		t.Fatal(err)
	}
	has("10006.25")
	if o := s.get("/v1/customer/disputes/" + id); o.Status != "RESOLVED" || !strings.Contains(o.raw, "RESOLVED_SELLER_FAVOUR") {
		t.Errorf("the dispute: %s", o.raw)
	}
}

// A restored world goes on where the saved one was: objects, keys, tokens and what is due.
func TestSnapshot(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	if err := s.Receive("sam@example.com", "UNCLAIMED"); err != nil {
		t.Fatal(err)
	}
	auth, c := s.authorized("success"), s.captured("refund_fails")
	s.post(c+"/refund", `{"amount":{"currency_code":"EUR","value":"1.00"}}`, "PayPal-Request-Id", "k").is(t, 201)
	s.post("/v1/payments/payouts", `{"sender_batch_header":{"sender_batch_id":"b"},"items":[{"recipient_type":"EMAIL","receiver":"sam@example.com","amount":{"currency":"EUR","value":"9.00"}}]}`).is(t, 201)
	open := s.post("/v2/checkout/orders", orderOf("CAPTURE", "EUR", "1.00", "")).ID
	saved, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	again := newShop(t, nil)
	if err := again.Restore(saved); err != nil {
		t.Fatal(err)
	}
	var ends []string
	token := s.token
	for _, one := range []*shop{s, again} {
		one.token = token
		repeat := one.post(c+"/refund", `{"amount":{"currency_code":"EUR","value":"1.00"}}`, "PayPal-Request-Id", "k").is(t, 200)
		one.later(31 * day)
		end := []string{repeat.ID, one.get(auth).Status, one.get(c).Status, one.post("/v2/checkout/orders/"+open+"/capture", "").Issue}
		for _, e := range one.Effects() {
			end = append(end, e.Operation+" "+e.ObjectID)
		}
		if one == s {
			ends = end
		} else if diff := cmp.Diff(ends, end); diff != "" {
			t.Errorf("31 days later (-saved +restored):\n%s", diff)
		}
	}
	if s.did("expire") != 1 || s.did("payout_returned") != 1 || s.did("refund_failed") != 1 {
		t.Errorf("what was due: %v", s.Effects())
	}
	for _, bad := range []string{"", "{}", `{"version":1,"Auths":[{"ID":"A","Order":"gone"}]}`, strings.Replace(string(saved), `"version":1`, `"version":2`, 1)} {
		if err := again.Restore([]byte(bad)); err == nil {
			t.Errorf("%.60s is taken", bad)
		}
	}
}

// Events can be listed and sent once more, whether they have arrived or not.
func TestEvents(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	if err := s.SetFaults([]paypal.Fault{{Route: "webhook", Kind: "lose", Times: -1}}); err != nil {
		t.Fatal(err)
	}
	s.captured("success")
	list := s.get("/v1/notifications/webhooks-events?page_size=2&start_time=2026-03-02T00:00:00Z&end_time=2026-03-03T00:00:00Z").raw
	if strings.Count(list, `"event_type"`) != 2 || !strings.Contains(list, "PAYMENT.CAPTURE.COMPLETED") || strings.Contains(list, "CHECKOUT.ORDER.APPROVED") {
		t.Errorf("the newest two: %s", list)
	}
	id := s.Deliveries()[0].EventID
	if one := s.get("/v1/notifications/webhooks-events/" + id); one.ID != id {
		t.Errorf("one: %s", one.raw)
	}
	before := len(s.Deliveries())
	s.post("/v1/notifications/webhooks-events/"+id+"/resend", "{}").is(t, 202)
	if after := s.Deliveries(); len(after) != before+1 || after[before].EventID != id {
		t.Errorf("resent: %+v", after[before:])
	}
	if bad := s.get("/v1/notifications/webhooks-events?start_time=yesterday"); bad.status != 400 {
		t.Errorf("a bad time: %d %s", bad.status, bad.raw)
	}
}
