package orchestrator

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net"
	"time"

	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Lanes are how the due work is shared out among gateways.
func (e *Engine) Lanes() *Lanes { return e.lanes }

// hear notes how a call of a gateway went. When one that was failing is well again,
// the operations that wait for it are looked at soon.
func (e *Engine) hear(ctx context.Context, gateway string, what heard) {
	if !e.lanes.hear(gateway, what) {
		return
	}
	now := e.now()
	if err := e.config.Store.WakeIntents(context.WithoutCancel(ctx), gateway, now.Add(e.lease()), now, 0); err != nil {
		e.config.Log.WarnContext(ctx, "wake operations", "gateway", gateway, "error", err)
	}
}

// probe wakes one operation of each gateway whose breaker has waited long enough, so
// that there is something to find out with.
func (e *Engine) probe(ctx context.Context) error {
	var errs []error
	for gateway, state := range e.lanes.States() {
		if state == BreakerHalfOpen {
			now := e.now()
			errs = append(errs, e.config.Store.WakeIntents(ctx, gateway, now.Add(e.lease()), now, 1))
		}
	}
	return errors.Join(errs...)
}

// outcomeHeard tells what an outcome says about its gateway.
func outcomeHeard(ctx context.Context, out Outcome) heard {
	switch {
	case out.Status == process.Unknown && out.Kept, out.Unasked:
		return answered
	case out.Status == process.Unknown, out.Status == process.NotSent:
		return errorHeard(ctx, out.Err)
	}
	return answered
}

// errorHeard tells what the error of a call says about its gateway.
func errorHeard(ctx context.Context, err error) heard {
	var line *net.OpError
	var name *net.DNSError
	switch {
	case err == nil:
		return answered
	case ctx.Err() != nil, errors.As(err, &line) && line.Op == "dial", errors.As(err, &name):
		return unheardOf
	}
	return failing
}

func paymentRef(tx Transaction) PaymentRef {
	ref := PaymentRef{CommunityID: tx.CommunityID, PaymentID: tx.PaymentID, Reference: tx.IntentID, Since: tx.CreatedAt, Buyer: tx.Buyer, Seller: tx.Seller, Payer: tx.PayerAccount, of: tx.version()}
	if tx.Attention == "" {
		ref.Booked = &tx.Funds
	}
	return ref
}

// ask looks a payment up under the deadline of a call.
func (e *Engine) ask(ctx context.Context, g Gateway, ref PaymentRef) (Snapshot, error) {
	return e.askWithin(ctx, e.config.CallTimeout, g, ref)
}

// askWithin looks a payment up and notes which version of the deal it is held against.
func (e *Engine) askWithin(ctx context.Context, limit time.Duration, g Gateway, ref PaymentRef) (Snapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	s, err := g.Lookup(ctx, ref)
	s.of = ref.of
	e.hear(ctx, g.Name(), errorHeard(ctx, err))
	return s, err
}

// glance looks a payment up in half of a call's time, so that enough is left for
// the operation itself.
func (e *Engine) glance(ctx context.Context, g Gateway, ref PaymentRef) (Snapshot, error) {
	return e.askWithin(ctx, e.config.CallTimeout/2, g, ref)
}

// payments lists what a gateway has, and ends with an error when the gateway answers
// nothing for as long as one call may take.
func (e *Engine) payments(ctx context.Context, name string, g Statement, from, to time.Time) iter.Seq2[StatementLine, error] {
	return func(yield func(StatementLine, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		hung := time.AfterFunc(e.config.CallTimeout, cancel)
		defer hung.Stop()
		for line, err := range g.Payments(ctx, from, to) {
			hung.Stop()
			e.hear(ctx, name, errorHeard(ctx, err))
			if !yield(line, err) {
				return
			}
			hung.Reset(e.config.CallTimeout)
		}
	}
}

// rows reads those of a deal's invoice, for a gateway that takes them. Some that are not what
// the deal costs are none.
func (e *Engine) rows(ctx context.Context, g Gateway, tx Transaction) ([]Row, error) {
	if _, takes := g.(Itemizing); !takes || tx.ID == 0 {
		return nil, nil
	}
	history, err := e.config.Store.Timeline(ctx, tx.ID)
	if err != nil {
		return nil, err
	}
	var rows []Row
	for _, entry := range history {
		if text := entry.Said[process.RowsInput.Name]; text != "" && json.Unmarshal([]byte(text), &rows) != nil {
			return nil, nil
		}
	}
	var sum int64
	for _, r := range rows {
		if sum += r.Amount; r.Amount < 0 || r.VAT < 0 || r.VAT > 100 {
			return nil, nil
		}
	}
	if sum != tx.Price.Minor() {
		return nil, nil
	}
	return rows, nil
}
