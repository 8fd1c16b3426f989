package sqlstore

import (
	"context"

	"github.com/handsel-dev/handsel/orchestrator"
)

// MaxTraced is how many rows of a kind a trace has at the most.
const MaxTraced = 1000

// Trace is what rows say of a request, the oldest first. Callers may choose the ids of their
// requests, so that several communities can have used one.
type Trace struct {
	Acts  []orchestrator.Act
	Steps []TracedStep
	// Intents are without their inputs, which may be sealed.
	Intents []orchestrator.Intent
}

// TracedStep is a step of a deal with the community that the deal belongs to.
type TracedStep struct {
	CommunityID int64
	orchestrator.LogEntry
}

// TraceRequest finds what was written for a request. An index leads to the steps. None leads to the acts and the
// operations, because each would cost something: it reads whole tables and is for a person who asks once.
func (db Traces) TraceRequest(ctx context.Context, id string) (t Trace, err error) {
	acts, err := find(ctx, db, actTable, `where request_id = $1 order by at, id limit $2`, id, MaxTraced)
	if err != nil {
		return t, err
	}
	steps, err := find(ctx, db, logTable, `where request_id = $1 order by at, transaction_id, revision limit $2`, id, MaxTraced)
	if err != nil {
		return t, err
	}
	intents, err := find(ctx, db, intentTable, `where request_id = $1 order by created_at, id limit $2`, id, MaxTraced)
	if err != nil {
		return t, err
	}
	t.Acts = each(acts, func(a act) orchestrator.Act { return a.Act })
	t.Steps = each(steps, func(l logLine) TracedStep { return TracedStep{l.community, l.LogEntry} })
	t.Intents = each(intents, func(i intent) orchestrator.Intent { return i.Intent })
	return t, nil
}
