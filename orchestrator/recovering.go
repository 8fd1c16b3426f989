package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/due"
	"github.com/handsel-dev/handsel/internal/paging"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Recovering is the mode of recovery, nil when there is none.
func (e *Engine) Recovering(ctx context.Context) (*Recovery, error) {
	return e.config.Store.Recovery(ctx)
}

// Bounds of the look at the gateways' statements when a process starts.
const (
	maxScan  = 500 // payments of each gateway
	scanTime = 30 * time.Second
)

// WatchRecovery is to be called every now and then. Once in a process's life it reads
// the end of the gateways' statements to see whether they know of operations that the
// database has forgotten. In recovery one of all replicas looks all open deals up once a
// minute, merges what happened, and ends recovery when nothing differs any more.
func (e *Engine) WatchRecovery(ctx context.Context) error {
	r, err := e.config.Store.Recovery(ctx)
	if err != nil {
		return err
	}
	e.config.Observer.Recovering(r != nil)
	if r == nil {
		if e.scanned.CompareAndSwap(false, true) {
			return e.scan(ctx)
		}
		return nil
	}
	d := due.Daily{Name: "recovery", Period: retryTimer, Lease: deadRound, Again: retryTimer, Now: e.now, Claim: e.config.Store.ClaimDaily}
	return d.Do(ctx, func(ctx context.Context) (bool, error) { return true, e.catchUp(ctx, *r) })
}

// deadRound is after how long another replica goes on when the one that compared the
// books with the gateways has died.
const deadRound = 3 * time.Minute

func (e *Engine) scan(ctx context.Context) error {
	newest, err := e.config.Store.NewestDeal(ctx)
	if err != nil || newest.IsZero() || e.config.References.Installation == "" {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, scanTime)
	defer cancel()
	for name, g := range e.gateways {
		statement, ok := g.(Statement)
		if !ok {
			continue
		}
		read := 0
		for line, err := range e.payments(ctx, name, statement, newest.Add(-margin), e.now().Add(margin)) {
			if read++; err != nil || read > maxScan {
				e.config.Log.DebugContext(ctx, "the statement was not read to its end", "gateway", name, "read", read, "error", err)
				break
			}
			if lost, err := e.behind(ctx, name, line.references()); lost || err != nil {
				return err
			}
		}
	}
	return nil
}

// maxProblems is how many differences are kept for people to read.
const maxProblems = 20

// catchUp makes one round: every open deal is looked up, and the statements are
// compared from the time of the backup on.
func (e *Engine) catchUp(ctx context.Context, r Recovery) error {
	r.Looked, r.Problems = 0, nil
	for _, name := range e.asked() {
		g := e.gateways[name]
		if err := e.lookAtAll(ctx, name, &r); err != nil {
			return err
		}
		if _, ok := g.(Statement); !ok {
			continue
		}
		until := e.now().Add(time.Second)
		report, err := e.Reconcile(ctx, ReconcileInput{Gateway: name, From: r.From, To: until})
		if err != nil {
			f := fault.As(err)
			e.config.Log.WarnContext(ctx, "a gateway cannot be compared, so recovery goes on", "gateway", name, "error", err)
			r.Problems = append(r.Problems, fmt.Sprintf("gateway %s could not be compared: %s: %s", name, f.Reason, f.Message))
		}
		for _, d := range report.Differences {
			if d.foreign {
				continue // this database has forgotten nothing of it
			}
			r.Problems = append(r.Problems, fmt.Sprintf("%s: payment %s, transaction %d, %s %s in the books and %s at the gateway", d.Class, d.PaymentID, d.TransactionID, d.What, d.Here, d.There))
		}
		// They remain tasks when a person ends recovery with some of them open.
		if err := e.keepDifferences(ctx, name, r.From, until, report, err == nil); err != nil {
			return err
		}
	}
	r.Checked = e.now()
	if len(r.Problems) == 0 {
		e.config.Log.InfoContext(ctx, "the database is up to its gateways: recovery mode ends", "looked_up", r.Looked)
		return e.config.Store.EndRecovery(ctx, Act{
			Actor: "system", Name: "recovery.end", Object: "recovery", Reason: "every open deal and every statement agrees with the books", At: r.Checked,
		})
	}
	if len(r.Problems) > maxProblems {
		r.Problems = append(r.Problems[:maxProblems], fmt.Sprintf("and %d more", len(r.Problems)-maxProblems))
	}
	return e.config.Store.NoteRecovery(ctx, r)
}

// lookAtAll merges what happened to every deal of a gateway that has not ended.
func (e *Engine) lookAtAll(ctx context.Context, gateway string, r *Recovery) error {
	f := GatewayFilter{Gateway: gateway, Limit: 100}
	for {
		page, err := e.config.Store.GatewayTransactions(ctx, f)
		if err != nil {
			return err
		}
		for _, tx := range page {
			if tx.PaymentID == "" || e.isOver(tx) {
				continue
			}
			r.Looked++
			after, err := e.Sync(ctx, tx)
			switch {
			case err != nil && !errors.Is(err, errMismatch):
				r.Problems = append(r.Problems, fmt.Sprintf("transaction %d could not be looked up: %s", tx.ID, fault.ReasonOf(err)))
			case process.AttentionOf(after.Attention).Reason == process.BooksDiffer:
				r.Problems = append(r.Problems, fmt.Sprintf("transaction %d: %s", tx.ID, after.Attention))
			}
		}
		if !paging.GoesOn(page, f.Limit) {
			return nil
		}
		f.After = page[len(page)-1].ID
	}
}
