package orchestrator_test

import (
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Whose ledger the money of a deal lies in is what its gateway can. An engine that does
// not know the gateway books nothing, rather than elsewhere.
func TestCommit_booksByTheKind(t *testing.T) {
	t.Parallel()
	tx := orchestrator.Transaction{ID: 7, Gateway: "balance"}
	tx.Seller, tx.Buyer, tx.Price = "sam", "bea", money.New(500, "EUR")
	step := process.Step{Transition: "release", Deal: tx.Deal, Effect: process.PayOut, Moves: []process.Move{
		{From: process.EscrowPocket, To: process.Payee, Amount: money.New(500, "EUR")},
	}}
	for gateway, from := range map[string]string{"balance": "frozen:bea", "stripe": "escrow:7"} {
		tx.Gateway = gateway
		c, err := orchestrator.CommitOf(app.Kinds(), tx, step, testkit.Start)
		if err != nil || len(c.Entries) != 1 || c.Entries[0].Postings[0].Account.String() != from {
			t.Errorf("%s: %v, %v; want it from %s", gateway, c.Entries, err, from)
		}
	}
	if c, err := orchestrator.CommitOf(nil, tx, step, testkit.Start); fault.ReasonOf(err) != "unknown_gateway" || len(c.Entries) != 0 {
		t.Errorf("an unknown gateway: %v, %v", c.Entries, err)
	}
}
