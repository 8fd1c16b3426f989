package process

func rest(*merging) (Next, error) { return Next{Act: Rest}, nil }

func lookAgain(*merging) (Next, error) { return Next{Act: LookAgain}, nil }

func await(*merging) (Next, error) { return Next{Act: Await}, nil }

func finish(*merging) (Next, error) { return Next{Act: Finish}, nil }

func refuse(m *merging) (Next, error) { return Next{Act: Rest}, m.refusal }

func take(m *merging) (Next, error) {
	step, err := m.decide()
	next := Next{Act: Take, Step: step, Ends: m.Operation != nil && step.Deal.Operation == ""}
	next.Overtaken = next.Ends && !m.own()
	return next, err
}

// Transitions that are no rules of a process: they stay in the state.
const (
	Flag       Transition = "flag"
	Unflag     Transition = "unflag"
	GatewayFee Transition = "gateway_fee"
)

// staying is a step that changes a deal and not its state.
func staying(name Transition, d Deal) Step {
	return Step{Transition: name, From: d.State, To: d.State, Deal: d}
}

// OnHold puts a deal on hold.
func OnHold(d Deal, a Attention) Step {
	d.Attention = a.String()
	return staying(Flag, d)
}

func (m *merging) hold(a Attention, suspect bool) (Next, error) {
	return Next{Act: PutOnHold, Step: OnHold(m.Deal, a), Attention: a, Note: a.String(), Suspect: suspect}, nil
}

func holdForPrice(m *merging) (Next, error) { return m.hold(m.price(), false) }

func holdForSum(m *merging) (Next, error) { return m.hold(m.sum(), false) }

func holdForBooks(m *merging) (Next, error) {
	return m.hold(m.Deal.SumsDiffer(m.Payment.Totals), true)
}

func (m *merging) book(name Transition, input map[string]string) (Next, error) {
	d, err := Decide(m.p, m.Deal, Command{Transition: name, Actor: Actor{Kind: AtGateway}, Input: input}, m.Now)
	return Next{Act: BookBack, Step: d.Step, Note: d.Step.Deal.Attention}, err
}

func takeBack(m *merging) (Next, error) { return m.book(TakeBackTransition, TakenBack(m.back())) }

// winBack books that all of it is won back: what remains with the payer is taken back anew.
func winBack(m *merging) (Next, error) { return m.book(WinBackTransition, nil) }

func bookFee(m *merging) (Next, error) {
	return Next{Act: BookFees, Step: staying(GatewayFee, m.Deal)}, nil
}

// letGo ends a hold. What staff has to settle remains the sign of the deal, or becomes it
// again: a replica of a release that does not know of a sum may have taken it away.
func letGo(m *merging) (Next, error) {
	sign := m.Deal.ToSettle()
	d := m.Deal.Learn(m.Payment)
	d.Attention = sign
	name := Unflag
	if sign != "" {
		name = Flag
	}
	return Next{Act: LetGo, Step: staying(name, d), Note: sign}, nil
}
