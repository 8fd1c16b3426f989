package gatewaytest

import (
	"slices"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// opens reports whether a verb makes the payment.
func opens(v process.Verb) bool { return v == process.Authorize || v == process.Charge }

// before is the verb that comes right before another one; false: it is the first.
func (c Config) before(v process.Verb) (process.Verb, bool) {
	switch v {
	case process.Authorize, process.Charge:
		return "", false
	case process.Capture:
		return process.Authorize, true
	case process.Void:
		return c.first(process.Authorize, process.Charge), true
	case process.Refund, process.Transfer:
		return c.first(process.Capture, process.Charge), true
	case process.Reverse:
		return process.Transfer, true
	case process.Track, process.AcceptDeposit:
		return process.Charge, true
	case process.ConfirmDelivery:
		return process.Track, true
	case process.Complain, process.Release:
		return c.first(process.ConfirmDelivery, process.ConfirmReceipt), true
	case process.AcceptComplaint:
		return process.Complain, true
	case process.SetPrice, process.SkipRemainder:
		return process.AcceptDeposit, true
	case process.ConfirmHandover:
		return process.SkipRemainder, true
	case process.ConfirmReceipt:
		return process.ConfirmHandover, true
	}
	return "", false
}

// first is the first of some verbs that the gateway has.
func (c Config) first(all ...process.Verb) process.Verb {
	for _, v := range all {
		if slices.Contains(c.Verbs, v) {
			return v
		}
	}
	return all[0]
}

// opening is the verb with which a deal begins.
func (c Config) opening() process.Verb { return c.first(process.Authorize, process.Charge) }

// every is all verbs that there are.
var every = []process.Verb{
	process.Authorize, process.Capture, process.Void, process.Charge, process.Refund, process.Transfer, process.Reverse,
	process.Track, process.ConfirmDelivery, process.Complain, process.Release, process.AcceptComplaint,
	process.AcceptDeposit, process.SetPrice, process.SkipRemainder, process.ConfirmHandover, process.ConfirmReceipt,
}

// facts show that a verb was carried out, each of them alone.
var facts = map[process.Verb][]process.Fact{
	process.Authorize:       {process.FactAuthorized},
	process.Charge:          {process.FactCaptured, process.FactPaid, process.FactDepositPaid},
	process.Capture:         {process.FactCaptured},
	process.Void:            {process.FactVoided, process.FactCancelled},
	process.Refund:          {process.FactRefunded, process.FactRefundedInPart},
	process.Transfer:        {process.FactTransferred},
	process.Reverse:         {process.FactPayoutReturned},
	process.Track:           {process.FactTracked},
	process.ConfirmDelivery: {process.FactDelivered},
	process.Complain:        {process.FactComplained},
	process.Release:         {process.FactComplaintPeriodEnded},
	process.AcceptComplaint: {process.FactFundsRefunded},
	process.AcceptDeposit:   {process.FactDepositAccepted},
	process.SetPrice:        {process.FactPriced},
	process.SkipRemainder:   {process.FactRemainderSkipped},
	process.ConfirmHandover: {process.FactSellerHandoverConfirmed},
	process.ConfirmReceipt:  {process.FactBuyerHandoverConfirmed},
}

// shows reports whether a payment shows that an operation was carried out, as the engine decides
// it: by the sums where money leaves and the gateway tells them, else by a fact.
func (d *deal) shows(op orchestrator.Operation, s orchestrator.Snapshot) bool {
	if !s.Found {
		return false
	}
	if s.Totals != nil && op.Verb.PaysOut() {
		was := op.Transaction.Funds
		more := map[process.Verb]int64{
			process.Refund: s.Totals.Refunded - was.Refunded, process.Transfer: s.Totals.Released - was.Released,
			process.Reverse: was.Released - s.Totals.Released,
		}
		return more[op.Verb] >= op.Amount.Minor()
	}
	return slices.ContainsFunc(facts[op.Verb], func(f process.Fact) bool {
		_, happened := s.Facts[f]
		return happened
	})
}

// effects counts what has happened at the gateway so far.
func (b *bench) effects() map[process.Verb][]int64 {
	n := map[process.Verb][]int64{}
	for _, e := range b.Account.Effects() {
		n[e.Verb] = append(n[e.Verb], e.Amount)
	}
	return n
}
