package orchestrator

import (
	"context"
	"errors"
	"time"
)

// piece is one thing that is due.
type piece struct {
	gateway string // that it asks; empty: none
	do      func(ctx context.Context) (did int)
	// giveBack lets another engine, or a later claim, have it at once.
	giveBack func(ctx context.Context) error
}

// lookAgain is how often, in real time, it is asked what else is due while some of
// the work takes long.
const lookAgain = 100 * time.Millisecond

// drain does what is due until nothing is left, each piece in the lane of its gateway,
// and adds up what was done. While some of it hangs, what falls due for others is done
// too. When ctx ends, nothing more is claimed and what was begun is waited for.
func (e *Engine) drain(ctx context.Context, claim func(ctx context.Context, shut []string, limit int) ([]piece, error)) (total int, err error) {
	d := &drainage{Engine: e, ended: make(chan int)}
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	for {
		var began int
		if ctx.Err() == nil {
			shut, width := e.lanes.Shut()
			var pieces []piece
			// What is claimed is known here, so that it can be given back.
			if pieces, err = claim(context.WithoutCancel(ctx), shut, width); err != nil {
				e.Log.WarnContext(ctx, "claim due work", "error", err)
			}
			began = d.begin(ctx, pieces)
		}
		if began > 0 && err == nil {
			continue
		}
		if d.running == 0 {
			return d.total, errors.Join(err, ctx.Err())
		}
		select {
		case did := <-d.ended:
			d.end(did)
		case <-again.C:
		}
	}
}

type drainage struct {
	*Engine
	ended   chan int
	running int
	total   int
}

func (d *drainage) end(did int) {
	d.running--
	d.total += did
}

// handBack ends the lease of what was not done: somebody else may do it at once.
func (e *Engine) handBack(ctx context.Context, p piece) {
	if err := p.giveBack(context.WithoutCancel(ctx)); err != nil && !errors.Is(err, ErrRevisionConflict) {
		e.Log.WarnContext(ctx, "give due work back", "error", err)
	}
}

// begin starts pieces of work and returns how many. Work that asks no gateway is quick
// and is waited for; what finds no room at its gateway is given back.
func (d *drainage) begin(ctx context.Context, pieces []piece) (began int) {
	for _, p := range pieces {
		if ctx.Err() != nil {
			d.handBack(ctx, p)
			continue
		}
		for p.gateway == "" && !d.lanes.Enter("") {
			d.end(<-d.ended)
		}
		if p.gateway != "" && !d.lanes.Enter(p.gateway) {
			d.handBack(ctx, p)
			continue
		}
		began++
		d.running++
		go func() {
			did := p.do(ctx)
			d.lanes.Leave(p.gateway)
			d.ended <- did
		}()
	}
	return began
}
