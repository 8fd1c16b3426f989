package deal

import (
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// MayPay tells whether the payment is still open and the actor may be shown how
// to make it: the buyer, or the backend that will send the buyer there.
func (k *Kit) MayPay(tx orchestrator.Transaction, a process.Actor) bool {
	p, err := k.Engine.Processes().Find(tx.Process)
	if err != nil {
		return false
	}
	state, _ := p.StateInfo(tx.State)
	// Gateways name a page only while something is to be paid on it: a deposit, the
	// whole, or what is left after the deposit.
	due := tx.Deposit > 0 || !EverPaid(tx)
	return !state.Terminal && due && (a.Kind != process.User || a.ID == tx.Buyer)
}

// EverPaid tells whether the payer's money was ever reserved or taken.
func EverPaid(tx orchestrator.Transaction) bool {
	return tx.Funds.Authorized+tx.Funds.Captured > 0 || tx.Has(process.FactAuthorized) || tx.Has(process.FactPaid)
}
