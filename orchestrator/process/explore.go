package process

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
)

// Report is what an exhaustive exploration has seen.
type Report struct {
	Deals    int // distinct situations reached
	Commands int // commands tried
	Refusals int
	States   map[State]int // situations per state
	Taken    map[Transition]int
}

// Explore walks a process with every actor, every outcome of every verb, before
// and after every deadline, and checks the money invariants in each situation
// that it reaches. It returns what it saw, or the broken invariants.
func Explore(p *Process) (Report, error) {
	x := &explorer{p: p, seen: map[string]bool{}, report: Report{States: map[State]int{}, Taken: map[Transition]int{}}}
	for _, d := range openings(p) {
		x.visit(d)
	}
	for len(x.queue) > 0 {
		d := x.queue[0]
		x.queue = x.queue[1:]
		x.expand(d)
	}
	for _, s := range p.States {
		if x.report.States[s.Name] == 0 {
			x.fail("state %s was never reached", s.Name)
		}
	}
	x.report.Deals = len(x.seen)
	return x.report, errors.Join(x.problems...)
}

type explorer struct {
	p        *Process
	queue    []Deal
	seen     map[string]bool
	problems []error
	report   Report
}

func (x *explorer) fail(format string, args ...any) {
	if len(x.problems) < 20 {
		x.problems = append(x.problems, fmt.Errorf(x.p.Ref()+": "+format, args...))
	}
}

// openings are deals before they exist: both parties known, or one only.
func openings(p *Process) []Deal {
	epoch := time.Unix(0, 0).UTC()
	base := Deal{
		EnteredAt: epoch, Starter: "buyer", Author: "seller", Buyer: "buyer", Seller: "seller",
		Price: money.New(10_000, "EUR"), BuyerFee: 340, SellerFee: 25, ConfirmAfterDays: 14, JoinCode: "code",
		Deadlines: map[Deadline]time.Time{TrackingDeadline: epoch.Add(4 * day), ComplaintDeadline: epoch.Add(day), CaptureBefore: epoch.Add(7 * day)},
	}
	if p.Deposits {
		base.Price, base.Deposit, base.DepositFee = money.New(0, "EUR"), 2_000, 90
	}
	invited := base
	invited.Buyer, invited.Starter = "", "seller"
	invited.Author = ""
	return []Deal{base, invited}
}

func (x *explorer) visit(d Deal) {
	key := fmt.Sprintf("%s|%s|%s|%v|%+v|%v", d.State, d.Buyer, d.Operation, slices.Sorted(maps.Keys(d.Facts)), d.Funds, d.Starter)
	if x.seen[key] {
		return
	}
	x.seen[key] = true
	if d.State != "" {
		x.report.States[d.State]++
		x.check(d)
	}
	x.queue = append(x.queue, d)
}

func (x *explorer) check(d Deal) {
	info, ok := x.p.state(d.State)
	if !ok {
		x.fail("reached unknown state %s", d.State)
		return
	}
	if !d.Funds.Balanced() {
		x.fail("%s: funds %+v do not balance", d.State, d.Funds)
	}
	if d.Operation == "" && !d.Funds.Satisfies(info.Money) {
		x.fail("%s: funds %+v, but the state holds %s", d.State, d.Funds, info.Money)
	}
	agreed := max(d.Price.Minor(), d.Deposit) + d.BuyerFee
	if !x.p.Reopens && (d.Funds.Captured > agreed || d.Funds.Released+d.Funds.Refunded > agreed) {
		x.fail("%s: more money moved than there is: %+v", d.State, d.Funds)
	}
	if d.Funds.Released > 0 && d.Funds.Refunded > 0 && !d.Has(FactSplit) && !x.p.Reopens {
		x.fail("%s: both released and refunded: %+v", d.State, d.Funds)
	}
	alarms := x.p.alarms(d)
	if info.Terminal && (len(alarms) > 0 || d.Operation != "") {
		x.fail("terminal state %s has timers or a live operation", d.State)
	}
	if !info.Terminal && info.OpenEnded == "" && len(alarms) == 0 {
		x.fail("%s: nothing would ever happen by itself", d.State)
	}
}

var everybody = []Actor{
	{User, "buyer"}, {User, "seller"}, {User, "stranger"}, {Kind: Backend}, {Staff, "op"}, {Kind: AtGateway}, {Kind: OfSchedule},
}

func (x *explorer) expand(d Deal) {
	names := map[Transition]bool{}
	for _, r := range x.p.Rules {
		if names[r.Name] {
			continue
		}
		names[r.Name] = true
		for _, a := range everybody {
			for _, now := range []time.Time{d.EnteredAt.Add(time.Minute), d.EnteredAt.Add(400 * day)} {
				x.try(d, Command{Transition: r.Name, Actor: a, Input: inputFor(x.p, r.Name, d)}, now)
			}
		}
	}
}

func inputFor(p *Process, name Transition, d Deal) map[string]string {
	r, _, _ := p.rule(name, d.State)
	input := sample(r)
	if _, ok := input["join_code"]; ok {
		input["join_code"] = d.JoinCode
	}
	whole := d.Funds.Held
	if p.SellerPays {
		whole = d.Price.Minor()
	}
	for _, in := range r.Input {
		if !in.Amount {
			continue
		}
		// A split adds up to what is held; any other amount is a new price.
		amount := int64(20_000)
		switch in.Name {
		case "refund":
			amount = whole / 3
		case "release":
			amount = whole - whole/3
		}
		input[in.Name] = strconv.FormatInt(amount, 10)
	}
	return input
}

func (x *explorer) try(d Deal, c Command, now time.Time) {
	x.report.Commands++
	before := fmt.Sprintf("%+v", d)
	decision, err := Decide(x.p, d, c, now)
	if after := fmt.Sprintf("%+v", d); after != before {
		x.fail("deciding %s changed the deal it was asked about", c.Transition)
	}
	if err != nil {
		x.report.Refusals++
		if fault.CodeOf(err) == fault.Internal {
			x.fail("%s in %q by %s: %v", c.Transition, d.State, c.Actor, err)
		}
		return
	}
	if d.State != "" && !c.Actor.Sees(d) && !decision.Rule.takes("join_code") {
		x.fail("a stranger may %s in %q", c.Transition, d.State)
	}
	x.report.Taken[c.Transition]++
	x.follow(decision.Step)
	if decision.Verb == "" {
		return
	}
	for _, status := range []Status{Succeeded, RequiresAction, Pending, Declined, NotSent} {
		step, err := Conclude(x.p, decision.Step.Deal, decision.Rule, c.Input, status, now)
		if err != nil {
			// A creating rule may leave out outcomes that its gateways never give.
			if !decision.Rule.creates() || status == Succeeded || status == Declined || status == NotSent {
				x.fail("%s in %q after %s: %v", c.Transition, d.State, status, err)
			}
			continue
		}
		x.checkUndone(d, decision.Rule, step, status)
		x.follow(step)
	}
}

// checkUndone proves that what was not done leaves no trace.
func (x *explorer) checkUndone(before Deal, r Rule, s Step, status Status) {
	if _, routed := r.Else[status]; r.creates() || routed || (status != Declined && status != NotSent) {
		return
	}
	if was, is := fmt.Sprintf("%+v", before.clone()), fmt.Sprintf("%+v", s.Deal); was != is {
		x.fail("%s after %s leaves %s, was %s", r.Name, status, is, was)
	}
}

func (x *explorer) follow(s Step) {
	var in, out int64
	for _, m := range s.Moves {
		if m.To == EscrowPocket {
			in += m.Amount.Minor()
		}
		if m.From == EscrowPocket {
			out += m.Amount.Minor()
		}
	}
	if s.Deal.Funds.Held < 0 || (in > 0 && out > 0) {
		x.fail("%s moves money in and out of escrow at once", s.Transition)
	}
	d := s.Deal
	// Only the shape of a situation matters, not when it was reached.
	d.EnteredAt = time.Unix(0, 0).UTC()
	x.visit(d)
}
