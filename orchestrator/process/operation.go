package process

import (
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/money"
)

// Operation is what a gateway is asked to do, or may have done, for a transition of a deal.
type Operation struct {
	Transition Transition
	From       State // whose rule is applied; empty when it creates
	Verb       Verb
	Input      map[string]string
	Open       bool // its outcome is not known yet
}

// PaysOut reports whether a verb lets money leave for good, or takes what has left back. Once it may have been
// carried out nothing else may be believed before it is known.
func (v Verb) PaysOut() bool { return v == Refund || v == Transfer || v == Reverse }

// LetsOut reports whether an operation of a deal may let money leave the gateway, back to
// the payer or out to the payee, or bring it back from there. Voiding a reservation lets none leave: none was taken.
func (d Deal) LetsOut(v Verb) bool {
	switch v {
	case Refund, Transfer, Reverse, Release, AcceptComplaint:
		return true
	case Void:
		return d.Funds.Captured > 0
	}
	return false
}

// PaidBeside reports whether the marketplace itself does what a verb is about, and the gateway
// is not asked.
func (d Deal) PaidBeside(v Verb) bool { return d.MarketplacePays && (v == Transfer || v == Reverse) }

// Success is the step that an operation leads to when it succeeds.
func (p *Process) Success(d Deal, o Operation, now time.Time) (Step, error) {
	rule, ok := p.Rule(o.Transition, o.From)
	if !ok {
		return Step{}, fmt.Errorf("process %s has no %s from %q", p.Ref(), o.Transition, o.From)
	}
	return Conclude(p, d, rule, o.Input, Succeeded, now)
}

// Asked is what the gateway is asked to move by an operation: the sum of the movements
// that it makes on success, seen from the side that its verb is about. whole tells that
// nothing is held afterwards.
func (p *Process) Asked(d Deal, o Operation, now time.Time) (sum money.Amount, whole bool, err error) {
	sum = money.New(0, d.Price.Currency())
	step, err := p.Success(d, o, now)
	if err != nil {
		return sum, false, err
	}
	for _, m := range step.Moves {
		if !o.Verb.counts(m) {
			continue
		}
		if sum, err = sum.Add(m.Amount); err != nil {
			return sum, false, err
		}
	}
	return sum, step.Deal.Funds.Held == 0, nil
}

// counts reports whether a movement is one that a verb is about.
func (v Verb) counts(m Move) bool {
	switch v {
	case Refund:
		return m.To == Payer
	case Transfer:
		return m.To == Payee || m.To == DuePayout
	case Reverse:
		return m.From == Payee || m.From == DuePayout
	case Capture, Void:
		return m.From == Reserved
	}
	return m.From == Payer
}

// Happened reports whether the gateway shows the fact that an operation works for.
func (p *Process) Happened(d Deal, o Operation, shown Payment, now time.Time) bool {
	rule, ok := p.Rule(o.Transition, o.From)
	if !ok || !shown.Found {
		return false
	}
	if shown.Totals != nil && o.Verb.PaysOut() {
		return p.arrived(d, o, *shown.Totals, now)
	}
	_, happened := shown.Facts[rule.Observe]
	return happened
}

// arrived reports whether the sums of a payment show that an operation which lets
// money leave was carried out. A fact alone could stem from somebody's own hand.
func (p *Process) arrived(d Deal, o Operation, t Totals, now time.Time) bool {
	amount, _, err := p.Asked(d, o, now)
	if err != nil {
		return false
	}
	more := t.Released - d.Funds.Released
	switch o.Verb {
	case Refund:
		more = t.Refunded - d.Funds.Refunded
	case Reverse:
		more = -more
	}
	return more >= amount.Minor()
}
