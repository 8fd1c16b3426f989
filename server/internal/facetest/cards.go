package facetest

import (
	"context"
	"maps"
	"strconv"
	"sync"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// cards is a card gateway in memory under the name of a real one. The token says
// how a payment goes: tok_declined, tok_3ds, tok_review (the capture waits) and
// anything else pays; without one the payer pays on the gateway's page.
type cards struct {
	name string
	now  func() time.Time

	mu       sync.Mutex
	payments map[string]orchestrator.Snapshot
	refs     map[string]string
	review   map[string]bool
}

func newCards(name string, now func() time.Time) *cards {
	return &cards{name: name, now: now, payments: map[string]orchestrator.Snapshot{}, refs: map[string]string{}, review: map[string]bool{}}
}

func (g *cards) Name() string { return g.name }

func (g *cards) CanReceive(_ context.Context, _ int64, user string) (bool, error) {
	return user != "no-account", nil
}

var cardFacts = map[process.Verb]process.Fact{
	process.Authorize: process.FactAuthorized, process.Charge: process.FactCaptured, process.Capture: process.FactCaptured,
	process.Void: process.FactVoided, process.Refund: process.FactRefunded, process.Transfer: process.FactTransferred,
}

// KeepsStates: it tells no sums.
func (g *cards) KeepsStates() {}

func (g *cards) Perform(_ context.Context, op orchestrator.Operation) orchestrator.Outcome {
	g.mu.Lock()
	defer g.mu.Unlock()
	id, token := op.Transaction.PaymentID, op.Input["payment_method"]
	if op.Verb == process.Authorize || op.Verb == process.Charge {
		if token == "tok_declined" {
			return orchestrator.Outcome{Status: process.Declined, Code: "card_declined"}
		}
		id = "pi_" + strconv.Itoa(len(g.payments)+1)
		g.refs[op.Reference()], g.review[id] = id, token == "tok_review"
		g.payments[id] = orchestrator.Snapshot{PaymentID: id, Payment: process.Payment{Found: true, Facts: map[process.Fact]time.Time{}}}
		if status := map[string]process.Status{"": process.Pending, "tok_3ds": process.RequiresAction}[token]; status != "" {
			p := g.payments[id]
			p.RedirectURL, p.ClientSecret = "https://pay.example.com/"+id, id+"_secret"
			g.payments[id] = p
			return orchestrator.Outcome{Status: status, Snapshot: g.copy(id)}
		}
	}
	if op.Verb == process.Capture && g.review[id] {
		p := g.payments[id]
		p.Note = "multicurrency"
		g.payments[id] = p
		return orchestrator.Outcome{Status: process.Pending, Snapshot: g.copy(id)}
	}
	g.payments[id].Facts[cardFacts[op.Verb]] = g.now()
	return orchestrator.Outcome{Status: process.Succeeded, Snapshot: g.copy(id)}
}

func (g *cards) Lookup(_ context.Context, ref orchestrator.PaymentRef) (orchestrator.Snapshot, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if ref.PaymentID == "" {
		return g.copy(g.refs[ref.Reference]), nil
	}
	return g.copy(ref.PaymentID), nil
}

// happen makes something happen at the gateway.
func (g *cards) happen(payment string, fact process.Fact) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.payments[payment].Facts[fact] = g.now()
}

func (g *cards) copy(id string) orchestrator.Snapshot {
	p := g.payments[id]
	p.Facts = maps.Clone(p.Facts)
	return p
}
