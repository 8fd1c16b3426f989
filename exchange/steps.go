package exchange

import (
	"context"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/p2porder"
)

// maxReason is how many characters a reason may have.
const maxReason = 2000

// Order reads an order. An operator reads one only when they have its case, and every
// time is audited.
func (s *Service) Order(ctx context.Context, u User, id int64) (Order, error) {
	tx, _, err := s.look(ctx, u, id, ReadOrder)
	if err != nil {
		return Order{}, err
	}
	return s.full(ctx, tx, u.ID)
}

// Exists tells whether there is an order, to a face whose document says so to strangers.
func (s *Service) Exists(ctx context.Context, community, id int64) (bool, error) {
	_, err := s.load(ctx, community, id)
	if fault.CodeOf(err) == fault.NotFound {
		return false, nil
	}
	return err == nil, err
}

// Traded tells since when an ad is traded, and since when it is not any more: from the
// first order until the last one ended, once the ad takes no more. Both may be zero.
func (s *Service) Traded(ctx context.Context, ad listings.Ad) (from, until time.Time, err error) {
	from, until, err = s.Store.TradeTimes(ctx, ad.CommunityID, ad.ID)
	if err != nil || ad.Status == listings.Active || ad.Status == listings.Paused {
		return from, time.Time{}, err
	}
	open, err := s.Store.OpenOrders(ctx, ad.CommunityID, ad.ID)
	if err != nil || open > 0 {
		return from, time.Time{}, err
	}
	return from, until, nil
}

// Orders are the user's own, newest first, without payment details, and how many there are.
func (s *Service) Orders(ctx context.Context, u User, f OrderFilter) ([]Order, int64, error) {
	q := OrderQuery{CommunityID: u.Community, Limit: f.Limit, Offset: f.Offset}
	switch f.Role {
	case "":
		q.Party = u.ID
	case "buyer":
		q.Buyer = u.ID
	case "seller":
		q.Seller = u.ID
	default:
		return nil, 0, invalid("role", "role must be buyer or seller")
	}
	var err error
	if q.States, err = statesOf(f.Status); err != nil {
		return nil, 0, err
	}
	return s.list(ctx, q)
}

// list reads a page of orders without payment details.
func (s *Service) list(ctx context.Context, q OrderQuery) ([]Order, int64, error) {
	if err := checkPage(q.Limit, q.Offset); err != nil {
		return nil, 0, err
	}
	found, total, err := s.pageOfOrders(ctx, q)
	if err != nil {
		return nil, 0, err
	}
	settled, err := s.resolutions(ctx, q.CommunityID, found...)
	if err != nil {
		return nil, 0, err
	}
	all := make([]Order, len(found))
	for i, tx := range found {
		all[i] = order(tx)
		all[i].Resolution = settled[tx.ID]
	}
	return all, total, nil
}

// pageOfOrders is a whole page of the deals of orders.
func (s *Service) pageOfOrders(ctx context.Context, q OrderQuery) ([]orchestrator.Transaction, int64, error) {
	return entire(listings.Page{Limit: q.Limit, Offset: q.Offset}, func(p listings.Page) ([]orchestrator.Transaction, int64, error) {
		q.Limit, q.Offset = p.Limit, p.Offset
		return s.Store.Orders(ctx, q)
	})
}

func checkPage(limit int, offset int64) error {
	switch {
	case limit < 1 || limit > 100:
		return invalid("limit", "limit must be 1 to 100")
	case offset < 0:
		return invalid("offset", "offset must not be negative")
	}
	return nil
}

// step is what a party asks of an order.
type step struct {
	input   map[string]string
	message string // posted with it
	reserve []orchestrator.Reservation
	// choose names the transition, or refuses. It is asked again after a lost race.
	choose func(tx orchestrator.Transaction) (process.Transition, error)
}

// take lets a party take a step.
func (s *Service) take(ctx context.Context, u User, id int64, r Request, st step) (Order, *idempotency.Reply, error) {
	return once(ctx, s, r.Key, func() (Order, *idempotency.Reply, error) { return s.tryStep(ctx, u, id, r, st) })
}

// tryStep decides again as long as somebody else was faster.
func (s *Service) tryStep(ctx context.Context, u User, id int64, r Request, st step) (Order, *idempotency.Reply, error) {
	var err error
	for range maxTries {
		var tx orchestrator.Transaction
		if tx, err = s.current(ctx, u, id, r); err != nil {
			return Order{}, nil, err
		}
		name, refused := st.choose(tx)
		if refused != nil {
			if r.DryRun != nil {
				*r.DryRun = orchestrator.Preview{From: tx.State, Transaction: tx}
			}
			return Order{}, nil, refused
		}
		var result orchestrator.Result
		result, err = s.do(ctx, tx, u.actor(), name, r, st)
		switch {
		case err == nil && result.Replay != nil:
			return Order{}, result.Replay, nil
		case err == nil:
			return s.shown(result.Transaction, u.ID), nil, nil
		case !moved(err):
			return Order{}, nil, refusal(err, tx.State)
		}
	}
	return Order{}, nil, err
}

// moved tells refusals that are due to somebody else who was faster.
func moved(err error) bool {
	switch fault.ReasonOf(err) {
	case process.ReasonIllegal, p2porder.ReasonOtherAgreed, p2porder.ReasonOtherSilent, errExpired.Reason:
		return true
	}
	return false
}

func (s *Service) do(ctx context.Context, tx orchestrator.Transaction, a process.Actor, name process.Transition, r Request, st step) (orchestrator.Result, error) {
	in := orchestrator.DoInput{
		CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: name, Actor: a,
		Input: st.input, Message: st.message, Reserve: st.reserve, RequestID: r.ID, Key: s.key(r, a.ID),
	}
	if r.DryRun != nil {
		var err error
		*r.DryRun, err = s.Engine.DryRunFrom(ctx, tx, in)
		return orchestrator.Result{Transaction: tx}, err
	}
	return s.Engine.Do(ctx, in)
}

// current reads an order of a party. One that is overdue expires first, so that no
// answer depends on how late a timer fires.
func (s *Service) current(ctx context.Context, u User, id int64, r Request) (orchestrator.Transaction, error) {
	tx, err := s.mine(ctx, u, id)
	if err != nil || !overdue(tx, s.Engine.Now()) {
		return tx, err
	}
	if r.DryRun != nil {
		would, err := s.Engine.DryRunFrom(ctx, tx, orchestrator.DoInput{Transition: p2porder.Expire, Actor: process.Actor{Kind: process.OfSchedule}})
		*r.DryRun = would
		return would.Transaction, err
	}
	_, err = s.do(ctx, tx, process.Actor{Kind: process.OfSchedule}, p2porder.Expire, Request{}, step{})
	if err != nil && fault.ReasonOf(err) != process.ReasonIllegal {
		return tx, err
	}
	return s.mine(ctx, u, id)
}

// ConfirmPaid says that the buyer has paid. After the deadline and a minute of grace it is
// order_expired, whether a timer has noticed or not.
func (s *Service) ConfirmPaid(ctx context.Context, u User, id int64, r Request) (Order, *idempotency.Reply, error) {
	return s.take(ctx, u, id, r, step{choose: func(tx orchestrator.Transaction) (process.Transition, error) {
		switch {
		case u.ID != tx.Buyer:
			return "", errRole
		case tx.State == p2porder.Pending:
			return p2porder.ConfirmPaid, nil
		case cancelReason(tx) == cancelledByTime:
			return "", expired(tx)
		}
		return "", wrongStatus(StatusOf(tx.State))
	}})
}

// expired tells who pays too late where the order stands and how to call it back.
func expired(tx orchestrator.Transaction) *fault.Error {
	f := errExpired.With("current_status", string(Cancelled))
	if until := order(tx).AppealUntil; !until.IsZero() {
		f = f.With("appeal_until", until)
	}
	return f
}

// ConfirmReceived says that the seller has the payment, and releases. A seller may give
// in during a dispute.
func (s *Service) ConfirmReceived(ctx context.Context, u User, id int64, r Request) (Order, *idempotency.Reply, error) {
	return s.take(ctx, u, id, r, step{choose: func(tx orchestrator.Transaction) (process.Transition, error) {
		switch {
		case u.ID != tx.Seller:
			return "", errRole
		case tx.State == p2porder.Paid || tx.State == p2porder.Disputed:
			return p2porder.ConfirmReceived, nil
		case tx.State == p2porder.Pending && s.ReleaseEarly:
			return p2porder.ReleaseEarly, nil
		}
		return "", wrongStatus(StatusOf(tx.State))
	}})
}

// Cancel cancels a pending order. With notPaid a buyer takes their claim back; in a
// dispute either side agrees to cancel so, which happens once both have.
func (s *Service) Cancel(ctx context.Context, u User, id int64, notPaid bool, r Request) (Order, *idempotency.Reply, error) {
	return s.take(ctx, u, id, r, step{choose: func(tx orchestrator.Transaction) (process.Transition, error) {
		buys := u.ID == tx.Buyer
		switch {
		case tx.State == p2porder.Pending && buys:
			return p2porder.Cancel, nil
		case tx.State == p2porder.Pending:
			return p2porder.CancelSale, nil
		case tx.State == p2porder.Paid && notPaid && buys:
			return p2porder.WithdrawClaim, nil
		case tx.State == p2porder.Disputed && notPaid:
			return agreement(tx, buys), nil
		}
		return "", wrongStatus(StatusOf(tx.State))
	}})
}

// agreement ends a dispute when the other side has agreed to cancel, else it notes
// that this side does.
func agreement(tx orchestrator.Transaction, buys bool) process.Transition {
	switch {
	case buys && tx.Has(p2porder.FactAgreedBySeller), !buys && tx.Has(p2porder.FactAgreedByBuyer):
		return p2porder.CancelTogether
	case buys:
		return p2porder.AgreeToCancel
	}
	return p2porder.AgreeToCancelSale
}

// CallOperator opens a dispute. The second caller finds the same dispute.
func (s *Service) CallOperator(ctx context.Context, u User, id int64, reason string, r Request) (Order, *idempotency.Reply, error) {
	if !plain(reason, maxReason) {
		return Order{}, nil, invalid("reason", "a reason must be text of at most %d characters", maxReason)
	}
	open := false
	o, reply, err := s.take(ctx, u, id, r, step{message: reason, choose: func(tx orchestrator.Transaction) (process.Transition, error) {
		open = tx.State == p2porder.Disputed
		if tx.State == p2porder.Paid {
			return p2porder.CallOperator, nil
		}
		return "", wrongStatus(StatusOf(tx.State))
	}})
	if err == nil || !open {
		return o, reply, err
	}
	if r.DryRun != nil {
		*r.DryRun = orchestrator.Preview{Transition: p2porder.CallOperator, From: p2porder.Disputed, To: p2porder.Disputed}
		return Order{}, nil, nil
	}
	o, err = s.Order(ctx, u, id)
	return o, nil, err
}
