package app_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/sandbox/paytrail"
)

// tillOf is the Paytrail of a world.
func tillOf(t *testing.T, w *testkit.Testbed) *paytrail.Emulator {
	t.Helper()
	e, ok := w.Emulator("paytrail").(*paytrail.Emulator)
	if !ok {
		t.Fatal("the world has no Paytrail")
	}
	return e
}

const rows = `{"gateway_fields":{"payment_rows":[{"title":"Old city bike","sum":{"amount":1000,"currency":"EUR"},"vat":24},{"title":"Bell","sum":{"amount":200,"currency":"EUR"},"vat":10}]}}`

// total is what the rows come to, with their VAT.
const total = 1240 + 220

// atCheckout opens a deal and invoices it.
func atCheckout(t *testing.T, databaseURL string) *dealing {
	t.Helper()
	d := &dealing{Testbed: testkit.New(t, testkit.Options{DatabaseURL: databaseURL}), t: t}
	e := tillOf(t, d.Testbed)
	d.till, d.moved = e, func() map[string]int64 { return movedAt(e) }
	made := d.shown(d.call("POST", "/transactions/v1/create", "bea", `{"transaction":{"payment_process":"postpay","payment_gateway":"checkout","community_id":501,
		"starter_id":"bea","listing_id":1234,"listing_title":"Old city bike","listing_price":{"amount":5000,"currency":"EUR"},"listing_author_id":"sam","listing_quantity":1}}`, 201))
	d.id = jsonNumber(made.Transaction.ID)
	if made.Transaction.CurrentState != "pending" || made.Transaction.Gateway != "checkout" {
		t.Fatalf("the deal is %+v", made.Transaction)
	}
	d.step("invoice", "sam", rows, 200)
	d.is("accepted")
	return d
}

func TestPaytrail_paidOnThePage(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		d := atCheckout(t, url)
		page := d.step("pay_invoice", "bea", `{}`, 200)
		d.is("accepted")
		r := httptest.NewRecorder()
		d.till.ServeHTTP(r, httptest.NewRequestWithContext(t.Context(), http.MethodGet, page, nil))
		for _, want := range []string{"<dt>Old city bike</dt><dd>12.40 EUR</dd>", "<dt>Bell</dt><dd>2.20 EUR</dd>"} {
			if !strings.Contains(r.Body.String(), want) {
				t.Errorf("the page has no %s: %s", want, r.Body)
			}
		}
		d.pays(page, "success")
		d.is("paid")
		d.step("complete", "bea", `{}`, 200)
		d.is("completed")
		d.CheckBooks()
	})
}

func TestPaytrail_refunds(t *testing.T) {
	t.Parallel()
	type sums = map[string]int64
	for name, tc := range map[string]struct {
		card  string
		play  func(d *dealing)
		state string
		want  sums
	}{
		"at once":  {"success", func(d *dealing) { d.staff("refund", "", 200) }, "refunded", sums{"charge": total, "refund": total}},
		"in parts": {"success", func(d *dealing) { d.staff("split", `"refund":"1300","release":"160",`, 200) }, "settled", sums{"charge": total, "refund": 1300}},
		"pending": {"refund_pending", func(d *dealing) {
			d.staff("refund", "", 502)
			d.Advance(time.Hour)
			if deal := d.deal(); deal.Operation != "refund" || d.moved()["refund"] != 0 {
				d.t.Errorf("an hour later: %+v, %v", deal, d.moved())
			}
			d.Advance(24 * time.Hour)
		}, "refunded", sums{"charge": total, "refund": total}},
		"pending, later failed": {"refund_fails", func(d *dealing) {
			d.staff("refund", "", 502)
			d.Advance(25 * time.Hour)
			if deal := d.deal(); deal.Operation != "" || deal.State != "canceled" {
				d.t.Errorf("after it failed: %+v", deal)
			}
			d.staff("dismiss", "", 200)
		}, "dismissed", sums{"charge": total, "refund_failed": total}},
		"not supported": {"refund_refused", func(d *dealing) {
			d.staff("refund", "", 409)
		}, "canceled", sums{"charge": total}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testkit.OnEither(t, func(t *testing.T, url string) {
				d := canceled(t, url, tc.card)
				tc.play(d)
				if got := d.deal().State; got != tc.state {
					t.Errorf("the deal is %s, want %s", got, tc.state)
				}
				if diff := cmp.Diff(tc.want, d.moved()); diff != "" {
					t.Errorf("at Paytrail (-want +got):\n%s", diff)
				}
				d.CheckBooks()
			})
		})
	}
}

// What is lost on the way, comes twice or comes late does no harm, on both databases.
func TestPaytrail_doubt(t *testing.T) {
	t.Parallel()
	type sums = map[string]int64
	for name, tc := range map[string]struct {
		play func(d *dealing)
		is   string
		want sums
	}{
		"the answer of the opening is lost": {func(d *dealing) {
			d.fault("create_payment", "cut_after")
			d.step("pay_invoice", "bea", `{}`, 502)
			if page := d.page(); page != "" {
				d.t.Errorf("a page is shown: %s", page)
			}
			d.Advance(3 * time.Minute)
			d.pays(d.page(), "success")
		}, "paid", sums{"charge": total}},
		"the answer of a refund is lost": {func(d *dealing) {
			d.pays(d.step("pay_invoice", "bea", `{}`, 200), "success")
			d.step("cancel", "bea", `{}`, 200)
			d.fault("create_refund", "cut_after")
			d.staff("refund", "", 502)
		}, "refunded", sums{"charge": total, "refund": total}},
		"a refund is lost on its way": {func(d *dealing) {
			d.pays(d.step("pay_invoice", "bea", `{}`, 200), "success")
			d.step("cancel", "bea", `{}`, 200)
			d.fault("create_refund", "cut_before")
			d.staff("refund", "", 502)
			d.Advance(48 * time.Hour)
			if r := d.Call("GET", "/v1/operator/tasks?kind=outcome_unknown", "", "Handsel-Operator", "olga"); !strings.Contains(string(r.Body), `"outcome_unknown`) {
				d.t.Errorf("no task: %d %s", r.Status, r.Body)
			}
		}, "canceled", sums{"charge": total}},
		"a look fails when a refund would be sent again": {func(d *dealing) {
			d.pays(d.step("pay_invoice", "bea", `{}`, 200), "refund_pending")
			d.step("cancel", "bea", `{}`, 200)
			d.staff("split", `"refund":"460","release":"1000",`, 502)
			d.Advance(3 * time.Minute) // by now a look without a trace would let it be sent again
			// The first look is answered, the one right before money leaves is not.
			if err := d.till.SetFaults([]paytrail.Fault{{Route: "get_payment", Kind: "slow"}, {Route: "get_payment", Kind: "html", Times: 3}}); err != nil {
				d.t.Fatal(err)
			}
			d.Advance(5 * time.Minute)
			if deal := d.deal(); deal.Operation != "split" {
				d.t.Fatalf("the refund was given up: %+v", deal)
			}
			if err := d.till.SetFaults(nil); err != nil {
				d.t.Fatal(err)
			}
			d.Advance(25 * time.Hour)
		}, "settled", sums{"charge": total, "refund": 460}},
		"callbacks are lost": {func(d *dealing) {
			page := d.step("pay_invoice", "bea", `{}`, 200)
			d.fault("webhook", "lose")
			d.pays(page, "success")
			d.is("accepted")
			d.Advance(2 * time.Minute)
		}, "paid", sums{"charge": total}},
		"callbacks come twice": {func(d *dealing) {
			page := d.step("pay_invoice", "bea", `{}`, 200)
			d.fault("webhook", "duplicate")
			d.pays(page, "success")
		}, "paid", sums{"charge": total}},
		"cancelled on the page, then paid": {func(d *dealing) {
			d.pays(d.step("pay_invoice", "bea", `{}`, 200), "cancel")
			d.is("accepted")
			d.pays(d.step("pay_invoice", "bea", `{}`, 200), "success")
		}, "paid", sums{"charge": total}},
		"the bank takes its time": {func(d *dealing) {
			page := d.step("pay_invoice", "bea", `{}`, 200)
			d.pays(page, "pending")
			d.is("pending_ext")
			d.pays(page, "success")
		}, "paid", sums{"charge": total}},
		"the bank says no in the end": {func(d *dealing) {
			page := d.step("pay_invoice", "bea", `{}`, 200)
			d.pays(page, "delayed")
			d.pays(page, "cancel")
		}, "accepted", sums{}},
		"paid after it was given up": {func(d *dealing) {
			page := d.step("pay_invoice", "bea", `{}`, 200)
			d.Advance(2 * time.Hour)
			d.is("accepted")
			d.pays(page, "success")
			d.Advance(time.Hour) // the deal may still be paid anew: nothing is returned yet
			if got := d.moved(); got["refund"] != 0 {
				d.t.Errorf("at once: %v", got)
			}
			d.step("cancel", "bea", `{}`, 200)
			d.Advance(50 * time.Hour)
			if r := d.Call("GET", "/v1/operator/tasks?kind=stray_payment", "", "Handsel-Operator", "olga"); strings.Contains(string(r.Body), `"stray_payment`) {
				d.t.Errorf("the payment went back and is still a task: %s", r.Body)
			}
		}, "canceled", sums{"charge": total, "refund": total}},
		"the refund of a payment that no deal owns is in doubt": {func(d *dealing) {
			page := d.step("pay_invoice", "bea", `{}`, 200)
			d.Advance(2 * time.Hour)
			d.pays(page, "success")
			d.step("cancel", "bea", `{}`, 200)
			d.fault("create_refund", "cut_before")
			d.Advance(50 * time.Hour) // it is not sent again: Paytrail could not show that it was carried out
			if err := d.till.SetFaults([]paytrail.Fault{{Route: "get_payment", Kind: "html", Times: -1}}); err != nil {
				d.t.Fatal(err)
			}
			d.Advance(50 * time.Hour)
			if err := d.till.SetFaults(nil); err != nil {
				d.t.Fatal(err)
			}
			d.Advance(50 * time.Hour)
			var tasks struct{ Items []struct{ ID, Why string } }
			r := d.Call("GET", "/v1/operator/tasks?kind=stray_payment", "", "Handsel-Operator", "olga")
			if r.JSON(d.t, &tasks); len(tasks.Items) != 1 || !strings.Contains(string(r.Body), "which the gateway cannot show") {
				d.t.Fatalf("no task: %s", r.Body)
			}
			if r := d.twice("/v1/operator/tasks/"+tasks.Items[0].ID+"/done", `{"reason":"refunded on Paytrail's pages"}`); r.Status != 204 {
				d.t.Errorf("ended: %d %s", r.Status, r.Body)
			}
			d.Advance(50 * time.Hour)
		}, "canceled", sums{"charge": total}},
		"paid after the deal was cancelled": {func(d *dealing) {
			page := d.step("pay_invoice", "bea", `{}`, 200)
			d.step("cancel", "bea", `{}`, 200)
			d.pays(page, "success")
			if deal := d.deal(); deal.Attention == "" {
				d.t.Errorf("nobody is told: %+v", deal)
			}
		}, "canceled", sums{"charge": total}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testkit.OnEither(t, func(t *testing.T, url string) {
				d := atCheckout(t, url)
				tc.play(d)
				d.is(tc.is)
				if diff := cmp.Diff(tc.want, d.moved()); diff != "" {
					t.Errorf("at Paytrail (-want +got):\n%s", diff)
				}
				d.CheckBooks()
			})
		})
	}
}

// canceled is a deal that was paid in one way and cancelled, for staff to decide.
func canceled(t *testing.T, url, card string) *dealing {
	t.Helper()
	d := atCheckout(t, url)
	d.pays(d.step("pay_invoice", "bea", `{}`, 200), card)
	d.step("cancel", "bea", `{}`, 200)
	d.is("canceled")
	return d
}

// movedAt are the effects at Paytrail, by name.
func movedAt(e *paytrail.Emulator) map[string]int64 {
	sums := map[string]int64{}
	for _, e := range e.Effects() {
		if e.Operation != "open" {
			sums[e.Operation] += e.Amount
		}
	}
	return sums
}
