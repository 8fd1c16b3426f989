package gatewaytest

import (
	"context"
	"slices"
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// check is one of the suite's, in an account of its own.
type check struct {
	name string
	run  func(t testing.TB, c Config)
}

// checksOf are all that a gateway with such verbs has to pass.
func checksOf(c Config) []check {
	var all []check
	for _, v := range c.Verbs {
		all = append(all, checksOfVerb(v)...)
	}
	add := func(name string, run func(t testing.TB, c Config)) { all = append(all, check{name, run}) }
	for _, price := range c.Prices {
		add("price/"+string(price.Currency()), func(t testing.TB, c Config) { inCurrency(t, c, price) })
	}
	if slices.Contains(c.Verbs, process.Refund) && !c.RefundsWhole {
		add("parts", parts)
	}
	if slices.Contains(c.Verbs, process.Void) {
		add("overtaken/void", func(t testing.TB, c Config) { overtaken(newBench(t, c).deal(), c.taking(), process.Void) })
	}
	if slices.Contains(c.Verbs, process.Capture) {
		add("overtaken/capture", func(t testing.TB, c Config) { overtaken(newBench(t, c).deal(), process.Void, process.Capture) })
		add("lapsed", lapsed)
	}
	if len(c.Verbs) > 0 {
		all = append(all, reading()...)
		all = append(all, afterwards(c)...)
	}
	add("printed", printed)
	add("other_verbs", otherVerbs)
	add("unknown_payment", unknownPayment)
	add("payees", payees)
	return all
}

// checksOfVerb are those about one verb.
func checksOfVerb(v process.Verb) []check {
	var all []check
	add := func(name string, run func(t testing.TB, c Config)) {
		all = append(all, check{name + "/" + string(v), run})
	}
	about := func(name string, run func(d *deal, v process.Verb)) {
		add(name, func(t testing.TB, c Config) { run(newBench(t, c).deal(), v) })
	}
	about("does", does)
	about("shown", shown)
	about("over", over)
	about("no_payment", noPayment)
	about("repeated", repeated)
	about("at_once", atOnce)
	for _, kind := range mishaps {
		add(kind.name, func(t testing.TB, c Config) { doubt(t, c, v, kind.mishap) })
	}
	switch v {
	case process.Authorize, process.Charge:
		about("found", found)
		about("not_taken", notTaken)
		about("refused", refused)
		about("card_number", cardNumber)
	case process.Capture:
		about("too_much", tooMuch)
	case process.Refund:
		about("too_much", tooMuch)
		about("too_early", tooEarly)
	case process.Transfer:
		about("too_early", tooEarly)
	}
	return all
}

// reading are those about what only reads, with many deals and with mishaps.
func reading() []check {
	all := []check{{"many", many}, {"listed", listed}}
	for _, kind := range mishaps {
		if kind.mishap.repeats() {
			continue
		}
		all = append(all,
			check{kind.name + "/look", func(t testing.TB, c Config) { lookInTrouble(t, c, kind.mishap) }},
			check{kind.name + "/payees", func(t testing.TB, c Config) { payeesInTrouble(t, c, kind.mishap) }},
			check{kind.name + "/statement", func(t testing.TB, c Config) { statementInTrouble(t, c, kind.mishap) }})
	}
	return all
}

// happened wants the effects of verbs since a count, and no others.
func (d *deal) happened(since map[process.Verb][]int64, ops ...orchestrator.Operation) {
	d.Helper()
	d.wire.deliver()
	if d.Settle != nil {
		d.Settle(d)
	}
	want := map[process.Verb][]int64{}
	for _, op := range ops {
		for _, v := range d.effectsOf(op.Verb) {
			want[v] = append(want[v], op.Amount.Minor())
		}
	}
	now := d.effects()
	for _, v := range every {
		got := now[v][min(len(since[v]), len(now[v])):]
		if len(got) != len(want[v]) {
			d.Errorf("%s happened %d times, want %d", v, len(got), len(want[v]))
			continue
		}
		slices.Sort(got)
		slices.Sort(want[v])
		for i := range got {
			if got[i] != 0 && want[v][i] != 0 && got[i] != want[v][i] {
				d.Errorf("%s moved %d, want %d", v, got[i], want[v][i])
			}
		}
	}
}

func (d *deal) effectsOf(v process.Verb) []process.Verb {
	if other, told := d.Config.Effects[v]; told {
		return other
	}
	return []process.Verb{v}
}

// does: the verb succeeds, and happens once.
func does(d *deal, v process.Verb) {
	d.reach(v)
	was := d.effects()
	op := d.operation(v)
	d.conclude(op, d.perform(d.Context(), op))
	d.happened(was, op)
}

// shown: a look at the payment shows the verb, the sums and the price, before and after.
func shown(d *deal, v process.Verb) {
	d.reach(v)
	op := d.operation(v)
	if d.tx.PaymentID != "" && d.shows(op, d.look(d.ref())) {
		d.Fatalf("a look shows %s before it is done", v)
	}
	d.conclude(op, d.perform(d.Context(), op))
	ref := d.ref()
	ref.Booked = &op.Transaction.Funds // as they are while the outcome is in doubt
	if s := d.look(ref); !d.shows(op, s) {
		d.Errorf("a look does not show %s: %v, %+v", v, s.Facts, s.Totals)
	}
	d.agrees(d.look(d.ref()))
}

// agrees holds a look against the books.
func (d *deal) agrees(s orchestrator.Snapshot) {
	d.Helper()
	f := d.tx.Funds
	if _, own := d.Gateway.(orchestrator.Stateful); !own && s.Totals == nil && f.Captured > 0 {
		d.Errorf("a look tells no sums")
	}
	if t := s.Totals; t != nil && (t.Captured != f.Captured || t.Refunded != f.Refunded || t.Released != f.Released) {
		d.Errorf("a look shows %+v, the books say %+v", *t, f)
	}
	if s.Price.Minor() != 0 && d.tx.Deposit == 0 && s.Price != d.Price {
		d.Errorf("a look shows a price of %s, agreed are %s", s.Price, d.Price)
	}
	if s.RedirectURL != "" && f.Captured+f.Authorized > 0 && d.tx.Deposit == 0 {
		d.Errorf("it is paid, and a look still leads the payer to a page")
	}
}

// over: an operation whose deadline is over is not sent.
func over(d *deal, v process.Verb) {
	d.reach(v)
	op := d.operation(v)
	was, sent := d.effects(), d.wire.requests()
	ctx, cancel := context.WithCancel(d.Context())
	cancel()
	out := d.perform(ctx, op)
	switch out.Status {
	case process.NotSent, process.Unknown:
		d.happened(was)
	case process.Succeeded:
		d.conclude(op, out)
		d.happened(was, op)
	default:
		d.Errorf("past its deadline: %s %s (%v)", out.Status, out.Code, out.Err)
	}
	if n := d.wire.requests() - sent; n != 0 {
		d.Errorf("past its deadline %d requests were sent", n)
	}
}

// noPayment: what is asked of no payment, or of one that there is not, moves nothing.
func noPayment(d *deal, v process.Verb) {
	if opens(v) {
		op := d.operation(v)
		op.Transaction.PaymentID = ""
		d.conclude(op, d.perform(d.Context(), op))
		return
	}
	d.reach(v)
	was := d.effects()
	for _, id := range []string{"", d.Unknown, "../x"} {
		op := d.operation(v)
		op.Transaction.PaymentID, op.Seen = id, orchestrator.Snapshot{}
		if out := d.perform(d.Context(), op); out.Status != process.NotSent && out.Status != process.Declined {
			d.Errorf("%s of payment %q: %s %s (%v)", v, id, out.Status, out.Code, out.Err)
		}
	}
	d.happened(was)
}

// otherVerbs: what the gateway does not have is not sent.
func otherVerbs(t testing.TB, c Config) {
	d := newBench(t, c).deal()
	if len(c.Verbs) > 0 {
		d.opened()
	}
	was := d.effects()
	for _, v := range every {
		if slices.Contains(c.Verbs, v) {
			continue
		}
		op := d.operation(v)
		if opens(v) {
			op.Transaction.PaymentID = ""
		}
		if out := d.perform(d.Context(), op); out.Status != process.NotSent {
			d.Errorf("%s: %s %s (%v)", v, out.Status, out.Code, out.Err)
		}
	}
	d.happened(was)
}

// notTaken: an amount that the gateway does not take is refused before anything is sent, and moves
// nothing where it is sent nevertheless.
func notTaken(first *deal, v process.Verb) {
	b := first.bench
	limited, ok := b.Gateway.(orchestrator.Limited)
	if !ok {
		b.Fatalf("the gateway is not Limited: it takes every amount")
	}
	if err := limited.Takes(v, b.deal().operation(v).Amount); err != nil {
		b.Errorf("Takes refuses the price: %v", err)
	}
	was := b.effects()
	for _, a := range b.wrongAmounts() {
		err := limited.Takes(v, a)
		if err == nil || fault.ReasonOf(err) != "amount_not_supported" {
			b.Errorf("Takes(%s) is %v, want amount_not_supported", a, err)
		}
		d := b.deal()
		op := d.operation(v)
		op.Amount, op.Transaction.Price, op.Transaction.BuyerFee = a, a, 0
		op.Transaction.Lines[0].Unit, op.Transaction.Lines[0].Amount = a, a
		op.Transaction.Lines = op.Transaction.Lines[:1]
		if out := d.perform(d.Context(), op); out.Status != process.NotSent && out.Status != process.Declined {
			b.Errorf("%s of %s: %s %s (%v)", v, a, out.Status, out.Code, out.Err)
		}
	}
	b.deal().happened(was)
}

// wrongAmounts are what the gateway does not take.
func (c Config) wrongAmounts() []money.Amount {
	return append([]money.Amount{money.New(0, c.Price.Currency()), money.New(-c.Price.Minor(), c.Price.Currency())}, c.NotTaken...)
}
