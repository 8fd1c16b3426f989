package exchange

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/p2porder"
)

func overdue(tx orchestrator.Transaction, now time.Time) bool {
	at, ok := tx.Deadlines[process.PayDeadline]
	return ok && tx.State == p2porder.Pending && !now.Before(at.Add(p2porder.PayGrace))
}

// Appeal calls an order back that expired or that the seller cancelled. The seller's
// balance is frozen again and the amount taken from the ad again; if the ad has less
// left, its total grows by what is missing, which is audited. The buyer's one place for an open order is taken until
// the case is decided, so that nobody freezes several sellers by appeals. A buyer who
// uses that place already is active_deposit_order_exists, and a seller who has too
// little left is seller_insufficient_balance, both with case_opened: what the buyer
// says is kept, nothing is frozen, and operators have a case. Another fault:
// appeal_window_over.
func (s *Service) Appeal(ctx context.Context, u User, id int64, reason string, r Request) (Order, *idempotency.Reply, error) {
	if !plain(reason, maxReason) {
		return Order{}, nil, invalid("reason", "a reason must be text of at most %d characters", maxReason)
	}
	return once(ctx, s, r.Key, func() (Order, *idempotency.Reply, error) { return s.callBack(ctx, u, id, reason, r) })
}

// callBack appeals, and makes room for the order's amount when the ad has too little.
func (s *Service) callBack(ctx context.Context, u User, id int64, reason string, r Request) (Order, *idempotency.Reply, error) {
	var ad, raised int64
	for try := 1; ; try++ {
		o, reply, err := s.appeal(ctx, u, id, reason, r)
		if fault.ReasonOf(err) == errExceeds.Reason && try < maxTries {
			var by int64
			if ad, by, err = s.makeRoom(ctx, u, id); err == nil {
				raised += by
				continue
			}
		}
		if err != nil && raised > 0 {
			err = errors.Join(err, s.raise(ctx, u.Community, ad, id, -raised))
		}
		return o, reply, err
	}
}

func (s *Service) appeal(ctx context.Context, u User, id int64, reason string, r Request) (Order, *idempotency.Reply, error) {
	tx, err := s.current(ctx, u, id, r)
	if err != nil {
		return Order{}, nil, err
	}
	switch {
	case u.ID != tx.Buyer:
		return Order{}, nil, errRole
	case tx.State == p2porder.Contested:
		return Order{}, nil, errNothingLeft
	case tx.State == p2porder.Cancelled && (cancelReason(tx) == cancelledByTime || cancelReason(tx) == cancelledBySeller):
		return Order{}, nil, errAppealOver
	}
	lock := orchestrator.Reservation{Resource: buyerLock(tx.Buyer), Amount: 1, Capacity: 1, Lock: true, Reason: errDepositOpen.Reason}
	st := step{message: reason}
	if r.DryRun == nil || r.DryRun.Transition != p2porder.Expire { // else the order has the lock, and would give it back first
		st.reserve = append(st.reserve, lock)
	}
	if r.DryRun == nil { // which makes no room in the ad
		st.reserve = append(st.reserve, orchestrator.Reservation{Resource: listings.AdResource(tx.ListingID), Amount: tx.Price.Minor(), Reason: errExceeds.Reason})
	}
	result, err := s.do(ctx, tx, u.actor(), p2porder.Appeal, r, st)
	switch {
	case fault.ReasonOf(err) == "insufficient_balance":
		return Order{}, nil, s.contest(ctx, u, tx, reason, r, errNothingLeft)
	case fault.ReasonOf(err) == errDepositOpen.Reason:
		return Order{}, nil, s.contest(ctx, u, tx, reason, r, errOneAppeal)
	case err != nil:
		return Order{}, nil, refusal(err, tx.State)
	case result.Replay != nil:
		return Order{}, result.Replay, nil
	}
	return s.shown(result.Transaction, u.ID), nil, nil
}

// contest opens a case without money and returns the refusal that tells of it.
func (s *Service) contest(ctx context.Context, u User, tx orchestrator.Transaction, reason string, r Request, told error) error {
	if r.DryRun != nil {
		return told
	}
	// Without the key: a refusal is not what the engine stores under it.
	if _, err := s.do(ctx, tx, u.actor(), p2porder.Contest, Request{ID: r.ID}, step{message: reason}); err != nil {
		return refusal(err, tx.State)
	}
	return told
}

// makeRoom raises the total of an order's ad so that it has the order's amount left.
func (s *Service) makeRoom(ctx context.Context, u User, id int64) (ad, by int64, err error) {
	tx, err := s.load(ctx, u.Community, id)
	if err != nil {
		return 0, 0, err
	}
	a, err := s.Ads.Get(ctx, u.Community, tx.ListingID)
	if err != nil {
		return tx.ListingID, 0, err
	}
	if by = tx.Price.Minor() - a.Available; by <= 0 {
		return tx.ListingID, 0, nil
	}
	return tx.ListingID, by, s.raise(ctx, u.Community, tx.ListingID, id, by)
}

func (s *Service) raise(ctx context.Context, community, ad, order, by int64) error {
	if err := s.Ads.Raise(ctx, community, ad, by); err != nil {
		return fmt.Errorf("raise the ad of order %d: %w", order, err)
	}
	return s.audit(ctx, community, "system", RaisingAd, fmt.Sprintf("ad:%d", ad), fmt.Sprintf("by %d for order %d", by, order))
}
