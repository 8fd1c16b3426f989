package stripe

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"time"

	sdk "github.com/stripe/stripe-go/v76"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Shapes of Stripe's ids. An answer is not trusted to hold one.
var (
	paymentShape = regexp.MustCompile(`^pi_[A-Za-z0-9_]{1,250}$`)
	accountShape = regexp.MustCompile(`^acct_[A-Za-z0-9_]{1,250}$`)
	chargeShape  = regexp.MustCompile(`^(ch|py)_[A-Za-z0-9_]{1,250}$`)
)

// Keys of the metadata that we put on Stripe's objects. Amounts are minor units of
// the payment's currency as decimal text.
const (
	metaIntent      = "intent_id"
	metaTransaction = "transaction_id"
	metaCommunity   = "community_id"
	metaPrice       = "price"
	metaBuyerFee    = "buyer_fee"
	metaPayment     = "payment_intent" // on refunds and transfers: what they belong to
	metaWhole       = "whole"          // on refunds: "true" when all that was held goes back
)

// paymentOf checks that an answer is a payment at all, and the one asked for
// unless id is empty.
func paymentOf(p *sdk.PaymentIntent, id string) error {
	switch {
	case p == nil || p.Object != "payment_intent" || !paymentShape.MatchString(p.ID):
		return errUnreadable
	case id != "" && p.ID != id:
		return fmt.Errorf("%w: another payment than %s", errUnreadable, id)
	}
	return nil
}

// noDeal is what a payment without a transfer group was opened for: all of ours have one.
const noDeal = "none"

// snapshot translates a payment alone. What may have followed it (refunds,
// transfers, disputes) is added by a look.
func (g *Gateway) snapshot(p *sdk.PaymentIntent) (orchestrator.Snapshot, error) {
	total, err := fromStripe(p.Amount, string(p.Currency))
	if err != nil {
		return orchestrator.Snapshot{}, fmt.Errorf("payment %s: %w", p.ID, err)
	}
	s := orchestrator.Snapshot{
		Payment:   process.Payment{Found: true, Price: price(total, p.Metadata), Facts: facts(p), Deadlines: map[process.Deadline]time.Time{}},
		PaymentID: p.ID, References: []orchestrator.Reference{bearing(p.Metadata, p.Created)},
		Deal: cmp.Or(p.TransferGroup, noDeal),
	}
	// We name neither when we open a payment.
	if p.Customer != nil {
		s.Payer = p.Customer.ID
	}
	if p.TransferData != nil && p.TransferData.Destination != nil {
		s.Payee = p.TransferData.Destination.ID
	}
	if c := p.LatestCharge; c != nil {
		s.Charge = c.ID
		if !c.Disputed {
			s.Kept = keptOf(p.Currency, c.BalanceTransaction)
		}
	}
	if before := captureBefore(p); !before.IsZero() {
		s.Deadlines[process.CaptureBefore] = before
	}
	switch p.Status {
	case sdk.PaymentIntentStatusProcessing:
		s.Note = "processing"
	case sdk.PaymentIntentStatusRequiresPaymentMethod, sdk.PaymentIntentStatusRequiresConfirmation, sdk.PaymentIntentStatusRequiresAction:
		s.ClientSecret, s.RedirectURL = p.ClientSecret, g.payURL(p)
	}
	return s, nil
}

// price takes our fee off the payer's total. Where the metadata does not add up to
// the total it is the total, so that the engine sees the difference.
func price(total money.Amount, metadata map[string]string) money.Amount {
	price, err := strconv.ParseInt(metadata[metaPrice], 10, 64)
	fee, feeErr := strconv.ParseInt(metadata[metaBuyerFee], 10, 64)
	if err != nil || feeErr != nil || fee < 0 {
		return total
	}
	if sum, err := money.AddMinor(price, fee); err != nil || sum != total.Minor() {
		return total
	}
	return money.New(price, total.Currency())
}

// facts are what the payment itself shows. A hold that was dropped was there
// before, so it is reported along with its end.
func facts(p *sdk.PaymentIntent) map[process.Fact]time.Time {
	facts := map[process.Fact]time.Time{}
	made := at(p.Created)
	if c := p.LatestCharge; c != nil && c.Created != 0 {
		made = at(c.Created)
	}
	switch p.Status {
	case sdk.PaymentIntentStatusProcessing:
		facts[process.FactDelayed] = made
	case sdk.PaymentIntentStatusRequiresPaymentMethod:
		if p.LastPaymentError != nil {
			facts[process.FactPaymentFailed] = made
		}
	case sdk.PaymentIntentStatusRequiresCapture:
		facts[process.FactAuthorized] = made
	case sdk.PaymentIntentStatusSucceeded:
		facts[process.FactAuthorized], facts[process.FactCaptured] = made, made
		if c := p.LatestCharge; c != nil && c.BalanceTransaction != nil && c.BalanceTransaction.Created != 0 {
			facts[process.FactCaptured] = at(c.BalanceTransaction.Created)
		}
	case sdk.PaymentIntentStatusCanceled:
		facts[process.FactVoided] = made
		if p.CanceledAt != 0 {
			facts[process.FactVoided] = at(p.CanceledAt)
		}
		if c := p.LatestCharge; c != nil && c.Status == sdk.ChargeStatusSucceeded {
			facts[process.FactAuthorized] = made
		}
	}
	return facts
}

// captureBefore is when the card's hold lapses, as Stripe announced it.
func captureBefore(p *sdk.PaymentIntent) time.Time {
	if p.Status != sdk.PaymentIntentStatusRequiresCapture || p.LatestCharge == nil {
		return time.Time{}
	}
	d := p.LatestCharge.PaymentMethodDetails
	if d == nil || d.Card == nil || d.Card.CaptureBefore == 0 {
		return time.Time{}
	}
	return at(d.Card.CaptureBefore)
}

// payURL is where the buyer has to go: to the page of their bank, or to ours.
func (g *Gateway) payURL(p *sdk.PaymentIntent) string {
	if next := p.NextAction; next != nil && next.RedirectToURL != nil {
		if u, err := url.Parse(next.RedirectToURL.URL); err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") {
			return next.RedirectToURL.URL
		}
	}
	if g.PayURL == nil {
		return ""
	}
	return g.PayURL(p.ID, p.ClientSecret)
}

// settlement is what became of captured money, in minor units.
type settlement struct {
	evidenceDue                  time.Time // of the open dispute; zero without one
	captured, refunded, released int64
	disputed                     int64 // with the payer's bank, which has not decided
	byBank                       int64 // that, and what the bank took for good
	bookings                     []*sdk.BalanceTransaction
	facts                        map[process.Fact]time.Time
	references                   []orchestrator.Reference // of the operations that moved it
}

// keptOf adds up what Stripe kept with bookings; nil where it is not known in the
// payment's currency.
func keptOf(currency sdk.Currency, bookings ...*sdk.BalanceTransaction) *int64 {
	var sum int64
	for _, b := range bookings {
		if b == nil || b.ID == "" || b.Object != "balance_transaction" || b.Currency != currency {
			return nil
		}
		fee, err := fromStripe(b.Fee, string(currency))
		if err != nil {
			return nil
		}
		if sum, err = money.AddMinor(sum, fee.Minor()); err != nil || sum < 0 {
			return nil
		}
	}
	return &sum
}

// bearing is the reference in the metadata of an object.
func bearing(m map[string]string, created int64) orchestrator.Reference {
	return orchestrator.Reference{Text: m[metaIntent], MadeAt: at(created)}
}

func (s *settlement) saw(f process.Fact, created int64) {
	if first, ok := s.facts[f]; !ok || at(created).Before(first) {
		s.facts[f] = at(created)
	}
}

// refunds adds the refunds that count. Money is given back as a whole when all of
// the payment went back, or all that the engine held when it asked for it: a fee
// that the marketplace keeps does not come back.
func (s *settlement) refunds(list []*sdk.Refund) error {
	whole, last := false, int64(0)
	for _, r := range list {
		s.references = append(s.references, bearing(r.Metadata, r.Created))
		if r.Status == sdk.RefundStatusFailed || r.Status == sdk.RefundStatusCanceled {
			continue
		}
		amount, err := fromStripe(r.Amount, string(r.Currency))
		if err != nil {
			return err
		}
		if s.refunded, err = money.AddMinor(s.refunded, amount.Minor()); err != nil {
			return err
		}
		whole = whole || r.Metadata[metaWhole] == "true"
		last = max(last, r.Created)
	}
	switch {
	case s.refunded == 0:
	case whole || s.refunded >= s.captured:
		s.saw(process.FactRefunded, last)
	default:
		s.saw(process.FactRefundedInPart, last)
	}
	return nil
}

// transfers adds what was paid out of one charge.
func (s *settlement) transfers(list []*sdk.Transfer, charge string) error {
	for _, t := range list {
		if !counts(t, charge) {
			continue
		}
		s.references = append(s.references, bearing(t.Metadata, t.Created))
		amount, err := fromStripe(t.Amount-t.AmountReversed, string(t.Currency))
		if err != nil {
			return err
		}
		if s.released, err = money.AddMinor(s.released, amount.Minor()); err != nil {
			return err
		}
		s.saw(process.FactTransferred, t.Created)
	}
	return nil
}

// disputes sums the payer's objections up to how things are now, so that one that
// is over does not open again: open, lost or won. Inquiries, which take no money,
// do not count.
func (s *settlement) disputes(list []*sdk.Dispute) error {
	first := map[process.Fact]int64{}
	open := false
	for _, d := range list {
		s.bookings = append(s.bookings, d.BalanceTransactions...)
		switch d.Status {
		case sdk.DisputeStatusWon:
			first[process.FactDisputeWon] = decided(d)
		case sdk.DisputeStatusLost:
			first[process.FactDisputeLost] = decided(d)
			first[process.FactDisputeOpened] = d.Created
			if err := s.take(d, &s.refunded); err != nil {
				return err
			}
		case sdk.DisputeStatusNeedsResponse, sdk.DisputeStatusUnderReview:
			open = true
			s.facts[process.FactDisputeOpened] = at(d.Created)
			if err := s.take(d, &s.disputed); err != nil {
				return err
			}
			if e := d.EvidenceDetails; e != nil && e.DueBy != 0 && (s.evidenceDue.IsZero() || at(e.DueBy).Before(s.evidenceDue)) {
				s.evidenceDue = at(e.DueBy)
			}
		}
	}
	if open {
		return nil
	}
	if lost, ok := first[process.FactDisputeLost]; ok {
		s.saw(process.FactDisputeOpened, first[process.FactDisputeOpened])
		s.saw(process.FactDisputeLost, lost)
	} else if won, ok := first[process.FactDisputeWon]; ok {
		s.saw(process.FactDisputeWon, won)
	}
	return nil
}

// take counts what the payer's bank took: for good as refunded, or as disputed until it
// has decided.
func (s *settlement) take(d *sdk.Dispute, as *int64) error {
	amount, err := fromStripe(d.Amount, string(d.Currency))
	if err != nil {
		return err
	}
	if s.byBank, err = money.AddMinor(s.byBank, amount.Minor()); err != nil {
		return err
	}
	*as, err = money.AddMinor(*as, amount.Minor())
	return err
}

// decided is when money last moved for a dispute; Stripe tells no time of decision.
func decided(d *sdk.Dispute) int64 {
	last := d.Created
	for _, b := range d.BalanceTransactions {
		if b != nil {
			last = max(last, b.Created)
		}
	}
	return last
}

// at converts Stripe's seconds.
func at(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }
