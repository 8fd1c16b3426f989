package gatewaytest

import (
	"testing"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// refused: what the payer's bank refuses moves nothing, and the payer can try again under another key.
func refused(d *deal, v process.Verb) {
	was := d.effects()
	op := d.operation(v)
	if d.Refused == nil {
		d.refusedOnPage(op, was)
		return
	}
	op.Input = d.Refused
	out := d.perform(d.Context(), op)
	if out.Status != process.Declined {
		d.Errorf("a refused payment is %s %s (%v)", out.Status, out.Code, out.Err)
	}
	d.happened(was)
	d.holdsNothing(op, d.byReference(op))
	op.Generation, op.Input = 1, d.Input(v) // the engine may go on under another key of the same operation
	again := d.perform(d.Context(), op)
	d.conclude(op, again)
	d.happened(was, op)
}

// refusedOnPage is the same where the payer pays on the gateway's page.
func (d *deal) refusedOnPage(op orchestrator.Operation, was map[process.Verb][]int64) {
	d.Helper()
	if d.Refuse == nil {
		d.Fatalf("neither Account.Refused nor Account.Refuse: no payer's bank can refuse")
	}
	out := d.perform(d.Context(), op)
	d.keep(op, out.Snapshot)
	d.Refuse(d, d.tx.PaymentID)
	d.happened(was)
	ref := d.ref()
	ref.Awaited = true
	d.holdsNothing(op, ref)
	next := d.bench.deal()
	op = next.operation(op.Verb)
	next.conclude(op, next.perform(d.Context(), op))
	next.happened(was, op)
}

// holdsNothing wants a look at a payment that was refused to show no money.
func (d *deal) holdsNothing(op orchestrator.Operation, ref orchestrator.PaymentRef) {
	d.Helper()
	s := d.look(ref)
	if d.shows(op, s) {
		if _, voided := s.Facts[process.FactVoided]; !voided {
			d.Errorf("it was refused, and a look shows %v", s.Facts)
		}
	}
	if s.Totals != nil && s.Totals.Captured != 0 {
		d.Errorf("it was refused, and a look shows %d captured", s.Totals.Captured)
	}
}

// cardNumber: the number of a card never leaves the machine, and stands in no error.
func cardNumber(d *deal, v process.Verb) {
	const card = "4242424242424242"
	d.Secrets = append([]string{card}, d.Secrets...)
	op := d.operation(v)
	op.Input["payment_method"] = card
	d.perform(d.Context(), op)
	if d.wire.has(card) {
		d.Errorf("the number of a card was sent")
	}
}

// tooMuch: more than there is cannot be moved.
func tooMuch(d *deal, v process.Verb) {
	d.reach(v)
	was := d.effects()
	op := d.operation(v)
	op.Amount = money.New(op.Amount.Minor()+100, op.Amount.Currency())
	out := d.perform(d.Context(), op)
	if out.Status != process.Declined {
		d.Errorf("%s of %s: %s %s (%v)", v, op.Amount, out.Status, out.Code, out.Err)
	}
	d.happened(was)
	if s := d.look(d.ref()); d.shows(op, s) {
		d.Errorf("it was refused, and a look shows %v, %+v", s.Facts, s.Totals)
	}
	d.agrees(d.look(d.ref()))
}

// overtaken: what another step has made impossible is refused, though our books do not know of that step yet.
func overtaken(d *deal, by, v process.Verb) {
	d.reach(by)
	books := d.tx
	op := d.operation(by)
	d.conclude(op, d.perform(d.Context(), op))
	was := d.effects()
	books.PaymentID = d.tx.PaymentID
	d.tx = books
	if out := d.perform(d.Context(), d.operation(v)); out.Status != process.Declined {
		d.Errorf("%s after %s: %s %s (%v)", v, by, out.Status, out.Code, out.Err)
	}
	d.happened(was)
}

// tooEarly: money that was not taken cannot leave, whether a look has just shown that or not.
func tooEarly(d *deal, v process.Verb) {
	op := d.operation(d.opening())
	if op.Verb == process.Charge && d.Pay == nil {
		d.Fatalf("a charge takes the money at once")
	}
	d.keep(op, d.perform(d.Context(), op).Snapshot)
	was := d.effects()
	for _, seen := range []orchestrator.Snapshot{{}, d.look(d.ref())} {
		op := d.operation(v)
		op.Amount, op.Seen = d.Price, seen
		if out := d.perform(d.Context(), op); out.Status != process.NotSent && out.Status != process.Declined {
			d.Errorf("%s of what was not taken: %s %s (%v)", v, out.Status, out.Code, out.Err)
		}
	}
	d.happened(was)
}

// parts: a payment goes back in two parts, and a third one is refused.
func parts(t testing.TB, c Config) {
	d := newBench(t, c).deal()
	d.reach(process.Refund)
	was := d.effects()
	half := d.tx.Funds.Held / 2
	var done []orchestrator.Operation
	for _, n := range []int64{half, d.tx.Funds.Held - half} {
		op := d.operation(process.Refund)
		op.Amount, op.Whole = money.New(n, d.Price.Currency()), n == d.tx.Funds.Held
		d.conclude(op, d.perform(d.Context(), op))
		if d.Settle != nil {
			d.Settle(d)
		}
		d.agrees(d.look(d.ref()))
		done = append(done, op)
	}
	op := d.operation(process.Refund)
	op.Amount = money.New(half, d.Price.Currency())
	if out := d.perform(d.Context(), op); out.Status != process.Declined {
		d.Errorf("a refund of what has gone back: %s %s (%v)", out.Status, out.Code, out.Err)
	}
	d.happened(was, done...)
}

// lapsed: a hold that is over cannot be captured, and a look says so.
func lapsed(t testing.TB, c Config) {
	d := newBench(t, c).deal()
	if c.HoldLasts == 0 || d.Advance == nil {
		d.Fatalf("neither Config.HoldLasts nor Account.Advance: it is not known when a hold is over")
	}
	d.reach(process.Capture)
	was := d.effects()
	d.Advance(d, c.HoldLasts+time.Hour)
	op := d.operation(process.Capture)
	if out := d.perform(d.Context(), op); out.Status != process.Declined || out.Code != "hold_expired" {
		d.Errorf("a capture of a hold that is over: %s %s (%v), want hold_expired", out.Status, out.Code, out.Err)
	}
	s := d.look(d.ref())
	if _, voided := s.Facts[process.FactVoided]; !voided || d.shows(op, s) {
		d.Errorf("the hold is over, and a look shows %v", s.Facts)
	}
	delete(was, process.Void)
	now := d.effects()
	if len(now[process.Capture]) != len(was[process.Capture]) {
		d.Errorf("the hold was over, and money was taken")
	}
}

// unknownPayment: what there is not is not found, which is no error.
func unknownPayment(t testing.TB, c Config) {
	d := newBench(t, c).deal()
	op := d.operation(c.opening())
	foreign := d.byReference(op)
	for _, text := range []string{"nobodys", op.Reference()} {
		foreign.Reference = text
		if s := d.look(foreign); s.Found {
			d.Errorf("reference %q finds %s before anything is made", text, s.PaymentID)
		}
	}
	if len(c.Verbs) > 0 {
		d.conclude(op, d.perform(d.Context(), op))
	}
	for _, text := range []string{"nobodys", op.Reference()[:len(op.Reference())-1], op.Reference() + "x"} {
		foreign.Reference = text
		if s := d.look(foreign); s.Found {
			d.Errorf("reference %q finds %s, which bears %q", text, s.PaymentID, op.Reference())
		}
	}
	ref := d.ref()
	ref.PaymentID = c.Unknown
	if c.Unknown == "" {
		d.Errorf("Config.Unknown is missing")
	} else if s := d.look(ref); s.Found {
		d.Errorf("payment %q is found", c.Unknown)
	}
	for _, id := range []string{"../x", "a b", "?", "%2e%2e"} {
		ref.PaymentID = id
		s, err := d.Gateway.Lookup(d.Context(), ref)
		d.silent(err)
		if s.Found {
			d.Errorf("payment %q is found: %s", id, s.PaymentID)
		}
	}
}

// found: a payment is found by the reference that was sent along with it, whoever asks first.
func found(others *deal, v process.Verb) {
	b := others.bench
	other := others.operation(v)
	others.perform(b.Context(), other)
	d := b.deal()
	op := d.operation(v)
	out := d.perform(b.Context(), op)
	s := d.look(d.byReference(op))
	if !s.Found || s.PaymentID != out.Snapshot.PaymentID {
		d.Fatalf("reference %q finds %q, want payment %q", op.Reference(), s.PaymentID, out.Snapshot.PaymentID)
	}
	borne := false
	for _, r := range s.References {
		borne = borne || r.Text == op.Reference()
	}
	if !borne {
		d.Errorf("the payment does not bear the reference %q: %v", op.Reference(), s.References)
	}
}

// payees: who can be paid, can, and a look at who cannot is no error.
func payees(t testing.TB, c Config) {
	b := newBench(t, c)
	if ok, err := b.Gateway.CanReceive(b.Context(), 501, c.seller()); err != nil || !ok {
		b.Errorf("CanReceive(%s): %v, %v", c.seller(), ok, err)
	}
	if c.Stranger == "" {
		b.Fatalf("Config.Stranger is missing: everybody can be paid")
	}
	if ok, err := b.Gateway.CanReceive(b.Context(), 501, c.Stranger); err != nil || ok {
		b.Errorf("CanReceive(%s): %v, %v", c.Stranger, ok, err)
	}
}
