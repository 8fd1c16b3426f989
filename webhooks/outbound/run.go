package outbound

import (
	"context"
	"errors"
	"time"
)

// run is the work on one endpoint for a while. Its fields belong to one goroutine; attempts are
// made by others, and one more writes.
type run struct {
	*Worker
	Claimed
	waiting waiting
	window  window
	known   map[int64]bool // numbers behind the position that have rows
	pending []*message     // of the page that was read last
	replay  bool           // it reads what is to be sent once more

	jobs    chan *item
	results chan result
	senders int
	flying  int
	probing bool // one attempt decides whether the endpoint goes on

	rows      []Delivery // results that are not written
	recovered bool
	disable   Reason
	until     time.Time // it rests until then
	halted    bool      // it rests, once what was begun has ended
	ended     bool      // nothing more is begun
	released  bool      // nothing more is written
	writing   bool
	wrote     chan written
	failure   error
}

type result struct {
	*item
	Attempt
}

// errUnsigned keeps what nobody could verify from being sent.
var errUnsigned = errors.New("none of its secrets can be opened, so nothing is sent; is a key that sealed them missing from the settings?")

type written struct {
	Standing
	batch Batch
	err   error
}

// begin reads what waits at an endpoint.
func (w *Worker) begin(ctx context.Context, e Claimed) (*run, error) {
	if len(Valid(e.Secrets, w.now())) == 0 {
		return nil, errUnsigned
	}
	r := &run{
		Worker: w, Claimed: e, waiting: waiting{lines: map[int64][]*item{}}, known: map[int64]bool{},
		jobs: make(chan *item, parallel), results: make(chan result, parallel), wrote: make(chan written, 1),
	}
	r.replay = e.ReplayUntil > e.ReplayAfter
	r.window.read = e.Position
	if r.replay {
		r.window.read = e.ReplayAfter
	}
	if !e.Loose {
		return r, nil
	}
	rows, err := w.Queue.LooseRows(ctx, e.CommunityID, e.ID, e.Position)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if row.Sequence > e.Position {
			r.known[row.Sequence] = true
		}
		if row.Status != Pending && row.Status != Waiting {
			continue
		}
		i := &item{sequence: row.Sequence, deal: row.TransactionID, row: row, stored: true, next: row.Next}
		if r.waiting.add(i) {
			r.waiting.ready(i)
		}
	}
	return r, nil
}

// do sends until nothing is left to do now.
func (r *run) do(ctx context.Context) error {
	defer close(r.jobs)
	r.probing = r.resting()
	for {
		r.fill(ctx)
		r.flush(ctx)
		if r.flying == 0 && !r.writing {
			return r.failure
		}
		select {
		case res := <-r.results:
			r.settle(res)
			r.collect()
		case w := <-r.wrote:
			r.noted(ctx, w)
		}
	}
}

// collect takes what else has come back.
func (r *run) collect() {
	for len(r.rows) < mostResults {
		select {
		case res := <-r.results:
			r.settle(res)
		default:
			return
		}
	}
}

// fill begins attempts as long as there are places and something that may be sent.
func (r *run) fill(ctx context.Context) {
	for r.flying < r.width() && !r.ended && !r.halted && ctx.Err() == nil && len(r.rows) < mostResults {
		i, err := r.next(ctx)
		if err != nil {
			r.fail(err)
			return
		}
		if i == nil {
			return
		}
		if i.message == nil {
			if i.message, err = r.pages.one(ctx, r.CommunityID, i.sequence); err != nil {
				r.waiting.ready(i)
				r.fail(err)
				return
			}
		}
		if i.message != nil {
			r.Pause(ctx, i.message.At)
		}
		r.attempt(i)
	}
}

func (r *run) width() int {
	if r.probing {
		return 1
	}
	return parallel
}

// attempt has an attempt made, or ends an event that the log no longer has.
func (r *run) attempt(i *item) {
	if i.message == nil {
		r.row(i, Dead, time.Time{}, &Attempt{At: r.now(), Error: failRemoved})
		r.waiting.leave(i)
		return
	}
	if r.senders <= r.flying {
		r.senders++
		go r.send(NewSigner(r.Secrets, r.now()))
	}
	r.flying++
	r.jobs <- i
}

// send makes attempts until there are no more jobs.
func (r *run) send(signer *Signer) {
	for i := range r.jobs {
		body, err := i.message.bytes(r.Wire, r.Payload == Thin)
		if err != nil {
			r.results <- result{i, Attempt{At: r.now(), Error: "encoding"}}
			continue
		}
		r.results <- result{i, r.Sender.Send(context.Background(), r.URL, i.message.id, body, signer)}
	}
}

// next is what is sent next: what is tried again first, then what the log has. An
// endpoint that rests is tried with something new, so that one event that it never takes
// does not decide; else with what has waited for longest.
func (r *run) next(ctx context.Context) (*item, error) {
	if !r.probing {
		if i := r.waiting.due(r.now()); i != nil {
			return i, nil
		}
	}
	i, err := r.fresh(ctx)
	if i == nil && err == nil && r.probing {
		i = r.waiting.earliest()
	}
	return i, err
}

// fresh is the next event of the log that may be sent. Those that have to wait behind
// another one of their deal take their places.
func (r *run) fresh(ctx context.Context) (*item, error) {
	for r.waiting.count < mostRows && len(r.window.open) < mostOpen && len(r.rows) < mostResults {
		m, err := r.read(ctx)
		if m == nil || err != nil {
			return nil, err
		}
		if r.known[m.Sequence] {
			delete(r.known, m.Sequence)
			continue
		}
		if !r.wants(m.Type) || r.replay && r.waits(m) {
			continue
		}
		i := &item{sequence: m.Sequence, deal: m.TransactionID, message: m}
		r.window.open = append(r.window.open, i)
		if r.waiting.add(i) {
			return i, nil
		}
		if first := r.waiting.lines[i.line()][0]; first.stored {
			r.row(i, Waiting, time.Time{}, nil)
		}
	}
	return nil, nil
}

// waits reports whether an event that is to be sent once more waits for that already.
func (r *run) waits(m *message) bool {
	line := (&item{sequence: m.Sequence, deal: m.TransactionID}).line()
	for _, i := range r.waiting.lines[line] {
		if i.sequence == m.Sequence {
			return true
		}
	}
	return false
}

// read is the next event of the log; nil: there is none now.
func (r *run) read(ctx context.Context) (*message, error) {
	for {
		if len(r.pending) == 0 {
			found, next, err := r.pages.read(ctx, r.CommunityID, r.window.read)
			if err != nil {
				return nil, err
			}
			if len(found) == 0 && next > r.window.read {
				r.missed(next)
				continue
			}
			r.pending = found
		}
		over := len(r.pending) == 0 || r.replay && r.pending[0].Sequence > r.ReplayUntil
		if !over {
			m := r.pending[0]
			if m.Sequence > r.window.read+1 { // numbers have no gaps
				r.missed(m.Sequence - 1)
			}
			r.pending, r.window.read = r.pending[1:], m.Sequence
			return m, nil
		}
		if !r.replay || r.window.position() < r.window.read {
			return nil, nil
		}
		// All that was to be sent once more has a result.
		r.replay, r.pending, r.ReplayAfter, r.window.read = false, nil, r.ReplayUntil, r.Position
	}
}
