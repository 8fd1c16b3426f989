package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/due"
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
	return PaymentRef{CommunityID: s.CommunityID, PaymentID: s.PaymentID}
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

// unowned looks after a payment that no deal owns, by the operations that it names. An
// operation whose outcome is open gets it as its own; else it becomes a stray. known is
// false if it does not come from here, or too early to tell.
func (e *Engine) unowned(ctx context.Context, gateway string, s Snapshot) (tx Transaction, known bool, err error) {
	i, found, err := e.opener(ctx, gateway, s.References)
	if err != nil || !found {
		return tx, false, err
	}
	if tx, err = e.config.Store.Transaction(ctx, i.CommunityID, i.TransactionID); err != nil {
		return tx, false, err
	}
	switch {
	case tx.PaymentID == s.PaymentID:
		tx, err = e.merge(ctx, tx, s)
		return tx, true, err
	case tx.IntentID == i.ID:
		// The call itself, or recovery, is about to know it.
		if _, busy := e.calling.Load(i.ID); busy || e.now().Before(i.UpdatedAt.Add(e.lease())) || !e.happened(tx, i, s) {
			return tx, false, nil
		}
		if tx, err = e.adopt(ctx, tx, i, s); err != nil || tx.PaymentID == s.PaymentID {
			return tx, true, err
		}
	case conditionOf(s) == worthless:
		return tx, true, nil
	case notSentAfterAll(tx, i):
		if tx, err = e.adopt(ctx, tx, i, s); err != nil || tx.PaymentID == s.PaymentID {
			return tx, err == nil, err
		}
	}
	return tx, true, e.noteStray(ctx, tx, i, s, e.now())
}

// notSentAfterAll reports whether a deal still is where it was when an operation that
// opens its payment was believed not to have been sent.
func notSentAfterAll(tx Transaction, i Intent) bool {
	return i.Status == IntentNotSent && tx.PaymentID == "" && tx.State == i.From && tx.Operation == ""
}

// opener is the operation that opened a payment.
func (e *Engine) opener(ctx context.Context, gateway string, references []Reference) (Intent, bool, error) {
	for _, reference := range references {
		if reference.Text == "" {
			continue
		}
		i, err := e.config.Store.Intent(ctx, reference.Text)
		switch {
		case fault.CodeOf(err) == fault.NotFound:
			continue
		case err != nil:
			return i, false, err
		case i.Gateway == gateway && (i.Verb == process.Authorize || i.Verb == process.Charge):
			return i, true, nil
		}
	}
	return Intent{}, false, nil
}

func (e *Engine) noteStray(ctx context.Context, tx Transaction, i Intent, s Snapshot, due time.Time) error {
	now := e.now()
	return e.config.Store.NoteStray(ctx, Stray{
		CommunityID: tx.CommunityID, Gateway: i.Gateway, PaymentID: s.PaymentID, TransactionID: tx.ID, IntentID: i.ID,
		Amount: worth(s), Due: due, FoundAt: now,
	})
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

func (e *Engine) settleStray(ctx context.Context, s Stray) error {
	v, err := e.judgeStray(ctx, &s)
	if err != nil && ctx.Err() != nil {
		return err // it is handed back
	}
	held, now := s.Due, e.now()
	if v.again == 0 {
		v.again = lookupDelay(s.Attempts)
	}
	s.Due = now.Add(v.again)
	if v.note != "" {
		s.Note = v.note
	}
	if v.list && s.ListedAt.IsZero() {
		s.ListedAt = now
		e.config.Log.ErrorContext(ctx, "a paid payment belongs to no deal and needs a person", "gateway", s.Gateway, "payment", s.PaymentID, "transaction", s.TransactionID, "why", s.Note)
	}
	if v.ended {
		s.EndedAt = now
		e.config.Log.WarnContext(ctx, "stray payment ended", "gateway", s.Gateway, "payment", s.PaymentID, "transaction", s.TransactionID, "how", s.Note)
	}
	if err = errors.Join(err, e.config.Store.SettleStray(context.WithoutCancel(ctx), s, held)); err == nil && !v.ended {
		err = due.ErrLater
	}
	return err
}

// Looks at strays that wait; our choice.
const (
	strayHour = time.Hour      // while the gateway is returning it
	strayDay  = 24 * time.Hour // on the list: a person may have settled it at the gateway
)

func (e *Engine) judgeStray(ctx context.Context, s *Stray) (verdict, error) {
	if owner, err := e.config.Store.FindPayment(ctx, s.Gateway, s.PaymentID); err == nil {
		_, err = e.Sync(ctx, owner)
		return verdict{note: strayOwned, ended: true}, err
	} else if fault.CodeOf(err) != fault.NotFound {
		return verdict{}, err
	}
	g, err := e.gateway(s.Gateway)
	if err != nil {
		return verdict{}, err
	}
	tx, err := e.config.Store.Transaction(ctx, s.CommunityID, s.TransactionID)
	if err != nil {
		return verdict{}, err
	}
	i, err := e.config.Store.Intent(ctx, s.IntentID)
	if err != nil {
		return verdict{}, err
	}
	seen, err := e.glance(ctx, g, s.ref())
	if err != nil {
		return verdict{note: fmt.Sprintf(notLookedAt, s.Gateway)}, err
	}
	if !seen.Found {
		return verdict{note: unknownPayment, list: true, again: strayDay}, nil
	}
	s.Amount = worth(seen)
	if v, judged := judgeByItself(*s, seen); judged {
		return v, nil
	}
	if ours, err := e.theirs(ctx, tx, seen); err != nil {
		return verdict{}, err
	} else if !ours {
		return verdict{note: strayOthers, list: conditionOf(seen) != unpaid, again: strayHour}, nil
	}
	if tx.IntentID != "" {
		return verdict{note: "its deal is busy", list: e.now().Sub(s.FoundAt) > longOpen}, nil
	}
	if adopted, err := e.adoptStray(ctx, tx, i, seen); adopted || err != nil {
		return verdict{note: strayAdopted, ended: adopted}, err
	}
	return e.giveBack(ctx, g, tx, *s, seen)
}

// judgeByItself judges a payment by what the gateway says of it, whatever its deal is.
func judgeByItself(s Stray, seen Snapshot) (v verdict, judged bool) {
	switch conditionOf(seen) {
	case worthless:
		if seen.Totals != nil && seen.Totals.Refunded > 0 {
			return verdict{note: strayReturned, ended: true}, true
		}
		return verdict{note: strayGone, ended: true}, true
	case returning:
		return verdict{note: "the gateway is returning the money", list: s.Attempts > 24, again: strayHour}, true
	case touched:
		return verdict{note: strayTouched, list: true, again: strayDay}, true
	}
	return verdict{}, false
}

// adoptStray gives a deal the payment that it waits for: the one that the payer has
// paid, of several that one operation opened.
func (e *Engine) adoptStray(ctx context.Context, tx Transaction, i Intent, s Snapshot) (adopted bool, err error) {
	p, err := e.processOf(tx)
	if err != nil {
		return false, err
	}
	rule, ahead := p.Observed(tx.Deal, s.Facts)
	if tx.Attention != "" || !ahead || rule.Effect != process.Collect && rule.Effect != process.Hold || amountMismatch(agreed(tx, rule, nil), s) != "" {
		return false, nil
	}
	if tx.PaymentID != "" {
		own, err := e.own(ctx, tx, i)
		if err != nil || own.PaymentID == "" {
			return false, err
		}
		// It is of no use any more, and must not be paid too.
		if err := e.noteStray(ctx, tx, i, own, e.now().Add(retryTimer)); err != nil {
			return false, err
		}
	}
	after, adopted, err := e.mergeOne(ctx, tx, s, false)
	if errors.Is(err, ErrRevisionConflict) {
		return false, nil // somebody was faster: it is judged again
	}
	if err != nil || !adopted {
		return false, err
	}
	_, err = e.merge(ctx, after, s)
	return true, err
}

// own is the payment that a deal has, if the same operation opened it and nobody has
// paid it; the zero Snapshot otherwise.
func (e *Engine) own(ctx context.Context, tx Transaction, i Intent) (Snapshot, error) {
	g, err := e.gateway(tx.Gateway)
	if err != nil {
		return Snapshot{}, err
	}
	own, err := e.glance(ctx, g, paymentRef(tx))
	if err != nil {
		return Snapshot{}, err
	}
	opened, found, err := e.opener(ctx, tx.Gateway, own.References)
	if c := conditionOf(own); err != nil || !own.Found || !found || opened.ID != i.ID || c != unpaid && c != worthless {
		return Snapshot{}, err
	}
	return own, nil
}
