package exchange

import (
	"context"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
)

// maxTries bounds how often a command is decided again after a lost race.
const maxTries = 20

// Take opens an order. Of what was checked, the commit itself guards what others
// can change: the ad's version, what it has left, the taker's place, the seller's
// balance. Who loses such a race is checked again and gets the true reason, or
// takes the ad under its new terms.
func (s *Service) Take(ctx context.Context, u User, in Take, r Request) (Order, *idempotency.Reply, error) {
	return once(ctx, s, r.Key, func() (Order, *idempotency.Reply, error) { return s.takeAd(ctx, u, in, r) })
}

func (s *Service) takeAd(ctx context.Context, u User, in Take, r Request) (Order, *idempotency.Reply, error) {
	if in.Format != "" && in.Format != "fast_pay" && in.Format != "p2p" {
		return Order{}, nil, invalid("format", "format must be fast_pay or p2p")
	}
	if err := s.welcome(ctx, u); err != nil {
		return Order{}, nil, err
	}
	rules, err := s.Rules(ctx, u.Community)
	if err != nil {
		return Order{}, nil, err
	}
	for try := 1; ; try++ {
		c, err := s.check(ctx, u, in, rules)
		if err != nil {
			return Order{}, nil, err
		}
		create, err := s.opening(u, in, c, rules)
		if err != nil {
			return Order{}, nil, err
		}
		if r.DryRun != nil {
			*r.DryRun, err = s.Engine.DryRunCreate(ctx, create)
			return Order{}, nil, refusal(err, "")
		}
		create.RequestID, create.Key = r.ID, s.key(r, u.ID)
		result, err := s.Engine.Create(ctx, create)
		switch {
		case err == nil && result.Replay != nil:
			return Order{}, result.Replay, nil
		case err == nil:
			return s.shown(result.Transaction, u.ID), nil, nil
		case !lostRace(err) || try == maxTries:
			return Order{}, nil, refusal(err, "")
		}
	}
}

// lostRace tells refusals of a commit from those of a request.
func lostRace(err error) bool {
	switch fault.ReasonOf(err) {
	case "not_available", "insufficient_balance", gateShut,
		errNotActive.Reason, errExceeds.Reason, errDepositOpen.Reason, errWithdrawOpen.Reason:
		return true
	}
	return false
}

// gateShut is how the commit of an order says that the ad was changed.
const gateShut = "ad_changed_meanwhile"

// opening is the order that is to be committed.
func (s *Service) opening(u User, in Take, c checked, r Rules) (orchestrator.CreateInput, error) {
	ad, start := c.ad, s.now().Add(c.wait)
	terms, err := s.snapshot(u, in, ad, c.fiat)
	if err != nil {
		return orchestrator.CreateInput{}, err
	}
	if c.wait > 0 {
		terms[attrDetailsFrom] = start.Format(time.RFC3339Nano)
	}
	buyer, seller := sides(ad, u.ID)
	deadline := start.Add(time.Duration(ad.PayMinutes) * time.Minute)
	return orchestrator.CreateInput{
		CommunityID: u.Community, Process: processName, Gateway: s.Engine.Kinds().OwnLedger(), Actor: u.actor(),
		Starter: u.ID, Author: ad.Owner, Buyer: buyer, Seller: seller,
		ListingID: ad.ID, Title: "Ad " + strconv.FormatInt(ad.ID, 10), UnitPrice: money.New(in.Amount, ad.Asset),
		Deadlines: r.deadlines(deadline), Attributes: terms, Reserve: reserve(u, in, ad),
	}, nil
}

func reserve(u User, in Take, ad listings.Ad) []orchestrator.Reservation {
	lock, taken := takerLock(ad, u.ID)
	all := []orchestrator.Reservation{
		{Resource: listings.AdOpenResource(ad.ID, ad.Version), Amount: 1, Spent: true, Reason: gateShut},
		{Resource: lock, Amount: 1, Capacity: 1, Lock: true, Reason: taken.Reason},
		{Resource: listings.AdResource(ad.ID), Amount: in.Amount, Reason: errExceeds.Reason},
	}
	if ad.SingleOffer {
		all = append(all, orchestrator.Reservation{
			Resource: listings.SingleOfferResource(ad.ID), Amount: 1, Capacity: 1, Lock: true, Reason: errNotActive.Reason,
		})
	}
	return all
}

// snapshot is what the order keeps of the ad's terms, and how its seller is paid.
func (s *Service) snapshot(u User, in Take, ad listings.Ad, fiat int64) (map[string]string, error) {
	details := in.Details
	if ad.Type == listings.Sell {
		var err error
		if details, err = s.Ads.Details(ad); err != nil {
			return nil, err
		}
	}
	nonce := s.NewID()
	sealed, err := s.sealDetails(details, bound(u.Community, ad.ID, u.ID, nonce))
	if err != nil {
		return nil, err
	}
	return map[string]string{
		attrAdType: string(ad.Type), attrAdVersion: strconv.FormatInt(ad.Version, 10),
		attrMethod: in.Method, attrFormat: in.Format, attrRate: strconv.FormatInt(ad.Rate, 10),
		attrFiat: strconv.FormatInt(fiat, 10), attrFiatCode: string(ad.Fiat),
		attrInstructions: ad.Instructions, attrDetails: sealed, attrNonce: nonce,
	}, nil
}

// key lets the engine store the face's answer to a reader with the commit.
func (s *Service) key(r Request, reader string) *orchestrator.Key {
	if r.Key == nil {
		return nil
	}
	k := *r.Key
	k.Render = func(tx orchestrator.Transaction, _ error) (int, []byte) { return r.Render(s.shown(tx, reader)) }
	return &k
}
