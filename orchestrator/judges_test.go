package orchestrator_test

import (
	"slices"
	"testing"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
)

// open are the operations of a deal, or of none, that have not ended.
func (r *rig) open(t *testing.T, tx orchestrator.Transaction) []orchestrator.Intent {
	t.Helper()
	now := r.Sandbox.Now()
	open, err := r.Store.ClaimIntents(t.Context(), now.AddDate(1, 0, 0), now, 100)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(open, func(i orchestrator.Intent) bool { return i.TransactionID != tx.ID && tx.ID != 0 })
}

// judgeAsked: what is sent once and did not reach the gateway has moved nothing, nothing else can
// be done meanwhile, and a person has it as a task.
func (r *rig) judgeAsked(t *testing.T, c cell, tx orchestrator.Transaction) {
	t.Helper()
	b := paidBeside(r.books(c), tx)
	if b.Effects[c.op.effect] != 0 || b.Funds != tx.Funds {
		t.Errorf("at the gateway %+v, and the deal says %+v", b, tx.Funds)
	}
	if tx.State != c.op.without || tx.Operation != c.op.act.name || len(r.open(t, tx)) != 1 {
		t.Errorf("the deal is %s with operation %q", tx.State, tx.Operation)
	}
	tasks, err := r.Engine.Tasks(t.Context(), orchestrator.TaskFilter{CommunityID: tx.CommunityID, Kind: orchestrator.TaskOutcomeUnknown, Limit: 100})
	asked := func(task orchestrator.Task) bool { return task.TransactionID == tx.ID }
	if err != nil || !slices.ContainsFunc(tasks, asked) {
		t.Errorf("no person is asked: %+v %v", tasks, err)
	}
}

// judgeEffects compares the deal with the gateway's books. It returns how often
// the same came about without the operation.
func (r *rig) judgeEffects(t *testing.T, c cell, tx orchestrator.Transaction, done int) (itself int) {
	t.Helper()
	if c.op.gateway == "balance" {
		r.judgeBalances(t)
		return 0
	}
	b := r.books(c)
	if b.Payments > 1 {
		t.Errorf("%d payments at the gateway", b.Payments)
	}
	for name, n := range b.Effects {
		if n > 1 {
			t.Errorf("%d effects of %s at the gateway", n, name)
		}
	}
	effects := b.Effects[c.op.effect]
	if c.op.effect == "" {
		effects = b.Payments
	}
	if c.op.itself != "" {
		itself = b.Effects[c.op.itself]
	}
	if c.op.or != "" {
		effects += b.Effects[c.op.or]
	}
	if c.op.looks {
		effects = done
	}
	b = paidBeside(b, tx)
	if effects+itself != done {
		t.Errorf("%d effects at the gateway (%v), and the deal says %d", effects+itself, b.Effects, done)
	}
	if b.Funds != tx.Funds {
		t.Errorf("funds are %+v, at the gateway %+v", tx.Funds, b.Funds)
	}
	return itself
}

// paidBeside adds to the books of a gateway that pays no sellers what ours say of that.
func paidBeside(b testkit.Books, tx orchestrator.Transaction) testkit.Books {
	if tx.MarketplacePays || tx.Gateway == "paytrail" {
		b.Funds.Released, b.Funds.PayoutDue = tx.Funds.Released, tx.Funds.PayoutDue
		b.Funds.Held -= b.Funds.Released
	}
	return b
}

func (r *rig) books(c cell) testkit.Books { return r.booksOf(c.op.gateway, c.title()) }

func (r *rig) booksOf(gateway, title string) testkit.Books {
	switch gateway {
	case "trustap":
		return r.TrustapBooks(title)
	case "stripe":
		return r.StripeBooks(title)
	case "paypal":
		return r.PayPalBooks(title)
	case "braintree":
		return r.BraintreeBooks(title)
	case "paytrail":
		return r.PaytrailBooks(title)
	}
	return testkit.Books{}
}

// judgeBalances: money only changes hands. What is frozen for deals is compared by
// the doctor.
func (r *rig) judgeBalances(t *testing.T) {
	t.Helper()
	var sum int64
	for _, user := range []string{"bea", "sam"} {
		for _, kind := range []ledger.Kind{ledger.Available, ledger.Frozen} {
			n, err := r.Store.Balance(t.Context(), app.SampleCommunity, ledger.Account{Kind: kind, Owner: user}, "EUR")
			if err != nil {
				t.Fatal(err)
			}
			sum += n
		}
	}
	if sum != 20_000_000 {
		t.Errorf("both users together have %d", sum)
	}
}
