package exchange

import (
	"context"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
)

// maxFaults is how many failed orders of a taker are looked at; no rules ask for more.
const maxFaults = 1000

// sides are who buys and who sells on an ad.
func sides(a listings.Ad, taker string) (buyer, seller string) {
	if a.Type == listings.Sell {
		return taker, a.Owner
	}
	return a.Owner, taker
}

// takerLock is a taker's one place for an open order of a direction. Buying is a
// deposit, selling a withdrawal (customer's document).
func takerLock(a listings.Ad, taker string) (resource string, refusal *fault.Error) {
	if a.Type == listings.Sell {
		return buyerLock(taker), errDepositOpen
	}
	return "taker:" + taker + ":withdraw", errWithdrawOpen
}

// buyerLock is a user's one place for an order that they took as the buyer, or that
// they called back.
func buyerLock(user string) string { return "taker:" + user + ":deposit" }

// check is all that is asked before an ad is taken, in the order that the answers
// have. What it finds may change before the order is committed; the commit then
// fails, and it is asked again.
func (s *Service) check(ctx context.Context, u User, in Take, r Rules) (checked, error) {
	ad, err := s.takeable(ctx, u, in)
	c := checked{ad: ad}
	if err != nil {
		return c, err
	}
	if c.wait, err = s.checkTaker(ctx, u, ad, in.Amount, r); err != nil {
		return c, err
	}
	if c.fiat, err = s.checkAmount(ad, in.Amount); err != nil {
		return c, err
	}
	if !s.Ads.Accepts(ad, in.Method) {
		return c, errMethod
	}
	_, seller := sides(ad, u.ID)
	free, err := s.Books.Balance(ctx, u.Community, available(seller), ad.Asset)
	if err == nil && free < in.Amount {
		err = errSellerBalance
	}
	return c, err
}

// checked is an ad that may be taken.
type checked struct {
	ad   listings.Ad
	fiat int64         // what the buyer is to pay
	wait time.Duration // until the taker sees the seller's payment details
}

// takeable finds the ad that is to be taken. That there is none, or a block, shows
// no more than that it is not active.
func (s *Service) takeable(ctx context.Context, u User, in Take) (listings.Ad, error) {
	ad, err := s.Ads.Get(ctx, u.Community, in.AdID)
	switch {
	case fault.CodeOf(err) == fault.NotFound:
		return ad, errNotActive
	case err != nil:
		return ad, err
	case ad.Status != listings.Active || !s.trades(ad.Asset):
		return ad, errNotActive
	case in.Asset != "" && in.Asset != ad.Asset:
		return ad, fault.New(fault.Invalid, "invalid_currency", "currency must be %s, the asset of the ad", ad.Asset).With("field", "currency")
	case ad.Owner == u.ID:
		return ad, errOwnAd
	}
	known, err := s.Store.Traders(ctx, u.Community, []string{ad.Owner})
	if err != nil {
		return ad, err
	}
	blocked, err := s.Store.Blocked(ctx, u.Community, u.ID, ad.Owner)
	switch {
	case err != nil:
		return ad, err
	case blocked || !known[ad.Owner].BannedAt.IsZero():
		return ad, errNotActive
	case in.AdVersion != 0 && in.AdVersion != ad.Version:
		return ad, changedAd(ad)
	}
	return ad, nil
}

// changedAd refuses who has seen other terms, and shows those of now.
func changedAd(ad listings.Ad) *fault.Error {
	return fault.New(fault.Conflict, "ad_changed", "the ad was changed; look at its terms again").
		With("version", ad.Version).With("fiat_currency", string(ad.Fiat)).With("exchange_rate", ad.Rate).
		With("min_amount", ad.Min).With("max_amount", ad.Max).With("available_amount", ad.Available).
		With("payment_methods", ad.Methods).With("instructions", ad.Instructions)
}

// checkTaker is what is asked about the taker: their open orders, the ad's one
// place, orders that failed by their fault, and the gates of who withdraws.
func (s *Service) checkTaker(ctx context.Context, u User, ad listings.Ad, amount int64, r Rules) (time.Duration, error) {
	lock, taken := takerLock(ad, u.ID)
	single := listings.SingleOfferResource(ad.ID)
	free, err := s.Books.Free(ctx, u.Community, []string{lock, single})
	if err != nil {
		return 0, err
	}
	if left, known := free[lock]; known && left < 1 {
		return 0, taken
	}
	if left, known := free[single]; known && left < 1 && ad.SingleOffer {
		return 0, errNotActive
	}
	st, err := s.standing(ctx, u, r)
	if err != nil {
		return 0, err
	}
	if ad.Type == listings.Sell {
		return s.wait(ctx, u, r, st)
	}
	return 0, s.checkWithdrawal(ctx, u, r, money.New(amount, ad.Asset))
}

// standing is what a taker's own orders say about them.
type standing struct {
	faults []Fault // within the rules' window, the latest first
}

// standing reads a taker's failed orders and refuses who has too many of them.
func (s *Service) standing(ctx context.Context, u User, r Rules) (standing, error) {
	now := s.now()
	faults, err := s.Store.Faults(ctx, u.Community, u.ID, now.Add(-duration(r.FaultWindow)), maxFaults)
	if err != nil || r.FaultLimit == 0 {
		return standing{faults}, err
	}
	// The points of the latest ones count; the one that reaches the limit has to grow older.
	points := int64(0)
	for _, f := range faults {
		if points += r.points(f.Kind); points >= r.FaultLimit {
			until := f.At.Add(duration(r.FaultWindow))
			return standing{faults}, fault.New(fault.RateLimited, "too_many_expired_orders",
				"too many of your orders were cancelled, expired unpaid or were decided against you; try again later").
				With("retry_after", seconds(until.Sub(now))+1)
		}
	}
	return standing{faults}, nil
}

func (r Rules) points(k FaultKind) int64 {
	switch k {
	case TakerCancelled:
		return r.CancelPoints
	case TakerExpired:
		return r.ExpiryPoints
	}
	return r.LossPoints
}

// wait is how long a taker who buys waits for the seller's payment details.
func (s *Service) wait(ctx context.Context, u User, r Rules, st standing) (time.Duration, error) {
	wait := r.NewcomerWait
	if int64(len(st.faults)) >= r.FaultWaitAfter {
		wait = max(wait, r.FaultWait)
	}
	if wait == 0 {
		return 0, nil
	}
	known, err := s.Conversations.Ratings(ctx, u.Community, u.ID)
	if err != nil || known[u.ID].Completed > 0 {
		return 0, err
	}
	return duration(wait), nil
}

// checkWithdrawal is what the community asks of who sells by taking an ad.
func (s *Service) checkWithdrawal(ctx context.Context, u User, r Rules, offer money.Amount) error {
	gates := []Gate{s.MinDeposit, s.Wagering}
	if r.MinDeposit > 0 {
		gates[0] = MinimumDeposit{Deposits: s.Store, Minimum: r.MinDeposit, Currency: s.Asset, Assets: s.Assets}
	}
	if r.WageringPercent > 0 {
		gates[1] = Wagered{Store: s.Store, Percent: r.WageringPercent, Assets: s.Assets}
	}
	for _, g := range gates {
		if err := g.Admit(ctx, u, offer); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) checkAmount(ad listings.Ad, amount int64) (fiat int64, err error) {
	switch {
	case amount < ad.Min:
		return 0, errTooLow
	case amount > ad.Max:
		return 0, errTooHigh
	case amount > ad.Available:
		return 0, errExceeds
	}
	rate, err := s.rate(ad.Asset, ad.Fiat, ad.Rate)
	if err != nil {
		return 0, err
	}
	fiat, ok := rate.Cost(amount)
	switch {
	case !ok:
		return 0, errTooHigh
	case fiat == 0:
		return 0, errTooSmall
	}
	return fiat, nil
}
