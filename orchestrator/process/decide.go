package process

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
)

// Command asks for a transition.
type Command struct {
	Transition Transition
	Actor      Actor
	Input      map[string]string
	// AtOnce tells that the gateway is our own ledger: nothing is asked of it, so a
	// verb is done with the effect.
	AtOnce bool

	probe bool // only asks what is possible; its input is a placeholder
}

// Amount is an amount of the input, in minor units; 0 when it is none.
func (c Command) Amount(name string) int64 {
	n, err := ParseMinor(c.Input[name])
	if err != nil {
		return 0
	}
	return n
}

// ParseMinor reads an amount as inputs carry it: digits alone, no sign, no
// leading zeros.
func ParseMinor(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err == nil && (n < 0 || strconv.FormatInt(n, 10) != text) {
		err = strconv.ErrSyntax
	}
	return n, err
}

// Step is one change of a deal, ready to be committed.
type Step struct {
	Transition Transition
	From, To   State
	Deal       Deal   // after the step
	Effect     Effect // what it does with the money, empty if nothing
	Moves      []Move // the movements of that effect
	Arm        []Alarm
	Entered    bool // a state was entered: timers of the old one are dropped, Arm is set
	Forget     bool // the payment is over and dropped
	Recorded   Fact // the fact that was not there before, empty if none
}

// Alarm is a timer with its due instant.
type Alarm struct {
	Name TimerName
	Due  time.Time
}

// Decision is the answer to a command that the rules allow. With a Verb, Step is
// only the claim that is committed before the gateway is asked, and Conclude
// gives the step that follows from its outcome. Without one, Step is all.
type Decision struct {
	Rule Rule
	Verb Verb
	Step Step
}

// Decide applies the rules of p to a command. It answers with a decision or with
// a fault whose reason says why not: unknown_transition, operator_is_party,
// not_buyer (and the other roles), transaction_not_found for strangers,
// illegal_transition, needs_attention, operation_in_progress, the reason of an
// input or of a guard.
func Decide(p *Process, d Deal, c Command, now time.Time) (Decision, error) {
	r, err := p.find(d.known(), c)
	if err != nil {
		return Decision{}, err
	}
	if d.State != "" && !c.Actor.Sees(d) {
		// Nobody learns from a refusal that a deal exists before the guards let them in.
		if err := checkGuards(r, d, c, now); err != nil {
			return Decision{}, NotFound()
		}
	}
	if c.Actor.Kind != AtGateway {
		if err := checkFree(r, d, c); err != nil {
			return Decision{}, err
		}
	}
	if err := checkGuards(r, d, c, now); err != nil {
		return Decision{}, err
	}
	return decide(p, d, r, c, now)
}

// checkFree refuses wrong input, and deals that are not free to move.
func checkFree(r Rule, d Deal, c Command) error {
	if err := checkInput(r, d, c); err != nil {
		return err
	}
	if d.Attention != "" && c.Actor.Kind != Staff {
		return fault.New(fault.Conflict, ReasonAttention, "the transaction is on hold until an operator has looked at it: %s", d.Attention)
	}
	if d.Operation != "" {
		return busy(d)
	}
	return nil
}

func checkGuards(r Rule, d Deal, c Command, now time.Time) error {
	for _, g := range r.Guards {
		if c.probe && g.OnInput {
			continue
		}
		if !g.Holds(d, c, now) {
			return fault.New(g.Code, g.Reason, "%s", g.Message)
		}
	}
	return nil
}

func decide(p *Process, d Deal, r Rule, c Command, now time.Time) (Decision, error) {
	if r.Seats {
		d = d.seat(c.Actor.ID)
	}
	if r.Verb == "" || c.AtOnce || c.Actor.Kind == AtGateway {
		step, err := p.step(d, r, r.success(), c.Input, now)
		return Decision{Rule: r, Step: step}, err
	}
	claim := Step{Transition: r.Name, From: d.State, To: d.State, Deal: d.clone()}
	if r.creates() {
		var err error
		if claim, err = p.step(d, r, Branch{To: r.During}, c.Input, now); err != nil {
			return Decision{}, err
		}
	}
	claim.Deal.Operation = r.Name
	return Decision{Rule: r, Verb: r.Verb, Step: claim}, nil
}

// known is what find may know of a deal: where it is, and whose.
func (d Deal) known() Deal {
	return Deal{State: d.State, Starter: d.Starter, Author: d.Author, Buyer: d.Buyer, Seller: d.Seller}
}

// find looks the command's rule up and checks visibility, role and state, in
// this order, so that an answer never tells more than the caller may know.
func (p *Process) find(d Deal, c Command) (Rule, error) {
	r, found, known := p.rule(c.Transition, d.State)
	stranger := d.State != "" && !c.Actor.Sees(d)
	if stranger && (!found || !c.Actor.may(r, d)) {
		return Rule{}, NotFound()
	}
	if !known {
		return Rule{}, fault.New(fault.Invalid, ReasonUnknownTransition, "process %s has no transition %q; use one of %s", p.Ref(), c.Transition, p.names())
	}
	if err := Impartial(c.Actor, d); err != nil {
		return Rule{}, err
	}
	if !c.Actor.may(r, d) {
		return Rule{}, wrongRole(r, c.Actor)
	}
	if !found {
		return Rule{}, illegal(p, d, c)
	}
	return r, nil
}

func illegal(p *Process, d Deal, c Command) error {
	if d.State == "" {
		return fault.New(fault.Conflict, ReasonIllegal, "a transaction cannot begin with %s", c.Transition).With("transition", string(c.Transition))
	}
	return fault.New(fault.Conflict, ReasonIllegal, "a transaction that is %s cannot %s", p.Word(d.State), c.Transition).
		With("current_state", p.Label(d.State)).With("transition", string(c.Transition))
}

// NotFound is the answer for a transaction that does not exist and, alike, for
// one that the caller may not see.
func NotFound() *fault.Error {
	return fault.New(fault.NotFound, ReasonNotFound, "there is no such transaction, or you are not one of its parties")
}

func wrongRole(r Rule, a Actor) error {
	var who []string
	for _, role := range r.By {
		if !slices.Contains(who, string(role)) { // several rules of a transition may be for the same person
			who = append(who, string(role))
		}
	}
	return fault.New(fault.Forbidden, notRole[r.By[0]], "%s is for %s, not for %s", r.Name, strings.Join(who, " or "), a)
}

func busy(d Deal) error {
	return fault.New(fault.Conflict, ReasonBusy, "%s is in progress at the gateway; ask again when it has ended", d.Operation).
		With("operation", string(d.Operation))
}

// checkAmount checks an amount of the input: a price that is named is bounded like every
// price, and parts of what is held by what any amount can be, so that sums of them fit.
func checkAmount(r Rule, in Input, d Deal, c Command) error {
	value, given := c.Input[in.Name]
	if !in.Amount || !given || c.probe {
		return nil
	}
	n, err := ParseMinor(value)
	most := int64(money.HighestLimit)
	if r.Terms != nil && c.Actor.Kind != AtGateway {
		most = money.MostMinor(d.Price.Currency())
	}
	switch {
	case n > most || errors.Is(err, strconv.ErrRange):
		return fault.New(fault.Invalid, ReasonOutOfRange, "%q of %s must lie between 0 and %d minor units", in.Name, r.Name, most).With("field", in.Name)
	case err != nil:
		return fault.New(fault.Invalid, in.Reason, "%q of %s must be a whole number of minor units, such as 1050", in.Name, r.Name).With("field", in.Name)
	}
	return nil
}

func checkInput(r Rule, d Deal, c Command) error {
	inputs := r.Inputs()
	for _, in := range inputs {
		value := c.Input[in.Name]
		if in.Kept != ForNobody {
			if err := checkSaid(in.Name, value); err != nil {
				return err
			}
		}
		if in.Required && strings.TrimSpace(value) == "" {
			return fault.New(fault.Invalid, in.Reason, "%s needs %q in its input", r.Name, in.Name).With("field", in.Name)
		}
		if err := checkAmount(r, in, d, c); err != nil {
			return err
		}
	}
	for name := range c.Input {
		if !slices.ContainsFunc(inputs, func(in Input) bool { return in.Name == name }) {
			return fault.New(fault.Invalid, ReasonUnknownInput, "%s takes no input %q", r.Name, name).With("field", name)
		}
	}
	return nil
}

func (r Rule) takes(name string) bool {
	for _, in := range r.Input {
		if in.Name == name {
			return true
		}
	}
	return false
}

// Conclude gives the step that follows when the verb of a rule has ended with an
// outcome that settles it: Succeeded, RequiresAction, Pending, Declined or
// NotSent. Unknown settles nothing and is refused. Input is that of the command.
func Conclude(p *Process, d Deal, r Rule, input map[string]string, s Status, now time.Time) (Step, error) {
	branch, routed := r.Else[s]
	switch s {
	case Succeeded:
		branch = r.success()
	case NotSent:
		// Nothing happened: an existing deal stays as it was, a new one is given up.
		if r.creates() {
			branch, routed = r.Else[Declined]
		}
	case RequiresAction, Pending, Declined:
	default:
		return Step{}, fmt.Errorf("outcome %q settles nothing", s)
	}
	from := d
	from.Operation = ""
	if s != Succeeded && !routed {
		if r.creates() {
			return Step{}, fmt.Errorf("%s %s has no way to go after %s", p.Ref(), r.Name, s)
		}
		if r.Seats {
			from = from.unseat()
		}
		return Step{Transition: r.Name, From: d.State, To: d.State, Deal: from.clone()}, nil
	}
	return p.step(from, r, branch, input, now)
}

// success is where the rule leads when nothing goes wrong.
func (r Rule) success() Branch { return Branch{r.To, r.Effect, r.records()} }

// step builds the change that brings the deal to a branch.
func (p *Process) step(d Deal, r Rule, b Branch, input map[string]string, now time.Time) (Step, error) {
	amounts := r.Amounts(input)
	after := d.clone()
	done := b.To == r.To && b.Effect == r.Effect
	if done && r.Terms != nil {
		var err error
		if after, err = r.Terms(after, amounts); err != nil {
			return Step{}, err
		}
	}
	moves, funds, err := after.apply(b.Effect, amounts)
	if err != nil {
		return Step{}, err
	}
	after.Funds = funds
	s := Step{Transition: r.Name, From: d.State, To: b.To, Effect: b.Effect, Moves: moves, Entered: b.To != d.State, Forget: done && r.Forget}
	if b.Sets != "" && (r.repeats() || !after.Has(b.Sets)) {
		after.Facts[b.Sets], s.Recorded = now, b.Sets
	}
	if done {
		for _, f := range r.Forgets {
			delete(after.Facts, f)
		}
	}
	if s.Entered || d.Operation == r.Name {
		// Whatever was in progress in the old state is settled or overtaken by now.
		after.Operation = ""
	}
	if s.Entered {
		after.State, after.EnteredAt = b.To, now
		if r.Seats {
			after.JoinCode = ""
		}
		s.Arm = p.alarms(after)
	}
	s.Deal = after
	return s, nil
}

// repeats reports whether a rule may be taken again and again where the deal rests, and its fact
// is that of the last time: money goes back in parts.
func (r Rule) repeats() bool {
	return r.afterEnd() || r.Effect == RefundPart && slices.Equal(r.From, []State{r.To})
}

// Amounts are the amounts of a checked input.
func (r Rule) Amounts(input map[string]string) Amounts {
	amounts := Amounts{}
	for _, in := range r.Input {
		if n, err := ParseMinor(input[in.Name]); in.Amount && err == nil {
			amounts[in.Name] = n
		}
	}
	return amounts
}

// alarms lists the timers that start when the deal's state is entered.
func (p *Process) alarms(d Deal) []Alarm {
	var set []Alarm
	for _, t := range p.Timers {
		if !t.waitsIn(d.State) {
			continue
		}
		if due, ok := t.Due.At(d, d.EnteredAt); ok {
			set = append(set, Alarm{t.Name, due})
		}
	}
	return set
}

// Starts lists the timers that a deal's table sets when it enters a state at a time. Facts that came later did not count then.
func (p *Process) Starts(d Deal, s State, at time.Time) []Alarm {
	d.State, d.EnteredAt, d.Facts = s, at, maps.Clone(d.Facts)
	maps.DeleteFunc(d.Facts, func(_ Fact, noted time.Time) bool { return noted.After(at) })
	return slices.DeleteFunc(p.alarms(d), func(a Alarm) bool {
		t, _ := p.Timer(a.Name, s)
		return t.Then == "" && !t.Remind // it only looks at the payment, again and again
	})
}

func (t Timer) waitsIn(s State) bool {
	for _, in := range t.In {
		if in == s {
			return true
		}
	}
	return false
}

// Timer finds a timer of the process that waits in a state.
func (p *Process) Timer(name TimerName, s State) (Timer, bool) {
	for _, t := range p.Timers {
		if t.Name == name && t.waitsIn(s) {
			return t, true
		}
	}
	return Timer{}, false
}

// Rule finds the row of a transition from a state.
func (p *Process) Rule(name Transition, s State) (Rule, bool) {
	r, found, _ := p.rule(name, s)
	return r, found
}

// Option is a transition that a deal's state knows, for one actor.
type Option struct {
	Transition Transition
	By         []Role
	Input      []Input // what this actor gives
	MovesMoney bool
	Refusal    *fault.Error // why this actor cannot take it now; nil when it can
	Moves      []Move       // what it would move: see WouldMove
}

// Options lists every transition that leaves the deal's state, and for each
// whether the actor may take it now or why not.
func Options(p *Process, d Deal, a Actor, now time.Time) []Option {
	var options []Option
	for _, r := range p.Rules {
		if r.creates() || !r.from(d.State) || r.idle(d) {
			continue
		}
		o := Option{Transition: r.Name, By: r.By, Input: r.InputsFor(a), MovesMoney: p.MovesMoney(r)}
		if _, err := Decide(p, d, Command{Transition: r.Name, Actor: a, Input: sample(r), probe: true}, now); err != nil {
			o.Refusal = fault.As(err)
		}
		options = append(options, o)
	}
	return options
}

// idle reports whether a rule is for what happens after the end, and nothing of that has happened.
func (r Rule) idle(d Deal) bool {
	switch r.Effect {
	case SettlePayout:
		return d.Funds.PayoutDue == 0
	case BookPayout:
		return d.undue() == 0
	}
	return r.afterEnd() && !d.Unsettled()
}

// sample fills a rule's input so that asking "may I" is not refused for a value
// that the caller has not been asked for yet.
func sample(r Rule) map[string]string {
	input := map[string]string{}
	for _, in := range r.Input {
		input[in.Name] = "?"
	}
	return input
}

func (p *Process) names() string {
	var names []string
	seen := map[Transition]bool{}
	for _, r := range p.Rules {
		if !seen[r.Name] {
			seen[r.Name] = true
			names = append(names, string(r.Name))
		}
	}
	return strings.Join(names, ", ")
}
