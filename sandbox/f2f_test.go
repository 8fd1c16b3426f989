package sandbox_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/sandbox"
)

func TestF2FToF2FDealWithDepositPriceAndComplaint(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	id := x.openF2F("").ID
	var statuses []string
	note := func(tx sandbox.F2FTransaction) { statuses = append(statuses, tx.Status) }
	note(x.f2f(id))
	paid, err := x.Sandbox.PayDeposit(id, "success")
	must(t, err)
	note(paid)
	note(x.act(id, "accept_deposit_with_guest_seller", x.seller, ""))
	note(x.act(id, "set_price", x.seller, priceBody))
	paid, err = x.Sandbox.PayRemainder(id, "success")
	must(t, err)
	note(paid)
	note(x.act(id, "confirm_handover_with_guest_user", x.seller, ""))
	note(x.act(id, "confirm_handover", x.buyer, ""))
	note(x.act(id, "complain_with_guest_buyer", x.buyer, complaintBody))
	final, err := x.Sandbox.ResolveF2FComplaint(id, "release")
	must(t, err)
	note(final)
	same(t, "statuses", statuses, []string{"joined", "deposit_paid", "deposit_accepted", "priced", "remainder_paid",
		"seller_handover_confirmed", "buyer_handover_confirmed", "complained", "funds_released"})
	same(t, "webhooks", x.events(), prefixed("p2p_tx.", "joined", "deposit_paid", "deposit_accepted", "priced", "remainder_paid",
		"seller_handover_confirmed", "buyer_handover_confirmed", "complained", "funds_released"))
	same(t, "released to the seller", *final.ReleasedToSeller, true)
	same(t, "deadline", final.ComplaintPeriodDeadline, start.Add(24*time.Hour))
	same(t, "nothing more happens", x.Sandbox.Advance(100*24*time.Hour), nil)
	same(t, "still", x.f2f(id).Status, "funds_released")
}

func prefixed(prefix string, names ...string) []string {
	for i, name := range names {
		names[i] = prefix + name
	}
	return names
}

func TestF2FWire(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	id := x.f2fAt("deposit refunded")
	got := compact(t, x.api("GET", fmt.Sprintf("/p2p/transactions/%d", id), x.buyer, "").body)
	got = got[:strings.Index(got, `"refunds"`)]
	want := fmt.Sprintf(`{"id":1309,"status":"deposit_refunded","currency":"eur","deposit_pricing":{"price":1234,"charge":78,"charge_seller":0,"charge_buyer_client":0,"charge_seller_client":0},`+
		`"description":"Soccer ticket","skip_remainder":false,"quantity":1,"client_id":"sandbox","seller_id":%q,"buyer_id":%q,`+
		`"seller_is_guest":true,"buyer_is_guest":true,"is_deposit_payment_in_progress":false,"is_remainder_payment_in_progress":false,`+
		`"created":"2030-03-01T09:00:00Z","joined":"2030-03-01T09:00:00Z","cancelled":"2030-03-01T09:00:00Z",`+
		`"cancellation":{"reason":"Found another buyer"},"deposit_paid":"2030-03-01T09:00:00Z","deposit_accepted":"2030-03-01T09:00:00Z",`+
		`"deposit_refunded":"2030-03-01T09:00:00Z","amount_refunded":1234,`, x.seller, x.buyer)
	same(t, "body", got, want)
}

func TestRemainderIsSkippedAfterADelay(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{Timelines: sandbox.Timelines{SkipDelay: time.Minute}})
	id := x.openF2F(`,"skip_remainder":true`).ID
	must(t, second(x.Sandbox.PayDeposit(id, "success")))
	same(t, "answer", x.act(id, "accept_deposit", x.seller, "").Status, "deposit_accepted")
	a := x.api("POST", fmt.Sprintf("/p2p/transactions/%d/confirm_handover", id), x.seller, "")
	same(t, "too early", a.code(), "remainder_required")
	a = x.api("POST", fmt.Sprintf("/p2p/transactions/%d/set_price", id), x.seller, priceBody)
	same(t, "no price", a.code(), "remainder_already_skipped")
	must(t, x.Sandbox.Advance(time.Minute))
	same(t, "skipped", x.f2f(id).RemainderSkipped, start.Add(time.Minute))
	x.act(id, "confirm_handover", x.seller, "")
	must(t, x.Sandbox.Advance(24*time.Hour))
	same(t, "status", x.f2f(id).Status, "funds_released")
	same(t, "webhooks", x.events(), prefixed("p2p_tx.", "joined", "deposit_paid", "deposit_accepted", "remainder_skipped",
		"seller_handover_confirmed", "funds_released"))
}

func TestSkipWithoutDelayComesAfterTheAnswer(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	id := x.openF2F(`,"skip_remainder":true`).ID
	must(t, second(x.Sandbox.PayDeposit(id, "success")))
	same(t, "answer", x.act(id, "accept_deposit", x.seller, "").Status, "deposit_accepted")
	same(t, "a moment later", x.f2f(id).Status, "remainder_skipped")
}

func TestCancellationReturnsTheDepositWithoutTheFee(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, situation, action, role string
		refundCharge                  bool
		status                        string
		amount                        int64
		events                        []string
	}{
		{"nobody joined", "created", "cancel", "seller", false, "cancelled", 0, []string{"cancelled"}},
		{"not paid", "joined", "cancel", "buyer", false, "cancelled", 0, []string{"joined", "cancelled"}},
		{"deposit paid", "deposit paid", "cancel_with_description", "buyer", false, "deposit_refunded", 1234,
			[]string{"joined", "deposit_paid", "cancelled", "deposit_refunded"}},
		{"with the fee", "deposit paid", "cancel_with_description_with_guest_user", "seller", true, "deposit_refunded", 1312,
			[]string{"joined", "deposit_paid", "cancelled", "deposit_refunded"}},
		{"priced", "priced", "cancel_with_description", "seller", false, "deposit_refunded", 1234,
			[]string{"joined", "deposit_paid", "deposit_accepted", "priced", "cancelled", "deposit_refunded"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			x := newTester(t, sandbox.Config{RefundCharge: test.refundCharge})
			id := x.f2fAt(test.situation)
			user := map[string]string{"seller": x.seller, "buyer": x.buyer}[test.role]
			body := reasonBody
			if test.action == "cancel" {
				body = ""
			}
			cancelled := x.act(id, test.action, user, body)
			same(t, "reason", cancelled.Cancellation.Reason, map[bool]string{false: "Found another buyer"}[test.action == "cancel"])
			after := x.f2f(id)
			same(t, "status", after.Status, test.status)
			if test.amount != 0 {
				same(t, "refunded", []int64{*after.AmountRefunded, after.Refunds[0].Amount}, []int64{test.amount, test.amount})
			}
			same(t, "webhooks", x.events(), prefixed("p2p_tx.", test.events...))
		})
	}
}

func TestOnlyTheSellerStartsTheComplaintPeriod(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	id := x.f2fAt("buyer confirmed")
	a := x.api("POST", fmt.Sprintf("/p2p/transactions/%d/end_complaint_period_with_guest_buyer", id), x.buyer, "")
	same(t, "not started", a.code(), "handover_not_confirmed")
	must(t, x.Sandbox.Advance(30*24*time.Hour))
	same(t, "nothing happens", x.f2f(id).Status, "buyer_handover_confirmed")
	x.act(id, "confirm_handover", x.seller, "")
	must(t, x.Sandbox.Advance(24*time.Hour))
	after := x.f2f(id)
	same(t, "ended", after.ComplaintPeriodEnded, start.Add(31*24*time.Hour))
	same(t, "status", after.Status, "funds_released")

	both := x.f2fAt("both confirmed")
	same(t, "status of both", x.f2f(both).Status, "buyer_handover_confirmed")
	ended := x.act(both, "end_complaint_period", x.buyer, "")
	same(t, "ended by the buyer", ended.Status, "complaint_period_ended")
	same(t, "released", x.f2f(both).Status, "funds_released")
}

func TestAcceptedF2FComplaintRefundsTheTotal(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	tx := x.act(x.f2fAt("complained"), "accept_complaint", x.seller, "")
	same(t, "status", tx.Status, "funds_released")
	same(t, "to the seller", *tx.ReleasedToSeller, false)
	same(t, "refunded", *tx.AmountRefunded, int64(5000))
	events := x.events()
	same(t, "webhook", events[len(events)-1], "p2p_tx.funds_refunded")
}

func TestF2FJoinCodes(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	tx := x.callF2F("POST", "/me/transactions", "bearer:"+fullBuyer, `{`+f2fTerms+`,"role":"buyer","skip_remainder":true}`)
	path := "/transactions_by_join_code/" + tx.JoinCode
	same(t, "read", x.callF2F("GET", path, x.seller, "").ID, tx.ID)
	joined := x.callF2F("POST", path+"/join", x.seller, "")
	same(t, "joined", []string{joined.Status, joined.SellerID, joined.JoinCode}, []string{"joined", x.seller, ""})
	same(t, "guests", []bool{*joined.SellerIsGuest, *joined.BuyerIsGuest}, []bool{true, false})
	same(t, "dead", x.api("POST", "/p2p"+path+"/join", x.seller, "").code(), "not_found")

	again := x.callF2F("POST", "/me/transactions", "bearer:"+fullBuyer, `{`+f2fTerms+`,"role":"buyer"}`)
	same(t, "joined by id", x.act(again.ID, "join_with_guest", x.seller, "").SellerID, x.seller)
	a := x.api("POST", fmt.Sprintf("/p2p/transactions/%d/join_with_guest", again.ID), x.buyer, "")
	same(t, "full", a.code(), "second_party_already_joined")
	both := x.callF2F("POST", "/me/transactions/create_and_join", fullSeller, `{`+f2fTerms+`,"creator_role":"seller","join_user_id":"`+fullBuyer+`"}`)
	same(t, "both at once", []string{both.Status, both.BuyerID}, []string{"joined", fullBuyer})
}

func TestSlowPaymentsAndReviews(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	id := x.at("joined")
	slow, err := x.Sandbox.Pay(id, "processing")
	must(t, err)
	same(t, "on its way", []any{slow.Status, slow.PaymentInProgress}, []any{"joined", true})
	if _, err := x.Sandbox.Pay(id, "insufficient_funds"); err == nil {
		t.Error("the decline succeeded")
	}
	same(t, "failed", x.get(id).PaymentInProgress, false)
	reviewed, err := x.Sandbox.Pay(id, "review")
	must(t, err)
	same(t, "flagged", []any{reviewed.Status, reviewed.ReviewFlagged}, []any{"paid", start})
	refused, err := x.Sandbox.FinishReview(id, false)
	must(t, err)
	same(t, "refused", []any{refused.Status, *refused.Review.Approved}, []any{"cancelled_with_payment", false})
	same(t, "refunded", x.get(id).Status, "payment_refunded")
	same(t, "webhooks", x.events(), prefixed("basic_tx.", "joined", "payment_failed", "paid", "payment_review_flagged",
		"payment_review_finished", "cancelled", "payment_refunded"))

	f2f := x.f2fAt("deposit in review")
	path := fmt.Sprintf("/p2p/transactions/%d", f2f)
	same(t, "waits", x.api("POST", path+"/accept_deposit", x.seller, "").code(), "deposit_payment_in_review")
	same(t, "finished", x.control("POST", path+"/finish_review", `{"approved":true}`).status, 200)
	same(t, "once", x.control("POST", path+"/finish_review", `{"approved":true}`).code(), "no_review")
	x.act(f2f, "accept_deposit", x.seller, "")
	x.act(f2f, "set_price", x.seller, priceBody)
	must(t, second(x.Sandbox.PayRemainder(f2f, "review")))
	same(t, "waits too", x.api("POST", path+"/confirm_handover", x.seller, "").code(), "remainder_payment_in_review")
	must(t, second(x.Sandbox.FinishF2FReview(f2f, false)))
	after := x.f2f(f2f)
	same(t, "all goes back", []any{after.Status, *after.AmountRefunded}, []any{"deposit_refunded", int64(5000)})
}

func TestF2FPaymentPages(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	id := x.openF2F("").ID
	deposit := strings.TrimPrefix(x.Sandbox.DepositURL(id), x.URL)
	a := x.page("GET", deposit, "", "")
	if !strings.Contains(string(a.body), "13.12 EUR") {
		t.Errorf("page: %s", a.body)
	}
	a = x.page("POST", deposit+"?redirect_uri=https://shop.example.com/done", form, "card=review")
	same(t, "location", a.header.Get("Location"), "https://shop.example.com/done?code=processing&trustap_status=ok&tx_id=1309")
	must(t, second(x.Sandbox.FinishF2FReview(id, true)))
	x.act(id, "accept_deposit", x.seller, "")
	x.act(id, "set_price", x.seller, priceBody)
	remainder := strings.Replace(deposit, "pay_deposit", "pay_remainder", 1)
	a = x.page("GET", remainder, "", "")
	for _, want := range []string{"37.66 EUR", "1.12 EUR", "38.78 EUR"} {
		if !strings.Contains(string(a.body), want) {
			t.Errorf("page lacks %s", want)
		}
	}
	a = x.page("POST", remainder, "application/json", `{"card":"success"}`)
	same(t, "paid", strings.Contains(string(a.body), `"status":"remainder_paid"`), true)
}

func TestF2FStateMachineIsTotal(t *testing.T) {
	t.Parallel()
	states := []string{"created", "joined", "rejected", "cancelled", "deposit_paid", "cancelled_with_deposit", "deposit_refunded",
		"deposit_accepted", "priced", "remainder_paid", "remainder_skipped", "seller_handover_confirmed",
		"buyer_handover_confirmed", "complained", "complaint_period_ended", "funds_released"}
	for name, move := range sandbox.F2FMoves() {
		if twice := sandbox.Ambiguous(move); twice != nil {
			t.Errorf("%s answers in two ways from %v", name, twice)
		}
		for _, state := range states {
			code := sandbox.F2FRefusal(move, state)
			if code == "forbidden" || code != "" && !sandbox.KnownCode(code) {
				t.Errorf("%s from %s: no refusal is declared (%q)", name, state, code)
			}
		}
	}
}

func TestFeeMultiplier(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	var quote sandbox.Charge
	x.ok(200, "GET", "/p2p/charge?currency=eur&price=1000&fee_multiplier=1.5", "", "", &quote)
	same(t, "percentage times 1.5, flat part once", quote.Charge, int64(85))
	same(t, "version", quote.CalculatorVersion, int64(2))
	body := func(multiplier string) string {
		return `{"role":"seller","currency":"eur","description":"A","deposit_price":1000,"deposit_charge":85,"charge_calculator_version":2,"deposit_fee_multiplier":` + multiplier + `}`
	}
	for _, good := range []string{`1.5`, `{"fee_multiplier":1.5}`} {
		tx := x.callF2F("POST", "/me/transactions", x.seller, body(good))
		again := x.callF2F("PATCH", fmt.Sprintf("/transactions/%d", tx.ID), x.seller, `{"deposit_price":2000,"deposit_charge":130}`)
		same(t, "remembered", again.DepositPricing.Charge, int64(130))
	}
	for bad, code := range map[string]string{`0.5`: "fee_multiplier_too_low", `-2`: "fee_multiplier_too_low", `"x"`: "malformed_json", `1e9`: "malformed_json"} {
		same(t, bad, x.api("POST", "/p2p/me/transactions", x.seller, body(bad)).code(), code)
	}
}
