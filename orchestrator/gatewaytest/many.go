package gatewaytest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// many: deals that are worked on at the same time do not get into each other's way.
func many(t testing.TB, c Config) {
	const deals = 6
	b := newBench(t, c)
	was := b.effects()
	ops := make([][]orchestrator.Operation, deals)
	var all sync.WaitGroup
	for i := range ops {
		all.Go(func() {
			d := b.deal()
			op := d.operation(c.opening())
			d.conclude(op, d.perform(d.Context(), op))
			ops[i] = append(ops[i], op)
			if c.opening() == process.Authorize {
				op = d.operation(process.Capture)
				d.conclude(op, d.perform(d.Context(), op))
				ops[i] = append(ops[i], op)
			}
			d.agrees(d.look(d.ref()))
		})
	}
	all.Wait()
	var flat []orchestrator.Operation
	for _, of := range ops {
		flat = append(flat, of...)
	}
	b.deal().happened(was, flat...)
}

// inCurrency: an amount with other decimals is taken, shown and given back to the last unit.
func inCurrency(t testing.TB, c Config, price money.Amount) {
	c.Price, c.Fee = price, 0
	b := newBench(t, c)
	if limited, ok := b.Gateway.(orchestrator.Limited); ok {
		if err := limited.Takes(c.opening(), price); err != nil {
			b.Errorf("Takes refuses %s: %v", price, err)
		}
	}
	d, was := b.deal(), b.effects()
	var ops []orchestrator.Operation
	for _, v := range []process.Verb{c.opening(), process.Capture, process.Refund} {
		if !slices.Contains(c.Verbs, v) || v == process.Capture && c.opening() == process.Charge {
			continue
		}
		d.settle(v)
		op := d.operation(v)
		d.conclude(op, d.perform(d.Context(), op))
		d.agrees(d.look(d.ref()))
		ops = append(ops, op)
	}
	d.happened(was, ops...)
}

// listed: a statement lists every payment of its time once, with the sums that a look shows. One whose
// lines only name payments lists those that took money.
func listed(t testing.TB, c Config) {
	b := newBench(t, c)
	statement, ok := b.Gateway.(orchestrator.Statement)
	if !ok {
		b.Fatalf("the gateway has no Statement")
	}
	began := b.Now()
	made := map[string]*deal{}
	for _, v := range c.Verbs {
		d := b.deal()
		made[d.until(v)] = d
	}
	seen, told := map[string]time.Time{}, false
	for line, err := range statement.Payments(b.Context(), began.Add(-time.Hour), b.Now().Add(time.Hour)) {
		b.silent(err)
		if err != nil {
			b.Fatalf("a statement: %v", err)
		}
		d, ours := made[line.PaymentID]
		if _, before := seen[line.PaymentID]; before {
			b.Errorf("payment %s is listed twice", line.PaymentID)
		}
		seen[line.PaymentID] = line.MadeAt
		if !ours {
			b.Errorf("payment %s is listed, and was made by nobody", line.PaymentID)
			continue
		}
		if line.Reference == "" {
			b.Errorf("payment %s is listed without its reference", line.PaymentID)
		}
		told = told || line.Found
		d.lineAgrees(line)
	}
	for id, d := range made {
		if _, there := seen[id]; !there && (told || d.tx.Funds.Captured > 0) {
			b.Errorf("payment %s is not listed", id)
		}
	}
	b.window(statement, seen)
}

// until carries a deal out up to a verb and tells its payment.
func (d *deal) until(v process.Verb) string {
	d.Helper()
	d.reach(v)
	op := d.operation(v)
	out := d.perform(d.Context(), op)
	d.conclude(op, out)
	if d.Settle != nil {
		d.Settle(d)
	}
	return d.tx.PaymentID
}

// lineAgrees holds a line against a look. One that only names its payment says what was taken, and nothing
// of what became of it.
func (d *deal) lineAgrees(line orchestrator.StatementLine) {
	d.Helper()
	s := d.look(d.ref())
	if !line.Found {
		if line.Captured != d.tx.Funds.Captured {
			d.Errorf("payment %s is named with %d captured, the books say %d", line.PaymentID, line.Captured, d.tx.Funds.Captured)
		}
		return
	}
	if s.Totals != nil {
		if t := s.Totals; t.Captured != line.Captured || t.Refunded != line.Refunded || t.Released != line.Released && line.Totals != nil {
			d.Errorf("payment %s is listed with %d, %d, %d, and a look shows %+v", line.PaymentID, line.Captured, line.Refunded, line.Released, *t)
		}
	} else if line.Captured != d.tx.Funds.Captured {
		d.Errorf("payment %s is listed with %d captured, the books say %d", line.PaymentID, line.Captured, d.tx.Funds.Captured)
	}
	if len(line.Facts) != len(s.Facts) {
		d.Errorf("payment %s is listed with %v, and a look shows %v", line.PaymentID, line.Facts, s.Facts)
	}
}

// window wants a statement to begin with its first moment and to end before its last one.
func (b *bench) window(statement orchestrator.Statement, seen map[string]time.Time) {
	b.Helper()
	for id, at := range seen {
		if at.IsZero() {
			continue
		}
		for _, w := range []struct {
			from, to time.Time
			listed   bool
		}{{at, at.Add(time.Second), true}, {at.Add(-time.Hour), at, false}} {
			listed := false
			for line, err := range statement.Payments(b.Context(), w.from, w.to) {
				listed = listed || err == nil && line.PaymentID == id
			}
			if listed != w.listed {
				b.Errorf("payment %s was made at %s: a statement from %s to %s lists it: %v", id, at, w.from, w.to, listed)
			}
		}
		return
	}
}
