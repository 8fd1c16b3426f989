package process

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
)

// Walked is what a random walk has seen.
type Walked struct {
	Steps    int
	Deals    int // opened
	Ended    int // of them, that came to an end
	Refusals int
	Fired    int // timers that came due
}

// Walk plays deals of a process one after another: random people, inputs, outcomes
// and reports, with time moving on. It keeps books of its own beside the deal's and
// returns at the first broken invariant, with the way that led there. The same
// seed gives the same walk.
func Walk(p *Process, seed uint64, steps int) (Walked, error) {
	w := &walker{p: p, random: rand.New(rand.NewPCG(seed, 1)), openings: openings(p), now: time.Unix(0, 0).UTC()}
	for w.did.Steps < steps && w.problem == "" {
		w.did.Steps++
		w.step()
	}
	if w.problem != "" {
		return w.did, fmt.Errorf("%s: seed %d, step %d: %s; the way there: %s", p.Ref(), seed, w.did.Steps, w.problem, strings.Join(w.path, ", "))
	}
	return w.did, nil
}

type walker struct {
	p        *Process
	random   *rand.Rand
	openings []situation
	now      time.Time
	did      Walked
	problem  string

	deal    situation
	alarms  []Alarm
	pending *attempt // whose verb is in progress
	books   books
	path    []string
}

func (w *walker) fail(format string, args ...any) {
	if w.problem == "" {
		w.problem = fmt.Sprintf(format, args...)
	}
}

func (w *walker) step() {
	if w.deal.State == "" {
		w.open()
		return
	}
	switch w.random.IntN(8) {
	case 0:
		w.pass()
	case 1:
		w.report()
	case 2, 3:
		w.conclude()
	default:
		w.ask()
	}
	if info, _ := w.p.state(w.deal.State); info.Terminal && w.random.IntN(8) == 0 {
		w.did.Ended++
		w.deal = situation{}
	}
}

// open begins a deal with a price of its own.
func (w *walker) open() {
	w.deal = pick(w, w.openings)
	if !w.p.Deposits {
		price := pick(w, []int64{1, 2, 99, 10_000, 1_000_000_007})
		w.deal.Price = money.New(price, w.deal.Price.Currency())
		w.deal.BuyerFee, w.deal.SellerFee = w.random.Int64N(price+1), w.random.Int64N(price)
		w.deal.Policy.CommissionRule = pick(w, append(pricing.CommissionRules(), ""))
		w.deal.Policy.BuyerFeeRule = pick(w, append(pricing.BuyerFeeRules(), ""))
	}
	w.deal.EnteredAt, w.deal.Deadlines = w.now, shifted(w.deal.Deadlines, w.now)
	if !w.deal.BookingEnd.IsZero() {
		w.deal.BookingEnd = w.now.Add(w.deal.BookingEnd.Sub(time.Unix(0, 0)))
	}
	w.alarms, w.pending, w.books, w.path = nil, nil, books{}, nil
	w.ask()
	if w.deal.State != "" {
		w.did.Deals++
	}
}

// shifted makes deadlines that are told from the epoch ones from now.
func shifted(deadlines map[Deadline]time.Time, now time.Time) map[Deadline]time.Time {
	moved := make(map[Deadline]time.Time, len(deadlines))
	for name, at := range deadlines {
		moved[name] = now.Add(at.Sub(time.Unix(0, 0)))
	}
	return moved
}

func pick[T any](w *walker, from []T) T { return from[w.random.IntN(len(from))] }

// ask lets somebody ask for something, more often something that the state knows.
func (w *walker) ask() {
	r := pick(w, w.p.Rules)
	for range 4 {
		if r.from(w.deal.State) {
			break
		}
		r = pick(w, w.p.Rules)
	}
	actor := pick(w, everybody)
	if actor.Kind == AtGateway {
		return // see report
	}
	if actor.Kind == OfSchedule && slices.ContainsFunc(w.p.Timers, func(t Timer) bool { return t.Then == r.Name }) {
		return // see pass: a timer acts when it is due
	}
	row, _, _ := w.p.rule(r.Name, w.deal.State)
	w.now = w.now.Add(time.Duration(w.random.Int64N(int64(time.Hour))))
	w.try(Command{Transition: r.Name, Actor: actor, Input: w.input(row), AtOnce: w.deal.own})
}

func (w *walker) input(r Rule) map[string]string {
	if len(r.Input) == 0 {
		return nil
	}
	base, others := fine(w.p, r, w.deal.Deal), variations(w.p, r, w.deal.Deal)
	if i := w.random.IntN(1 + len(others)); i > 0 {
		return others[i-1].of(base)
	}
	return base
}

// report lets the gateway tell that something happened there.
func (w *walker) report() {
	observers := w.p.Observers(w.deal.State)
	if w.deal.own || len(observers) == 0 {
		return
	}
	r := pick(w, observers)
	input := map[string]string{}
	if r.takes("price") {
		input["price"] = strconv.FormatInt(w.deal.Deposit+1+w.random.Int64N(10_000), 10)
	}
	if r.takes(TakenBackInput) {
		input = TakenBack(w.random.Int64N(w.deal.Funds.Captured + 2))
	}
	w.try(Command{Transition: r.Name, Actor: Actor{Kind: AtGateway}, Input: input})
}

// pass lets time go on to the next alarm, which then does what it is for.
func (w *walker) pass() {
	if len(w.alarms) == 0 {
		w.now = w.now.Add(Day)
		return
	}
	next := slices.MinFunc(w.alarms, func(a, b Alarm) int { return a.Due.Compare(b.Due) })
	if next.Due.After(w.now) {
		w.now = next.Due
	}
	w.did.Fired++
	t, ok := w.p.Timer(next.Name, w.deal.State)
	switch {
	case !ok:
		w.fail("timer %s is armed in %s", next.Name, w.deal.State)
	case t.Then == "" || w.deal.Operation != "":
		w.rearm(next, w.now.Add(max(t.Repeat, time.Minute)), t.Remind)
	default:
		before := w.did.Refusals
		w.try(Command{Transition: t.Then, Actor: Actor{Kind: OfSchedule}, AtOnce: w.deal.own})
		if w.did.Refusals != before {
			w.fail("timer %s is due in %s and cannot %s", t.Name, w.deal.State, t.Then)
		}
		if w.deal.Operation != "" {
			w.rearm(next, w.now.Add(time.Hour), false)
		}
	}
}

// rearm sets a timer for later, or drops it.
func (w *walker) rearm(a Alarm, due time.Time, drop bool) {
	w.alarms = slices.DeleteFunc(slices.Clone(w.alarms), func(b Alarm) bool { return b.Name == a.Name })
	if !drop {
		w.alarms = append(w.alarms, Alarm{a.Name, due})
	}
}

func (w *walker) try(c Command) {
	d, err := Decide(w.p, w.deal.Deal, c, w.now)
	if err != nil {
		w.did.Refusals++
		if fault.CodeOf(err) == fault.Internal {
			w.fail("%s by %s: %v", c.Transition, c.Actor, err)
		}
		return
	}
	a := attempt{before: w.deal.Deal, command: c, rule: d.Rule, status: Succeeded, step: d.Step}
	if d.Verb == "" {
		w.take(a)
		return
	}
	a.status = ""
	w.take(a)
	w.pending = &a
}

// conclude ends the operation that is in progress, with any outcome.
func (w *walker) conclude() {
	if w.pending == nil {
		w.ask()
		return
	}
	a := *w.pending
	a.status = pick(w, []Status{Succeeded, Succeeded, RequiresAction, Pending, Declined, NotSent, Unknown})
	var err error
	if a.step, err = Conclude(w.p, w.deal.Deal, a.rule, a.command.Input, a.status, w.now); err != nil {
		if a.status != Unknown && !mayLack(a, err) {
			w.fail("%s after %s: %v", a.rule.Name, a.status, err)
		}
		return
	}
	if a.status == Unknown {
		w.fail("an unknown outcome of %s settles something", a.rule.Name)
	}
	w.take(a)
}

// take checks a step and goes it.
func (w *walker) take(a attempt) {
	w.path = append(w.path, fmt.Sprintf("%s by %s (%s) to %s", a.rule.Name, a.command.Actor, a.status, a.step.To))
	info, _ := w.p.state(w.deal.State)
	switch {
	case info.Terminal && !a.rule.afterEnd() && !a.rule.reopens():
		w.fail("%s leaves terminal state %s", a.rule.Name, w.deal.State)
	case a.step.From != w.deal.State || a.step.Entered && !slices.Contains(a.rule.targets(), a.step.To):
		w.fail("%s goes from %q to %s, which is no way of the table", a.rule.Name, a.step.From, a.step.To)
	}
	if why := w.p.breachBy(a); why != "" {
		w.fail("%s", why)
	}
	w.deal.Deal = a.step.Deal
	if a.step.Entered {
		w.alarms = a.step.Arm
	}
	if w.deal.Operation == "" {
		w.pending = nil
	}
	if why := w.p.breach(w.deal.Deal, w.alarms); why != "" {
		w.fail("%s", why)
	}
	if why := w.books.post(a.step, w.deal.Deal); why != "" {
		w.fail("%s", why)
	}
}

// books are an account of the moves alone, beside the funds that the rules keep.
type books struct {
	reserved, escrow, payee, fees, payer, outside int64
	debt, losses, due                             int64
	authorized, captured, refunded                int64 // ever
	paid, back                                    int64 // since escrow was filled last
}

func (b *books) pocket(p Pocket) *int64 {
	return map[Pocket]*int64{
		Reserved: &b.reserved, EscrowPocket: &b.escrow, Payee: &b.payee, GatewayFees: &b.fees, Payer: &b.payer, OutsidePocket: &b.outside,
		PayeeDebt: &b.debt, Losses: &b.losses, DuePayout: &b.due,
	}[p]
}

// post books the moves of a step and compares with what the deal says.
func (b *books) post(s Step, d Deal) string {
	empty := b.escrow == 0
	for _, m := range s.Moves {
		minor := m.Amount.Minor()
		*b.pocket(m.From) -= minor
		*b.pocket(m.To) += minor
		switch {
		case m.To == Reserved:
			b.authorized += minor
		case m.To == EscrowPocket && empty:
			b.paid, b.back = 0, 0
		}
		switch {
		case m.From == EscrowPocket && (m.To == Payee || m.To == DuePayout):
			b.paid += minor
		case m.From == EscrowPocket && m.To == Payer:
			b.back, b.refunded = b.back+minor, b.refunded+minor
		case m.From == GatewayFees && m.To == Payer:
			b.refunded += minor
		case m.From == Reserved && m.To != Payer:
			b.captured += minor
		}
	}
	return b.compare(d)
}

func (b *books) compare(d Deal) string {
	f := d.Funds
	switch {
	case b.reserved != f.Authorized || b.escrow != f.Held || b.payee+b.due+f.Withheld+max(b.outside+f.Recovered-f.Withheld+f.PayeeDue, 0) != f.Released || b.due != f.PayoutDue || b.fees != f.Fees || b.refunded != f.Refunded:
		return fmt.Sprintf("the moves add up to %+v, the deal has %+v", *b, f)
	case -b.debt != f.Owed()-f.PayeeDue || -b.losses != f.Lost:
		return fmt.Sprintf("the moves leave a debt of %d and a loss of %d, the deal has %+v", -b.debt, -b.losses, f)
	case f.Recovered+f.PayeeDue > 0 && b.outside != f.Withheld-f.Recovered-f.PayeeDue:
		return fmt.Sprintf("the payee has paid back %d, the deal has %+v", -b.outside, f)
	case b.reserved < 0 || b.escrow < 0 || b.payee < 0 || b.due < 0 || b.fees < 0:
		return fmt.Sprintf("something is below zero: %+v", *b)
	case b.captured > b.authorized || f.Refunded > f.Captured:
		return fmt.Sprintf("more was taken than reserved, or given back than taken: %+v", *b)
	case b.paid > 0 && b.back > 0 && !d.Has(FactSplit) && !d.Has(FactRefundedInPart):
		return fmt.Sprintf("the same money was released and refunded: %+v", *b)
	}
	return ""
}
