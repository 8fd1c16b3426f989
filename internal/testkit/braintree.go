package testkit

import (
	"encoding/base64"
	"net/http"
	"slices"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/sandbox/braintree"
)

// braintreeWorld is what Braintree has: sales, and what gives their money back.
type braintreeWorld struct {
	Transactions []struct {
		ID, Order, Status string
		Amount            int64  // minor units
		Of                string // the sale that it gives money back of; empty: it is a sale
		Escrow            string // where the money of a sub-merchant is
		Fee               int64  // what they do not get of it
		History           []struct{ Status string }
	}
	Effects []struct {
		Operation string `json:"operation"`
		ObjectID  string `json:"object_id"`
	}
}

// BraintreeBooks are those of the deal with a title, which no other deal may have. Braintree
// knows no titles: a sale bears the id of the operation that made it, and one that no operation
// of ours made counts for every deal. Braintree pays no seller but sub-merchants.
func (w *Testbed) BraintreeBooks(title string) Books {
	w.t.Helper()
	var world braintreeWorld
	w.world("braintree", &world)
	b := Books{Effects: map[string]int{}}
	ours := map[string]bool{}
	captured := []string{"SUBMITTED_FOR_SETTLEMENT", "SETTLING", "SETTLED", "SETTLEMENT_PENDING", "SETTLEMENT_CONFIRMED"}
	for _, t := range world.Transactions {
		took := slices.Contains(captured, t.Status)
		if t.Of != "" {
			if ours[t.Of] && took {
				b.Funds.Refunded += t.Amount
			}
			ours[t.ID] = ours[t.Of]
			continue
		}
		if !w.madeFor(t.Order, title) {
			continue
		}
		ours[t.ID] = true
		submitted := slices.ContainsFunc(t.History, func(e struct{ Status string }) bool { return e.Status == captured[0] })
		switch {
		case took:
			b.Funds.Captured += t.Amount
		case t.Status == "AUTHORIZED":
			b.Funds.Authorized += t.Amount
		case t.Status == "VOIDED" && submitted: // it gave back what it had taken
			b.Funds.Captured += t.Amount
			b.Funds.Refunded += t.Amount
		case t.Status != "VOIDED":
			continue // it was refused, and held nothing
		}
		if t.Escrow == "release_pending" || t.Escrow == "released" {
			b.Funds.Released += t.Amount - t.Fee
		}
		b.Payments++
	}
	b.Funds.Held = b.Funds.Captured - b.Funds.Refunded - b.Funds.Released
	for _, e := range world.Effects {
		if ours[e.ObjectID] {
			b.Effects[e.Operation]++
		}
	}
	return b
}

// madeFor reports whether the operation with an id is one of the deal with a title, or of none.
func (w *Testbed) madeFor(operation, title string) bool {
	w.t.Helper()
	ctx := w.t.Context()
	i, err := w.Store.Intent(ctx, operation)
	if fault.CodeOf(err) == fault.NotFound {
		return true
	}
	if err != nil {
		w.t.Fatal(err)
	}
	tx, err := w.Store.Transaction(ctx, i.CommunityID, i.TransactionID)
	if err != nil {
		w.t.Fatal(err)
	}
	return tx.ListingTitle == title
}

// Nonce is a card for one payment at Braintree.
func (w *Testbed) Nonce() string {
	w.t.Helper()
	nonce, err := w.Emulator("braintree").(*braintree.Emulator).Card("success")
	if err != nil {
		w.t.Fatal(err)
	}
	return nonce
}

// AtBraintree changes the payment of a deal at the emulator directly, as an operator does in
// Braintree's control panel: void, submit_for_settlement, settle or refund.
func (w *Testbed) AtBraintree(tx orchestrator.Transaction, step, body string) {
	w.t.Helper()
	m, method := braintree.Example(), http.MethodPut
	if step == "refund" {
		method = http.MethodPost
	}
	path := "/merchants/" + m.ID + "/transactions/" + tx.PaymentID + "/" + step
	r := w.Call(method, w.Config.EmulatorURLs["braintree"]+path, body, "Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(m.Public+":"+m.Private)))
	if r.Status >= 300 {
		w.t.Fatalf("%s: status %d: %s", step, r.Status, r.Body)
	}
}
