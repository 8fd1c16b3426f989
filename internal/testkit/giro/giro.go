package giro

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

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
)

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
	if op.Verb != process.Authorize {
		path += "/" + op.Transaction.PaymentID + "/" + string(op.Verb)
	}
	in := payment{Reference: op.Reference(), Amount: op.Amount.Minor(), Currency: string(op.Amount.Currency())}
	status, p, err := g.ask(ctx, http.MethodPost, path, in)
	switch {
	case err != nil:
		return orchestrator.Outcome{Status: process.Unknown, Code: "no_clear_answer", Err: err}
	case status == http.StatusPaymentRequired:
		return orchestrator.Outcome{Status: process.Declined, Code: "limit_exceeded"}
	case status != http.StatusOK:
		return orchestrator.Outcome{Status: process.Unknown, Code: "no_clear_answer", Err: fmt.Errorf("giro answered %d", status)}
	}
	out := orchestrator.Outcome{Status: process.Succeeded, Snapshot: snapshot(p)}
	if op.Verb == process.Authorize && p.Approved.IsZero() {
		out.Status = process.RequiresAction
	}
	return out
}

// Lookup reads a payment by its id or its reference.
func (g *Gateway) Lookup(ctx context.Context, ref orchestrator.PaymentRef) (orchestrator.Snapshot, error) {
	path := "/payments/" + ref.PaymentID
	if ref.PaymentID == "" {
		path = "/references/" + ref.Reference
	}
	status, p, err := g.ask(ctx, http.MethodGet, path, nil)
	switch {
	case err != nil:
		return orchestrator.Snapshot{}, err
	case status == http.StatusNotFound:
		return orchestrator.Snapshot{}, nil
	case status != http.StatusOK:
		return orchestrator.Snapshot{}, fmt.Errorf("giro answered %d", status)
	}
	return snapshot(p), nil
}

func snapshot(p payment) orchestrator.Snapshot {
	s := orchestrator.Snapshot{
		PaymentID: p.ID, RedirectURL: p.Page, References: []orchestrator.Reference{{Text: p.Reference}},
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
	if !p.Captured.IsZero() {
		s.Totals.Captured = p.Amount
	}
	return s
}

func (g *Gateway) ask(ctx context.Context, method, path string, in any) (status int, p payment, err error) {
	body, err := json.Marshal(in)
	if err != nil {
		return 0, p, err
	}
	r, err := http.NewRequestWithContext(ctx, method, g.url+path, bytes.NewReader(body))
	if err != nil {
		return 0, p, err
	}
	r.SetBasicAuth(g.key, "")
	resp, err := g.http.Do(r)
	if err != nil {
		return 0, p, err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		err = json.NewDecoder(resp.Body).Decode(&p)
	}
	return resp.StatusCode, p, err
}
