package gatewaytest

import (
	"context"
	"sync"
	"testing"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// mishaps are what every request of every verb goes through, each in turn.
var mishaps = []struct {
	name string
	mishap
}{
	{"unreachable", unreachable}, {"lost", lost}, {"lost_answer", lostAnswer}, {"cut_answer", cutAnswer}, {"garbage", garbage},
	{"server_error", serverError}, {"unavailable", unavailable}, {"busy", busy}, {"missing", missing}, {"redirected", redirected}, {"late", late}, {"delayed", delayed}, {"twice", twice}, {"outage", outage},
}

// doubt: whatever befalls a request of an operation, its outcome is true or unknown, and what the
// engine does then has it happen once.
func doubt(t testing.TB, c Config, v process.Verb, m mishap) {
	for number := 0; ; number++ {
		if !befall(newBench(t, c).deal(), v, m, number) {
			if number == 0 && len(newBench(t, c).deal().effectsOf(v)) > 0 {
				t.Errorf("%s sends nothing through the transport of the suite", v)
			}
			return
		}
	}
}

// befall plays an operation whose request of a number suffers a mishap; false: it sends fewer.
func befall(d *deal, v process.Verb, m mishap, number int) bool {
	op := d.ready(v)
	was := d.effects()
	ctx, cancel := context.WithCancel(d.Context())
	defer cancel()
	d.wire.strike(m, number, cancel)
	out := d.perform(ctx, op)
	if !d.wire.calm() {
		return false
	}
	switch {
	case out.Status == process.Declined:
		d.Errorf("request %d: %s %s (%v) of what is not known", number, out.Status, out.Code, out.Err)
	case out.Status == process.NotSent && m.arrives() && !m.repeats() && number == 0 && d.moved(was, v):
		d.Errorf("request %d: %s %s, but it happened (%v)", number, out.Status, out.Code, out.Err)
	case m.lasts() && number == 0 && out.Status != process.NotSent && out.Status != process.Unknown:
		d.Errorf("request %d: %s, but nothing arrived", number, out.Status)
	}
	d.recover(op, out, was)
	return true
}

// ready brings the deal to where a verb can be carried out. What goes back is a part, so that it
// could go back twice.
func (d *deal) ready(v process.Verb) orchestrator.Operation {
	d.Helper()
	d.reach(v)
	op := d.operation(v)
	if v == process.Refund && !d.RefundsWhole {
		op.Amount, op.Whole = money.New(op.Amount.Minor()/3, op.Amount.Currency()), false
	}
	return op
}

// moved reports whether a verb has happened since a count.
func (d *deal) moved(was map[process.Verb][]int64, v process.Verb) bool {
	now := d.effects()
	for _, e := range d.effectsOf(v) {
		if len(now[e]) > len(was[e]) {
			return true
		}
	}
	return false
}

// tries is how often the suite sends an operation at most.
const tries = 6

// recover does what the engine does about an outcome, and wants the operation to have happened once.
func (d *deal) recover(op orchestrator.Operation, out orchestrator.Outcome, was map[process.Verb][]int64) {
	d.Helper()
	_, keeps := d.Gateway.(orchestrator.KeyKeeper)
	for op.Attempt < tries {
		switch out.Status {
		case process.Succeeded, process.Pending, process.RequiresAction:
			d.conclude(op, out)
			d.happened(was, op)
			return
		case process.Declined:
			if op.Attempt > 1 { // else it is complained of already
				d.Errorf("sent again, %s is %s %s (%v)", op.Verb, out.Status, out.Code, out.Err)
			}
			return
		}
		if s := d.after(op); !keeps && s.Found && (opens(op.Verb) || d.shows(op, s)) {
			if out.Status == process.NotSent && !opens(op.Verb) {
				d.Errorf("%s %s, but a look shows that it happened", out.Status, out.Code)
			}
			d.resume(op, s)
			d.happened(was, op)
			return
		}
		if d.once(op.Verb) && out.Status == process.Unknown {
			d.atMostOnce(op, was)
			return
		}
		op.Attempt++
		out = d.perform(d.Context(), op)
	}
	d.Fatalf("%s: still %s %s after %d tries (%v)", op.Verb, out.Status, out.Code, op.Attempt, out.Err)
}

// after is the payment as it is found when an outcome is in doubt.
func (d *deal) after(op orchestrator.Operation) orchestrator.Snapshot {
	if opens(op.Verb) {
		return d.look(d.byReference(op))
	}
	return d.look(d.ref())
}

// resume goes on with a payment that a look has shown.
func (d *deal) resume(op orchestrator.Operation, s orchestrator.Snapshot) {
	d.Helper()
	d.keep(op, s)
	if opens(op.Verb) && !d.shows(op, s) {
		d.pays(op)
	}
	d.book(op)
}

func (d *deal) once(v process.Verb) bool {
	o, ok := d.Gateway.(orchestrator.SendingOnce)
	return ok && o.SendsOnce(v)
}

// atMostOnce wants an operation that stays unknown to have happened once, or not at all.
func (d *deal) atMostOnce(op orchestrator.Operation, was map[process.Verb][]int64) {
	d.Helper()
	d.wire.deliver()
	if d.Settle != nil {
		d.Settle(d)
	}
	if d.moved(was, op.Verb) {
		d.happened(was, op)
		return
	}
	d.happened(was)
}

// repeated: an operation that is sent again under its key after it succeeded has one effect. Where
// keys are not kept, the look says that it need not be sent.
func repeated(d *deal, v process.Verb) {
	op := d.ready(v)
	was := d.effects()
	first := d.perform(d.Context(), op)
	if _, keeps := d.Gateway.(orchestrator.KeyKeeper); !keeps {
		d.conclude(op, first)
		if s := d.after(op); !d.shows(op, s) && !d.once(v) && len(d.effectsOf(v)) > 0 {
			d.Errorf("%s is done, and a look does not show it: it would be sent again (%v, %+v)", v, s.Facts, s.Totals)
		}
		d.happened(was, op)
		return
	}
	for op.Attempt = 2; op.Attempt <= 3; op.Attempt++ {
		out := d.perform(d.Context(), op)
		if out.Status != first.Status {
			d.Errorf("%s was %s, and is %s %s when it is repeated (%v)", v, first.Status, out.Status, out.Code, out.Err)
		}
		if opens(v) && out.Snapshot.PaymentID != first.Snapshot.PaymentID {
			d.Errorf("a repeat opens payment %s beside %s", out.Snapshot.PaymentID, first.Snapshot.PaymentID)
		}
	}
	op.Attempt = 1
	d.conclude(op, first)
	d.happened(was, op)
}

// atOnce: an operation that arrives several times at once has one effect.
func atOnce(d *deal, v process.Verb) {
	op := d.ready(v)
	was := d.effects()
	outs := make([]orchestrator.Outcome, 3)
	var all sync.WaitGroup
	for i := range outs {
		all.Go(func() { outs[i] = d.perform(d.Context(), op) })
	}
	all.Wait()
	best := outs[0]
	for _, out := range outs {
		switch out.Status {
		case process.Succeeded, process.Pending, process.RequiresAction:
			best = out
		case process.Declined:
			d.Errorf("%s: %s %s of what another call was doing (%v)", v, out.Status, out.Code, out.Err)
		}
	}
	d.recover(op, best, was)
}
