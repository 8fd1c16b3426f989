package paypal

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// notes are the reasons for which a capture waits, in the words of the customer's document.
var notes = map[string]string{
	"ECHECK": "echeck", "INTERNATIONAL_WITHDRAWAL": "intl", "PENDING_REVIEW": "payment-review",
	"RECEIVING_PREFERENCE_MANDATES_MANUAL_ACTION": "multicurrency", "TRANSACTION_APPROVED_AWAITING_FUNDING": "order",
	"UNILATERAL": "unilateral", "VERIFICATION_REQUIRED": "verify",
}

// noteOther stands for every other reason, noteAuthorization for an authorization that waits.
const (
	noteOther         = "other"
	noteAuthorization = "authorization"
)

// look translates an order and adds what became of its money.
func (g *Gateway) look(ctx context.Context, o order, ref orchestrator.PaymentRef) (orchestrator.Snapshot, error) {
	s, err := g.snapshot(o)
	if err != nil {
		return orchestrator.Snapshot{}, err
	}
	for _, c := range o.Units[0].Payments.Captures {
		if c.Status == statusCompleted || c.Status == statusRefunded || c.Status == statusPartBack {
			if err := g.disputes(ctx, c.ID, &s); err != nil {
				return orchestrator.Snapshot{}, err
			}
		}
	}
	switch {
	case s.Totals.Captured == 0:
	case ref.Booked != nil:
		// PayPal shows no payout beside its order: what was paid out is as our own books say, which
		// hold only what it has answered.
		s.Totals.Released = ref.Booked.Released
	default:
		s.Taken, s.Totals = &s.Totals.Captured, nil
	}
	return s, nil
}

// snapshot translates an order alone. What followed it elsewhere (disputes, payouts) is added by
// a look.
func (g *Gateway) snapshot(o order) (orchestrator.Snapshot, error) {
	u := o.Units[0]
	total, err := u.Amount.fromPayPal()
	if err != nil {
		return orchestrator.Snapshot{}, fmt.Errorf("order %s: %w", o.ID, err)
	}
	s := orchestrator.Snapshot{
		Payment: process.Payment{
			Found: true, Price: priceOf(total, u.Amount.Breakdown), Facts: map[process.Fact]time.Time{}, Deadlines: map[process.Deadline]time.Time{},
			Totals: &process.Totals{},
		},
		PaymentID: o.ID, Deal: u.Reference, References: []orchestrator.Reference{{Text: u.Custom, MadeAt: timeOf(o.Created)}},
	}
	if o.Status == statusCreated || o.Status == statusPayer {
		s.RedirectURL = g.pageOf(o)
	}
	if o.Status == statusVoided {
		s.Facts[process.FactVoided] = timeOf(o.Created)
	}
	held := authorized(u.Payments.Authorizations, &s)
	waits, err := captured(u.Payments.Captures, total.Currency(), &s)
	if err == nil {
		err = refunded(u.Payments.Refunds, &s)
	}
	if _, taken := s.Facts[process.FactCaptured]; !taken && !held && !waits && len(u.Payments.Authorizations) > 0 {
		s.Facts[process.FactVoided] = ended(u.Payments.Authorizations, u.Payments.Captures)
	}
	if o.keeps() {
		s.Kept = nil // of the seller's share, not of the marketplace's
	}
	return s, err
}

// priceOf takes the marketplace's fee off what the buyer pays. Where the parts do not add up it
// is the whole, so that the engine sees the difference.
func priceOf(total money.Amount, parts breakdown) money.Amount {
	price, err := parts.Items.fromPayPal()
	if err != nil {
		return total
	}
	sum := price
	if parts.Handling != nil {
		fee, err := parts.Handling.fromPayPal()
		if err != nil {
			return total
		}
		if sum, err = price.Add(fee); err != nil {
			return total
		}
	}
	if sum != total {
		return total
	}
	return price
}

// authorized reads what was reserved, and reports whether anything is or may be. An authorization
// that was dropped was there before, so it is reported along with its end.
func authorized(all []authorization, s *orchestrator.Snapshot) (held bool) {
	for _, a := range all {
		switch a.Status {
		case statusPending:
			held = true
			s.Note = noteAuthorization
			s.Facts[process.FactDelayed] = timeOf(a.Created)
			continue
		case statusDenied:
			continue
		case statusCreated, statusPartly:
			held = true
			if ends := timeOf(a.Expires); !ends.IsZero() {
				s.Deadlines[process.CaptureBefore] = ends
			}
		}
		saw(s, process.FactAuthorized, timeOf(a.Created))
	}
	return held
}

// captured adds up what was taken, and reports whether a capture waits: what is not COMPLETED is
// not paid.
func captured(all []capture, in money.Currency, s *orchestrator.Snapshot) (waits bool, err error) {
	var kept int64
	for _, c := range all {
		switch c.Status {
		case statusPending:
			waits = true
			if s.Note = notes[c.Details.Reason]; s.Note == "" {
				s.Note = noteOther
			}
			continue
		case statusCompleted, statusRefunded, statusPartBack:
		default:
			continue
		}
		m, err := c.Amount.fromPayPal()
		if err != nil || m.Currency() != in {
			return waits, fmt.Errorf("capture %s: %w", c.ID, errAmount)
		}
		if s.Totals.Captured, err = money.AddMinor(s.Totals.Captured, m.Minor()); err != nil {
			return waits, err
		}
		saw(s, process.FactCaptured, timeOf(c.Updated))
		s.Charge = c.ID
		if fee, err := c.Breakdown.Fee.fromPayPal(); err == nil && fee.Currency() == in {
			if kept, err = money.AddMinor(kept, fee.Minor()); err != nil {
				return waits, err
			}
			s.Kept = &kept
		}
	}
	return waits, nil
}

// refunded adds up what went back. A refund that PayPal has accepted counts while it is pending;
// when it fails later, the next look shows none.
func refunded(all []refund, s *orchestrator.Snapshot) error {
	ends, last := false, time.Time{} // whether one left nothing
	for _, r := range all {
		reference, whole := referenceIn(r.Custom)
		s.References = append(s.References, orchestrator.Reference{Text: reference, MadeAt: timeOf(r.Created)})
		if r.Status != statusCompleted && r.Status != statusPending {
			continue
		}
		m, err := r.Amount.fromPayPal()
		if err != nil {
			return fmt.Errorf("refund %s: %w", r.ID, err)
		}
		if s.Totals.Refunded, err = money.AddMinor(s.Totals.Refunded, m.Minor()); err != nil {
			return err
		}
		ends = ends || whole
		if at := timeOf(r.Created); at.After(last) {
			last = at
		}
	}
	switch {
	case s.Totals.Refunded == 0:
	case ends || s.Totals.Refunded >= s.Totals.Captured:
		saw(s, process.FactRefunded, last)
	default:
		saw(s, process.FactRefundedInPart, last)
	}
	return nil
}

// ended is when a payment came to nothing.
func ended(auths []authorization, captures []capture) time.Time {
	var last time.Time
	for _, a := range auths {
		if at := timeOf(a.Updated); at.After(last) {
			last = at
		}
	}
	for _, c := range captures {
		if at := timeOf(c.Updated); at.After(last) {
			last = at
		}
	}
	return last
}

// saw notes a fact with its first time.
func saw(s *orchestrator.Snapshot, f process.Fact, at time.Time) {
	if first, ok := s.Facts[f]; !ok || at.Before(first) {
		s.Facts[f] = at
	}
}

// disputes adds the objections to a capture, so far as this app may read them: those that are
// open, and those that were decided.
func (g *Gateway) disputes(ctx context.Context, capture string, s *orchestrator.Snapshot) error {
	var list struct {
		Items []dispute `json:"items"`
	}
	err := g.api.get(ctx, "/v1/customer/disputes?disputed_transaction_id="+url.QueryEscape(capture), &list)
	var r *refusal
	if errors.As(err, &r) && (r.status == http.StatusForbidden || r.status == http.StatusNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	var open, won, lost *dispute
	for i, d := range list.Items {
		switch {
		case d.Status != statusResolved:
			open = &list.Items[i]
		case d.Outcome.Code == outcomeForBuyer || d.Outcome.Code == outcomeAccepted:
			lost = &list.Items[i]
		default:
			won = &list.Items[i]
			continue
		}
		m, err := d.Amount.fromPayPal()
		if err != nil {
			return fmt.Errorf("dispute %.40q: %w", d.ID, err)
		}
		to := &s.Totals.Refunded
		if d.Status != statusResolved {
			to = &s.Totals.Disputed
		}
		byBank, err := money.AddMinor(s.Totals.ByBank, m.Minor())
		sum, more := money.AddMinor(*to, m.Minor())
		if err = errors.Join(err, more); err != nil {
			return fmt.Errorf("dispute %.40q: %w", d.ID, err)
		}
		s.Totals.ByBank, *to = byBank, sum
	}
	switch {
	case open != nil:
		saw(s, process.FactDisputeOpened, timeOf(open.Created))
		if due := timeOf(open.Due); !due.IsZero() {
			s.Deadlines[process.EvidenceDeadline] = due
		}
	case lost != nil:
		saw(s, process.FactDisputeOpened, timeOf(lost.Created))
		saw(s, process.FactDisputeLost, timeOf(lost.Updated))
	case won != nil:
		saw(s, process.FactDisputeWon, timeOf(won.Updated))
	}
	return nil
}

// pageOf is where the buyer approves an order: at PayPal, or where its emulator is.
func (g *Gateway) pageOf(o order) string {
	for _, l := range o.Links {
		u, err := url.Parse(l.Href)
		if err != nil || u.Host == "" || u.User != nil || l.Rel != "payer-action" && l.Rel != "approve" {
			continue
		}
		if u.Scheme == "https" || u.Scheme == "http" && gateway.IsLoopback(u.Hostname()) {
			return l.Href
		}
	}
	return ""
}

// timeOf reads a time; those of reports have a zone without a colon.
func timeOf(text string) time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700"} {
		if at, err := time.Parse(layout, strings.TrimSpace(text)); err == nil {
			return at.UTC()
		}
	}
	return time.Time{}
}

// wholly stands behind the reference of a refund after which nothing is held for the deal, and
// of between the order and the reference.
const (
	wholly = "~whole"
	of     = "~"
)

// customOf is what a refund bears: which order it is of, for its event names none, our
// reference, and whether all that was held goes back.
func customOf(op orchestrator.Operation) string {
	text := op.Transaction.PaymentID + of + op.Reference()
	if op.Whole {
		text += wholly
	}
	return text
}

// referenceIn is the inverse of customOf, but for the order.
func referenceIn(custom string) (reference string, whole bool) {
	_, rest, ours := strings.Cut(custom, of)
	if !ours {
		return custom, false
	}
	return strings.CutSuffix(rest, wholly)
}
