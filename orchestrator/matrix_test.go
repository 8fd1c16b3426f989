package orchestrator_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/internal/testkit/testsize"
	"github.com/handsel-dev/handsel/orchestrator"
)

// cell is one operation, broken in one way.
type cell struct {
	op row
	at point
}

func (c cell) title() string { return c.op.name + " " + c.at.name }

// want is how often the operation takes effect in the end.
func (c cell) want() want {
	switch {
	case c.op.lapses && c.at.id() == "F15":
		return never
	case c.op.givesUp && c.at.unsent:
		return never
	case c.op.once && c.at.unsent:
		return asks
	}
	return c.at.want
}

// Every fault point on every operation of every gateway on both databases: break
// it there, mend, let a day pass. The gateway's own books are the judge of what
// really happened. HANDSEL_CRASH=all runs all cells; otherwise every fault point
// strikes one operation of every gateway, on one of the databases, and in a run that does
// not take its time of every second gateway.
func TestCrash_matrix(t *testing.T) {
	t.Parallel()
	sum := newSummary()
	t.Cleanup(func() { sum.print(t) })
	testkit.OnBoth(t, func(t *testing.T, url string) {
		database := 0
		if strings.HasPrefix(url, "postgres") {
			database = 1
		}
		all := rows()
		for nth, gateway := range slices.Sorted(maps.Keys(all)) {
			ops := all[gateway]
			for part, cells := range parts(nth, ops, database) {
				t.Run(gateway+" "+part, func(t *testing.T) {
					t.Parallel()
					r := newRig(t, fresh(t, url))
					linkFull(t, r.Testbed)
					for _, shared := range together(cells) {
						r.run(t, shared)
					}
					for _, c := range cells {
						sum.ran(gateway, c)
					}
				})
			}
			sum.not(gateway, ops)
		}
	})
}

// parts are the cells of the nth gateway that share a testbed.
func parts(nth int, ops []row, database int) map[string][]cell {
	all := map[string][]cell{}
	if os.Getenv("HANDSEL_CRASH") == "all" {
		for _, op := range ops {
			for _, p := range op.points() {
				if why := op.cannot(p); why == "" {
					all[op.name] = append(all[op.name], cell{op, p})
				}
			}
		}
		return all
	}
	able := map[string][]cell{}
	for _, op := range ops {
		for _, p := range op.points() {
			if op.cannot(p) == "" {
				able[p.name] = append(able[p.name], cell{op, p})
			}
		}
	}
	for i, name := range slices.Sorted(maps.Keys(able)) {
		if (i+2*nth)%(2*testsize.Of(1, 4)) != database {
			continue
		}
		cells := able[name]
		all["sample"] = append(all["sample"], cells[i%len(cells)])
	}
	return all
}

// cannot says why a fault point has no meaning for an operation; empty if it has.
func (op row) cannot(p point) string {
	if p.not == nil {
		return ""
	}
	return p.not(op)
}

// sharing is how many cells let the same day pass.
const sharing = 8

// together are the cells that let the same day pass: those that need no time of their own.
func together(cells []cell) [][]cell {
	var alone [][]cell
	var sharers []cell
	for _, c := range cells {
		if c.at.meanwhile != nil || c.at.patience > 0 {
			alone = append(alone, []cell{c})
		} else {
			sharers = append(sharers, c)
		}
	}
	return slices.Concat(alone, slices.Collect(slices.Chunk(sharers, sharing)))
}

// run breaks the operation of each cell, lets a day pass for all of them and judges what
// became of each.
func (r *rig) run(t *testing.T, cells []cell) {
	answers := map[string]error{}
	for _, c := range cells {
		t.Run(c.title(), func(t *testing.T) { answers[c.title()] = r.strike(t, c) })
	}
	r.wait(t, cells)
	doctor := broken(r.Violations())
	for _, c := range cells {
		if answer, struck := answers[c.title()]; struck {
			t.Run(c.title()+", a day later", func(t *testing.T) { r.judge(t, c, answer, doctor) })
		}
	}
	broken(r.Violations()).report(t, 0) // of the repeats
}

// strike breaks the cell's operation, mends everything and returns what it answered.
func (r *rig) strike(t *testing.T, c cell) error {
	tx := r.bring(t, c)
	c.at.strike(r, c.op, tx)
	var err error
	if crashed := testkit.Survive(func() { err = r.act(t, c, tx) }); crashed != c.at.crashes {
		t.Fatalf("crashed %v, error %v: the fault did not strike", crashed, err)
	}
	if c.op.once {
		// The message is the only word of what came of it. It comes before the server is down:
		// one that nobody takes for a second is not sent again.
		if err := r.Till(c.op.gateway).WaitDelivered(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	r.heal(t)
	if c.at.crashes {
		r.restart()
	}
	if c.at.meanwhile != nil {
		c.at.meanwhile(r)
	}
	return err
}

// wait lets a day pass in which everybody does their work. Ten minutes after all was mended
// people go on with what they can.
func (r *rig) wait(t *testing.T, cells []cell) {
	t.Helper()
	r.Advance(time.Minute)
	r.Advance(10 * time.Minute)
	for _, c := range cells {
		if tx, found := r.find(t, c); found && c.op.finish != nil {
			c.op.finish(r, tx)
		}
	}
	r.pass(cells[0].at.patience)
}

// pass lets a day and more pass.
func (r *rig) pass(patience time.Duration) {
	for _, d := range []time.Duration{patience, 6 * time.Hour, 6 * time.Hour, 6 * time.Hour, 6 * time.Hour} {
		r.Advance(d)
	}
}

// find is the cell's deal; ok is false when there is none.
func (r *rig) find(t *testing.T, c cell) (tx orchestrator.Transaction, ok bool) {
	t.Helper()
	list, err := r.Store.List(t.Context(), orchestrator.Filter{CommunityID: app.SampleCommunity, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range list {
		if found.ListingTitle != c.title() {
			continue
		}
		if ok {
			t.Errorf("two deals, %d and %d", tx.ID, found.ID)
		}
		tx, ok = found, true
	}
	return tx, ok
}

// said counts how often the deal's history says that the operation was done: that it came
// into a state, or moved money where the operation leaves it in the same.
func (r *rig) said(t *testing.T, op row, tx orchestrator.Transaction) int {
	t.Helper()
	log, err := r.Store.Timeline(t.Context(), tx.ID)
	if err != nil {
		t.Fatal(err)
	}
	posted, err := r.Store.Entries(t.Context(), tx.ID)
	if err != nil {
		t.Fatal(err)
	}
	moved := map[int64]bool{}
	for _, entry := range posted {
		moved[entry.Revision] = true
	}
	n := 0
	for _, entry := range log {
		came := entry.From != entry.To
		if op.stays {
			came = moved[entry.Revision] && entry.Transition == op.act.name
		}
		if came && (entry.To == op.to || entry.To == op.also) {
			n++
		}
	}
	return n
}

// broken is what the doctor found in the whole database.
type broken []orchestrator.Violation

// report tells what is broken about a deal, or about none.
func (b broken) report(t *testing.T, id int64) {
	t.Helper()
	for _, v := range b {
		if v.TransactionID == id || v.TransactionID == 0 {
			t.Errorf("%s: %s", v.Invariant, v.Message)
		}
	}
}

func (r *rig) judge(t *testing.T, c cell, answer error, doctor broken) {
	t.Helper()
	tx, found := r.find(t, c)
	doctor.report(t, tx.ID)
	if c.want() == asks {
		r.judgeAsked(t, c, tx)
		return
	}
	if open := r.open(t, tx); len(open) > 0 {
		t.Errorf("operations left open: %+v", open)
	}
	if !found {
		if c.want() == once || !c.op.creates() {
			t.Errorf("the deal is gone; the operation answered %v", answer)
		}
		if b := r.books(c); b.Payments > 0 {
			t.Errorf("the gateway has a payment of a deal that is not here: %+v", b)
		}
		return
	}
	done := r.said(t, c.op, tx)
	itself := r.judgeEffects(t, c, tx, done)
	if want := c.want(); want == once && done != 1 || want == never && done != itself {
		t.Errorf("it was done %d times, want %s; the operation answered %v", done, want, answer)
	}
	// Who pays at the gateway hears nothing of what the gateway's report is answered:
	// that it is to be sent again.
	reported := func(f *fault.Error) bool { return c.op.act.pays && f.Code == fault.Unavailable }
	if f := fault.As(answer); done > itself && answer != nil && f.Code != fault.Unknown && f.Code != fault.Internal && !reported(f) {
		t.Errorf("it was done, and the operation answered %v", answer)
	}
	want := c.op.without
	if done > 0 {
		want = c.op.after
		if tx.State == c.op.also {
			want = c.op.also
		}
	}
	if tx.State != want || tx.IntentID != "" || tx.Operation != "" || tx.Attention != "" {
		t.Errorf("the deal is %s with operation %q and attention %q, want %s with none", tx.State, tx.Operation, tx.Attention, want)
	}
	if done > itself {
		r.repeat(t, c, tx)
	}
}

// repeat: the caller, who may not have got an answer, asks again with the same key.
func (r *rig) repeat(t *testing.T, c cell, tx orchestrator.Transaction) {
	t.Helper()
	if c.op.act.pays {
		return
	}
	before := r.books(c)
	if err := r.act(t, c, tx); err != nil {
		t.Errorf("the repeat is told %v", err)
	}
	after := r.books(c)
	if fmt.Sprint(before) != fmt.Sprint(after) || r.Load(tx).Revision != tx.Revision {
		t.Errorf("the repeat changed %+v to %+v", before, after)
	}
}

// No fault point is left out in silence: each strikes an operation or says why it
// cannot.
func TestCrash_complete(t *testing.T) {
	t.Parallel()
	all := rows()
	all["braintree's escrow"] = escrowRows()
	for gateway, ops := range all {
		for _, op := range ops {
			seen := map[string]bool{}
			for _, p := range op.points() {
				seen[p.id()] = true
				if p.strike == nil && op.cannot(p) == "" {
					t.Errorf("%s %s %s neither strikes nor says why not", gateway, op.name, p.name)
				}
			}
			for i := 1; i <= 16; i++ {
				if !seen[fmt.Sprintf("F%d", i)] {
					t.Errorf("%s %s has no F%d", gateway, op.name, i)
				}
			}
		}
	}
}
