package giro

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Fee is what the bank takes out of every price, in minor units.
const Fee = 120

// payment is what the bank says of one.
type payment struct {
	ID        string    `json:"id"`
	Reference string    `json:"reference"`
	Amount    int64     `json:"amount"`
	Currency  string    `json:"currency"`
	Approved  time.Time `json:"approved"`
	Captured  time.Time `json:"captured"`
	Voided    time.Time `json:"voided"`
	Refunded  int64     `json:"refunded"`
	PaidOut   int64     `json:"paid_out"`
	Page      string    `json:"page"`
}

// Gateway holds money at the bank.
type Gateway struct {
	url, key string
	http     *http.Client
}

var (
	_ orchestrator.Gateway = (*Gateway)(nil)
	_ orchestrator.Quoting = (*Gateway)(nil)
	_ orchestrator.Limited = (*Gateway)(nil)
)

// String hides the key.
func (g *Gateway) String() string { return "giro at " + g.url }

// GoString hides the key too.
func (g *Gateway) GoString() string { return g.String() }

// Name is "giro".
func (g *Gateway) Name() string { return name }

// SetsFees tells that the bank charges fees of its own.
func (g *Gateway) SetsFees() {}

// Quote is the same for every price.
func (g *Gateway) Quote(context.Context, money.Amount) (orchestrator.Quote, error) {
	buyer, seller := int64(0), int64(Fee)
	return orchestrator.Quote{Buyer: &buyer, Seller: &seller}, nil
}

// CanReceive is true for everybody.
func (g *Gateway) CanReceive(context.Context, int64, string) (bool, error) { return true, nil }

// Perform carries out one verb.
func (g *Gateway) Perform(ctx context.Context, op orchestrator.Operation) orchestrator.Outcome {
	path := "/payments"
	switch op.Verb {
	case process.Authorize:
	case process.Capture, process.Void, process.Refund, process.Transfer:
		if !idShape.MatchString(op.Transaction.PaymentID) {
			return orchestrator.Outcome{Status: process.NotSent, Code: "payment_unknown"}
		}
		path += "/" + op.Transaction.PaymentID + "/" + string(op.Verb)
	default:
		return orchestrator.Outcome{Status: process.NotSent, Code: "unsupported_verb"}
	}
	if err := ctx.Err(); err != nil {
		return orchestrator.Outcome{Status: process.NotSent, Code: "gateway_unreachable", Err: err}
	}
	if err := g.Takes(op.Verb, op.Amount); err != nil {
		return orchestrator.Outcome{Status: process.Declined, Code: "amount_not_supported", Unasked: true, Err: err}
	}
	in := payment{Reference: op.Reference(), Amount: op.Amount.Minor(), Currency: string(op.Amount.Currency())}
	status, p, err := g.ask(ctx, http.MethodPost, path, in)
	switch {
	case err != nil:
		return orchestrator.Outcome{Status: process.Unknown, Code: "no_clear_answer", Err: err}
	case status == http.StatusPaymentRequired:
		return g.refused(ctx, op)
	case status == http.StatusNotFound:
		return orchestrator.Outcome{Status: process.NotSent, Code: "payment_unknown"}
	case status != http.StatusOK || p.ID == "":
		return orchestrator.Outcome{Status: process.Unknown, Code: "no_clear_answer", Err: fmt.Errorf("giro answered %d", status)}
	}
	out := orchestrator.Outcome{Status: process.Succeeded, Snapshot: snapshot(p)}
	if op.Verb == process.Authorize && p.Approved.IsZero() {
		out.Status = process.RequiresAction
	}
	return out
}

// settles are the facts that show that a verb was carried out.
var settles = map[process.Verb]process.Fact{process.Capture: process.FactCaptured, process.Void: process.FactVoided}

// refused is a refusal, unless the payment shows that it is one of what is done already.
func (g *Gateway) refused(ctx context.Context, op orchestrator.Operation) orchestrator.Outcome {
	out := orchestrator.Outcome{Status: process.Declined, Code: "limit_exceeded"}
	if op.Verb == process.Authorize {
		return out
	}
	s, err := g.Lookup(ctx, orchestrator.PaymentRef{PaymentID: op.Transaction.PaymentID})
	if err != nil || !s.Found {
		return orchestrator.Outcome{Status: process.Unknown, Code: "no_clear_answer", Err: err}
	}
	out.Code, out.Snapshot = "declined", s
	if done(op, s) {
		out.Status, out.Code = process.Succeeded, ""
	}
	return out
}

// done reports whether a payment shows that an operation was carried out: by its sums where money leaves.
func done(op orchestrator.Operation, s orchestrator.Snapshot) bool {
	_, done := s.Facts[settles[op.Verb]]
	switch op.Verb {
	case process.Refund:
		done = s.Totals.Refunded-op.Transaction.Funds.Refunded >= op.Amount.Minor()
	case process.Transfer:
		done = s.Totals.Released-op.Transaction.Funds.Released >= op.Amount.Minor()
	}
	return done
}

// Takes refuses what is no amount in euro.
func (g *Gateway) Takes(_ process.Verb, a money.Amount) error {
	if a.Currency() == "EUR" && a.Minor() > 0 {
		return nil
	}
	return fault.New(fault.Invalid, "amount_not_supported", "%s cannot be paid through giro: it takes euro", a)
}

// idShape is that of the bank's ids, and of our references.
var idShape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

// Lookup reads a payment by its id or its reference. That there is none, the bank itself has to say.
func (g *Gateway) Lookup(ctx context.Context, ref orchestrator.PaymentRef) (orchestrator.Snapshot, error) {
	path, id := "/payments/", ref.PaymentID
	if id == "" {
		path, id = "/references/", ref.Reference
	}
	if !idShape.MatchString(id) {
		return orchestrator.Snapshot{}, fmt.Errorf("giro: %q is not an id", id)
	}
	status, p, err := g.ask(ctx, http.MethodGet, path+id, payment{})
	switch {
	case err != nil:
		return orchestrator.Snapshot{}, err
	case status == http.StatusNotFound:
		return orchestrator.Snapshot{}, nil
	case status != http.StatusOK || p.ID == "":
		return orchestrator.Snapshot{}, fmt.Errorf("giro answered %d", status)
	}
	return snapshot(p), nil
}

func snapshot(p payment) orchestrator.Snapshot {
	s := orchestrator.Snapshot{
		PaymentID: p.ID, References: []orchestrator.Reference{{Text: p.Reference}},
		Payment: process.Payment{
			Found: true, Price: money.New(p.Amount, money.Currency(p.Currency)), Fees: &process.Fees{Seller: Fee},
			Facts: map[process.Fact]time.Time{}, Totals: &process.Totals{Refunded: p.Refunded, Released: p.PaidOut},
		},
	}
	for fact, at := range map[process.Fact]time.Time{process.FactAuthorized: p.Approved, process.FactCaptured: p.Captured, process.FactVoided: p.Voided} {
		if !at.IsZero() {
			s.Facts[fact] = at
		}
	}
	if p.Approved.IsZero() && p.Voided.IsZero() {
		s.RedirectURL = p.Page
	}
	if !p.Captured.IsZero() {
		s.Totals.Captured = p.Amount
	}
	return s
}

// ask makes one call. It is not repeated by net/http, and an answer that is not the bank's is an error.
func (g *Gateway) ask(ctx context.Context, method, path string, in payment) (status int, p payment, err error) {
	body, err := json.Marshal(in)
	if err != nil {
		return 0, p, err
	}
	r, err := http.NewRequestWithContext(ctx, method, g.url+path, bytes.NewReader(body))
	if err != nil {
		return 0, p, err
	}
	r.GetBody = nil
	r.SetBasicAuth(g.key, "")
	resp, err := g.http.Do(r)
	if err != nil {
		return 0, p, err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusNotFound {
		err = json.NewDecoder(resp.Body).Decode(&p)
	}
	return resp.StatusCode, p, err
}
