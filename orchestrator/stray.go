package orchestrator

import (
	"context"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Stray is a payment at a gateway that an operation of ours opened and that belongs to
// no deal: a request that was believed to be lost arrived late, beside its repeat, say.
// It is adopted by its deal, made void, returned, or put on the list of what needs a
// person.
type Stray struct {
	CommunityID   int64
	Gateway       string
	PaymentID     string
	TransactionID int64  // the deal whose operation opened it
	IntentID      string // that operation
	Amount        money.Amount
	Note          string // what came of the last look
	Attempts      int
	Due           time.Time // when it is looked at again, or the end of a lease
	FoundAt       time.Time
	ListedAt      time.Time // since then a person is asked; zero: not yet
	EndedAt       time.Time // zero: it still is a stray
}

// ref names the payment alone: who its parties are is what a look has to tell.
func (s Stray) ref() PaymentRef {
	return PaymentRef{CommunityID: s.CommunityID, PaymentID: s.PaymentID, Booked: &process.Funds{}}
}

// Strays keeps strays. Implementations are safe for concurrent use.
type Strays interface {
	// NoteStray stores a stray that was found; one that is known and not ended stays.
	NoteStray(ctx context.Context, s Stray) error
	// ClaimStrays leases strays that are due at now, by moving Due to lease, but for those
	// of gateways that are shut. Attempts is raised by one.
	ClaimStrays(ctx context.Context, now, lease time.Time, limit int, shut ...string) ([]Stray, error)
	// SettleStray stores Note, Amount, Attempts, Due, ListedAt and EndedAt. It answers ErrRevisionConflict
	// when Due is no longer what the caller holds.
	SettleStray(ctx context.Context, s Stray, held time.Time) error
	// OpenStray finds a stray that has not ended.
	OpenStray(ctx context.Context, community int64, gateway, paymentID string) (s Stray, found bool, err error)
}

// Notes of strays.
const (
	strayOwned    = "it belongs to its deal"
	strayAdopted  = "its deal waited for it and has it now"
	strayGone     = "there is nothing to return"
	strayReturned = "the money went back to the payer"
	strayTouched  = "money of it was moved at the gateway already"
	strayOthers   = "its payer or payee is not the deal's; find out whose it is before anything is returned"
	straySent     = "its refund was sent and may have been carried out, which the gateway cannot show; look at the gateway's own pages, refund it there if it was not, then end this task"
	strayWaited   = "its deal is neither paid nor over, and does not wait for this payment"
)

// condition is what a payment is worth to who finds it.
type condition int

const (
	worthless condition = iota // nothing was taken, and nothing can be any more
	unpaid                     // the payer may still pay it
	reserved                   // it can be made void
	whole                      // taken, and all of it is still there
	returning                  // the gateway is on its way to return it
	touched                    // a part of it went somewhere
)

// conditionOf tells it from what a gateway reports.
func conditionOf(s Snapshot) condition {
	has := func(facts ...process.Fact) bool {
		for _, f := range facts {
			if _, there := s.Facts[f]; there {
				return true
			}
		}
		return false
	}
	if t := s.Totals; t != nil && t.Captured > 0 {
		switch {
		case t.Refunded >= t.Captured && t.Released == 0:
			return worthless
		case t.Refunded == 0 && t.Released == 0 && t.Disputed == 0:
			return whole
		}
		return touched
	}
	switch paid := has(process.FactPaid, process.FactDepositPaid, process.FactCaptured); {
	case paid && has(process.FactPaymentRefunded, process.FactDepositRefunded, process.FactFundsRefunded, process.FactRefunded):
		return worthless
	case paid && has(process.FactFundsReleased, process.FactTransferred):
		return touched
	case paid && has(process.FactCancelled):
		return returning
	case paid:
		return whole
	case has(process.FactVoided, process.FactCancelled, process.FactRejected):
		return worthless
	case has(process.FactAuthorized):
		return reserved
	}
	return unpaid
}

// worth is what a payment took or is to take.
func worth(s Snapshot) money.Amount {
	minor := s.Price.Minor() + s.Deposit
	if s.Totals != nil && s.Totals.Captured > 0 {
		minor = s.Totals.Captured
	}
	return money.New(minor, s.Price.Currency())
}

// verdict is what came of a look at a stray.
type verdict struct {
	note  string
	ended bool
	list  bool          // a person is asked
	again time.Duration // when it is looked at again; zero: by the number of attempts
}

// Looks at strays that wait; our choice.
const (
	strayHour = time.Hour      // while the gateway is returning it
	strayDay  = 24 * time.Hour // on the list: a person may have settled it at the gateway
)
