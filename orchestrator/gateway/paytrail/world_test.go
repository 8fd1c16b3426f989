package paytrail_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testport"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway/paytrail"
	"github.com/handsel-dev/handsel/orchestrator/gatewaytest"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
	"github.com/handsel-dev/handsel/orchestrator/process"
	sandbox "github.com/handsel-dev/handsel/sandbox/paytrail"
)

// accounts is orchestrator.Accounts in memory: sam has a merchant, bea an e-mail address.
type accounts struct{}

func (accounts) Account(_ context.Context, _ int64, user, _ string) (string, bool, error) {
	return map[string]string{"sam": "695874", "own": "695861", "odd": "x"}[user], user != "ann", nil
}

func (accounts) SaveAccount(_ context.Context, _ int64, _, _, id string) (string, error) {
	return id, nil
}

func (accounts) ReplaceAccount(_ context.Context, _ int64, _, _, _, id string) (string, error) {
	return id, nil
}

func (accounts) FormerAccounts(context.Context, int64, string, string) ([]string, error) {
	return nil, nil
}

func (accounts) Profile(_ context.Context, _ int64, user string) (orchestrator.Profile, bool, error) {
	return orchestrator.Profile{Email: user + "@example.com", FirstName: "Bea"}, user == "bea", nil
}

func (accounts) SaveProfile(context.Context, orchestrator.Profile) error { return nil }

// world is a gateway beside an emulator.
type world struct {
	*paytrail.Gateway
	t    testing.TB
	till *sandbox.Emulator
	url  string
	ear  *gatewaytest.Ear // of callbacks; nil: nobody hears them
}

func newWorld(t testing.TB, change func(*paytrail.Config)) *world {
	t.Helper()
	w := &world{t: t}
	w.till, w.url = testport.Stand(t, func(url string) (*sandbox.Emulator, error) {
		return sandbox.New(sandbox.Config{PublicURL: url, Seed: 1, SharedWorld: true, FaultTimeout: time.Millisecond})
	})
	rt := &http.Transport{}
	t.Cleanup(rt.CloseIdleConnections)
	c := paytrail.Config{
		Merchant: "695861", Secret: "MONISAIPPUAKAUPPIAS", BaseURL: w.url, Accounts: accounts{}, Transport: rt, Commission: "695875",
		Callback: "https://shop.example.com/gateways/paytrail/webhooks", Back: "https://shop.example.com/back",
	}
	if change != nil {
		change(&c)
	}
	var err error
	if w.Gateway, err = paytrail.New(c); err != nil {
		t.Fatal(err)
	}
	return w
}

// operation is one of transaction 7, in which bea pays sam 50.00 euro and a fee of 1.50.
func operation(verb process.Verb, payment string) orchestrator.Operation {
	euro := func(n int64) money.Amount { return money.New(n, "EUR") }
	op := orchestrator.Operation{
		IntentID: "5f1c0e0a-" + string(verb), Attempt: 1, Verb: verb, Amount: euro(5150),
		Transaction: orchestrator.Transaction{
			ID: 7, CommunityID: 501, ListingTitle: "Old city bike", PaymentID: payment,
			Deal: process.Deal{Starter: "bea", Author: "sam", Buyer: "bea", Seller: "sam", Price: euro(5000), BuyerFee: 150, SellerFee: 300},
			Lines: []pricing.Line{
				{Code: pricing.UnitPrice, Side: pricing.Both, Quantity: 2, Unit: euro(2500), Amount: euro(5000)},
				{Code: pricing.BuyerFee, Side: pricing.Payer, Quantity: 1, Unit: euro(150), Amount: euro(150)},
				{Code: pricing.SellerCommission, Side: pricing.Payee, Quantity: 1, Unit: euro(-300), Amount: euro(-300)},
			},
		},
	}
	if verb != process.Charge {
		op.Transaction.Funds = process.Funds{Captured: 5150, Held: 5150}
		op.Whole = true
	}
	return op
}

// paid is a payment that was paid in some way.
func (w *world) paid(card string) string {
	w.t.Helper()
	out := w.Perform(w.t.Context(), operation(process.Charge, ""))
	if out.Status != process.RequiresAction {
		w.t.Fatalf("open: %+v", out)
	}
	if err := w.till.Pay(out.Snapshot.PaymentID, card); err != nil {
		w.t.Fatal(err)
	}
	return out.Snapshot.PaymentID
}

// card is a card that the buyer has saved.
func (w *world) card(name string) string {
	w.t.Helper()
	id, err := w.till.SaveCard(name)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// fault lets the next call of an operation fail.
func (w *world) fault(operation, kind string) {
	w.t.Helper()
	if err := w.till.SetFaults([]sandbox.Fault{{Route: operation, Kind: kind}}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) effects(operation string) (n int) {
	for _, e := range w.till.Effects() {
		if e.Operation == operation {
			n++
		}
	}
	return n
}

func TestOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	op := operation(process.Charge, "")
	out := w.Perform(t.Context(), op)
	s := out.Snapshot
	if out.Status != process.RequiresAction || s.RedirectURL != w.url+"/pay/"+s.PaymentID || s.References[0].Text != op.Reference() || s.Deal != "handsel_501_7" {
		t.Fatalf("opened: %+v", out)
	}
	if s, err := w.Lookup(t.Context(), orchestrator.PaymentRef{PaymentID: s.PaymentID}); err != nil || len(s.Facts) != 0 || s.RedirectURL == "" || s.References[0].Text != op.Reference() {
		t.Errorf("a new payment: %+v, %v", s, err)
	}
}

func TestOpen_refused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*orchestrator.Operation)
		config func(*paytrail.Config)
		code   fault.Reason
	}{
		"dollars":         {change: func(op *orchestrator.Operation) { op.Amount = money.New(5150, "USD") }, code: "amount_not_supported"},
		"nothing":         {change: func(op *orchestrator.Operation) { op.Amount = money.New(0, "EUR") }, code: "amount_not_supported"},
		"too much":        {change: func(op *orchestrator.Operation) { op.Amount = money.New(99_999_999, "EUR") }, code: "amount_not_supported"},
		"lines of less":   {change: func(op *orchestrator.Operation) { op.Amount = money.New(5149, "EUR") }, code: "amount_not_supported"},
		"no merchant":     {change: func(op *orchestrator.Operation) { op.Transaction.Seller = "ann" }, code: "payee_account_missing"},
		"an odd merchant": {change: func(op *orchestrator.Operation) { op.Transaction.Seller = "odd" }, code: "payee_account_missing"},
		"the aggregate":   {change: func(op *orchestrator.Operation) { op.Transaction.Seller = "own" }, code: "payee_account_missing"},
		"no profile":      {change: func(op *orchestrator.Operation) { op.Transaction.Buyer = "ann" }, code: "profile_missing"},
		"nobody for fees": {config: func(c *paytrail.Config) { c.Commission = "" }, code: "commission_merchant_missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tc.config)
			op := operation(process.Charge, "")
			if tc.change != nil {
				tc.change(&op)
			}
			if out := w.Perform(t.Context(), op); out.Status != process.Declined || out.Code != tc.code || !out.Unasked {
				t.Errorf("outcome %+v, want %s", out, tc.code)
			}
			if n := w.effects("open"); n != 0 {
				t.Errorf("%d payments were opened", n)
			}
		})
	}
}

// Where the marketplace sells for those who have no merchant, the items are its own: nobody else gets a commission, and parts go
// back also with fees.
func TestHolding(t *testing.T) {
	t.Parallel()
	var sent string
	w := newWorld(t, func(c *paytrail.Config) {
		c.Holding, c.Commission = "695875", ""
		c.Transport = spy{c.Transport, func(body string) {
			if strings.Contains(body, `"merchant"`) {
				sent = body
			}
		}}
	})
	for user, want := range map[string]struct{ left, paid bool }{"sam": {false, true}, "ann": {true, true}, "odd": {true, true}} {
		left, err := w.LeavesPayout(t.Context(), 501, user)
		if err != nil || left != want.left {
			t.Errorf("%s is left to the marketplace: %v, %v", user, left, err)
		}
		if paid, err := w.CanReceive(t.Context(), 501, user); err != nil || paid != want.paid {
			t.Errorf("%s can be paid: %v, %v", user, paid, err)
		}
	}
	if s, err := w.Seller(t.Context(), 501, "ann"); err != nil || s.Status != orchestrator.SellerMissing || !s.CanBePaid || s.GetsPayouts {
		t.Errorf("a seller without a merchant: %+v, %v", s, err)
	}
	if known, err := w.KnowsAccount(t.Context(), 501, "sam", w.Commission); err != nil || known {
		t.Errorf("the merchant that gets the fees can be a seller's: %t, %v", known, err)
	}
	if known, err := w.KnowsAccount(t.Context(), 501, "sam", "695875"); err != nil || known {
		t.Errorf("the marketplace's own merchant as a seller's: %v, %v", known, err)
	}
	op := operation(process.Charge, "")
	op.Transaction.Seller, op.Transaction.MarketplacePays = "ann", true
	out := w.Perform(t.Context(), op)
	if out.Status != process.RequiresAction || strings.Count(sent, `"merchant":"695875"`) != 2 || strings.Contains(sent, "commission") {
		t.Fatalf("%+v: %s", out, sent)
	}
	if err := w.till.Pay(out.Snapshot.PaymentID, "success"); err != nil {
		t.Fatal(err)
	}
	part := operation(process.Refund, out.Snapshot.PaymentID)
	part.Transaction.MarketplacePays, part.Amount, part.Whole = true, money.New(100, "EUR"), false
	if out := w.Perform(t.Context(), part); out.Status != process.Succeeded {
		t.Errorf("a part with fees: %+v", out)
	}
	op.Transaction.MarketplacePays = false // of a deal that was opened when they had a merchant
	if out := w.Perform(t.Context(), op); out.Status != process.Declined || out.Code != "payee_account_missing" {
		t.Errorf("whose merchant is gone: %+v", out)
	}
	off := newWorld(t, nil)
	if left, err := off.LeavesPayout(t.Context(), 501, "ann"); err != nil || left {
		t.Errorf("it is off by default: %v, %v", left, err)
	}
}

// What is lost, broken or not signed is unknown, and what never left is not sent.
func TestPerform_doubt(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		verb   process.Verb
		fault  string
		status process.Status
		code   fault.Reason
	}{
		{process.Charge, "cut_before", process.Unknown, "no_clear_answer"},
		{process.Charge, "cut_after", process.Unknown, "no_clear_answer"},
		{process.Charge, "timeout_after", process.Unknown, "no_clear_answer"},
		{process.Charge, "broken_json", process.Unknown, "unreadable_answer"},
		{process.Charge, "unsigned", process.Unknown, "unreadable_answer"},
		{process.Charge, "html", process.Unknown, "no_clear_answer"},
		{process.Charge, "error_after", process.Unknown, "no_clear_answer"},
		{process.Charge, "rate_limit", process.NotSent, "gateway_unreachable"},
		{process.Refund, "cut_before", process.Unknown, "no_clear_answer"},
		{process.Refund, "cut_after", process.Unknown, "no_clear_answer"},
		{process.Refund, "unsigned", process.Unknown, "unreadable_answer"},
		{process.Refund, "html", process.Unknown, "no_clear_answer"},
	} {
		t.Run(string(tc.verb)+" "+tc.fault, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			op := operation(process.Charge, "")
			call := "create_payment"
			if tc.verb == process.Refund {
				op, call = operation(process.Refund, w.paid("success")), "create_refund"
			}
			w.fault(call, tc.fault)
			if out := w.Perform(t.Context(), op); out.Status != tc.status || out.Code != tc.code {
				t.Fatalf("outcome %s %s (%v), want %s %s", out.Status, out.Code, out.Err, tc.status, tc.code)
			}
			op.Attempt = 2
			switch once := w.SendsOnce(tc.verb); {
			case once != (tc.verb == process.Refund):
				t.Errorf("sent once: %v", once)
			case once:
			default:
				if out := w.Perform(t.Context(), op); out.Status != process.RequiresAction || out.Snapshot.References[0].Text != op.Reference() {
					t.Errorf("opened again: %+v", out)
				}
			}
		})
	}
}

func TestPerform_unreachable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *paytrail.Config) { c.BaseURL = "http://127.0.0.1:1" })
	if out := w.Perform(t.Context(), operation(process.Charge, "")); out.Status != process.NotSent || out.Code != "gateway_unreachable" {
		t.Errorf("outcome %+v", out)
	}
}

// An answer that another secret signed is believed by nobody.
func TestPerform_otherSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *paytrail.Config) { c.Secret = "another" })
	if out := w.Perform(t.Context(), operation(process.Charge, "")); out.Status != process.NotSent {
		t.Errorf("outcome %+v", out)
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	for card, want := range map[string]process.Fact{
		"success": process.FactCaptured, "cancel": process.FactVoided, "declined": process.FactVoided,
		"pending": process.FactDelayed, "delayed": process.FactDelayed,
	} {
		t.Run(card, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			booked := process.Funds{Refunded: 20, Released: 30}
			s, err := w.Lookup(t.Context(), orchestrator.PaymentRef{PaymentID: w.paid(card), Booked: &booked})
			if _, ok := s.Facts[want]; err != nil || !ok || len(s.Facts) != 1 || s.RedirectURL != "" {
				t.Fatalf("%+v, %v", s, err)
			}
			if captured := want == process.FactCaptured; captured != (s.Totals != nil) || captured && *s.Totals != (process.Totals{Captured: 5150, Refunded: 20, Released: 30}) {
				t.Errorf("sums %+v", s.Totals)
			}
		})
	}
	w := newWorld(t, nil)
	for _, id := range []string{"", "4b300af6-9a22-11e8-9184-abb6de7fd2d0"} {
		if s, err := w.Lookup(t.Context(), orchestrator.PaymentRef{PaymentID: id, Reference: "5f1c0e0a-charge"}); err != nil || s.Found {
			t.Errorf("%q: %+v, %v", id, s, err)
		}
	}
	if _, err := w.Lookup(t.Context(), orchestrator.PaymentRef{PaymentID: "../x"}); err == nil {
		t.Error("an odd id is looked up")
	}
}

func TestVoidAndTransfer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	open := w.Perform(t.Context(), operation(process.Charge, "")).Snapshot.PaymentID
	if out := w.Perform(t.Context(), operation(process.Void, open)); out.Status != process.Succeeded || out.Snapshot.RedirectURL != "" {
		t.Errorf("void of an unpaid one: %+v", out)
	}
	if out := w.Perform(t.Context(), operation(process.Transfer, open)); out.Status != process.NotSent {
		t.Errorf("transfer of an unpaid one: %+v", out)
	}
	if err := w.till.Pay(open, "success"); err != nil {
		t.Fatal(err)
	}
	if out := w.Perform(t.Context(), operation(process.Void, open)); out.Status != process.Declined || out.Code != "overtaken" || !out.Snapshot.Found {
		t.Errorf("void of a paid one: %+v", out)
	}
	if out := w.Perform(t.Context(), operation(process.Transfer, open)); out.Status != process.Succeeded {
		t.Errorf("transfer of a paid one: %+v", out)
	}
	if out := w.Perform(t.Context(), operation(process.Reverse, open)); out.Status != process.NotSent || out.Code != "unsupported_verb" {
		t.Errorf("reverse: %+v", out)
	}
	if out := w.Perform(t.Context(), operation(process.Capture, open)); out.Status != process.Declined || out.Code != "overtaken" {
		t.Errorf("capture of what is paid on a page: %+v", out)
	}
}

func TestRefund(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		card   string
		change func(*orchestrator.Operation)
		status process.Status
		code   fault.Reason
	}{
		"all":                   {card: "success", status: process.Succeeded},
		"without the fee":       {card: "success", change: func(op *orchestrator.Operation) { op.Amount = money.New(5000, "EUR") }, status: process.Succeeded},
		"a part with fees":      {card: "success", change: func(op *orchestrator.Operation) { op.Amount, op.Whole = money.New(100, "EUR"), false }, status: process.Declined, code: "amount_not_supported"},
		"pending":               {card: "refund_pending", status: process.Unknown, code: "refund_pending"},
		"the bank has none":     {card: "refund_refused", status: process.Declined, code: "declined"},
		"more than there is":    {card: "success", change: func(op *orchestrator.Operation) { op.Amount = money.New(6000, "EUR") }, status: process.Declined, code: "amount_not_supported"},
		"of a payment not paid": {card: "pending", status: process.Declined, code: "amount_not_supported"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			op := operation(process.Refund, w.paid(tc.card))
			if tc.change != nil {
				tc.change(&op)
			}
			if out := w.Perform(t.Context(), op); out.Status != tc.status || out.Code != tc.code {
				t.Errorf("outcome %s %s (%v), want %s %s", out.Status, out.Code, out.Err, tc.status, tc.code)
			}
		})
	}
}

func TestCanReceive(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for user, want := range map[string]bool{"sam": true, "ann": false, "odd": false, "own": false} {
		if got, err := w.CanReceive(t.Context(), 501, user); err != nil || got != want {
			t.Errorf("%s: %v, %v", user, got, err)
		}
	}
}
