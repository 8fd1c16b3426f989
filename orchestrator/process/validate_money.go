package process

import "slices"

// checkMoney ties what a rule asks, what it records and what it books to each other,
// and to who may take it: every effect is carried by a verb or by a fact that says
// so, and every verb that moves money has its effect.
func (v *validation) checkMoney() {
	v.checkFacts()
	for _, r := range v.p.Rules {
		for _, f := range []Fact{r.Observe, r.Sets} {
			if _, known := v.p.meaning(f); f != "" && !known {
				v.problem("%s: nothing says what the fact %s means for the money", r.Name, f)
			}
		}
		if fits := v.p.expected(r); !slices.Contains(fits, r.Effect) {
			v.problem("%s of %v: the effect %q does not go with the verb %q and the fact %q", r.Name, r.From, r.Effect, r.Verb, r.fact())
		}
		if r.Observe != "" && r.Sets != "" && v.p.means(r.Sets).Beside != r.Observe {
			v.problem("%s: %s is not recorded in place of %s", r.Name, r.Sets, r.Observe)
		}
		if r.Effect == RefundPart && !slices.Contains(r.From, r.To) && r.Sets != FactSplit {
			v.problem("%s divides the money and does not record %s", r.Name, FactSplit)
		}
		v.checkLedger(r)
		v.checkRoles(r)
		v.checkGuards(r)
		v.checkBranches(r)
	}
}

// checkFacts looks at the facts that the process declares: each is its own, and one that
// a rule records.
func (v *validation) checkFacts() {
	for f := range v.p.Facts {
		if _, twice := common[f]; twice {
			v.problem("the fact %s is common to all processes, so this one cannot say what it means", f)
		}
		if !slices.ContainsFunc(v.p.Rules, func(r Rule) bool { return r.Sets == f || r.Observe == f }) {
			v.problem("the fact %s is declared, and no rule records it", f)
		}
	}
	if v.p.Exchange && (v.p.Internal || slices.Contains(v.p.ledgers(), false)) {
		v.problem("orders of the exchange are deals between people on our own ledger")
	}
	if v.p.SellerPays && len(v.p.Outside.Claimed) == 0 {
		v.problem("the buyer pays outside of the books, and no fact says that they claim to have paid")
	}
}

// fact is what a rule observes or, where it observes nothing, records.
func (r Rule) fact() Fact {
	if r.Observe != "" {
		return r.Observe
	}
	return r.Sets
}

// checkLedger refuses effects of our own ledger at a gateway, and verbs where there
// is no gateway to ask.
func (v *validation) checkLedger(r Rule) {
	own := !slices.Contains(v.p.ledgers(), false)
	if booked[r.Effect].ledger && !own {
		v.problem("%s: the effect %s is for processes on our own ledger alone", r.Name, r.Effect)
	}
	if own && r.Effect != Nothing && !booked[r.Effect].ledger {
		v.problem("%s: the effect %s needs a gateway, and the process has none", r.Name, r.Effect)
	}
	if own && (r.Verb != "" || r.Observe != "") {
		v.problem("%s asks or observes a gateway, and the process has none", r.Name)
	}
	if r.Seats != r.allows(Joiner) && !(r.allows(Joiner) && slices.Contains(v.p.means(r.Sets).By, Joiner)) {
		v.problem("%s: who takes a seat is a joiner, and a joiner takes one or rejects", r.Name)
	}
}

// checkRoles lets money be moved only by those whom the tables allow to.
func (v *validation) checkRoles(r Rule) {
	allowed := booked[r.Effect].by
	for _, role := range r.By {
		switch {
		case !slices.Contains(allowed, role):
			v.problem("%s: %s may not cause %q", r.Name, role, r.Effect)
		case r.Verb != "" && !slices.Contains(asks[r.Verb].by, role):
			v.problem("%s: %s may not have a gateway asked to %s", r.Name, role, r.Verb)
		case r.Verb == "" && r.Observe != "" && role != Gateway:
			v.problem("%s: %s cannot say what only the gateway reports", r.Name, role)
		case r.Observe == "" && r.Sets != "" && !slices.Contains(v.p.means(r.Sets).By, role):
			v.problem("%s: %s may not record %s", r.Name, role, r.Sets)
		}
	}
	if own := r.Observe == "" && r.Verb == "" && r.creates(); own && r.Effect != Credit && r.Effect != Debit && !slices.Equal(r.By, []Role{Starter}) {
		v.problem("%s: who opens a deal is its starter", r.Name)
	}
}

// checkGuards wants the guards without which an effect or a verb is open to abuse.
func (v *validation) checkGuards(r Rule) {
	needed := slices.Concat(booked[r.Effect].guards, asks[r.Verb].guards)
	switch {
	case r.creates() && !v.p.Internal:
		needed = append(needed, DifferentPeople.Name)
		if r.Verb != "" || r.Effect != Nothing {
			needed = append(needed, BothParties.Name)
			if !has(r, PricePositive) && !has(r, DepositPositive) {
				v.problem("%s opens a deal about money and does not ask whether it is above zero", r.Name)
			}
		}
		if v.p.has(PayOut, Starter) {
			needed = append(needed, PayerOpens.Name)
		}
	case r.allows(Joiner):
		needed = append(needed, RightJoinCode.Name)
	}
	for _, name := range needed {
		if !slices.ContainsFunc(r.Guards, func(g Guard) bool { return g.Name == name }) {
			v.problem("%s of %v lacks the guard: %s", r.Name, r.From, name)
		}
	}
	if in := r.takes("price") || r.takes("total_sum"); in != (r.Terms != nil) && r.Verb != SkipRemainder && !r.afterEnd() {
		v.problem("%s: a price is an input that sets the terms", r.Name)
	}
}

func has(r Rule, g Guard) bool {
	return slices.ContainsFunc(r.Guards, func(is Guard) bool { return is.Name == g.Name })
}

// has reports whether a role may cause an effect in this process.
func (p *Process) has(e Effect, role Role) bool {
	return slices.ContainsFunc(p.Rules, func(r Rule) bool { return r.Effect == e && r.allows(role) })
}

// checkBranches looks at where other outcomes than success lead: no money has moved,
// and what the payer has to finish elsewhere has a place to wait for it.
func (v *validation) checkBranches(r Rule) {
	for status, b := range r.Else {
		if b.Effect != Nothing {
			v.problem("%s: the outcome %s moves no money, so it has no effect", r.Name, status)
		}
		if declined := status == Declined && v.p.means(b.Sets).Declines; b.Sets != "" && b.Sets != r.records() && !declined {
			v.problem("%s: the outcome %s does not record %s", r.Name, status, b.Sets)
		}
		if info := v.states[b.To]; info.Terminal != (status == Declined && r.creates()) {
			v.problem("%s: a deal ends when it is declined at its opening, and not otherwise: %s leads to %s", r.Name, status, b.To)
		}
	}
	for _, status := range []Status{RequiresAction, Pending} {
		if _, routed := r.Else[status]; asks[r.Verb].elsewhere && !routed {
			v.problem("%s: the payer may have to finish %s elsewhere, so the outcome %s needs a way", r.Name, r.Verb, status)
		}
	}
	if r.Verb == "" && len(r.Else) > 0 {
		v.problem("%s asks nobody, so it has one outcome", r.Name)
	}
	if r.creates() != (r.During != "") && (r.Verb != "" || r.During != "") {
		v.problem("%s: a deal waits in a state during the verb that opens it, and no other", r.Name)
	}
	if r.Verb == Capture {
		for _, status := range []Status{Pending, Declined} {
			if _, routed := r.Else[status]; !routed {
				v.problem("%s: a capture may be %s, and needs a way then", r.Name, status)
			}
		}
	}
}
