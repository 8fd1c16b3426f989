package testkit

import (
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/sandbox"
)

// Books is what a gateway itself has about one deal, read past our own adapter.
type Books struct {
	Payments int            // that were opened for it
	Funds    process.Funds  // where its money is
	Effects  map[string]int // what happened to its money, by the gateway's name of it
}

// TrustapBooks are those of the deal with a title, which no other deal may have.
func (w *Testbed) TrustapBooks(title string) Books {
	b := Books{Effects: map[string]int{}}
	ours := map[int64]bool{}
	for _, p := range w.Sandbox.Transactions() {
		if !strings.HasPrefix(p.Description, title+" [") {
			continue
		}
		b.Payments++
		ours[p.ID] = true
		b.Funds = trustapFunds(p)
	}
	inPerson := map[int64]bool{}
	for _, p := range w.Sandbox.F2FTransactions() {
		if strings.HasPrefix(p.Description, title+" [") {
			b.Payments++
			inPerson[p.ID] = true
			b.Funds = inPersonFunds(p)
		}
	}
	for _, e := range w.Sandbox.Effects() {
		of := ours
		if strings.HasPrefix(e.Operation, "p2p_") { // both models count from the same number
			of = inPerson
		}
		if of[e.TransactionID] {
			b.Effects[e.Operation]++
		}
	}
	return b
}

// inPersonFunds are those of a deal in person: of its deposit, or of the whole price.
func inPersonFunds(p sandbox.F2FTransaction) process.Funds {
	if p.DepositPaid.IsZero() {
		return process.Funds{}
	}
	paid := p.DepositPricing
	if !p.RemainderPaid.IsZero() {
		paid = *p.Pricing
	}
	f := process.Funds{Captured: paid.Price + paid.Charge, Fees: paid.Charge}
	switch toBuyer := p.ReleasedToSeller != nil && !*p.ReleasedToSeller; {
	case !p.DepositRefunded.IsZero(), !p.FundsReleased.IsZero() && toBuyer:
		f.Refunded = paid.Price
	case !p.FundsReleased.IsZero():
		f.Released = paid.Price
	default:
		f.Held = paid.Price
	}
	return f
}

func trustapFunds(p sandbox.Transaction) process.Funds {
	if p.Paid.IsZero() {
		return process.Funds{}
	}
	f := process.Funds{Captured: p.Price + p.Charge, Fees: p.Charge}
	switch toBuyer := p.ReleasedToSeller != nil && !*p.ReleasedToSeller; {
	case !p.PaymentRefunded.IsZero(), !p.FundsReleased.IsZero() && toBuyer:
		f.Refunded = p.Price
	case !p.FundsReleased.IsZero():
		f.Released = p.Price
	default:
		f.Held = p.Price
	}
	return f
}

// stripeObject is what the books need of a payment, a refund or a transfer.
type stripeObject struct {
	ID             string `json:"id"`
	Status         string `json:"status"`
	Description    string `json:"description"`
	TransferGroup  string `json:"transfer_group"`
	Amount         int64  `json:"amount"`
	Capturable     int64  `json:"amount_capturable"`
	Received       int64  `json:"amount_received"`
	AmountReversed int64  `json:"amount_reversed"`
}

// StripeBooks are those of the deal with a title, which no other deal may have.
func (w *Testbed) StripeBooks(title string) Books {
	w.t.Helper()
	b := Books{Effects: map[string]int{}}
	ours := map[string]bool{}
	group := ""
	for _, p := range w.stripeList("payment_intents", nil) {
		if p.Description != title {
			continue
		}
		b.Payments++
		ours[p.ID], group = true, p.TransferGroup
		b.Funds.Authorized += p.Capturable
		b.Funds.Captured += p.Received
		for _, r := range w.stripeList("refunds", url.Values{"payment_intent": {p.ID}}) {
			ours[r.ID] = true
			if r.Status != "failed" && r.Status != "canceled" {
				b.Funds.Refunded += r.Amount
			}
		}
	}
	if group != "" {
		for _, t := range w.stripeList("transfers", url.Values{"transfer_group": {group}}) {
			ours[t.ID] = true
			b.Funds.Released += t.Amount - t.AmountReversed
			for _, r := range w.stripeList("transfers/"+t.ID+"/reversals", nil) {
				ours[r.ID] = true
			}
		}
	}
	b.Funds.Held = b.Funds.Captured - b.Funds.Refunded - b.Funds.Released
	for _, e := range w.Stripe.Effects() {
		if ours[e.ObjectID] {
			b.Effects[e.Operation]++
		}
	}
	return b
}

// stripeList reads all pages of a list.
func (w *Testbed) stripeList(what string, query url.Values) []stripeObject {
	w.t.Helper()
	var all []stripeObject
	for {
		page := url.Values{"limit": {"100"}}
		for name, values := range query {
			page[name] = values
		}
		if len(all) > 0 {
			page.Set("starting_after", all[len(all)-1].ID)
		}
		var list struct {
			Data []stripeObject `json:"data"`
			More bool           `json:"has_more"`
		}
		w.stripeCall("GET", "/v1/"+what+"?"+page.Encode(), nil).JSON(w.t, &list)
		all = append(all, list.Data...)
		if !list.More || len(list.Data) == 0 {
			return all
		}
	}
}

// AtStripe changes something at the emulator directly, as an operator does on
// Stripe's own dashboard.
func (w *Testbed) AtStripe(path string, form url.Values) {
	w.t.Helper()
	if r := w.stripeCall("POST", path, form); r.Status >= 300 {
		w.t.Fatalf("%s: status %d: %s", path, r.Status, r.Body)
	}
}

func (w *Testbed) stripeCall(method, path string, form url.Values) Response {
	w.t.Helper()
	return w.Call(method, w.Config.EmulatorURLs["stripe"]+path, form.Encode(),
		"Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("sk_test_dashboard:")), "Content-Type", "application/x-www-form-urlencoded")
}

// ReverseElsewhere takes back what the seller of a deal was paid, outside of the engine.
func (w *Testbed) ReverseElsewhere(tx orchestrator.Transaction) {
	w.t.Helper()
	for _, t := range w.stripeList("transfers", url.Values{"transfer_group": {tx.Tag()}}) {
		w.AtStripe("/v1/transfers/"+t.ID+"/reversals", nil)
	}
}

// TransferElsewhere pays a sum to the seller of a deal outside of the engine.
func (w *Testbed) TransferElsewhere(tx orchestrator.Transaction, minor int64) {
	w.t.Helper()
	account, found, err := w.Store.Account(w.t.Context(), tx.CommunityID, tx.Seller, "stripe")
	if err != nil || !found {
		w.t.Fatalf("account of %s: %v %v", tx.Seller, found, err)
	}
	var p struct {
		Charge string `json:"latest_charge"`
		Group  string `json:"transfer_group"`
	}
	w.stripeCall("GET", "/v1/payment_intents/"+tx.PaymentID, nil).JSON(w.t, &p)
	w.AtStripe("/v1/transfers", url.Values{
		"amount": {strconv.FormatInt(minor, 10)}, "currency": {"eur"}, "destination": {account},
		"source_transaction": {p.Charge}, "transfer_group": {p.Group},
	})
}
