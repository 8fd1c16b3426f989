package braintree

import (
	"regexp"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Shapes of Braintree's ids. An answer is not trusted to hold one. A deal keeps the legacy one: webhooks tell no other.
var (
	legacyShape = regexp.MustCompile(`^[A-Za-z0-9]{4,40}$`)
	globalShape = regexp.MustCompile(`^[A-Za-z0-9+/=_-]{8,200}$`)
)

// whole marks the order id of a refund after which nothing is held for the deal.
const whole = "~whole"

// captured reports whether money was taken in a status.
func captured(status string) bool {
	switch status {
	case isSubmitted, isSettling, isSettled, isSettlementPending, isSettlementConfirmed:
		return true
	}
	return false
}

// look is a payment as it is read, before it is told.
type look struct {
	process.Totals
	facts      map[process.Fact]time.Time
	references []orchestrator.Reference
	evidence   time.Time
}

func (l *look) saw(f process.Fact, at time.Time) {
	if first, ok := l.facts[f]; !ok || at.Before(first) {
		l.facts[f] = at
	}
}

// snapshot translates a payment. The price is not told: the amount may have fees in it, and is compared as what was captured. booked
// repeats what Braintree cannot tell, which is what the seller was paid.
func (g *Gateway) snapshot(p payment, booked *process.Funds) (orchestrator.Snapshot, error) {
	sum, err := p.Amount.read()
	if err != nil || !legacyShape.MatchString(p.LegacyID) || !globalShape.MatchString(p.ID) && p.ID != "" {
		return orchestrator.Snapshot{}, errUnreadable
	}
	made := timeOf(p.CreatedAt)
	if made.IsZero() {
		made = g.Now().UTC()
	}
	l := &look{facts: map[process.Fact]time.Time{}, references: []orchestrator.Reference{{Text: p.OrderID, MadeAt: made}}}
	if err := l.payment(p, sum, made); err != nil {
		return orchestrator.Snapshot{}, err
	}
	s := orchestrator.Snapshot{
		Payment:   process.Payment{Found: true, Facts: l.facts, Deadlines: map[process.Deadline]time.Time{}},
		PaymentID: p.LegacyID, Charge: p.ID, References: l.references,
	}
	if e, ok := p.event(isAuthorized); ok && p.Status == isAuthorized && !timeOf(e.ExpiresAt).IsZero() {
		s.Deadlines[process.CaptureBefore] = timeOf(e.ExpiresAt)
	}
	if !l.evidence.IsZero() {
		s.Deadlines[process.EvidenceDeadline] = l.evidence
	}
	if p.Status == isSettlementDeclined || p.Status == isSettlementPending {
		s.Note = strings.ToLower(p.Status)
	}
	s.Declined, _ = p.refused()
	if p.Escrow != nil {
		s.Payee, err = p.Escrow.Account, l.escrow(p, sum)
	} else if booked != nil { // the marketplace pays sellers itself
		l.Released = booked.Released
	}
	s.Totals = &l.Totals
	return s, err
}

// payment reads what the statuses of a payment say. A capture that was reversed before it settled is money that went back; one whose
// settlement was declined took none.
func (l *look) payment(p payment, sum money.Amount, made time.Time) error {
	since := func(status string) time.Time {
		if at := p.at(status); !at.IsZero() {
			return at
		}
		return made
	}
	if _, ok := p.event(isAuthorized); ok || p.Status == isAuthorized || captured(p.Status) {
		l.saw(process.FactAuthorized, since(isAuthorized))
	}
	taken, submitted := p.event(isSubmitted)
	switch {
	case captured(p.Status):
		l.saw(process.FactCaptured, since(isSubmitted))
		l.Captured = sum.Minor()
	case p.Status == isVoided && submitted:
		back, err := taken.Amount.read()
		if err != nil {
			return err
		}
		l.saw(process.FactCaptured, since(isSubmitted))
		l.saw(process.FactRefunded, since(isVoided))
		l.Captured, l.Refunded = back.Minor(), back.Minor()
	case p.Status == isAuthorized, p.Status == isAuthorizing:
	case p.Status == isVoided, p.Status == isExpired, p.Status == isDeclined, p.Status == isRejected, p.Status == isFailed, p.Status == isSettlementDeclined:
		l.saw(process.FactVoided, since(p.Status))
	default:
		return errUnreadable
	}
	if err := l.refunds(p.Refunds); err != nil {
		return err
	}
	return l.disputes(p.Disputes)
}

// refunds adds those that count. All of a payment has gone back when its sum has, or all that the engine held.
func (l *look) refunds(list []payment) error {
	all, last := false, time.Time{}
	for _, r := range list {
		at := timeOf(r.CreatedAt)
		reference, marked := strings.CutSuffix(r.OrderID, whole)
		l.references = append(l.references, orchestrator.Reference{Text: reference, MadeAt: at})
		if undone(r.Status) {
			continue
		}
		back, err := r.Amount.read()
		if err != nil {
			return err
		}
		if l.Refunded, err = money.AddMinor(l.Refunded, back.Minor()); err != nil {
			return err
		}
		all = all || marked
		if at.After(last) {
			last = at
		}
	}
	switch {
	case last.IsZero():
	case all || l.Refunded >= l.Captured:
		l.saw(process.FactRefunded, last)
	default:
		l.saw(process.FactRefundedInPart, last)
	}
	return nil
}

// undone reports whether a refund did not come about.
func undone(status string) bool {
	switch status {
	case isVoided, isFailed, isDeclined, isRejected, isSettlementDeclined:
		return true
	}
	return false
}

// disputes sums the payer's objections up to how things are now, so that one that is over does not open again. Retrievals, which
// take no money, do not count.
func (l *look) disputes(list []dispute) error {
	open := false
	first := map[process.Fact]dispute{}
	for _, d := range list {
		if d.Type == "RETRIEVAL" {
			continue
		}
		sum, err := d.Disputed.read()
		if err != nil {
			return err
		}
		switch d.Status {
		case "WON":
			first[process.FactDisputeWon] = d
			continue
		case "LOST", "ACCEPTED", "AUTO_ACCEPTED":
			first[process.FactDisputeLost] = d
			l.Refunded, err = money.AddMinor(l.Refunded, sum.Minor())
		default:
			open = true
			l.facts[process.FactDisputeOpened] = timeOf(d.CreatedAt)
			l.Disputed, err = money.AddMinor(l.Disputed, sum.Minor())
			if by, dated := time.Parse(time.DateOnly, d.ReplyBy); dated == nil && d.Status == "OPEN" && (l.evidence.IsZero() || by.Before(l.evidence)) {
				l.evidence = by
			}
		}
		if err == nil {
			l.ByBank, err = money.AddMinor(l.ByBank, sum.Minor())
		}
		if err != nil {
			return err
		}
	}
	if open {
		return nil
	}
	if d, lost := first[process.FactDisputeLost]; lost {
		l.saw(process.FactDisputeOpened, timeOf(d.CreatedAt))
		l.saw(process.FactDisputeLost, d.decided())
	} else if d, won := first[process.FactDisputeWon]; won {
		l.saw(process.FactDisputeWon, d.decided())
	}
	return nil
}

// decided is when a dispute came to its status.
func (d dispute) decided() time.Time {
	for _, e := range d.History {
		if e.Status == d.Status && !timeOf(e.Timestamp).IsZero() {
			return timeOf(e.Timestamp)
		}
	}
	return timeOf(d.CreatedAt)
}

// asked is the snapshot of a payment that an operation made: there the price is known from the fee on top of it, so that another
// amount than the one that was asked for shows.
func (g *Gateway) asked(op orchestrator.Operation, p payment) (orchestrator.Snapshot, error) {
	s, err := g.snapshot(p, &op.Transaction.Funds)
	if err != nil {
		return s, err
	}
	sum, err := p.Amount.read()
	if err != nil {
		return s, err
	}
	fee, err := op.Amount.Sub(op.Transaction.Price)
	if err != nil {
		return s, err
	}
	if p.Escrow != nil {
		return s, p.Escrow.price(&s, op, sum)
	}
	s.Price, err = sum.Sub(fee)
	return s, err
}
