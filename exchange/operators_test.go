package exchange_test

import (
	"strconv"
	"testing"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process/p2porder"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// disputed opens a market with a dispute about 2,000 between bob and ann.
func disputed(t *testing.T, url string) (*market, exchange.Order) {
	t.Helper()
	m := newMarket(t, url)
	m.fund("ann", 10_000)
	o := m.mustTake("bob", m.ad("ann", terms(listings.Sell)).ID, 2000)
	m.mustStep("paid", "bob", o.ID)
	return m, m.mustStep("operator", "bob", o.ID)
}

func TestOperators(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		m, o := disputed(t, url)
		ctx, olga, otto := t.Context(), operator("olga"), operator("otto")
		list, total, err := m.Disputes(ctx, olga, listings.Page{Limit: 10})
		must(t, err)
		if total != 1 || len(list) != 1 || list[0].OpenedBy != "bob" || list[0].Reason != "where is it?" || list[0].AssignedTo != "" {
			t.Errorf("disputes: %+v of %d", list, total)
		}
		verdict := exchange.Verdict{Outcome: exchange.Split, BuyerAmount: 1500, SellerAmount: 500, Reason: "a part came in"}
		_, err = m.Order(ctx, olga, o.ID)
		refused(t, "read before assigned", err, "not_assigned")
		_, err = m.Admit(ctx, olga, o.ID)
		refused(t, "evidence before assigned", err, "not_assigned")
		_, _, err = m.Messages(ctx, olga, o.ID, listings.Page{Limit: 10})
		refused(t, "chat before assigned", err, "not_assigned")
		_, _, err = m.Resolve(ctx, olga, o.ID, verdict, exchange.Request{})
		refused(t, "resolve before assigned", err, "not_assigned")

		assigned, err := m.Assign(ctx, olga, o.ID)
		must(t, err)
		if len(assigned.PaymentDetails) == 0 {
			t.Error("the operator does not see how the seller is paid")
		}
		_, err = m.Assign(ctx, olga, o.ID)
		must(t, err)
		_, err = m.Assign(ctx, otto, o.ID)
		refused(t, "second operator", err, "already_assigned")
		_, err = m.TakeFrom(ctx, otto, o.ID, "olga", " ")
		refused(t, "without a reason", err, "reason_missing")
		_, err = m.TakeFrom(ctx, otto, o.ID, "ola", "she has left")
		refused(t, "from who has not got it", err, "already_assigned")
		_, err = m.TakeFrom(ctx, operator("ann"), o.ID, "olga", "she has left")
		refused(t, "a party takes it over", err, "role_not_allowed")
		_, err = m.TakeFrom(ctx, user("bob"), o.ID, "olga", "she has left")
		refused(t, "a user takes it over", err, "not_found")
		_, err = m.Assign(ctx, operator("ann"), o.ID)
		refused(t, "a party", err, "role_not_allowed")
		_, err = m.Assign(ctx, user("bob"), o.ID)
		refused(t, "a user", err, "not_found")
		_, err = m.Assign(ctx, olga, o.ID+1000)
		refused(t, "unknown order", err, "order_not_found")
		_, _, err = m.ConfirmReceived(ctx, olga, o.ID, exchange.Request{})
		refused(t, "a party's step", err, "role_not_allowed")
		_, _, err = m.ConfirmReceived(ctx, otto, o.ID, exchange.Request{})
		refused(t, "an operator without the case", err, "order_not_found")

		said, _, err := m.Say(ctx, olga, o.ID, "Send the receipt, please", exchange.MessageRequest{})
		must(t, err)
		if said.Kind != "operator" {
			t.Errorf("the operator speaks as %s", said.Kind)
		}
		m.testVerdicts(t, olga, o, verdict)
		trail, err := m.w.Store.AuditTrail(ctx, community, "order:"+itoa(o.ID))
		must(t, err)
		var actions []exchange.Action
		for _, a := range trail {
			actions = append(actions, a.Action)
			if a.Actor != "olga" {
				t.Errorf("audited: %+v", a)
			}
		}
		same(t, "audit", actions, []exchange.Action{
			exchange.Assigning, exchange.ReadOrder, exchange.Assigning, exchange.ReadOrder, exchange.ReadChat, // says
			exchange.Resolving, exchange.Resolving, exchange.Resolving, exchange.Resolving, exchange.ReadOrder,
		})
	})
}

// testVerdicts tries wrong verdicts, then resolves.
func (m *market) testVerdicts(t *testing.T, olga exchange.User, o exchange.Order, verdict exchange.Verdict) {
	t.Helper()
	ctx := t.Context()
	for reason, v := range map[fault.Reason]exchange.Verdict{
		"validation_error":      {Outcome: "coin", Reason: "x"},
		"reason_missing":        {Outcome: exchange.Release},
		"amounts_do_not_add_up": {Outcome: exchange.Split, BuyerAmount: 1500, SellerAmount: 501, Reason: "x"},
	} {
		_, err := m.Preview(ctx, olga, o.ID, v)
		refused(t, "preview", err, reason)
		_, _, err = m.Resolve(ctx, olga, o.ID, v, exchange.Request{})
		refused(t, "resolve", err, reason)
	}
	preview, err := m.Preview(ctx, olga, o.ID, verdict)
	must(t, err)
	if len(preview.Moves) != 2 || preview.To != p2porder.Completed || preview.Moves[0].Amount != money.New(1500, "RUB") {
		t.Errorf("preview: %+v", preview)
	}
	m.has("bob", 0, 0)
	done, _, err := m.Resolve(ctx, olga, o.ID, verdict, exchange.Request{})
	must(t, err)
	same(t, "resolution", done.Resolution, &exchange.Resolution{
		Outcome: exchange.Split, BuyerAmount: 1500, SellerAmount: 500, Reason: "a part came in", OperatorID: "olga", At: done.EndedAt,
	})
	m.has("bob", 1500, 0)
	m.has("ann", 8500, 0)
	_, _, err = m.Resolve(ctx, olga, o.ID, verdict, exchange.Request{})
	refused(t, "twice", err, "invalid_order_status")
	read, err := m.Order(ctx, olga, o.ID)
	must(t, err)
	same(t, "read again", read.Resolution, done.Resolution)
	m.w.CheckBooks()
}

func TestOperators_outcomes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		outcome  exchange.Outcome
		status   exchange.Status
		bob, ann int64
	}{
		{exchange.Release, exchange.Completed, 2000, 8000},
		{exchange.Refund, exchange.Cancelled, 0, 10_000},
	} {
		m, o := disputed(t, "")
		olga := operator("olga")
		_, err := m.Assign(t.Context(), olga, o.ID)
		must(t, err)
		var stored exchange.Order
		r := key("k", "h")
		r.Render = func(o exchange.Order) (int, []byte) { stored = o; return 200, nil }
		done, _, err := m.Resolve(t.Context(), olga, o.ID, exchange.Verdict{Outcome: tc.outcome, Reason: "clear"}, r)
		must(t, err)
		same(t, "stored answer", stored, done)
		if done.Status != tc.status {
			t.Errorf("%s leads to %s", tc.outcome, done.Status)
		}
		m.has("bob", tc.bob, 0)
		m.has("ann", tc.ann, 0)
		_, reply, err := m.Resolve(t.Context(), olga, o.ID, exchange.Verdict{Outcome: tc.outcome, Reason: "clear"}, r)
		if err != nil || reply == nil {
			t.Errorf("repeat: %v, %v", reply, err)
		}
	}
}
