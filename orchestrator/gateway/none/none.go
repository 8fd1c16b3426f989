// Package none is the gateway of deals without payment. It can do nothing, so
// only processes that ask nothing of a gateway run on it.
package none

import (
	"context"
	"errors"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Gateway moves no money.
type Gateway struct{}

var _ orchestrator.Gateway = Gateway{}

// Plugin is all that a program needs to run the gateway.
func Plugin() gateway.Plugin {
	return gateway.Plugin{Kind: orchestrator.Kind{Name: Gateway{}.Name(), Can: []process.Ability{process.Unpaid}}, Always: Gateway{}}
}

// Name is "none".
func (Gateway) Name() string { return "none" }

// CanReceive is true for everybody: nobody is paid.
func (Gateway) CanReceive(context.Context, int64, string) (bool, error) { return true, nil }

// Perform refuses every verb; nothing was sent anywhere.
func (Gateway) Perform(_ context.Context, op orchestrator.Operation) orchestrator.Outcome {
	return orchestrator.Outcome{Status: process.NotSent, Code: "no_gateway", Err: errors.New("gateway none cannot " + string(op.Verb))}
}

// Lookup finds nothing.
func (Gateway) Lookup(context.Context, orchestrator.PaymentRef) (orchestrator.Snapshot, error) {
	return orchestrator.Snapshot{}, nil
}
