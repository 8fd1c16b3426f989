package process

import (
	"slices"
	"strconv"
)

func all(conditions ...func(*merging) bool) func(*merging) bool {
	return func(m *merging) bool {
		return !slices.ContainsFunc(conditions, func(holds func(*merging) bool) bool { return !holds(m) })
	}
}

func not(condition func(*merging) bool) func(*merging) bool {
	return func(m *merging) bool { return !condition(m) }
}

func always(*merging) bool { return true }

// merging is a look on its way through the table.
type merging struct {
	Look
	p     *Process
	info  StateInfo
	rule  Rule // of what happened first of all that is not recorded
	ahead bool // there is such a rule

	decided bool
	step    Step // of that rule
	refusal error
}

func news(m *merging) bool { return m.ahead }

func (m *merging) open() bool { return m.Operation != nil && m.Operation.Open }

func leaving(m *merging) bool { return m.open() && m.Operation.Verb.PaysOut() }

func arrived(m *merging) bool { return m.p.Happened(m.Deal, *m.Operation, m.Payment, m.Now) }

// dropping reports whether what was reserved is to be dropped: whoever gave a deal up does not
// get it back because a reservation shows before it is dropped.
func dropping(m *merging) bool { return m.open() && m.Operation.Verb == Void }

func onlyReserved(m *merging) bool {
	_, taken := m.Payment.Facts[FactCaptured]
	return m.rule.Observe == FactAuthorized && !taken
}

// own reports whether what happened is what the operation in progress works for.
func (m *merging) own() bool {
	own, ok := m.p.Rule(m.Operation.Transition, m.Operation.From)
	return ok && own.Observe == m.rule.Observe
}

func asked(m *merging) bool { return m.open() && m.own() }

// input is the input of a transition that was taken at the gateway: a price that was set
// there.
func (m *merging) input() map[string]string {
	input := map[string]string{}
	for _, in := range m.rule.Input {
		if in.Amount && in.Name == "price" {
			input[in.Name] = strconv.FormatInt(m.Payment.Price.Minor(), 10)
		}
	}
	return input
}

func (m *merging) price() Attention { return m.Deal.Agreed(m.rule, m.input()).PriceDiffers(m.Payment) }

func otherPrice(m *merging) bool { return m.price().Needed() }

// decide asks the rules once.
func (m *merging) decide() (Step, error) {
	if !m.decided {
		d, err := Decide(m.p, m.Deal.Learn(m.Payment), Command{Transition: m.rule.Name, Actor: Actor{Kind: AtGateway}, Input: m.input()}, m.Now)
		m.decided, m.step, m.refusal = true, d.Step, err
	}
	return m.step, m.refusal
}

func refused(m *merging) bool {
	_, err := m.decide()
	return err != nil
}

func (m *merging) sum() Attention {
	step, _ := m.decide()
	return step.Deal.CapturedOtherwise(m.Payment)
}

func otherSum(m *merging) bool { return m.sum().Needed() }

// unfit reports whether what happened is nothing that could be recorded as it shows.
func unfit(m *merging) bool { return otherPrice(m) || refused(m) || otherSum(m) }

// atRest reports whether books and sums are of one time and neither is moving.
func atRest(m *merging) bool { return !m.Late && m.Operation == nil }

func late(m *merging) bool { return m.Late }

// undecided reports whether sums that may be older than a deal leave open whether its books
// are right.
func undecided(m *merging) bool {
	return m.Operation == nil && sumsShow(m) && (heldFor(BooksDiffer)(m) || m.p.SumsMatter(m.Deal, *m.Payment.Totals))
}

func sumsShow(m *merging) bool { return m.Payment.Totals != nil }

// over reports whether a deal has ended with the sums that show, but for what is with the
// payer.
func over(m *merging) bool {
	t, f := m.Payment.Totals, m.Deal.Funds
	return m.info.Terminal && t != nil && t.Captured == f.Captured && m.Deal.ReleasedThere(*t) == f.Released
}

// back is how much more is with the payer than our books say.
func (m *merging) back() int64 {
	t, f := m.Payment.Totals, m.Deal.Funds
	return t.Refunded + t.Disputed - f.Refunded - f.ChargedBack
}

func (m *merging) knows(t Transition) bool {
	_, ok := m.p.Rule(t, m.Deal.State)
	return ok
}

// wentBack reports whether more is with the payer, and no more than was taken from them: else
// the sums are nothing that could be booked.
func wentBack(m *merging) bool {
	back, f := m.back(), m.Deal.Funds
	return back > 0 && back <= f.Captured-f.ChargedBack && m.knows(TakeBackTransition)
}

// cameBack reports whether money came back that the payer's bank had taken. A sum that fell
// because a refund failed is the payer's and not won: then the books differ.
func cameBack(m *merging) bool {
	t, f := m.Payment.Totals, m.Deal.Funds
	won := m.back() < 0 && m.Deal.Has(FactTakenBack) && -m.back() <= f.ChargedBack && t.Refunded+t.Disputed-t.ByBank >= f.Refunded
	return won && m.knows(WinBackTransition)
}

func sumsDiffer(m *merging) bool {
	_, differs := m.Deal.otherSum(m.Payment.Totals)
	return differs
}

func otherFee(m *merging) bool { return m.Payment.Kept != nil && *m.Payment.Kept != m.Kept }

// signed reports whether a deal bears the sign of what staff has to settle and no other, or
// none where there is nothing.
func signed(m *merging) bool {
	if !m.Deal.Unsettled() {
		return m.Deal.Attention == ""
	}
	return AttentionOf(m.Deal.Attention).Reason == ToBeSettled && m.Deal.Attention == m.Deal.ToSettle()
}

func found(m *merging) bool { return m.Payment.Found }

func heldFor(reason AttentionReason) func(*merging) bool {
	return func(m *merging) bool { return AttentionOf(m.Deal.Attention).Reason == reason }
}

func stillOtherPrice(m *merging) bool { return m.Deal.PriceDiffers(m.Payment).Needed() }
