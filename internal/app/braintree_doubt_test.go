package app_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/sandbox/braintree"
)

// byHand does something to the payment in Braintree's control panel.
func (d *cardDeal) byHand(step, body string) {
	d.t.Helper()
	m := braintree.Example()
	method := http.MethodPut
	if step == "refund" {
		method = http.MethodPost
	}
	r := httptest.NewRequestWithContext(d.t.Context(), method, "/merchants/"+m.ID+"/transactions/"+d.payment()+"/"+step, strings.NewReader(body))
	r.SetBasicAuth(m.Public, m.Private)
	w := httptest.NewRecorder()
	d.bank.ServeHTTP(w, r)
	if w.Code/100 != 2 {
		d.t.Fatalf("%s by hand: %d %s", step, w.Code, w.Body)
	}
}

// payment is the last one that was authorized at Braintree.
func (d *cardDeal) payment() string {
	d.t.Helper()
	id := ""
	for _, e := range d.bank.Effects() {
		if e.Operation == "authorize" {
			id = e.ObjectID
		}
	}
	return id
}

// onHold reports whether an operator has to look.
func (d *cardDeal) onHold(want bool) {
	d.t.Helper()
	d.MustSettle()
	if deal := d.deal(); (deal.Attention != "") != want {
		d.t.Errorf("on hold %t, want %t: %+v", !want, want, deal)
	}
}

// paid is a deal whose money was taken.
func (d *cardDeal) paid() {
	d.t.Helper()
	d.preauthorized()
	if got := d.step("complete_preauthorization", d.author, "", 200); got != "paid" {
		d.t.Fatalf("the deal is %s", got)
	}
}

// A refusal whose answer was lost is told as it would have been: nothing has superseded what the buyer asked for.
func TestBraintree_lostRefusal(t *testing.T) {
	t.Parallel()
	for card, want := range map[string]string{
		"declined": "card_declined", "2001": "card_declined", "2099": "authentication_required", "three_d_secure_failed": "authentication_required", "fraud": "declined",
	} {
		t.Run(card, func(t *testing.T) {
			t.Parallel()
			testkit.OnEither(t, func(t *testing.T, url string) {
				d := atBraintree(t, url)
				fields := `"payment_method_nonce":"` + d.nonce(card) + `"`
				d.fault("authorizePaymentMethod", "cut_after")
				d.open("preauthorize", fields, 502)
				d.Advance(10 * time.Minute)
				d.n-- // the buyer's app asks again under its key
				if got := d.open("preauthorize", fields, 402); got != want {
					t.Errorf("the repeat is told %s, want %s", got, want)
				}
				if got := d.open("preauthorize", `"payment_method_nonce":"`+d.nonce(card)+`"`, 402); got != want {
					t.Errorf("at once it is %s, want %s", got, want)
				}
				d.CheckBooks()
			})
		})
	}
}

// What is lost on the way, comes twice or comes late does no harm, on both databases.
func TestBraintree_doubt(t *testing.T) {
	t.Parallel()
	type sums = map[string]int64
	for name, tc := range map[string]struct {
		play func(d *cardDeal)
		is   string
		want sums
	}{
		"the answer of an authorization is lost": {func(d *cardDeal) {
			d.fault("authorizePaymentMethod", "cut_after")
			d.openDoubtful()
			d.Advance(time.Minute)
		}, "preauthorized", sums{"authorize": 5000}},
		"an authorization is lost on its way": {func(d *cardDeal) {
			d.fault("authorizePaymentMethod", "cut_before")
			d.openDoubtful()
			d.Advance(10 * time.Minute)
		}, "preauthorized", sums{"authorize": 5000}},
		"the answer of an authorization comes late": {func(d *cardDeal) {
			d.fault("authorizePaymentMethod", "timeout_after")
			d.openDoubtful()
			d.Advance(10 * time.Minute)
		}, "preauthorized", sums{"authorize": 5000}},
		"an authorization arrives after it was looked for": {func(d *cardDeal) {
			d.fault("authorizePaymentMethod", "cut_before")
			d.openDoubtful()
			first := d.wire.last
			d.meanwhile("authorizePaymentMethod", func() { d.arrives(first) }) // right before the second try
			d.Advance(10 * time.Minute)
		}, "preauthorized", sums{"authorize": 5000}},
		"the answer of a capture is lost": {func(d *cardDeal) {
			d.preauthorized()
			d.fault("captureTransaction", "cut_after")
			d.step("complete_preauthorization", "sam", "", 502)
			d.Advance(time.Minute)
		}, "paid", sums{"authorize": 5000, "capture": 5000}},
		"a capture is lost on its way": {func(d *cardDeal) {
			d.preauthorized()
			d.fault("captureTransaction", "error_before")
			d.step("complete_preauthorization", "sam", "", 502)
			d.Advance(10 * time.Minute)
		}, "paid", sums{"authorize": 5000, "capture": 5000}},
		"the answer of a void is lost": {func(d *cardDeal) {
			d.preauthorized()
			d.fault("reverseTransaction", "broken_json")
			d.step("reject", "sam", "", 502)
			d.Advance(time.Minute)
		}, "rejected", sums{"authorize": 5000, "void": 5000}},
		"voided by hand before it is rejected": {func(d *cardDeal) {
			d.preauthorized()
			d.byHand("void", "")
			d.step("reject", "sam", "", 200)
		}, "rejected", sums{"authorize": 5000, "void": 5000}},
		"the answer of a refund is lost": {func(d *cardDeal) {
			d.paid()
			d.Advance(24 * time.Hour)
			d.step("cancel", "bea", "", 200)
			d.fault("refundTransaction", "cut_after")
			d.staff("refund", "", 502)
			d.Advance(time.Minute)
		}, "refunded", sums{"authorize": 5000, "capture": 5000, "refund": 5000}},
		"a refund is lost on its way": {func(d *cardDeal) {
			d.paid()
			d.Advance(24 * time.Hour)
			d.step("cancel", "bea", "", 200)
			d.fault("refundTransaction", "cut_before")
			d.staff("refund", "", 502)
			d.Advance(10 * time.Minute)
		}, "refunded", sums{"authorize": 5000, "capture": 5000, "refund": 5000}},
		"the answer of a reversal is lost": {func(d *cardDeal) {
			d.paid()
			d.step("cancel", "bea", "", 200)
			d.fault("reverseTransaction", "cut_after")
			d.staff("refund", "", 502)
			d.Advance(time.Minute)
		}, "refunded", sums{"authorize": 5000, "capture": 5000, "void": 5000}},
		"a payment settles while it is reversed": {func(d *cardDeal) {
			d.paid()
			d.step("cancel", "bea", "", 200)
			d.meanwhile("reverseTransaction", func() { d.byHand("settle", "") })
			d.staff("refund", "", 200)
		}, "refunded", sums{"authorize": 5000, "capture": 5000, "refund": 5000}},
		"webhooks are lost": {func(d *cardDeal) {
			d.paid()
			if err := d.bank.SetFaults([]braintree.Fault{{Route: "webhook", Kind: "lose", Times: -1}}); err != nil {
				d.t.Fatal(err)
			}
			d.Advance(24 * time.Hour)
			d.step("complete", "bea", "", 200)
		}, "completed", sums{"authorize": 5000, "capture": 5000}},
		"webhooks come twice": {func(d *cardDeal) {
			d.paid()
			if err := d.bank.SetFaults([]braintree.Fault{{Route: "webhook", Kind: "duplicate", Times: -1}}); err != nil {
				d.t.Fatal(err)
			}
			d.Advance(24 * time.Hour)
		}, "paid", sums{"authorize": 5000, "capture": 5000}},
		"captured by hand": {func(d *cardDeal) {
			d.preauthorized()
			d.byHand("submit_for_settlement", "")
			d.Advance(24 * time.Hour)
		}, "paid", sums{"authorize": 5000, "capture": 5000}},
		"voided by hand on the way to a capture": {func(d *cardDeal) {
			d.preauthorized()
			d.meanwhile("captureTransaction", func() { d.byHand("void", "") })
			if code := d.step("complete_preauthorization", "sam", "", 409); code != "superseded" {
				d.t.Errorf("the code is %s", code)
			}
		}, "rejected", sums{"authorize": 5000, "void": 5000}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testkit.OnEither(t, func(t *testing.T, url string) {
				d := atBraintree(t, url)
				tc.play(d)
				d.is(tc.is)
				d.onHold(false)
				if diff := cmp.Diff(tc.want, d.moved()); diff != "" {
					t.Errorf("at Braintree (-want +got):\n%s", diff)
				}
				d.CheckBooks()
			})
		})
	}
}

// openDoubtful opens a deal of whose payment nobody knows what came of it.
func (d *cardDeal) openDoubtful() {
	d.t.Helper()
	if code := d.open("preauthorize", `"payment_method_nonce":"`+d.nonce("success")+`"`, 502); code != "outcome_unknown" {
		d.t.Fatalf("the code is %s", code)
	}
	var list struct{ Items []struct{ Number int64 } }
	d.Call("GET", "/v1/transactions?limit=1", "").JSON(d.t, &list)
	d.id = jsonNumber(list.Items[0].Number)
}

// arrives has a request that was held up arrive.
func (d *cardDeal) arrives(body string) {
	d.t.Helper()
	m := braintree.Example()
	r := httptest.NewRequestWithContext(d.t.Context(), http.MethodPost, "/graphql", strings.NewReader(body))
	r.SetBasicAuth(m.Public, m.Private)
	r.Header.Set("Braintree-Version", "2024-08-01")
	w := httptest.NewRecorder()
	if d.bank.ServeHTTP(w, r); strings.Contains(w.Body.String(), `"errors"`) {
		d.t.Errorf("%s", w.Body)
	}
}

// What somebody does at Braintree that our books do not know of puts the deal on hold, and nothing leaves.
func TestBraintree_onHold(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		play func(d *cardDeal)
		is   string
	}{
		"a void that became a refund": {func(d *cardDeal) {
			d.preauthorized()
			d.meanwhile("reverseTransaction", func() { d.byHand("submit_for_settlement", ""); d.byHand("settle", "") })
			d.step("reject", "sam", "", 409)
		}, "paid"},
		"a settlement that is declined": {func(d *cardDeal) {
			d.paid()
			if err := d.bank.Settle(d.payment(), "settlement_declined"); err != nil {
				d.t.Fatal(err)
			}
		}, "paid"},
		"another amount is authorized": {func(d *cardDeal) {
			d.wire.alter = strings.NewReplacer(`"50.00"`, `"40.00"`)
			d.openDoubtful()
		}, "initiated"},
		"a refund by hand": {func(d *cardDeal) {
			d.paid()
			d.Advance(24 * time.Hour)
			d.byHand("refund", `{"transaction":{"amount":"10.00"}}`)
			d.step("complete", "bea", "", 409)
		}, "paid"},
		"less was captured by hand": {func(d *cardDeal) {
			d.preauthorized()
			d.byHand("submit_for_settlement", `{"transaction":{"amount":"40.00"}}`)
			d.Advance(24 * time.Hour)
		}, "preauthorized"},
		"a refund that fails later": {func(d *cardDeal) {
			d.paid()
			d.Advance(24 * time.Hour)
			d.step("cancel", "bea", "", 200)
			d.staff("refund", "", 200)
			effects := d.bank.Effects()
			if err := d.bank.Settle(effects[len(effects)-1].ObjectID, "settlement_declined"); err != nil {
				d.t.Fatal(err)
			}
		}, "refunded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testkit.OnEither(t, func(t *testing.T, url string) {
				d := atBraintree(t, url)
				tc.play(d)
				d.onHold(true)
				d.is(tc.is)
				d.CheckBooks()
			})
		})
	}
}

// The payer's bank takes money back, and decides.
func TestBraintree_disputes(t *testing.T) {
	t.Parallel()
	for outcome, want := range map[string]string{"": "disputed", "won": "canceled", "lost": "refunded"} {
		t.Run("closed "+outcome, func(t *testing.T) {
			t.Parallel()
			testkit.OnEither(t, func(t *testing.T, url string) {
				d := atBraintree(t, url)
				d.paid()
				d.Advance(24 * time.Hour)
				id, err := d.bank.Dispute(d.payment(), 0, "fraud")
				if err != nil {
					t.Fatal(err)
				}
				d.is("disputed")
				if outcome != "" {
					if err := d.bank.CloseDispute(id, outcome); err != nil {
						t.Fatal(err)
					}
				}
				d.is(want)
				d.CheckBooks()
			})
		})
	}
}

// The books agree with Braintree after deals of every kind, by its statement.
func TestBraintree_reconcile(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		d := atBraintree(t, url)
		from := d.Sandbox.Now()
		d.paid()
		d.step("complete", "bea", "", 200)
		d.paid()
		d.step("cancel", "bea", "", 200)
		d.preauthorized()
		d.Advance(24 * time.Hour)
		report := func() orchestrator.Report {
			t.Helper()
			r, err := d.Engine.Reconcile(t.Context(), orchestrator.ReconcileInput{Gateway: "braintree", From: from, To: d.Sandbox.Now()})
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		if r := report(); len(r.Differences) != 0 {
			t.Errorf("%+v", r.Differences)
		}
		d.byHand("void", "")
		d.preauthorized()
		d.byHand("submit_for_settlement", `{"transaction":{"amount":"40.00"}}`)
		d.Advance(time.Minute)
		if r := report(); len(r.Differences) == 0 {
			t.Error("what was captured by hand is no difference")
		}
	})
}

// A fee that the marketplace keeps does not go back: what is refunded is all that was held, and less than was captured. That takes a
// settled payment, and the deal ends as it would have, also where the answer is lost.
func TestBraintree_keptFee(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		d := atBraintree(t, url)
		if r := d.Call("PUT", "/v1/community/fees", `{"seller_basis_points":1000,"buyer_basis_points":300,"buyer_fee_on_refund":"kept"}`); r.Status != 200 {
			t.Fatalf("fees: %d %s", r.Status, r.Body)
		}
		d.paid()
		d.step("cancel", "bea", "", 200)
		if r := d.staff("refund", "", 409); !strings.Contains(string(r.Body), `"not_settled_yet"`) {
			t.Errorf("before it settles: %s", r.Body)
		}
		d.Advance(24 * time.Hour)
		d.fault("refundTransaction", "cut_after")
		d.staff("refund", "", 502)
		d.Advance(time.Minute)
		d.is("refunded")
		d.onHold(false)
		if diff := cmp.Diff(map[string]int64{"authorize": 5150, "capture": 5150, "refund": 5000}, d.moved()); diff != "" {
			t.Error(diff)
		}
		d.CheckBooks()
	})
}
