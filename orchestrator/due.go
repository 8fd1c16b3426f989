package orchestrator

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/internal/due"
)

// Jobs is what the engine does automatically, for a list of everything that is due.
func (e *Engine) Jobs() []due.Job {
	return []due.Job{
		{Name: "timers", Do: func(ctx context.Context, r *due.Round) error { return e.timerWork().Drain(ctx, r) }},
		{Name: "operations", Do: func(ctx context.Context, r *due.Round) error {
			if err := e.probe(ctx); err != nil {
				return err
			}
			return e.intentWork().Drain(ctx, r)
		}},
		{Name: "strays", Do: func(ctx context.Context, r *due.Round) error { return e.strayWork().Drain(ctx, r) }},
		{Name: "approvals", Do: func(ctx context.Context, r *due.Round) error { return e.approvalWork().Drain(ctx, r) }},
		{Name: "recovery", Do: due.Plain(e.WatchRecovery)},
		{Name: "reconcile", Every: dailyAsked, Do: due.Plain(e.ReconcileDaily)},
	}
}

// dailyAsked is how often a replica asks whether daily work waits for it.
const dailyAsked = time.Minute

// FireDue fires every timer that is due and returns how many it handled. Any
// number of engines may call it at any time: a timer is leased to one of them,
// and firing is an ordinary transition, so a timer whose state has passed is a
// no-op and a human who was faster wins.
func (e *Engine) FireDue(ctx context.Context) (fired int, err error) {
	return e.timerWork().Once(ctx)
}

// Recover settles gateway operations that nobody is working on any more: their
// process died, the answer was lost, or it was unclear. It looks first, and
// repeats only what left no trace long after it was sent. It returns how many
// were settled.
func (e *Engine) Recover(ctx context.Context) (settled int, err error) {
	if err := e.probe(ctx); err != nil {
		return 0, err
	}
	return e.intentWork().Once(ctx)
}

// SettleStrays looks at the strays that are due and returns how many have ended. Any
// number of engines may call it at any time.
func (e *Engine) SettleStrays(ctx context.Context) (ended int, err error) {
	return e.strayWork().Once(ctx)
}

// FireApprovals ends approvals that nobody decided in time, and carries out what was
// approved and not carried out: whoever was to do so died, the outcome was not known,
// or a command approved it. It returns how many went on.
func (e *Engine) FireApprovals(ctx context.Context) (int, error) {
	return e.approvalWork().Once(ctx)
}

// timerLease is how long a claimed timer belongs to who claimed it: firing it may ask
// the gateway to do something and then how things are.
func (e *Engine) timerLease() time.Duration { return 3 * e.config.CallTimeout }

// timerWork is how timers are worked through. What is due for one deal is done one after
// the other, the earliest first.
func (e *Engine) timerWork() *due.Work[Timer] {
	return &due.Work[Timer]{
		Now: e.now, Log: e.config.Log, Text: "timer",
		About: func(t Timer) []any { return []any{"timer", t.Name, "transaction", t.TransactionID} },
		Claim: func(ctx context.Context, c due.Claim) ([]Timer, error) {
			return e.config.Store.ClaimTimers(ctx, c.Now, c.Until, c.Limit, Shut{Gateways: c.Shut, But: e.local})
		},
		Lease: e.timerLease(), Limit: laneWidth, Lanes: e.lanes, Chains: true,
		Lane: func(t Timer) string {
			if slices.Contains(e.local, t.Name) {
				return ""
			}
			return e.lanes.Of(t.Gateway)
		},
		Group:  func(t Timer) any { return t.TransactionID },
		At:     func(t Timer) (time.Time, int) { return t.Due, t.Attempts },
		Do:     func(ctx context.Context, t Timer) (string, error) { return "", e.fire(ctx, t) },
		Return: func(ctx context.Context, t Timer) error { return e.config.Store.ReleaseTimer(ctx, t) },
	}
}

// intentWork is how operations whose outcome is open are worked through.
func (e *Engine) intentWork() *due.Work[Intent] {
	return &due.Work[Intent]{
		Now: e.now, Log: e.config.Log, Text: "recover",
		About: func(i Intent) []any { return []any{"intent", i.ID, "transaction", i.TransactionID} },
		Claim: func(ctx context.Context, c due.Claim) ([]Intent, error) {
			return e.config.Store.ClaimIntents(ctx, c.Now, c.Until, c.Limit, c.Shut...)
		},
		Lease: e.lease(), Limit: laneWidth, Lanes: e.lanes, Chains: true,
		Lane: func(i Intent) string { return e.lanes.Of(i.Gateway) },
		Do:   func(ctx context.Context, i Intent) (string, error) { return "", e.recoverOne(ctx, i) },
		Return: func(ctx context.Context, i Intent) error {
			held := i.Due
			i.Due = e.now()
			return unlessMoved(e.config.Store.DeferIntent(ctx, i, held))
		},
	}
}

// strayWork is how strays are worked through.
func (e *Engine) strayWork() *due.Work[Stray] {
	return &due.Work[Stray]{
		Now: e.now, Log: e.config.Log, Text: "stray payment",
		About: func(s Stray) []any {
			return []any{"gateway", s.Gateway, "payment", s.PaymentID, "transaction", s.TransactionID}
		},
		Claim: func(ctx context.Context, c due.Claim) ([]Stray, error) {
			return e.config.Store.ClaimStrays(ctx, c.Now, c.Until, c.Limit, c.Shut...)
		},
		Lease: e.timerLease(), Limit: laneWidth, Lanes: e.lanes, Chains: true,
		Lane: func(s Stray) string { return e.lanes.Of(s.Gateway) },
		Do:   func(ctx context.Context, s Stray) (string, error) { return "", e.settleStray(ctx, s) },
		Return: func(ctx context.Context, s Stray) error {
			held := s.Due
			s.Due, s.Attempts = e.now(), s.Attempts-1
			return unlessMoved(e.config.Store.SettleStray(ctx, s, held))
		},
	}
}

// unlessMoved leaves a row alone that has gone on while it was claimed.
func unlessMoved(err error) error {
	if errors.Is(err, ErrRevisionConflict) {
		return nil
	}
	return err
}

// approvalWork is how approvals are worked through, those of one deal one after the other.
func (e *Engine) approvalWork() *due.Work[Approval] {
	return &due.Work[Approval]{
		Now: e.now, Log: e.config.Log, Text: "approval",
		About: func(a Approval) []any { return []any{"approval", a.ID, "community", a.CommunityID} },
		Claim: func(ctx context.Context, c due.Claim) ([]Approval, error) {
			return e.config.Store.ClaimApprovals(ctx, c.Now, c.Until, c.Now.Add(-unfinished), c.Limit)
		},
		Lease: e.timerLease(), Limit: fewApprovals, Lanes: due.Places(laneWidth, nil),
		Group: func(a Approval) any {
			if a.TransactionID == 0 {
				return a.ID
			}
			return [2]int64{a.CommunityID, a.TransactionID}
		},
		At: func(a Approval) (time.Time, int) {
			if a.Status == ApprovalWaiting {
				return a.ExpiresAt, 0
			}
			return a.DecidedAt.Add(unfinished), 0
		},
		Do: func(ctx context.Context, a Approval) (string, error) { return "", e.goOn(ctx, a) },
		Retry: func(ctx context.Context, a Approval, again time.Time, _ error) error {
			return e.config.Store.RetryApproval(ctx, a, again)
		},
		Backoff: due.Backoff{First: unfinished, Longest: unfinished},
		Return:  func(ctx context.Context, a Approval) error { return e.config.Store.RetryApproval(ctx, a, e.now()) },
	}
}
