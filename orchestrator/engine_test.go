package orchestrator_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
)

// A deal's whole life on both databases, with the books at every end.
func TestEngine_endings(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		play func(w *testkit.Testbed) orchestrator.Transaction
		want process.State
		fund process.Funds
	}{
		"released after the complaint period": {func(w *testkit.Testbed) orchestrator.Transaction {
			tx := w.BringTo(escrowonline.Delivered)
			w.Advance(25 * time.Hour)
			return w.Load(tx)
		}, escrow.FundsReleased, process.Funds{Captured: 5190, Released: 5000, Fees: 190}},
		"released because the buyer is content": {func(w *testkit.Testbed) orchestrator.Transaction {
			tx := w.MustDo(w.BringTo(escrowonline.Delivered), "end_complaint_period", testkit.Buyer)
			w.MustSettle()
			return w.Load(tx)
		}, escrow.FundsReleased, process.Funds{Captured: 5190, Released: 5000, Fees: 190}},
		"complaint decided for the buyer": {func(w *testkit.Testbed) orchestrator.Transaction {
			tx := w.BringTo(escrow.Complained)
			if _, err := w.Sandbox.ResolveComplaint(w.PaymentID(tx), "refund"); err != nil {
				panic(err)
			}
			w.MustSettle()
			return w.Load(tx)
		}, escrow.Refunded, process.Funds{Captured: 5190, Refunded: 5000, Fees: 190}},
		"H6 the seller accepts the complaint": {func(w *testkit.Testbed) orchestrator.Transaction {
			tx := w.BringTo(escrow.Complained)
			if _, err := w.Do(tx, "accept_complaint", testkit.Buyer); fault.ReasonOf(err) != "not_seller" {
				panic(err)
			}
			return w.MustDo(tx, "accept_complaint", testkit.Seller)
		}, escrow.Refunded, process.Funds{Captured: 5190, Refunded: 5000, Fees: 190}},
		"complaint decided for the seller": {func(w *testkit.Testbed) orchestrator.Transaction {
			tx := w.BringTo(escrow.Complained)
			if _, err := w.Sandbox.ResolveComplaint(w.PaymentID(tx), "release"); err != nil {
				panic(err)
			}
			w.MustSettle()
			return w.Load(tx)
		}, escrow.FundsReleased, process.Funds{Captured: 5190, Released: 5000, Fees: 190}},
		"cancelled before payment": {func(w *testkit.Testbed) orchestrator.Transaction {
			return w.MustDo(w.Open(), "cancel", testkit.Buyer)
		}, escrow.Cancelled, process.Funds{}},
		"never paid": {func(w *testkit.Testbed) orchestrator.Transaction {
			tx := w.Open()
			w.Advance(14*24*time.Hour + time.Minute)
			return w.Load(tx)
		}, escrow.Cancelled, process.Funds{}},
		"never shipped": {func(w *testkit.Testbed) orchestrator.Transaction {
			tx := w.BringTo(escrowonline.Paid)
			w.Advance(4*24*time.Hour + time.Minute)
			return w.Load(tx)
		}, escrow.Refunded, process.Funds{Captured: 5190, Refunded: 5000, Fees: 190}},
		"delivery never confirmed": {func(w *testkit.Testbed) orchestrator.Transaction {
			tx := w.BringTo(escrowonline.Tracked)
			w.Advance(14*24*time.Hour + time.Minute)
			w.Advance(25 * time.Hour)
			return w.Load(tx)
		}, escrow.FundsReleased, process.Funds{Captured: 5190, Released: 5000, Fees: 190}},
	}
	testkit.OnEither(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		for name, tc := range tests {
			tx := tc.play(w)
			if tx.State != tc.want || tx.Funds != tc.fund {
				t.Errorf("%s: ended %s with %+v, want %s with %+v", name, tx.State, tx.Funds, tc.want, tc.fund)
			}
			timers, err := w.Store.Timers(t.Context(), tx.ID)
			if err != nil || len(timers) > 0 {
				t.Errorf("%s: timers left at the end: %v %v", name, timers, err)
			}
		}
		w.CheckBooks()
	})
}

func TestEngine_free(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	in := testkit.Deal()
	in.Process, in.Gateway = "none", "none"
	result, err := w.Engine.Create(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if tx := result.Transaction; tx.State != "free" || tx.ConfirmAfterDays != 0 || tx.ConversationID == 0 {
		t.Errorf("free deal = %+v", tx)
	}
	w.CheckBooks()
}

func TestEngine_createRefusals(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{Without: "paypal"})
	tests := map[string]struct {
		change func(*orchestrator.CreateInput)
		code   fault.Code
		reason fault.Reason
	}{
		"unknown process":        {func(in *orchestrator.CreateInput) { in.Process = "prepay" }, fault.Invalid, "unknown_process"},
		"unknown gateway":        {func(in *orchestrator.CreateInput) { in.Gateway = "bitbank" }, fault.Invalid, "unknown_gateway"},
		"impossible pair":        {func(in *orchestrator.CreateInput) { in.Process = "none" }, fault.Invalid, "process_gateway_mismatch"},
		"pair not configured":    {func(in *orchestrator.CreateInput) { in.Process, in.Gateway = "preauthorize", "paypal" }, fault.Invalid, "gateway_not_configured"},
		"old name of a gateway":  {func(in *orchestrator.CreateInput) { in.Gateway = "checkout" }, fault.Invalid, "process_gateway_mismatch"},
		"own listing":            {func(in *orchestrator.CreateInput) { in.Author = in.Starter }, fault.Invalid, "starter_is_author"},
		"seller cannot be paid":  {func(in *orchestrator.CreateInput) { in.Author = app.NoAccount }, fault.Conflict, "payee_not_ready"},
		"no price":               {func(in *orchestrator.CreateInput) { in.UnitPrice = money.New(0, "EUR") }, fault.Invalid, "price_too_low"},
		"below zero":             {func(in *orchestrator.CreateInput) { in.UnitPrice = money.New(-5, "EUR") }, fault.Invalid, "invalid_price"},
		"price out of range":     {func(in *orchestrator.CreateInput) { in.UnitPrice = money.New(1<<62, "EUR"); in.Quantity = 4 }, fault.Invalid, "amount_out_of_range"},
		"never confirmed":        {func(in *orchestrator.CreateInput) { in.ConfirmAfterDays = new(int) }, fault.Invalid, "invalid_confirm_after_days"},
		"quantity":               {func(in *orchestrator.CreateInput) { in.Quantity = -1 }, fault.Invalid, "invalid_quantity"},
		"acting for another":     {func(in *orchestrator.CreateInput) { in.Actor = testkit.Seller }, fault.Forbidden, "not_starter"},
		"not a way to begin":     {func(in *orchestrator.CreateInput) { in.Transition = "track"; in.Actor = testkit.Backend }, fault.Conflict, "illegal_transition"},
		"invite although known":  {func(in *orchestrator.CreateInput) { in.Transition = "invite" }, fault.Invalid, "parties_complete"},
		"create without a party": {func(in *orchestrator.CreateInput) { in.Buyer = in.Starter }, fault.Invalid, "party_missing"},
	}
	for name, tc := range tests {
		in := testkit.Deal()
		tc.change(&in)
		_, err := w.Engine.Create(t.Context(), in)
		if got := fault.As(err); err == nil || got.Code != tc.code || got.Reason != tc.reason {
			t.Errorf("%s: got %v, want %s %s", name, err, tc.code, tc.reason)
		}
	}
	list, err := w.Store.List(t.Context(), orchestrator.Filter{CommunityID: app.SampleCommunity, Party: testkit.Buyer.ID, Limit: 10})
	if err != nil || len(list) > 0 || len(w.Sandbox.Transactions()) > 0 {
		t.Errorf("refused requests left %d transactions here and %d at the sandbox (%v)", len(list), len(w.Sandbox.Transactions()), err)
	}
}

// The gateway's refusal of a price closes the deal and is the answer.
func TestEngine_gatewayRefusesToOpen(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	in := testkit.Deal()
	in.UnitPrice = money.New(5, "EUR")
	result, err := w.Engine.Create(t.Context(), in)
	if f := fault.As(err); f.Code != fault.Declined || f.Reason != "price_too_low" || f.Money() != fault.MoneyNo {
		t.Errorf("got %v, want the gateway's price_too_low", err)
	}
	if result.Transaction.State != escrow.Cancelled {
		t.Errorf("the deal is %s, want cancelled", result.Transaction.State)
	}
	w.CheckBooks()
}

func TestEngine_inviteAndJoin(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	in := testkit.Deal()
	in.Transition, in.Actor, in.Starter, in.Author = "invite", testkit.Seller, "sam", ""
	in.Seller = "sam"
	result, err := w.Engine.Create(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	tx := result.Transaction
	if tx.State != escrow.Created || tx.JoinCode == "" {
		t.Fatalf("invited deal = %s, join code %q", tx.State, tx.JoinCode)
	}
	join := func(user, code string) (orchestrator.Transaction, error) {
		r, err := w.Engine.Do(t.Context(), orchestrator.DoInput{
			CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: "join",
			Actor: process.Actor{Kind: process.User, ID: user}, Input: map[string]string{"join_code": code},
		})
		return r.Transaction, err
	}
	for name, attempt := range map[string][2]string{"wrong code": {"bea", "guess"}, "no code": {"bea", ""}, "the inviter": {"sam", tx.JoinCode}} {
		if _, err := join(attempt[0], attempt[1]); err == nil {
			t.Errorf("%s could join", name)
		}
	}
	joined, err := join("bea", tx.JoinCode)
	if err != nil {
		t.Fatal(err)
	}
	if joined.State != escrow.Joined || joined.Buyer != "bea" || joined.RedirectURL == "" {
		t.Errorf("joined deal = %s, buyer %q, pay at %q", joined.State, joined.Buyer, joined.RedirectURL)
	}
	if _, err := join("eve", tx.JoinCode); fault.ReasonOf(err) != "transaction_not_found" {
		t.Errorf("second join: %v, want transaction_not_found", err)
	}
	w.CheckBooks()
}

func TestEngine_explain(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	tx := w.BringTo(escrowonline.Delivered)
	x, err := w.Engine.Explain(t.Context(), tx.CommunityID, tx.ID, testkit.Seller)
	if err != nil {
		t.Fatal(err)
	}
	options := map[string]string{}
	for _, o := range x.Options {
		options[string(o.Transition)] = "yes"
		if o.Refusal != nil {
			options[string(o.Transition)] = string(o.Refusal.Reason)
		}
	}
	if diff := cmp.Diff(map[string]string{"complain": "not_buyer", "end_complaint_period": "not_buyer"}, options); diff != "" {
		t.Errorf("options (-want +got):\n%s", diff)
	}
	accounts := map[string]int64{}
	for _, a := range x.Accounts {
		accounts[string(a.Account.Kind)] = a.Minor
	}
	if diff := cmp.Diff(map[string]int64{"outside": -5190, "escrow": 5000, "fees": 190}, accounts); diff != "" {
		t.Errorf("money (-want +got):\n%s", diff)
	}
	if len(x.Timers) != 1 || x.Timers[0].Name != "complaint_period" || !x.Timers[0].Due.Equal(testkit.Start.Add(24*time.Hour)) {
		t.Errorf("timers = %+v, want the complaint period's end a day later", x.Timers)
	}
	if _, err := w.Engine.Explain(t.Context(), tx.CommunityID, tx.ID, process.Actor{Kind: process.User, ID: "eve"}); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("a stranger got %v, want not found", err)
	}
	if _, err := w.Engine.Explain(t.Context(), app.OtherCommunity, tx.ID, testkit.Backend); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("another community got %v, want not found", err)
	}
}

func TestEngine_dryRunChangesNothing(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	tx := w.BringTo(escrowonline.Paid)
	preview, err := w.Engine.DryRun(t.Context(), orchestrator.DoInput{
		CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: "track", Actor: testkit.Seller,
		Input: map[string]string{"carrier": "ups", "tracking_code": "1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(preview.Events) != 1 || preview.Events[0].Type != "transaction.tracked" {
		t.Errorf("events %+v", preview.Events)
	}
	preview.Events, preview.Timers, preview.Transaction = nil, nil, orchestrator.Transaction{}
	want := orchestrator.Preview{Transition: "track", From: "paid", To: "tracked", Calls: []orchestrator.Call{{Gateway: "trustap", Verb: process.Track}}}
	if diff := cmp.Diff(want, preview, cmp.AllowUnexported(money.Amount{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(tx, w.Load(tx), cmp.AllowUnexported(money.Amount{})); diff != "" {
		t.Errorf("the dry run changed the deal:\n%s", diff)
	}
}

func TestEngine_timelineTellsTheWholeStory(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	tx := w.BringTo(escrowonline.Delivered)
	w.Advance(25 * time.Hour)
	log, err := w.Engine.Timeline(t.Context(), tx.CommunityID, tx.ID, testkit.Buyer)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range log {
		got = append(got, fmt.Sprintf("%s %s>%s by %s", l.Transition, l.From, l.To, l.Actor))
	}
	want := []string{
		"create >created by user:bea", "create created>joined by user:bea", "pay joined>paid by gateway",
		"track paid>paid by user:sam", "track paid>tracked by user:sam",
		"confirm_delivery tracked>tracked by user:bea", "confirm_delivery tracked>delivered by user:bea",
		"end_complaint_period delivered>complaint_period_ended by gateway", "release complaint_period_ended>funds_released by gateway",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEngine_amountMismatchIsHeldForAnOperator(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{Transport: tamper{`"price":5000`, `"price":4000`}})
	result, err := w.Engine.Create(t.Context(), testkit.Deal())
	if fault.CodeOf(err) != fault.Unknown || fault.As(err).Money() != fault.MoneyUnknown {
		t.Errorf("got %v, want an unknown outcome", err)
	}
	tx := w.Load(orchestrator.Transaction{CommunityID: app.SampleCommunity, ID: firstID(t, w)})
	if tx.Attention == "" || tx.State != escrow.Created || tx.Funds != (process.Funds{}) {
		t.Errorf("deal = %s, attention %q, funds %+v (answer %v)", tx.State, tx.Attention, tx.Funds, result)
	}
}

func firstID(t *testing.T, w *testkit.Testbed) int64 {
	t.Helper()
	list, err := w.Store.List(t.Context(), orchestrator.Filter{CommunityID: app.SampleCommunity, Limit: 1})
	if err != nil || len(list) == 0 {
		t.Fatalf("no transaction: %v", err)
	}
	return list[0].ID
}
