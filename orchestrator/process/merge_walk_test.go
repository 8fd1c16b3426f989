package process

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/money"
)

// Merged is what was seen of a process's payments.
type Merged struct {
	Looks int            // that were merged to their end
	Rows  map[string]int // how often which row of the table was the one
}

// MergeRows are the names of all rows of the table, in order.
func MergeRows() []string {
	names := make([]string, len(merges))
	for i, r := range merges {
		names[i] = r.name
	}
	return names
}

// Reached are the deals of a process at which a gateway may show anything, each once.
type Reached struct {
	p     *Process
	deals []Deal
	told  *retold
}

// ExploreKeeping is Explore, and keeps the deals that Merge looks at, so that a process is
// explored once for both.
func ExploreKeeping(p *Process) (Report, Reached, error) {
	x, kept, seen := newExplorer(p), Reached{p: p, told: newRetold(p)}, map[shape]bool{}
	x.each = func(s situation) {
		kept.told.see(s)
		if s.own || s.State == "" || s.MarketplacePays { // who pays the payee shows in no look
			return
		}
		// What shows is the same whatever was booked in time and announced.
		s.BookingEnd, s.Deadlines = time.Time{}, nil
		if key := shapeOf(s); !seen[key] {
			seen[key] = true
			kept.deals = append(kept.deals, s.Deal)
		}
	}
	report, err := x.all()
	return report, kept, err
}

// Merge merges whatever a gateway may show of every so many of the deals that the explorer
// reached: every set of facts, with sums as our books say, more and less. It returns the first
// look after which money is booked twice, or backwards, or that has no end.
func (r Reached) Merge(every int) (Merged, error) {
	m := &merger{p: r.p, now: time.Unix(0, 0).UTC().Add(time.Hour), did: Merged{Rows: map[string]int{}}}
	for i := 0; i < len(r.deals); i += every {
		if m.try(r.deals[i]); m.problem != nil {
			break
		}
	}
	return m.did, m.problem
}

type merger struct {
	p       *Process
	now     time.Time
	did     Merged
	merging merging // of the look that is merged now
	problem error
}

// try merges all that a gateway may show of a deal.
func (m *merger) try(d Deal) {
	for _, o := range m.operations(d) {
		reported := m.reported(d, o)
		for set := range 1 << len(reported) {
			shown := Payment{Found: true, Price: d.Price, Deposit: d.Deposit, Facts: map[Fact]time.Time{}}
			for i, f := range reported {
				if set&(1<<i) != 0 {
					shown.Facts[f] = m.now
				}
			}
			if !m.together(shown.Facts) {
				continue
			}
			if _, priced := shown.Facts[FactPriced]; priced && d.Price.IsZero() {
				shown.Price = money.New(20_000, d.Price.Currency())
			}
			m.sums(d, o, shown, set == 0 || set == 1<<len(reported)-1)
		}
	}
}

// operations are what may be in progress in a deal: nothing, or what it waits for, whose
// outcome is open or was just settled.
func (m *merger) operations(d Deal) []*Operation {
	if d.Operation == "" {
		return []*Operation{nil}
	}
	r, found, _ := m.p.rule(d.Operation, d.State)
	o := Operation{Transition: d.Operation, From: d.State, Verb: r.Verb, Open: true}
	if !found {
		r, _, _ = m.p.rule(d.Operation, "")
		o.From, o.Verb = "", r.Verb
	}
	o.Input = fine(m.p, r, d)
	settled := o
	settled.Open = false
	return []*Operation{&o, &settled}
}

// reported are the facts that matter from a state on: those that lead anywhere, and the
// one that the operation works for. What is read off the sums is no fact of a gateway.
func (m *merger) reported(d Deal, o *Operation) []Fact {
	states, facts := []State{d.State}, map[Fact]bool{}
	for i := 0; i < len(states); i++ {
		for _, r := range m.p.Observers(states[i]) {
			if r.afterEnd() {
				continue
			}
			facts[r.Observe] = true
			if !slices.Contains(states, r.To) {
				states = append(states, r.To)
			}
		}
	}
	if o != nil {
		if r, ok := m.p.Rule(o.Transition, o.From); ok {
			facts[r.Observe] = true
		}
	}
	return slices.Sorted(maps.Keys(facts))
}

// together reports whether a gateway shows all of some facts at once: not one beside
// another that it ends.
func (m *merger) together(facts map[Fact]time.Time) bool {
	for _, r := range m.p.Rules {
		if _, shown := facts[r.Observe]; !shown {
			continue
		}
		for _, f := range r.Forgets {
			if _, both := facts[f]; both && f != r.Observe {
				return false
			}
		}
	}
	return true
}

// sums merges a look with whatever sums may be beside it. Where it is worth it, the rest of
// what a gateway may show is varied as well.
func (m *merger) sums(d Deal, o *Operation, shown Payment, vary bool) {
	look := Look{Deal: d, Payment: shown, Operation: o, Now: m.now}
	end := m.walk(look)
	honest := totalsOf(end)
	if m.p.Deposits && !vary {
		return // a gateway that takes a deal's money in two parts tells no sums
	}
	for t, exact := range totals(vary, end, d, m.success(d, o)) {
		look.Payment.Totals = &t
		after := m.walk(look)
		if t == honest && after.Attention != end.Attention && !m.p.Deposits {
			m.fail(look, "honest sums leave %q", after.Attention)
		}
		if vary {
			m.onHold(look)
		}
		if vary && exact {
			m.vary(look)
		}
	}
	look.Payment.Totals = nil
	if vary {
		m.onHold(look)
		m.vary(look)
		m.otherCapture(look, end)
	}
}

// otherCapture merges a look that tells alone what was captured, and less than a capture books:
// nothing may be booked, on hold or not.
func (m *merger) otherCapture(look Look, end Deal) {
	if m.p.Deposits || look.Deal.Funds.Captured > 0 || end.Funds.Captured == 0 {
		return
	}
	less := end.Funds.Captured - 1
	look.Payment.Taken = &less
	for _, why := range []Attention{{}, {BooksDiffer, "x"}} {
		look.Deal.Attention = why.String()
		if after := m.walk(look); after.Funds.Captured > 0 {
			m.fail(look, "a capture of %d is booked as %d", less, after.Funds.Captured)
		}
	}
}

// onHold merges a look at a deal that is on hold, for whatever reason.
func (m *merger) onHold(look Look) {
	for _, why := range []Attention{{PriceDiffers, "x"}, {BooksDiffer, "x"}, {BooksCorrupt, "x"}, {OfAnother, "x"}, {}} {
		look.Deal.Attention = why.String()
		m.walk(look)
	}
}

// vary changes one thing of a look after the other.
func (m *merger) vary(look Look) {
	kept, d := int64(7), look.Deal
	for _, change := range []func(*Look){
		func(l *Look) { l.Late = true },
		func(l *Look) { l.Payment.Kept = &kept },
		func(l *Look) {
			l.Payment.Fees = &Fees{Buyer: d.BuyerFee + 1, Seller: d.SellerFee + 1, Deposit: d.DepositFee + 1}
		},
		func(l *Look) { l.Payment.Price = money.New(l.Payment.Price.Minor()+1, l.Payment.Price.Currency()) },
		func(l *Look) { l.Payment.Deposit++ },
		func(l *Look) { l.Payment.Found, l.Payment.Facts = false, nil },
	} {
		other := look
		change(&other)
		m.walk(other)
		m.onHold(other)
	}
}

// success is the deal after the operation, or as it is.
func (m *merger) success(d Deal, o *Operation) Deal {
	if o == nil {
		return d
	}
	if step, err := m.p.Success(d, *o, m.now); err == nil {
		return step.Deal
	}
	return d
}

func totalsOf(d Deal) Totals {
	f := d.Funds
	return Totals{Captured: f.Captured, Refunded: f.Refunded + f.ChargedBack, Released: f.Released, ByBank: f.ChargedBack}
}

// totals are sums as the books say when all is merged, now, and when the operation has
// succeeded, which are exact; and with more or less, a little or, where all is tried, much.
func totals(much bool, deals ...Deal) map[Totals]bool {
	all := map[Totals]bool{}
	for _, d := range deals {
		all[totalsOf(d)] = true
	}
	if !much {
		deals = deals[:1]
	}
	for _, d := range deals {
		offs := []int64{-1, 1}
		if much {
			offs = append(offs, -d.Funds.ChargedBack, d.Funds.Captured)
		}
		for _, off := range offs {
			for _, change := range []func(*Totals){
				func(t *Totals) { t.Captured += off },
				func(t *Totals) { t.Refunded += off },
				func(t *Totals) { t.Refunded, t.ByBank = t.Refunded+off, t.ByBank+off },
				func(t *Totals) { t.Released += off },
				func(t *Totals) { t.Disputed += off },
			} {
				t := totalsOf(d)
				if change(&t); min(t.Captured, t.Refunded, t.Released, t.Disputed, t.ByBank) >= 0 && !all[t] {
					all[t] = false
				}
			}
		}
	}
	return all
}

// walk merges a look to its end, as an engine does, and then once more.
func (m *merger) walk(look Look) Deal {
	if m.problem != nil {
		return look.Deal
	}
	m.did.Looks++
	first := look
	for range 2 * len(m.p.States) {
		next, err := m.merge(look)
		m.did.Rows[next.Row]++
		before := look
		if more := m.carryOut(&look, next, err); !more {
			m.again(first, look, next)
			return look.Deal
		}
		if why := backwards(m.p, before, look, next); why != "" {
			m.fail(first, "%s: %s", next.Row, why)
			return look.Deal
		}
	}
	m.fail(first, "it has no end")
	return look.Deal
}

// merge is Merge, which a million times over needs no new memory.
func (m *merger) merge(look Look) (Next, error) {
	m.merging = merging{Look: look, p: m.p}
	return m.merging.next()
}

// carryOut does what an engine does. It reports whether there may be more to do.
func (m *merger) carryOut(look *Look, next Next, err error) (more bool) {
	d, step := look.Deal, next.Step
	switch {
	case err != nil:
		if next.Row != "the rules do not know it here" {
			m.fail(*look, "%s: %v", next.Row, err)
		}
		return false
	case next.Act == Rest || next.Act == Await || next.Act == LookAgain:
		return false
	case next.Act == Finish:
		rule, _ := m.p.Rule(look.Operation.Transition, look.Operation.From)
		if !m.p.Happened(d, *look.Operation, look.Payment, look.Now) {
			m.fail(*look, "%s: nothing shows that %s was carried out", next.Row, look.Operation.Verb)
		}
		learned := d.Learn(look.Payment)
		if step, err = Conclude(m.p, learned, rule, look.Operation.Input, Succeeded, look.Now); err != nil {
			return false
		}
		m.check(*look, attempt{before: learned, command: Command{Actor: Actor{Kind: Staff, ID: "op"}, Input: look.Operation.Input}, rule: rule, step: step, status: Succeeded})
		look.Deal, look.Operation = step.Deal, nil
		return true
	case next.Act == Take || next.Act == BookBack:
		rule, _ := m.p.Rule(step.Transition, d.State)
		m.check(*look, attempt{before: d.Learn(look.Payment), command: Command{Actor: Actor{Kind: AtGateway}}, rule: rule, step: step, status: Succeeded})
	default:
		m.checkStaying(*look, next)
	}
	if next.Ends {
		look.Operation = nil
	}
	if kept := look.Payment.Kept; kept != nil && (next.Act == Take || next.Act == BookBack || next.Act == BookFees) {
		look.Kept = *kept
	}
	look.Deal = step.Deal
	return next.Act != PutOnHold && next.Act != LetGo
}

// check holds a step against the promises about deals.
func (m *merger) check(look Look, a attempt) {
	if why := m.p.breachBy(a); why != "" {
		m.fail(look, "%s", why)
	}
	if why := m.p.breach(a.step.Deal, m.p.alarms(a.step.Deal)); why != "" {
		m.fail(look, "%s", why)
	}
}

// checkStaying holds a step that leaves a deal where it is against what it may do.
func (m *merger) checkStaying(look Look, next Next) {
	d, step := look.Deal, next.Step
	if step.Moves != nil || step.To != d.State || step.Deal.Funds != d.Funds {
		m.fail(look, "%s moves money", next.Row)
	}
	why, t := AttentionOf(d.Attention), look.Payment.Totals
	switch {
	case look.Late && (next.Act == PutOnHold || next.Act == LetGo):
		m.fail(look, "%s: decided by a look that may be older than the deal", next.Row)
	case next.Act == PutOnHold && (AttentionOf(step.Deal.Attention) != next.Attention || next.Attention.Reason == OfAnother):
		m.fail(look, "%s: %q is not read as %+v", next.Row, step.Deal.Attention, next.Attention)
	case next.Act != LetGo:
	case why.Reason == BooksCorrupt, why.Reason == BooksDiffer && t == nil, d.PriceDiffers(look.Payment).Needed():
		m.fail(look, "%s: it is let go, and what holds it is not over", next.Row)
	case look.Operation == nil && !look.Late && d.SumsDiffer(t).Needed():
		m.fail(look, "%s: it is let go, and the sums differ", next.Row)
	}
}

// again merges the same look with what it led to: nothing more is moved, and the deal is
// only on hold for what holds it.
func (m *merger) again(first, end Look, last Next) {
	next := last
	if last.Act != Rest && last.Act != Await && last.Act != LookAgain { // these leave a look as it was: it was just merged
		next, _ = m.merge(end)
	}
	switch next.Act {
	case Rest, Await, LookAgain, LetGo, PutOnHold:
	default:
		m.fail(first, "it ended with %q, and then there is %q", last.Row, next.Row)
	}
	if f := next.Step.Deal.Funds; next.Act == PutOnHold && f != end.Deal.Funds {
		m.fail(first, "the second time %q moves money", next.Row)
	}
}

// backwards says what a step takes back that was so.
func backwards(p *Process, before, after Look, next Next) string {
	was, is := before.Deal.Funds, after.Deal.Funds
	if is.Captured < was.Captured || is.Released < was.Released || is.Refunded < was.Refunded {
		return fmt.Sprintf("%+v after %+v", is, was)
	}
	if t := before.Payment.Totals; next.Act == Take && t != nil && is.Captured != was.Captured && is.Captured != t.Captured {
		return fmt.Sprintf("%d were captured there, and %d are booked", t.Captured, is.Captured)
	}
	rule, _ := p.Rule(next.Step.Transition, before.Deal.State)
	for f := range before.Deal.Facts {
		if !after.Deal.Has(f) && !slices.Contains(rule.Forgets, f) {
			return fmt.Sprintf("the fact %s is forgotten", f)
		}
	}
	if next.Act != Take {
		return ""
	}
	if o := before.Operation; o != nil && o.Open && o.Verb.PaysOut() {
		return fmt.Sprintf("it is believed while %s may have been carried out", o.Verb)
	}
	if why := after.Deal.PriceDiffers(before.Payment); why.Needed() {
		return why.String()
	}
	return ""
}

func (m *merger) fail(look Look, format string, args ...any) {
	if m.problem != nil {
		return
	}
	facts := strings.Join(slices.Sorted(func(yield func(string) bool) {
		for f := range look.Payment.Facts {
			if !yield(string(f)) {
				return
			}
		}
	}), " ")
	doing := "nothing"
	if look.Operation != nil {
		doing = string(look.Operation.Transition) + ", open " + strconv.FormatBool(look.Operation.Open)
	}
	m.problem = fmt.Errorf("%s: %s (%s, %q, %+v) at a gateway that shows [%s] and %+v: %s", m.p.Ref(), look.Deal.State, doing, look.Deal.Attention, look.Deal.Funds,
		facts, look.Payment.Totals, fmt.Sprintf(format, args...))
}
