package exchange

import (
	"context"
	"math/bits"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
)

// A taker who let so many orders expire unpaid within the time waits until the
// first of them is older than that. Our choice.
const (
	maxExpired      = 3
	expiredTogether = 24 * time.Hour
)

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
		return "taker:" + taker + ":deposit", errDepositOpen
	}
	return "taker:" + taker + ":withdraw", errWithdrawOpen
}

// check is all that is asked before an ad is taken, in the order that the answers
// have. It returns the ad and what the buyer is to pay. What it finds may change
// before the order is committed; the commit then fails, and it is asked again.
func (s *Service) check(ctx context.Context, u User, in Take) (listings.Ad, int64, error) {
	ad, err := s.takeable(ctx, u, in)
	if err != nil {
		return ad, 0, err
	}
	if err := s.checkTaker(ctx, u, ad, in.Amount); err != nil {
		return ad, 0, err
	}
	fiat, err := checkAmount(ad, in.Amount)
	if err != nil {
		return ad, 0, err
	}
	if !s.Ads.Accepts(ad, in.Method) {
		return ad, 0, errMethod
	}
	_, seller := sides(ad, u.ID)
	free, err := s.Engine.Store.Balance(ctx, u.Community, available(seller), ad.Asset)
	if err == nil && free < in.Amount {
		err = errSellerBalance
	}
	return ad, fiat, err
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
	case ad.Status != listings.Active || ad.Asset != s.Asset:
		return ad, errNotActive
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
// place, orders that they let expire, and the gates of who withdraws.
func (s *Service) checkTaker(ctx context.Context, u User, ad listings.Ad, amount int64) error {
	lock, taken := takerLock(ad, u.ID)
	single := listings.SingleOfferResource(ad.ID)
	free, err := s.Engine.Store.Free(ctx, u.Community, []string{lock, single})
	if err != nil {
		return err
	}
	if left, known := free[lock]; known && left < 1 {
		return taken
	}
	if left, known := free[single]; known && left < 1 && ad.SingleOffer {
		return errNotActive
	}
	if ad.Type == listings.Sell {
		return s.checkExpired(ctx, u)
	}
	offer := money.New(amount, ad.Asset)
	if err := s.MinDeposit.Admit(ctx, u, offer); err != nil {
		return err
	}
	return s.Wagering.Admit(ctx, u, offer)
}

// checkExpired slows down who freezes other people's money and does not pay.
func (s *Service) checkExpired(ctx context.Context, u User) error {
	now := s.now()
	expired, err := s.Store.Expiries(ctx, u.Community, u.ID, now.Add(-expiredTogether), maxExpired)
	if err != nil || len(expired) < maxExpired {
		return err
	}
	until := expired[maxExpired-1].Add(expiredTogether)
	return fault.New(fault.RateLimited, "too_many_expired_orders", "%d of your orders expired unpaid within a day; come back later", maxExpired).
		With("retry_after", int64(until.Sub(now)/time.Second)+1)
}

func checkAmount(ad listings.Ad, amount int64) (fiat int64, err error) {
	switch {
	case amount < ad.Min:
		return 0, errTooLow
	case amount > ad.Max:
		return 0, errTooHigh
	case amount > ad.Available:
		return 0, errExceeds
	}
	fiat, ok := Fiat(amount, ad.Rate)
	switch {
	case !ok:
		return 0, errTooHigh
	case fiat == 0:
		return 0, errTooSmall
	}
	return fiat, nil
}

// Fiat is what a buyer pays for an amount: amount × rate / 100, rounded half up to a
// minor unit. Amount and rate must not be negative; ok is false when the result is
// out of range.
func Fiat(amount, rate int64) (minor int64, ok bool) {
	const whole = 100
	high, low := bits.Mul64(uint64(amount), uint64(rate))
	low, carry := bits.Add64(low, whole/2, 0)
	if high += carry; high >= whole {
		return 0, false
	}
	quotient, _ := bits.Div64(high, low, whole)
	return int64(quotient), quotient <= 1<<63-1
}
