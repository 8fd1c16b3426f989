// Package balance is the gateway whose money lies in our own ledger. A user has an
// available balance, which is never below zero, and what is frozen for deals.
// Nothing is asked of it: the ledger entry of a transition is all that happens,
// in the commit of the transition itself.
package balance

import (
	"context"
	"errors"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Gateway holds and releases in our own books.
type Gateway struct{}

var _ orchestrator.Gateway = Gateway{}

// Plugin is all that a program needs to run the gateway.
func Plugin() gateway.Plugin {
	return gateway.Plugin{Kind: orchestrator.Kind{Name: Gateway{}.Name(), Can: process.OnOwnLedger()}, Always: Gateway{}}
}

// Name is "balance".
func (Gateway) Name() string { return "balance" }

// CanReceive is true for everybody: a balance begins with the first entry.
func (Gateway) CanReceive(context.Context, int64, string) (bool, error) { return true, nil }

// Perform is never needed and refuses; nothing was done.
func (Gateway) Perform(_ context.Context, op orchestrator.Operation) orchestrator.Outcome {
	return orchestrator.Outcome{Status: process.NotSent, Code: "own_ledger", Err: errors.New("gateway balance cannot " + string(op.Verb) + "; the ledger does it")}
}

// Lookup finds nothing: there is no truth but the ledger.
func (Gateway) Lookup(context.Context, orchestrator.PaymentRef) (orchestrator.Snapshot, error) {
	return orchestrator.Snapshot{}, nil
}
