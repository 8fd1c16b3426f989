package process

import "slices"

// Ability is something that a process needs of the gateway it runs on, and that a
// gateway can or cannot do: a verb that it carries out, or one of those below.
type Ability string

// The abilities that are no verbs.
const (
	// Unpaid is to be there for deals in which nothing is paid.
	Unpaid Ability = "deals without payment"
	// OwnLedger is to hold the money in our own ledger, where what was set aside can be
	// divided and set aside again, and staff books what comes in and goes out.
	OwnLedger Ability = "money in our own ledger"
)

// Does makes abilities of verbs.
func Does(verbs ...Verb) []Ability {
	all := make([]Ability, len(verbs))
	for i, v := range verbs {
		all[i] = Ability(v)
	}
	return all
}

// OnOwnLedger is what our own ledger can do.
func OnOwnLedger() []Ability {
	return append(Does(Authorize, Capture, Void, Charge, Refund, Transfer, Reverse), OwnLedger)
}

// Needs is what the table asks of a gateway: the verbs of its rules in their order, our
// own ledger where an effect is for that alone, and no payment where no money moves.
// It runs on every gateway that can do all of them.
func (p *Process) Needs() []Ability {
	var needs []Ability
	need := func(a Ability) {
		if !slices.Contains(needs, a) {
			needs = append(needs, a)
		}
	}
	for _, r := range p.Rules {
		if r.Verb != "" && r.Verb != Reverse { // where payouts cannot be taken back, only that is refused
			need(Ability(r.Verb))
		}
		if booked[r.Effect].ledger {
			need(OwnLedger)
		}
	}
	if !p.movesMoney() {
		need(Unpaid)
	}
	return needs
}

// Parts are the transitions that give back a part of what is held.
func (p *Process) Parts() (names []Transition) {
	for _, r := range p.Rules {
		if r.Effect == RefundPart && !slices.Contains(names, r.Name) {
			names = append(names, r.Name)
		}
	}
	return names
}

// ledgers are where the process's money can be: elsewhere (false), on our own ledger (true).
func (p *Process) ledgers() []bool {
	needs, can := p.Needs(), OnOwnLedger()
	switch {
	case slices.Contains(needs, OwnLedger):
		return []bool{true}
	case slices.ContainsFunc(needs, func(a Ability) bool { return !slices.Contains(can, a) }):
		return []bool{false}
	}
	return []bool{false, true}
}
