package paytrail

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// transactionShape is that of Paytrail's ids. An answer is not trusted to hold one.
var transactionShape = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)

// Lookup reads a payment by its id. One whose id is not known cannot be found: Paytrail has
// no call for that. What a message told of a refund is looked up with the payment, by the
// id that Webhook has made of both.
func (g *Gateway) Lookup(ctx context.Context, ref orchestrator.PaymentRef) (orchestrator.Snapshot, error) {
	if ref.PaymentID == "" {
		return orchestrator.Snapshot{}, nil
	}
	id, refund, told := cutRefund(ref.PaymentID)
	if !transactionShape.MatchString(id) {
		return orchestrator.Snapshot{}, fmt.Errorf("paytrail: %q is not an id of a payment", ref.PaymentID)
	}
	p, err := g.api.get(ctx, id)
	var r *refusal
	if errors.As(err, &r) && r.status == http.StatusNotFound && r.proven {
		return orchestrator.Snapshot{}, nil
	}
	if err != nil {
		return orchestrator.Snapshot{}, err
	}
	if _, known := facts[p.Status]; !known || money.Currency(p.Currency) != euro {
		return orchestrator.Snapshot{}, fmt.Errorf("%w: payment %s", errUnreadable, id)
	}
	s := g.snapshot(p)
	if told {
		return g.withRefund(ctx, s, refund)
	}
	if _, captured := s.Facts[process.FactCaptured]; captured {
		s.Taken = &p.Amount
	}
	if s.Taken != nil && ref.Booked != nil {
		// Paytrail does not show what went back of a payment, or to the seller: that is as our
		// own books say, which hold only what it has answered or signed.
		s.Totals = &process.Totals{Captured: p.Amount, Refunded: ref.Booked.Refunded, Released: ref.Booked.Released}
	}
	return s, nil
}

// facts are what each status says of a payment; empty: nothing yet.
var facts = map[string]process.Fact{
	statusNew: "", statusOK: process.FactCaptured, statusFail: process.FactVoided,
	statusPending: process.FactDelayed, statusDelayed: process.FactDelayed,
}

// holdFacts are what each says of a hold on a card. That one stands is shown as pending, as far as is known.
var holdFacts = map[string]process.Fact{
	statusNew: "", statusOK: process.FactCaptured, statusFail: process.FactVoided,
	statusPending: process.FactAuthorized, statusDelayed: process.FactAuthorized,
}

// snapshot translates a payment. The price is not told: the amount has fees in it, and is
// compared as what was captured.
func (g *Gateway) snapshot(p payment) orchestrator.Snapshot {
	made := timeOf(p.CreatedAt)
	s := orchestrator.Snapshot{
		Payment:   process.Payment{Found: true, Facts: map[process.Fact]time.Time{}},
		PaymentID: p.TransactionID, Charge: p.Stamp, Deal: p.Reference,
		References: []orchestrator.Reference{{Text: referenceIn(p.Stamp), MadeAt: made}},
	}
	fact, held := facts[p.Status], isHold(p.Stamp)
	if held {
		fact = holdFacts[p.Status]
		if !made.IsZero() {
			s.Deadlines = map[process.Deadline]time.Time{process.CaptureBefore: made.Add(holdLasts)}
		}
	}
	if fact != "" {
		at := made
		if paid := timeOf(p.PaidAt); fact == process.FactCaptured && !paid.IsZero() {
			at = paid
		}
		if at.IsZero() {
			at = g.Now().UTC()
		}
		s.Facts[fact] = at
		if held && fact == process.FactCaptured {
			s.Facts[process.FactAuthorized] = at
			if !made.IsZero() {
				s.Facts[process.FactAuthorized] = made
			}
		}
	}
	switch {
	case held && p.Status == statusFail:
		s.Declined = codeCardDeclined // of a hold whose answer was lost; of one that stood nobody asks
	case held:
	case p.Status == statusNew && isPage(p.Href):
		s.RedirectURL = p.Href
	case p.Status == statusPending, p.Status == statusDelayed:
		s.Note = p.Status
	}
	return s
}

func timeOf(text string) time.Time {
	at, err := time.Parse(time.RFC3339, strings.TrimSpace(text))
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}
