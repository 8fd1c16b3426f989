package facetest

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// escrow is an escrow gateway in memory under the name of a real one.
type escrow struct {
	now func() time.Time

	mu       sync.Mutex
	payments map[string]*orchestrator.Snapshot
	refs     map[string]string
	asked    []process.Verb
	next     process.Status // of the next operation, instead of success
	code     fault.Reason
	Hold     chan struct{} // when set, operations wait for it
}

func newEscrow(now func() time.Time) *escrow {
	return &escrow{now: now, payments: map[string]*orchestrator.Snapshot{}, refs: map[string]string{}}
}

func (g *escrow) Name() string { return "trustap" }

// SetsFees says that the fees are this gateway's.
func (g *escrow) SetsFees() {}

func (g *escrow) CanReceive(_ context.Context, _ int64, user string) (bool, error) {
	return user != "no-account", nil
}

// Answer sets how the next operation ends.
func (g *escrow) Answer(s process.Status, code fault.Reason) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.next, g.code = s, code
}

// Operations counts what the gateway was asked to do.
func (g *escrow) Operations() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.asked)
}

var facts = map[process.Verb]process.Fact{
	process.Charge: process.FactJoined, process.Void: process.FactCancelled, process.Track: process.FactTracked,
	process.ConfirmDelivery: process.FactDelivered, process.Complain: process.FactComplained, process.Release: process.FactComplaintPeriodEnded,
}

// KeepsStates: it tells no sums.
func (g *escrow) KeepsStates() {}

func (g *escrow) Perform(_ context.Context, op orchestrator.Operation) orchestrator.Outcome {
	g.mu.Lock()
	hold := g.Hold
	g.mu.Unlock()
	if hold != nil {
		<-hold
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked = append(g.asked, op.Verb)
	status, code := g.next, g.code
	g.next, g.code = "", ""
	if status == process.Declined || status == process.NotSent || status == process.Unknown {
		return orchestrator.Outcome{Status: status, Code: code, Err: errors.New("the gateway said " + string(code))}
	}
	id := op.Transaction.PaymentID
	if op.Verb == process.Charge {
		id = strconv.Itoa(len(g.payments) + 1)
		g.refs[op.Reference()] = id
		fees := &process.Fees{Buyer: 30, Seller: 5}
		if op.Transaction.Deposit > 0 { // the price is not set yet
			fees = &process.Fees{Buyer: 30, Deposit: 30}
		}
		g.payments[id] = &orchestrator.Snapshot{
			Payment:   process.Payment{Found: true, Price: op.Transaction.Price, Deposit: op.Transaction.Deposit, Fees: fees, Facts: map[process.Fact]time.Time{}},
			PaymentID: id, RedirectURL: "https://pay.example.com/" + id,
		}
	}
	g.payments[id].Facts[facts[op.Verb]] = g.now()
	return orchestrator.Outcome{Status: process.Succeeded, Snapshot: g.snapshot(id)}
}

func (g *escrow) Lookup(_ context.Context, ref orchestrator.PaymentRef) (orchestrator.Snapshot, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	id := ref.PaymentID
	if id == "" {
		id = g.refs[ref.Reference]
	}
	return g.snapshot(id), nil
}

// snapshot copies a payment; the caller holds the lock.
func (g *escrow) snapshot(id string) orchestrator.Snapshot {
	p, ok := g.payments[id]
	if !ok {
		return orchestrator.Snapshot{}
	}
	s := *p
	s.Facts = map[process.Fact]time.Time{}
	for fact, at := range p.Facts {
		s.Facts[fact] = at
	}
	return s
}

// Happen makes something happen at the gateway.
func (g *escrow) Happen(payment string, fact process.Fact) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.payments[payment].Facts[fact] = g.now()
}

// Reprice lets the gateway hold another amount than agreed.
func (g *escrow) Reprice(payment string, price money.Amount) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.payments[payment].Price = price
}
