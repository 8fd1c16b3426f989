package process

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/handsel-dev/handsel/orchestrator/pricing"
)

// breach says which promise about a deal at rest is broken, given the alarms that
// it armed; empty when all hold.
func (p *Process) breach(d Deal, armed []Alarm) string {
	info, ok := p.state(d.State)
	agreed := max(d.Price.Minor(), d.Deposit) + d.BuyerFee
	if p.Reopens {
		agreed *= 2 // once more, after it was given back
	}
	switch f := d.Funds; {
	case !ok:
		return fmt.Sprintf("reached unknown state %s", d.State)
	case !f.Balanced():
		return fmt.Sprintf("%s: funds %+v do not balance", d.State, f)
	case d.Operation == "" && !f.Satisfies(info.Money):
		return fmt.Sprintf("%s: funds %+v, but the state holds %s", d.State, f, info.Money)
	case f.Captured > agreed || f.Released+f.Refunded > agreed:
		return fmt.Sprintf("%s: more money moved than there is: %+v", d.State, f)
	case f.Released > 0 && f.Refunded > 0 && !d.Has(FactSplit) && !d.Has(FactRefundedInPart) && !d.Has(FactTakenOver) && !d.Has(FactPaidUndue) && !p.Reopens:
		return fmt.Sprintf("%s: both released and refunded: %+v", d.State, f)
	case info.Terminal && (len(armed) > 0 || d.Operation != "" && !p.returns(d)):
		return fmt.Sprintf("terminal state %s has timers or a live operation", d.State)
	case !info.Terminal && info.OpenEnded == "" && !p.goesOn(d.State, armed):
		return fmt.Sprintf("%s: nothing would ever happen automatically", d.State)
	case info.Terminal && !info.Frees && f.Released == 0 && !d.Has(FactSplit) && !d.Has(FactRefundedInPart) && p.movesMoney():
		return fmt.Sprintf("%s: nobody was paid, and what was reserved is not given back", d.State)
	}
	return lossBreach(d)
}

// returns reports whether what is in progress takes back what the payee was paid: that alone
// leads out of a terminal state.
func (p *Process) returns(d Deal) bool {
	r, ok := p.Rule(d.Operation, d.State)
	return ok && r.reopens()
}

// goesOn reports whether one of the alarms does more than remind.
func (p *Process) goesOn(s State, armed []Alarm) bool {
	return slices.ContainsFunc(armed, func(a Alarm) bool {
		t, ok := p.Timer(a.Name, s)
		return ok && !t.Remind
	})
}

func (p *Process) movesMoney() bool {
	return slices.ContainsFunc(p.Rules, func(r Rule) bool { return r.Verb != "" || r.Effect != "" })
}

// attempt is a command that the rules allowed, and a step that came of it.
type attempt struct {
	before  Deal
	command Command
	rule    Rule
	status  Status // how the verb ended; Succeeded without one, empty for the claim before it
	step    Step
}

// breachBy says which promise a step breaks; empty when it breaks none.
func (p *Process) breachBy(a attempt) string {
	for _, check := range []func(attempt) string{p.wrongPerson, p.wrongInput, p.wrongPocket, p.wrongAmount, p.wrongShare} {
		if why := check(a); why != "" {
			return why
		}
	}
	return ""
}

// wrongPerson finds steps that are not for who took them.
func (p *Process) wrongPerson(a attempt) string {
	name, who := a.command.Transition, a.command.Actor
	info, _ := p.state(a.step.To)
	switch {
	case a.before.State != "" && !who.Sees(a.before) && !a.rule.takes("join_code"):
		return fmt.Sprintf("a stranger may %s in %q", name, a.before.State)
	case (who.Kind == User || who.Kind == Backend) && a.rule.allows(Clock) && info.Frees:
		return fmt.Sprintf("%s may %s in %q, which happens automatically when nobody acts", who, name, a.before.State)
	}
	return ""
}

// wrongInput finds input that should have been refused, or that had no effect.
func (p *Process) wrongInput(a attempt) string {
	if a.command.Actor.Kind == AtGateway {
		return ""
	}
	amounts := a.rule.Amounts(a.command.Input)
	for _, in := range a.rule.Input {
		_, read := amounts[in.Name]
		text, given := a.command.Input[in.Name]
		switch {
		case in.Required && text == "", in.Amount && given && !read:
			return fmt.Sprintf("%s in %q accepts %q as %s", a.rule.Name, a.before.State, text, in.Name)
		case in.Name == "join_code" && text != a.before.JoinCode:
			return fmt.Sprintf("a wrong join code lets a stranger %s", a.rule.Name)
		}
	}
	refund, splits := amounts["refund"]
	if release, both := amounts["release"]; splits && both {
		if whole := p.divisible(a.before); refund <= 0 || release <= 0 || refund != whole-release {
			return fmt.Sprintf("%s in %q divides %d into %d and %d", a.rule.Name, a.before.State, whole, refund, release)
		}
	}
	for _, name := range []string{"price", "total_sum"} {
		if price, set := amounts[name]; set && a.status == Succeeded && a.step.Deal.Price.Minor() != price {
			return fmt.Sprintf("%s sets a price of %s, not the %d of its input", a.rule.Name, a.step.Deal.Price, price)
		}
	}
	return ""
}

// divisible is what a split divides between the two sides.
func (p *Process) divisible(d Deal) int64 {
	if p.SellerPays {
		return d.Price.Minor()
	}
	return d.Funds.Held
}

// wrongPocket finds money on its way to somebody who should not be able to send it there.
func (p *Process) wrongPocket(a attempt) string {
	back, paid := a.step.moves(EscrowPocket, Payer), a.step.moves(EscrowPocket, Payee)
	into := a.step.moves(Payer, EscrowPocket) || a.step.moves(Reserved, EscrowPocket)
	payer, payee := a.before.Buyer, a.before.Seller
	if p.SellerPays {
		payer, payee = payee, payer
	}
	who := a.command.Actor
	// Outside of the books the payee may have paid for what is frozen.
	claimed := slices.ContainsFunc(p.Outside.Claimed, a.before.Has)
	alone := !p.SellerPays || claimed && !slices.ContainsFunc(p.Outside.Agreed, a.before.Has)
	switch {
	case into && (back || paid):
		return fmt.Sprintf("%s moves money in and out of escrow at once", a.rule.Name)
	case paid && who.Kind == User && who.ID == payee:
		return fmt.Sprintf("the payee can pay themselves by %s in %q", a.rule.Name, a.before.State)
	case back && who.Kind == User && who.ID == payer && alone:
		return fmt.Sprintf("the payer can take the money back alone by %s in %q", a.rule.Name, a.before.State)
	case who.Kind == OfSchedule && p.SellerPays && (paid || back && claimed) && !p.declared(a.before, paid):
		return fmt.Sprintf("a timer decides by %s in %q who gets what may have been paid for", a.rule.Name, a.before.State)
	}
	return ""
}

// declared reports whether the deal says since it was opened that a timer ends it so
// when nobody decides.
func (p *Process) declared(d Deal, paid bool) bool {
	return p.Outside.Declared != nil && p.Outside.Declared(d, paid)
}

func (s Step) moves(from, to Pocket) bool {
	return slices.ContainsFunc(s.Moves, func(m Move) bool { return m.From == from && m.To == to })
}

// wrongAmount finds steps whose money is not what their outcome and their fact say.
func (p *Process) wrongAmount(a attempt) string {
	was, is := a.before.Funds, a.step.Deal.Funds
	took, back, paid := is.Captured-was.Captured, is.Refunded-was.Refunded, is.Released-was.Released
	if a.status != Succeeded {
		if took != 0 || back != 0 || paid != 0 {
			return fmt.Sprintf("%s counts as paid although it has not succeeded (%s)", a.rule.Name, a.status)
		}
		return ""
	}
	right := a.rule.Effect.is(was, is, took, back, paid) && slices.Contains(p.expected(a.rule), a.step.Effect)
	if !right {
		return fmt.Sprintf("%s in %q is %s, but takes %d, gives back %d and pays out %d", a.rule.Name, a.before.State, a.rule.fact(), took, back, paid)
	}
	return ""
}

// is reports whether what a step did to the funds is what an effect says: how much it
// took, gave back and paid out, and the funds before and after.
func (e Effect) is(was, is Funds, took, back, paid int64) bool {
	nothing := took == 0 && back == 0 && paid == 0
	switch e {
	case Hold:
		return nothing && is.Authorized > was.Authorized
	case Unhold:
		return nothing && is.Authorized == 0
	case PostHold, Collect, CollectDeposit, CollectRemainder, Freeze:
		return took > 0 && back == 0 && paid == 0
	case RefundPayer, RefundPart, ReturnFrozen:
		return back > 0 && paid == 0 && took == 0
	case PayOut, SettleFrozen:
		// A commission may take all of a small part.
		return (paid > 0 || is.Fees > was.Fees && is.Held < was.Held) && back == 0 && took == 0
	case SplitFrozen:
		return (paid > 0 || is.Fees > was.Fees) && back > 0 && took == 0
	case Credit, Debit:
		return took > 0 && paid == took && back == 0
	case LoseHeld:
		return back > 0 && paid == 0 && took == 0 && is.Held == 0 && is.Fees == 0
	case BookPayout:
		return took == 0 && paid == -back && is.Owed()-is.PayeeDue > was.Owed()-was.PayeeDue
	case ReturnPayout, SettlePayout, TakeBack, WinBack, SettleLoss, RepayPayee:
		return took == 0 && back == 0 && e.isAfter(was, is, paid)
	}
	return nothing
}

// isAfter is is for the effects after the end of a deal, which take nothing from the payer and give
// nothing back.
func (e Effect) isAfter(was, is Funds, paid int64) bool {
	switch e {
	case ReturnPayout:
		return paid == -was.Released && is.Held > 0 && is.PayoutDue == 0
	case SettlePayout:
		return paid == 0 && was.PayoutDue > 0 && is.PayoutDue == 0
	case TakeBack:
		return paid == 0 && is.ChargedBack > was.ChargedBack
	case WinBack:
		return paid == 0 && is.ChargedBack == 0 && is.Owed() == 0 && is.Recovered == 0 && is.PayeeDue == was.PayeeDue+was.Recovered-was.Withheld && is.PayoutDue == was.PayoutDue+was.Withheld
	case SettleLoss:
		return paid == 0 && is.Owed() == 0 && is.ChargedBack == was.ChargedBack
	case RepayPayee:
		return paid == 0 && was.PayeeDue > 0 && is.PayeeDue == 0 && is.ChargedBack == was.ChargedBack && is.Owed() == was.Owed()
	}
	return false
}

// wrongShare finds steps whose fees do not follow the parts as the deal's rules say.
// Where the rules are the gateway's own it takes what the gateway says.
func (p *Process) wrongShare(a attempt) string {
	d, fees := a.before, a.step.Deal.Funds.Fees-a.before.Funds.Fees
	var paid, back int64 // parts of the price
	for _, m := range a.step.Moves {
		switch {
		case m.From == EscrowPocket && m.To == Payer:
			back += m.Amount.Minor()
		case m.From == EscrowPocket:
			paid += m.Amount.Minor()
		}
	}
	price := d.Price.Minor()
	switch {
	case p.SellerPays || price == 0 || paid == 0 && back == 0 || a.step.Effect == LoseHeld:
	case paid > 0 && back > 0:
		return fmt.Sprintf("%s pays %d out and %d back at once", a.rule.Name, paid, back)
	case paid > 0 && d.Policy.CommissionRule == pricing.ProRata && !near(fees, d.SellerFee, paid, price):
		return fmt.Sprintf("%s takes %d of %d for a part of %d of %d", a.rule.Name, fees, d.SellerFee, paid, price)
	case paid > 0 && (fees < 0 || fees > paid || fees > d.SellerFee):
		return fmt.Sprintf("%s takes %d of %d released", a.rule.Name, fees, paid)
	case back > 0 && d.Policy.BuyerFeeRule == pricing.ProRata && !near(-fees, d.taken().BuyerFee, back, d.taken().Price):
		return fmt.Sprintf("%s gives %d of a fee of %d back for %d of %d", a.rule.Name, -fees, d.BuyerFee, back, price)
	case back > 0 && (d.Policy.BuyerFeeRule == pricing.Kept || d.Policy.BuyerFeeRule == "") && fees != 0:
		return fmt.Sprintf("%s gives %d of a fee back that is to be kept", a.rule.Name, -fees)
	}
	return ""
}

// near reports whether got is fee × part / whole, to a unit.
func near(got, fee, part, whole int64) bool {
	exact := new(big.Int).Mul(big.NewInt(fee), big.NewInt(part))
	off := exact.Sub(exact, new(big.Int).Mul(big.NewInt(got), big.NewInt(whole)))
	return off.CmpAbs(big.NewInt(whole)) <= 0
}
