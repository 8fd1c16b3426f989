package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/due"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Recovery is the mode of a database that is behind its gateways, after an older
// backup was restored, say: deals are looked up and merged, and nothing is sent. It
// is one row that all replicas read.
type Recovery struct {
	Since  time.Time `json:"since"`  // when it began, UTC
	Reason string    `json:"reason"` // what showed it, or who said it
	// From is where the gateways' statements are read from: just before the newest deal
	// that the database knew when recovery began.
	From time.Time `json:"from"`
	// What the last round over all open deals found.
	Checked  time.Time `json:"checked,omitzero"`
	Looked   int       `json:"looked,omitzero"`   // open deals that were looked up
	Problems []string  `json:"problems,omitzero"` // what still differs, the first few
}

// Recoveries keeps the mode of recovery. Implementations are safe for concurrent use.
type Recoveries interface {
	// Recovery is the mode that the database is in, nil if it is in none.
	Recovery(ctx context.Context) (*Recovery, error)
	// BeginRecovery stores it, unless there is one already.
	BeginRecovery(ctx context.Context, r Recovery) (begun bool, err error)
	// NoteRecovery stores what the last round found, if the mode goes on.
	NoteRecovery(ctx context.Context, r Recovery) error
	// EndRecovery ends it and writes the line of the audit log.
	EndRecovery(ctx context.Context, a Act) error
	// RecoveryEnded is when recovery ended last, zero if it never did.
	RecoveryEnded(ctx context.Context) (time.Time, error)
	// NewestDeal is when the newest deal was opened, zero if there is none.
	NewestDeal(ctx context.Context) (time.Time, error)
}

// margin is how far before the newest deal the gateways' statements are read from.
const margin = time.Hour

// BeginRecovery begins the mode of recovery, unless it has begun already.
func BeginRecovery(ctx context.Context, store Recoveries, now time.Time, reason string) (begun bool, err error) {
	newest, err := store.NewestDeal(ctx)
	if err != nil {
		return false, err
	}
	if newest.IsZero() {
		newest = now
	}
	return store.BeginRecovery(ctx, Recovery{Since: now, Reason: reason, From: newest.Add(-margin)})
}

// Recovering is the mode of recovery, nil when there is none.
func (e *Engine) Recovering(ctx context.Context) (*Recovery, error) {
	return e.config.Store.Recovery(ctx)
}

// admit refuses what would send something to a gateway, or pay a balance out, while
// the database is behind its gateways. It refuses, too, to end a deal of before without
// asking its gateway: a deal that has no payment here may have been paid there.
func (e *Engine) admit(ctx context.Context, tx Transaction, d process.Decision) error {
	ends := e.endsUnasked(tx, d)
	if d.Verb == "" && d.Step.Effect != process.Debit && !ends {
		return nil
	}
	r, err := e.config.Store.Recovery(ctx)
	if err != nil {
		return fmt.Errorf("read the mode of recovery: %w", err)
	}
	if r == nil || ends && tx.CreatedAt.After(r.Since) {
		return nil
	}
	e.config.Observer.Stopped("", codeRecovery)
	return fault.New(fault.Unavailable, codeRecovery, "nothing is sent to gateways while the database is compared with them after a restore; try again later")
}

// endsUnasked reports whether a decision ends a deal that a gateway may have money of,
// and asks that gateway nothing.
func (e *Engine) endsUnasked(tx Transaction, d process.Decision) bool {
	return d.Verb == "" && tx.State != "" && e.kind(tx.Gateway).asked() && !e.isOver(tx) && e.entered(tx, d.Step).Terminal
}

// waits puts an operation off that would be sent again while the database is behind
// its gateways.
func (e *Engine) waits(ctx context.Context, i Intent) (bool, error) {
	r, err := e.config.Store.Recovery(ctx)
	if err != nil || r == nil {
		return err != nil, err
	}
	held := i.Due
	i.Due = e.now().Add(retryTimer)
	return true, e.config.Store.DeferIntent(ctx, i, held)
}

// behind begins recovery when a gateway shows an operation of this installation that
// the database does not know: it must have forgotten it. What was forgotten before the
// last recovery ended is known to people.
func (e *Engine) behind(ctx context.Context, gateway string, references []Reference) (bool, error) {
	for _, reference := range references {
		at, who := e.config.References.read(reference)
		if who == foreign {
			continue
		}
		_, err := e.config.Store.Intent(ctx, reference.Text)
		if err == nil {
			continue
		}
		if fault.CodeOf(err) != fault.NotFound {
			return false, err
		}
		if who == forged {
			e.tellForged(ctx, gateway, reference.Text)
			continue
		}
		ended, err := e.config.Store.RecoveryEnded(ctx)
		if err != nil {
			return false, err
		}
		if !at.After(ended) {
			continue // a later operation of the payment may still be unknown to people
		}
		why := fmt.Sprintf("gateway %s has carried out operation %s, which this database does not know", gateway, reference.Text)
		begun, err := BeginRecovery(ctx, e.config.Store, e.now(), why)
		if begun {
			e.config.Log.ErrorContext(ctx, "the database is behind its gateways: recovery mode begins, nothing is sent", "gateway", gateway, "operation", reference.Text)
		}
		return true, err
	}
	return false, nil
}

// notice is behind for where only a note can be taken.
func (e *Engine) notice(ctx context.Context, gateway string, s Snapshot) {
	if _, err := e.behind(ctx, gateway, s.References); err != nil {
		e.config.Log.WarnContext(ctx, "is the database behind", "gateway", gateway, "error", err)
	}
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
			case strings.HasPrefix(after.Attention, booksDiffer):
				r.Problems = append(r.Problems, fmt.Sprintf("transaction %d: %s", tx.ID, after.Attention))
			}
		}
		if len(page) < f.Limit {
			return nil
		}
		f.After = page[len(page)-1].ID
	}
}

func (e *Engine) isOver(tx Transaction) bool {
	p, err := e.processOf(tx)
	if err != nil {
		return false
	}
	info, _ := p.StateInfo(tx.State)
	return info.Terminal
}
