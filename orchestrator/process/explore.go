package process

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/fault"
)

// Report is what an exhaustive exploration has seen.
type Report struct {
	Deals    int // distinct situations reached
	Commands int // commands tried
	Refusals int
	States   map[State]int // situations per state
	Taken    map[Transition]int
	// Covered are the rows of the table by state, "cancel from paid", and their
	// branches, "create (declined)", that were taken. Explore fails when one is missing.
	Covered map[string]bool
	// Pin is what would be kept of the process if it were released like this.
	Pin Pin

	funds map[State][]Funds // of states that hold anything
}

// Explore walks a process with every actor, every outcome of every verb, before,
// at and after every deadline, with inputs at their bounds, with and without a
// booking and announced deadlines, at a gateway and on our own ledger, and checks
// the invariants in each situation that it reaches. It returns what it saw, or the
// broken invariants.
func Explore(p *Process) (Report, error) {
	return newExplorer(p).all()
}

func (x *explorer) all() (Report, error) {
	if x.checkTable(); len(x.problems) == 0 {
		x.explore()
	}
	return x.report, errors.Join(x.problems...)
}

func newExplorer(p *Process) *explorer {
	return &explorer{p: p, seen: map[shape]bool{}, doors: map[doorway]doors{}, told: map[telling]bool{}, seenOutcomes: map[uint64]bool{}, report: Report{
		States: map[State]int{}, Taken: map[Transition]int{}, Covered: map[string]bool{}, funds: map[State][]Funds{},
	}}
}

func (x *explorer) explore() {
	x.tryHopeless()
	for _, s := range openings(x.p) {
		x.visit(s)
	}
	for len(x.queue) > 0 && len(x.problems) < maxProblems {
		s := x.queue[0]
		x.queue = x.queue[1:]
		if x.each != nil {
			x.each(s)
		}
		x.expand(s)
	}
	x.report.Deals = len(x.seen)
	x.report.Pin = Pin{x.p.Ref(), tableDigest(x.p), x.behaviour()}
	x.checkCoverage()
	x.checkHoldings()
	x.checkBehaviour()
}

// checkHoldings fails for a state that says less about its money than is true.
func (x *explorer) checkHoldings() {
	for _, s := range x.p.States {
		if s.Money != HoldsAnything || len(x.problems) > 0 {
			continue
		}
		for _, h := range []Holding{HoldsNothing, HoldsAuthorized, HoldsEscrow} {
			if !slices.ContainsFunc(x.report.funds[s.Name], func(f Funds) bool { return !f.Satisfies(h) }) {
				x.fail("state %s always holds %s, so it should say so", s.Name, h)
			}
		}
	}
}

const (
	maxProblems   = 20
	maxSituations = 100_000 // far more than any process has; a table that goes in circles reaches it
)

type explorer struct {
	p     *Process
	queue []situation
	each  func(situation) // is told of every situation, once; nil: nobody is
	seen  map[shape]bool
	doors map[doorway]doors
	told  map[telling]bool // whose refusals are noted
	// seenOutcomes are the digests of what came of each command.
	seenOutcomes map[uint64]bool
	problems     []error
	report       Report
}

func (x *explorer) fail(format string, args ...any) {
	if len(x.problems) < maxProblems {
		x.problems = append(x.problems, fmt.Errorf(x.p.Ref()+": "+format, args...))
	}
}

// checkCoverage fails for what no situation has ever led to.
func (x *explorer) checkCoverage() {
	if len(x.problems) > 0 {
		return // what is missing then follows from what is broken
	}
	for _, s := range x.p.States {
		if x.report.States[s.Name] == 0 {
			x.fail("state %s was never reached", s.Name)
		}
	}
	for _, r := range x.p.Rules {
		for _, from := range r.origins() {
			if info, _ := x.p.state(from); r.Effect == RepayPayee && info.Frees {
				continue // only where staff has taken over what was paid out by hand, which no table does
			}
			if row := r.row(from); !x.report.Covered[row] {
				x.fail("%s was never taken", row)
			}
		}
		for status := range r.Else {
			if branch := r.branch(status); !x.report.Covered[branch] {
				x.fail("%s was never taken", branch)
			}
		}
	}
}

// origins are the states that a rule leaves; the empty one where it creates.
func (r Rule) origins() []State {
	if r.creates() {
		return []State{""}
	}
	return r.From
}

func (r Rule) row(from State) string { return fmt.Sprintf("%s from %q", r.Name, from) }

func (r Rule) branch(s Status) string { return fmt.Sprintf("%s of %v (%s)", r.Name, r.From, s) }

func (x *explorer) visit(s situation) {
	key := shapeOf(s)
	if x.seen[key] {
		return
	}
	if len(x.seen) == maxSituations {
		x.problems = nil
		x.fail("the process goes in circles: more than %d situations", maxSituations)
		x.queue = nil
		return
	}
	x.seen[key] = true
	s.digest = mix(0xcbf29ce484222325, fmt.Sprint(s.own, s.BookingEnd.IsZero(), len(s.Deadlines)), string(s.State), string(s.Operation), key.facts)
	if s.State != "" {
		x.report.States[s.State]++
		if info, _ := x.p.state(s.State); info.Money == HoldsAnything && s.Operation == "" {
			x.report.funds[s.State] = append(x.report.funds[s.State], s.Funds)
		}
		if why := x.p.breach(s.Deal, x.p.alarms(s.Deal)); why != "" {
			x.fail("%s", why)
		}
	}
	x.queue = append(x.queue, s)
}

func (x *explorer) expand(s situation) {
	untouched := s.clone()
	here := x.doorsOf(s)
	x.tellRefusals(s, here)
	moments := x.moments(s.Deal)
	for _, open := range here.open {
		tried := inputs(x.p, open.row, s.Deal)
		for _, who := range open.to {
			x.tryAll(s, Command{Transition: open.row.Name, Actor: who, AtOnce: s.own}, tried, moments)
		}
	}
	if !reflect.DeepEqual(untouched, s.clone()) {
		x.fail("deciding about a deal that is %s changed it", s.State)
	}
}

// moments are soon, late, and just before and at everything that is due.
func (x *explorer) moments(d Deal) []time.Time {
	all := []time.Time{d.EnteredAt.Add(time.Minute), d.EnteredAt.Add(400 * Day)}
	for _, a := range x.p.alarms(d) {
		if t, _ := x.p.Timer(a.Name, d.State); t.Then != "" {
			all = append(all, a.Due.Add(-time.Nanosecond), a.Due)
		}
	}
	return all
}

// inputs are the inputs to try a rule with: one that is fine, then its variations.
func inputs(p *Process, r Rule, d Deal) []map[string]string {
	base := fine(p, r, d)
	all := []map[string]string{base}
	for _, v := range variations(p, r, d) {
		all = append(all, v.of(base))
	}
	return all
}

// variation replaces a value of an input, and what goes with it.
type variation struct{ name, value, release string }

func (v variation) of(base map[string]string) map[string]string {
	changed := maps.Clone(base)
	if _, takes := base["release"]; takes && v.release != "" {
		changed["release"] = v.release
	}
	changed[v.name] = v.value
	return changed
}

// variations are amounts at their bounds, splits that do and do not add up, right and
// wrong codes.
func variations(p *Process, r Rule, d Deal) []variation {
	var all []variation
	for _, in := range r.Input {
		switch {
		case in.Name == "join_code":
			all = append(all, variation{name: in.Name, value: "wrong"}, variation{name: in.Name})
		case in.Name == "release": // goes with the refund
		case in.Amount:
			whole := p.divisible(d)
			all = append(all, amounts(r, in.Name, whole, tried(r, in, d, whole)...)...)
		}
	}
	return all
}

// tried are the amounts to try an input with, besides the one that is fine.
func tried(r Rule, in Input, d Deal, whole int64) []int64 {
	if r.givesParts(in) {
		return []int64{0, whole, math.MaxInt64}
	}
	switch in.Name {
	case TakenBackInput: // a third again and again, so that the ways end
		if d.Has(FactPaidUndue) { // all that is left: the parts are tried without that
			return []int64{0, d.Funds.Captured - d.Funds.ChargedBack + 1, math.MaxInt64}
		}
		return []int64{0, d.Funds.Captured / 3, d.Funds.Captured - d.Funds.ChargedBack + 1, math.MaxInt64}
	case recoveredInput:
		return []int64{0, d.Funds.Owed(), d.Funds.Owed() + 1, math.MaxInt64}
	case PayoutAmount:
		if r.Effect == BookPayout { // a part again and again would have no end of ways
			return []int64{0, d.undue() + 1, math.MaxInt64}
		}
	case repaidInput:
		return []int64{0, d.Funds.PayeeDue - 1, d.Funds.PayeeDue + 1, math.MaxInt64}
	}
	return bounds(whole)
}

// givesParts reports whether an input says which part goes back of a deal that goes on.
func (r Rule) givesParts(in Input) bool {
	return r.Effect == RefundPart && r.repeats() && (in.Name == RefundInput.Name || in.Name == SameRefund.Name)
}

// fine is an input that a rule takes.
func fine(p *Process, r Rule, d Deal) map[string]string {
	base, whole := sample(r), p.divisible(d)
	for _, in := range r.Input {
		switch {
		case in.Name == "join_code":
			base[in.Name] = d.JoinCode
		case in.Name == "release":
			base[in.Name] = strconv.FormatInt(whole-whole/3, 10)
		case r.givesParts(in): // of all, so that it happens once: each more would double the ways
			base[in.Name] = strconv.FormatInt(d.Funds.Captured/2, 10)
		case in.Name == RefundInput.Name:
			base[in.Name] = strconv.FormatInt(whole/3, 10)
		case in.Name == TakenBackInput:
			base[in.Name] = strconv.FormatInt(d.Funds.Captured-d.Funds.ChargedBack, 10)
		case in.Name == PayoutAmount && r.Effect == SettlePayout:
			base[in.Name] = strconv.FormatInt(d.Funds.PayoutDue, 10)
		case in.Name == PayoutAmount:
			base[in.Name] = strconv.FormatInt(d.undue(), 10)
		case in.Name == repaidInput:
			base[in.Name] = strconv.FormatInt(d.Funds.PayeeDue, 10)
		case in.Amount:
			base[in.Name] = "20000"
		}
	}
	return base
}

// amounts are an amount at its bounds, or that is none. A part of whole has its rest
// beside it.
func amounts(r Rule, name string, whole int64, tried ...int64) []variation {
	var all []variation
	for _, amount := range tried {
		given := variation{name, strconv.FormatInt(amount, 10), strconv.FormatInt(whole-amount, 10)}
		if all = append(all, given); r.takes("release") {
			given.release = strconv.FormatInt(whole, 10)
			all = append(all, given)
		}
	}
	for _, text := range []string{"-1", "1.5", "007", ""} {
		all = append(all, variation{name, text, "1"})
	}
	return all
}

// bounds are the amounts at which something may change, and some between.
func bounds(whole int64) []int64 {
	all := []int64{0, 1, whole / 3, whole - 1, whole, whole + 1, 20_000, math.MaxInt64}
	slices.Sort(all)
	return slices.Compact(all)
}

// tryAll tries a command at every moment, and with every input.
func (x *explorer) tryAll(s situation, c Command, tried []map[string]string, moments []time.Time) {
	c.Input = tried[0]
	for _, now := range moments {
		x.try(s, c, now)
	}
	for _, c.Input = range tried[1:] {
		x.try(s, c, moments[0])
	}
}

func (x *explorer) refused(s situation, c Command, after time.Duration, err error) {
	x.report.Commands++
	x.report.Refusals++
	x.saw(s, c, after, string(fault.ReasonOf(err)), nil)
	if fault.CodeOf(err) == fault.Internal {
		x.fail("%s in %q by %s: %v", c.Transition, s.State, c.Actor, err)
	}
}

func (x *explorer) try(s situation, c Command, now time.Time) {
	after := now.Sub(s.EnteredAt)
	decision, err := Decide(x.p, s.Deal, c, now)
	if err != nil {
		x.refused(s, c, after, err)
		return
	}
	x.report.Commands++
	x.report.Taken[c.Transition]++
	x.saw(s, c, after, string(decision.Verb)+" "+string(decision.Step.To)+" "+string(decision.Step.Recorded), decision.Step.Arm)
	a := attempt{before: s.Deal, command: c, rule: decision.Rule, step: decision.Step, status: Succeeded}
	if decision.Verb == "" {
		x.follow(s, a)
		return
	}
	a.status = ""
	x.follow(s, a)
	for _, a.status = range []Status{Succeeded, RequiresAction, Pending, Declined, NotSent} {
		if a.step, err = Conclude(x.p, decision.Step.Deal, a.rule, c.Input, a.status, now); err == nil {
			x.saw(s, c, after, string(a.status)+" "+string(a.step.To)+" "+string(a.step.Recorded), a.step.Arm)
			x.checkUndone(a)
			x.follow(s, a)
			continue
		}
		if !mayLack(a, err) {
			x.fail("%s in %q after %s: %v", c.Transition, s.State, a.status, err)
		}
	}
	if _, err := Conclude(x.p, decision.Step.Deal, a.rule, c.Input, Unknown, now); err == nil {
		x.fail("%s in %q: an unknown outcome settles something", c.Transition, s.State)
	}
}

// mayLack reports whether an outcome may be refused: the engine concludes before it
// asks, so that what is invalid is never asked; and a creating rule may leave out
// outcomes that its gateways never give.
func mayLack(a attempt, err error) bool {
	return fault.CodeOf(err) == fault.Invalid || a.rule.creates() && (a.status == RequiresAction || a.status == Pending)
}

// checkUndone proves that what was not done leaves no trace.
func (x *explorer) checkUndone(a attempt) {
	if _, routed := a.rule.Else[a.status]; a.rule.creates() || routed || (a.status != Declined && a.status != NotSent) {
		return
	}
	if was, is := a.before.clone(), a.step.Deal; !reflect.DeepEqual(was, is) {
		x.fail("%s after %s leaves %+v, was %+v", a.rule.Name, a.status, is, was)
	}
}

func (x *explorer) follow(s situation, a attempt) {
	if why := x.p.breachBy(a); why != "" {
		x.fail("%s", why)
	}
	if a.status == Succeeded {
		x.report.Covered[a.rule.row(a.before.State)] = true
	} else if _, routed := a.rule.Else[a.status]; routed {
		x.report.Covered[a.rule.branch(a.status)] = true
	}
	// Only the shape of a situation matters, not when it was reached.
	d := a.step.Deal
	d.EnteredAt = time.Unix(0, 0).UTC()
	x.visit(situation{Deal: d, own: s.own})
}
