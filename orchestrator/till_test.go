package orchestrator_test

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// till is a gateway with a statement that a test can falsify. It is used by one
// goroutine at a time.
type till struct {
	now      func() time.Time
	payments []*orchestrator.StatementLine
	answers  map[process.Verb]process.Status // instead of succeeded, although it is done
	idle     bool                            // nothing is done
	broken   error                           // a line that cannot be read
}

func (g *till) Name() string { return "stripe" }

func (g *till) CanReceive(context.Context, int64, string) (bool, error) { return true, nil }

func (g *till) Perform(_ context.Context, op orchestrator.Operation) orchestrator.Outcome {
	out := orchestrator.Outcome{Status: process.Succeeded}
	if status, otherwise := g.answers[op.Verb]; otherwise {
		out.Status = status
	}
	if !g.idle {
		g.book(op)
	}
	if out.Status == process.Succeeded {
		out.Snapshot = g.find(op.Transaction.PaymentID, op.Reference()).Snapshot
	}
	return out
}

// book does what it was asked for.
func (g *till) book(op orchestrator.Operation) {
	if op.Verb == process.Authorize || op.Verb == process.Charge {
		g.payments = append(g.payments, &orchestrator.StatementLine{Reference: op.Reference(), Snapshot: orchestrator.Snapshot{
			PaymentID: fmt.Sprintf("pay_%d", len(g.payments)+1), Payment: process.Payment{Found: true, Price: op.Transaction.Price, Facts: map[process.Fact]time.Time{}},
		}})
	}
	line, amount := g.find(op.Transaction.PaymentID, op.Reference()), op.Amount.Minor()
	fact := map[process.Verb]process.Fact{
		process.Authorize: process.FactAuthorized, process.Charge: process.FactCaptured, process.Capture: process.FactCaptured,
		process.Void: process.FactVoided, process.Refund: process.FactRefunded, process.Transfer: process.FactTransferred,
	}[op.Verb]
	switch op.Verb {
	case process.Charge, process.Capture:
		line.Captured += amount
	case process.Refund:
		line.Refunded += amount
		if line.Refunded < line.Captured {
			fact = process.FactRefundedInPart
		}
	case process.Transfer:
		line.Released += amount
	}
	line.Facts[fact] = g.now()
}

func (g *till) find(id, reference string) *orchestrator.StatementLine {
	for _, line := range g.payments {
		if line.PaymentID == id || id == "" && line.Reference == reference {
			return line
		}
	}
	return &orchestrator.StatementLine{}
}

func (g *till) Lookup(_ context.Context, ref orchestrator.PaymentRef) (orchestrator.Snapshot, error) {
	line := g.find(ref.PaymentID, ref.Reference)
	s := line.Snapshot
	if s.Found {
		s.Totals = &process.Totals{Captured: line.Captured, Refunded: line.Refunded, Released: line.Released}
	}
	return s, nil
}

func (g *till) Payments(context.Context, time.Time, time.Time) iter.Seq2[orchestrator.StatementLine, error] {
	return func(yield func(orchestrator.StatementLine, error) bool) {
		if g.broken != nil && !yield(orchestrator.StatementLine{}, g.broken) {
			return
		}
		for _, line := range g.payments {
			if !yield(*line, nil) {
				return
			}
		}
	}
}

// mute is the same gateway without its statement.
type mute struct{ orchestrator.Gateway }
