package app_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/sandbox/paypal"
)

// paypalOf is the PayPal of a world.
func paypalOf(t *testing.T, w *testkit.Testbed) *paypal.Emulator {
	t.Helper()
	e, ok := w.Emulator("paypal").(*paypal.Emulator)
	if !ok {
		t.Fatal("the world has no PayPal")
	}
	return e
}

// atPayPal is a market in which a deal can be opened at PayPal.
func atPayPal(t *testing.T, databaseURL string) *dealing {
	t.Helper()
	return atPayPalOver(t, testkit.Options{DatabaseURL: databaseURL})
}

func atPayPalOver(t *testing.T, o testkit.Options) *dealing {
	t.Helper()
	d := &dealing{Testbed: testkit.New(t, o), t: t}
	e := paypalOf(t, d.Testbed)
	d.till, d.moved = e, func() map[string]int64 {
		sums := map[string]int64{}
		for _, e := range e.Effects() {
			if e.Operation != "open" {
				sums[e.Operation] += e.Amount
			}
		}
		return sums
	}
	return d
}

const atPayPalBody = `{"transaction":{"payment_process":"preauthorize","payment_gateway":"paypal","community_id":501,
	"starter_id":"bea","listing_id":1234,"listing_title":"Old city bike","listing_price":{"amount":5000,"currency":"EUR"},"listing_author_id":"sam","listing_quantity":1},
	"gateway_fields":{"success_url":"https://shop.example.com/success","cancel_url":"https://shop.example.com/cancel?listing_id=1234","merchant_brand_logo_url":"https://shop.example.com/logo.png"}}`

// opens opens a deal that its buyer has not approved, and tells where that is done.
func (d *dealing) opens() (page string) {
	d.t.Helper()
	made := d.shown(d.call("POST", "/transactions/v1/create", "bea", atPayPalBody, 201))
	d.id = jsonNumber(made.Transaction.ID)
	if made.Transaction.CurrentState != "initiated" || made.Transaction.Gateway != "paypal" || made.Transaction.Total != nil || made.Fields.RedirectURL == "" {
		d.t.Fatalf("the deal is %+v", made)
	}
	return made.Fields.RedirectURL
}

// captures is a deal that its author has accepted.
func (d *dealing) captures(card string) {
	d.t.Helper()
	d.pays(d.opens(), card)
	d.is("preauthorized")
	d.step("complete_preauthorization", "sam", `{}`, 200)
}

// order is the deal's order at PayPal.
func (d *dealing) order() string { return d.done("open") }

func TestPayPal_deals(t *testing.T) {
	t.Parallel()
	type sums = map[string]int64
	const day = 24 * time.Hour
	for name, tc := range map[string]struct {
		play func(d *dealing)
		is   string
		want sums
	}{
		"to the seller's money": {func(d *dealing) {
			d.captures("success")
			d.is("paid")
			d.step("complete", "bea", `{}`, 200)
		}, "completed", sums{"authorize": 5000, "capture": 5000, "payout": 5000}},
		"completed automatically": {func(d *dealing) {
			d.captures("success")
			d.Advance(15 * day)
		}, "completed", sums{"authorize": 5000, "capture": 5000, "payout": 5000}},
		"rejected": {func(d *dealing) {
			d.pays(d.opens(), "success")
			d.step("reject", "sam", `{}`, 200)
		}, "rejected", sums{"authorize": 5000, "void": 5000}},
		"refunded": {func(d *dealing) {
			d.captures("success")
			d.step("cancel", "bea", `{}`, 200)
			d.staff("refund", "", 200)
		}, "refunded", sums{"authorize": 5000, "capture": 5000, "refund": 5000}},
		"split": {func(d *dealing) {
			d.captures("success")
			d.step("cancel", "bea", `{}`, 200)
			d.staff("split", `"refund":"2000","release":"3000",`, 200)
		}, "settled", sums{"authorize": 5000, "capture": 5000, "refund": 2000, "payout": 3000}},
		"nobody approves": {func(d *dealing) {
			d.opens()
			d.Advance(2 * time.Hour)
		}, "abandoned", sums{}},
		"the buyer cancels on the page": {func(d *dealing) {
			d.pays(d.opens(), "cancel")
			d.is("initiated")
			d.Advance(2 * time.Hour)
		}, "abandoned", sums{}},
		"approved too late": {func(d *dealing) {
			page := d.opens()
			d.Advance(2 * time.Hour)
			d.pays(page, "success")
			d.Advance(day)
		}, "abandoned", sums{}},
		"the card is declined, then another one": {func(d *dealing) {
			page := d.opens()
			d.pays(page, "instrument_declined")
			d.is("initiated")
			d.pays(page, "success")
		}, "preauthorized", sums{"authorize": 5000}},
		"the authorization is reviewed": {func(d *dealing) {
			d.pays(d.opens(), "review")
			if d.is("initiated"); d.moved()["authorize"] != 5000 {
				d.t.Errorf("at PayPal: %v", d.moved())
			}
			d.must(paypalOf(d.t, d.Testbed).EndReview(d.order(), "CREATED"))
		}, "preauthorized", sums{"authorize": 5000}},
		"the review ends badly": {func(d *dealing) {
			d.pays(d.opens(), "review")
			d.must(paypalOf(d.t, d.Testbed).EndReview(d.order(), "DENIED"))
		}, "abandoned", sums{"authorize": 5000, "authorize_failed": 5000}},
		"the capture waits": {func(d *dealing) {
			d.captures("multicurrency")
			r := d.call("GET", "/transactions/v1/"+d.id, "sam", "", 200)
			if !strings.Contains(string(r.Body), `"pending_reason":"multicurrency"`) || !strings.Contains(string(r.Body), `"current_state":"pending_ext"`) {
				d.t.Errorf("while it waits: %s", r.Body)
			}
			d.must(paypalOf(d.t, d.Testbed).EndCapture(d.order(), "COMPLETED"))
		}, "paid", sums{"authorize": 5000, "capture_pending": 5000, "capture": 5000}},
		"the capture waits and is denied": {func(d *dealing) {
			d.captures("echeck")
			d.is("pending_ext")
			d.must(paypalOf(d.t, d.Testbed).EndCapture(d.order(), "DECLINED"))
		}, "rejected", sums{"authorize": 5000, "capture_pending": 5000, "capture_failed": 5000}},
		"the capture is declined": {func(d *dealing) {
			d.pays(d.opens(), "capture_declined")
			d.is("preauthorized")
			d.step("complete_preauthorization", "sam", `{}`, 402)
		}, "errored", sums{"authorize": 5000, "capture_failed": 5000, "void": 5000}},
		"accepted on day ten, authorized again": {func(d *dealing) {
			d.pays(d.opens(), "late")
			d.Advance(10 * day)
			d.step("complete_preauthorization", "sam", `{}`, 200)
		}, "paid", sums{"authorize": 5000, "reauthorize": 5000, "capture": 5000}},
		"nobody decides": {func(d *dealing) {
			d.pays(d.opens(), "success")
			d.Advance(28 * day)
			d.is("preauthorized")
			d.Advance(day)
		}, "rejected", sums{"authorize": 5000, "void": 5000}},
		"a refund fails later": {func(d *dealing) {
			d.captures("refund_fails")
			d.step("cancel", "bea", `{}`, 200)
			d.staff("refund", "", 200)
			d.Advance(2 * day)
			if deal := d.deal(); deal.Attention == "" {
				d.t.Errorf("nobody is told: %+v", deal)
			}
		}, "refunded", sums{"authorize": 5000, "capture": 5000, "refund": 5000, "refund_failed": 5000}},
		"the seller has not claimed": {func(d *dealing) {
			d.captures("success")
			d.must(paypalOf(d.t, d.Testbed).ReceiveAll("UNCLAIMED"))
			d.step("complete", "bea", `{}`, 502)
			d.Advance(5 * day)
			if deal := d.deal(); deal.State != "paid" || deal.Operation != "complete" {
				d.t.Errorf("while it waits: %+v", deal)
			}
			d.must(paypalOf(d.t, d.Testbed).ReceiveAll("SUCCESS"))
		}, "completed", sums{"authorize": 5000, "capture": 5000, "payout": 5000}},
		// The deal is overdue by then, so it is paid once more.
		"the seller does not claim for a month": {func(d *dealing) {
			d.captures("success")
			d.must(paypalOf(d.t, d.Testbed).ReceiveAll("UNCLAIMED"))
			d.step("complete", "bea", `{}`, 502)
			d.Advance(29 * day)
			if got := d.moved(); got["payout"] != 5000 || got["payout_returned"] != 0 {
				d.t.Errorf("before it comes back: %v", got)
			}
			d.Advance(2 * day)
			if deal := d.deal(); deal.State != "paid" || d.moved()["payout_returned"] != 5000 {
				d.t.Errorf("after it came back: %+v, %v", deal, d.moved())
			}
			d.must(paypalOf(d.t, d.Testbed).ReceiveAll("SUCCESS"))
			d.Advance(day)
		}, "completed", sums{"authorize": 5000, "capture": 5000, "payout": 10000, "payout_returned": 5000}},
		"the buyer disputes before the seller is paid": {func(d *dealing) {
			d.captures("success")
			_, err := paypalOf(d.t, d.Testbed).Dispute(d.order(), "", "")
			d.must(err)
			d.is("disputed")
		}, "disputed", sums{"authorize": 5000, "capture": 5000, "dispute": 5000}},
		"a dispute that nobody was told of stops the payout": {func(d *dealing) {
			d.captures("success")
			d.fault("webhook", "lose")
			_, err := paypalOf(d.t, d.Testbed).Dispute(d.order(), "", "")
			d.must(err)
			d.step("complete", "bea", `{}`, 409)
		}, "disputed", sums{"authorize": 5000, "capture": 5000, "dispute": 5000}},
		"approved when it was given up": {func(d *dealing) {
			page := d.opens()
			d.Advance(2 * time.Hour)
			d.pays(page, "success")
			d.is("abandoned")
		}, "abandoned", sums{}},
		"approved and at once given up": {func(d *dealing) {
			page := d.opens()
			d.must(d.till.SetFaults([]emulatorFault{{Route: "webhook", Kind: "lose", Times: -1}}))
			d.pays(page, "success")
			d.step("cancel", "bea", `{}`, 200)
		}, "abandoned", sums{"authorize": 5000, "void": 5000}},
		"captured by hand, and another amount": {func(d *dealing) {
			d.pays(d.opens(), "success")
			d.is("preauthorized")
			d.byHand("/v2/payments/authorizations/"+d.done("authorize")+"/capture", `{"amount":{"currency_code":"EUR","value":"40.00"},"final_capture":true}`)
			if deal := d.deal(); deal.Attention == "" {
				d.t.Errorf("nobody is told: %+v", deal)
			}
		}, "preauthorized", sums{"authorize": 5000, "capture": 4000}},
		"refunded by hand stops the payout": {func(d *dealing) {
			d.captures("success")
			d.fault("webhook", "lose")
			d.byHand("/v2/payments/captures/"+d.done("capture")+"/refund", `{"amount":{"currency_code":"EUR","value":"10.00"}}`)
			d.step("complete", "bea", `{}`, 409)
		}, "paid", sums{"authorize": 5000, "capture": 5000, "refund": 1000}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testkit.OnEither(t, func(t *testing.T, url string) {
				d := atPayPal(t, url)
				tc.play(d)
				d.is(tc.is)
				if diff := cmp.Diff(tc.want, d.moved()); diff != "" {
					t.Errorf("at PayPal (-want +got):\n%s", diff)
				}
				d.CheckBooks()
			})
		})
	}
}

// done is the object of the first effect of a kind.
func (d *dealing) done(operation string) string {
	d.t.Helper()
	for _, e := range paypalOf(d.t, d.Testbed).Effects() {
		if e.Operation == operation {
			return e.ObjectID
		}
	}
	d.t.Fatalf("nothing was done: %s", operation)
	return ""
}

// byHand does something at PayPal that the engine has not asked for.
func (d *dealing) byHand(path, body string) {
	d.t.Helper()
	d.atTill(path, body, "Bearer "+d.token())
	d.MustSettle()
}

func (d *dealing) atTill(path, body, authorization string) []byte {
	d.t.Helper()
	r := httptest.NewRequestWithContext(d.t.Context(), http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Authorization", authorization)
	w := httptest.NewRecorder()
	if d.till.ServeHTTP(w, r); w.Code > 299 {
		d.t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	return w.Body.Bytes()
}

func (d *dealing) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
	d.MustSettle()
}

// What is lost on the way, comes twice or comes late does no harm, on both databases.
func TestPayPal_doubt(t *testing.T) {
	t.Parallel()
	type sums = map[string]int64
	for name, tc := range map[string]struct {
		play func(d *dealing)
		is   string
		want sums
	}{
		"the answer of the opening is lost": {func(d *dealing) {
			d.fault("create_order", "cut_after")
			d.lost()
			d.Advance(time.Minute)
			if opened := d.requests("create_order"); opened != 2 {
				d.t.Errorf("%d orders were asked for", opened)
			}
			d.pays(d.page(), "success")
		}, "preauthorized", sums{"authorize": 5000}},
		"the opening is lost on its way": {func(d *dealing) {
			d.fault("create_order", "cut_before")
			d.lost()
			d.Advance(time.Minute)
			d.pays(d.page(), "success")
		}, "preauthorized", sums{"authorize": 5000}},
		"the answer of the reservation is lost": {func(d *dealing) {
			page := d.opens()
			d.fault("authorize_order", "cut_after")
			d.pays(page, "success")
			d.Advance(2 * time.Minute)
		}, "preauthorized", sums{"authorize": 5000}},
		"events are lost": {func(d *dealing) {
			page := d.opens()
			d.must(d.till.SetFaults([]emulatorFault{{Route: "webhook", Kind: "lose", Times: -1}}))
			d.pays(page, "success")
			d.is("initiated")
			d.Advance(2 * time.Minute)
		}, "preauthorized", sums{"authorize": 5000}},
		"events come twice": {func(d *dealing) {
			page := d.opens()
			d.must(d.till.SetFaults([]emulatorFault{{Route: "webhook", Kind: "duplicate", Times: -1}}))
			d.pays(page, "success")
		}, "preauthorized", sums{"authorize": 5000}},
		"the answer of a capture is lost": {func(d *dealing) {
			d.pays(d.opens(), "success")
			d.fault("capture_authorization", "cut_after")
			d.step("complete_preauthorization", "sam", `{}`, 502)
			d.Advance(time.Minute)
		}, "paid", sums{"authorize": 5000, "capture": 5000}},
		"the answer of a void is lost": {func(d *dealing) {
			d.pays(d.opens(), "success")
			d.fault("void", "cut_after")
			d.step("reject", "sam", `{}`, 502)
			d.Advance(time.Minute)
		}, "rejected", sums{"authorize": 5000, "void": 5000}},
		"the answer of a refund is lost": {func(d *dealing) {
			d.captures("success")
			d.step("cancel", "bea", `{}`, 200)
			d.fault("refund", "cut_after")
			d.staff("refund", "", 502)
			d.Advance(time.Minute)
		}, "refunded", sums{"authorize": 5000, "capture": 5000, "refund": 5000}},
		"the answer of a payout is lost": {func(d *dealing) {
			d.captures("success")
			d.fault("create_payout", "cut_after")
			d.step("complete", "bea", `{}`, 502)
			d.Advance(time.Minute)
		}, "completed", sums{"authorize": 5000, "capture": 5000, "payout": 5000}},
		"PayPal is away for a day after a payout": {func(d *dealing) {
			d.captures("success")
			d.must(d.till.SetFaults([]emulatorFault{{Route: "create_payout", Kind: "cut_after"}, {Route: "webhook", Kind: "lose", Times: -1}}))
			d.step("complete", "bea", `{}`, 502)
			d.must(d.till.SetFaults([]emulatorFault{{Route: "*", Kind: "unavailable", Times: -1}}))
			d.Advance(24 * time.Hour)
			d.must(d.till.SetFaults(nil))
			d.Advance(4 * time.Hour)
		}, "completed", sums{"authorize": 5000, "capture": 5000, "payout": 5000}},
		"a payout is lost on its way": {func(d *dealing) {
			d.captures("success")
			d.fault("create_payout", "cut_before")
			d.step("complete", "bea", `{}`, 502)
			d.Advance(time.Minute)
		}, "completed", sums{"authorize": 5000, "capture": 5000, "payout": 5000}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testkit.OnEither(t, func(t *testing.T, url string) {
				d := atPayPal(t, url)
				tc.play(d)
				d.is(tc.is)
				if diff := cmp.Diff(tc.want, d.moved()); diff != "" {
					t.Errorf("at PayPal (-want +got):\n%s", diff)
				}
				d.CheckBooks()
			})
		})
	}
}

// lost opens a deal whose outcome is not known.
func (d *dealing) lost() {
	d.t.Helper()
	d.call("POST", "/transactions/v1/create", "bea", atPayPalBody, 502)
	var list struct {
		Items []struct{ Number int64 }
	}
	d.Call("GET", "/v1/transactions?limit=1", "").JSON(d.t, &list)
	d.id = jsonNumber(list.Items[0].Number)
}

// requests counts the calls of an operation.
func (d *dealing) requests(operation string) (n int) {
	for _, r := range paypalOf(d.t, d.Testbed).Requests() {
		if r.Route == operation {
			n++
		}
	}
	return n
}
