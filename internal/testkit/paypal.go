package testkit

import (
	"encoding/base64"

	"github.com/handsel-dev/handsel/orchestrator"
)

// paypalMoney is an amount in minor units.
type paypalMoney struct{ Minor int64 }

// paypalPart is what the books need of an authorization, a capture, a refund or a payout item.
type paypalPart struct {
	ID, Order, Capture, Sender, Status string
	Amount                             paypalMoney
	Captured                           int64
}

// paypalWorld is what PayPal has.
type paypalWorld struct {
	Orders []struct {
		ID   string
		Unit struct {
			Description string `json:"description"`
		}
		Ended bool // nobody approved it, and nobody can
	}
	Auths, Captures, Refunds []paypalPart
	Releases                 []paypalPart // of money that PayPal kept
	Payouts                  []struct{ Items []paypalPart }
	Effects                  []struct {
		Operation string `json:"operation"`
		ObjectID  string `json:"object_id"`
	}
}

// paidOut is what sellers were to be paid, each of the order or the capture that Sender names.
func (w paypalWorld) paidOut() (all []paypalPart) {
	for _, r := range w.Releases {
		r.Sender = r.Capture
		all = append(all, r)
	}
	for _, p := range w.Payouts {
		all = append(all, p.Items...)
	}
	return all
}

// PayPalBooks are those of the deal with a title, which no other deal may have. An order that
// nobody approved and nobody can approve any more never was a payment.
func (w *Testbed) PayPalBooks(title string) Books {
	w.t.Helper()
	var world paypalWorld
	w.world("paypal", &world)
	b := Books{Effects: map[string]int{}}
	ours := map[string]bool{}
	for _, o := range world.Orders {
		if o.Unit.Description == title && !o.Ended {
			b.Payments++
			ours[o.ID] = true
		}
	}
	add := func(part paypalPart, of string, to *int64, counts ...string) {
		if !ours[of] {
			return
		}
		ours[part.ID] = true
		for _, status := range counts {
			if part.Status == status {
				*to += part.Amount.Minor - part.Captured
			}
		}
	}
	for _, a := range world.Auths {
		add(a, a.Order, &b.Funds.Authorized, "CREATED", "PENDING", "PARTIALLY_CAPTURED")
	}
	for _, c := range world.Captures {
		add(c, c.Order, &b.Funds.Captured, "COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED")
	}
	for _, r := range world.Refunds {
		add(r, r.Capture, &b.Funds.Refunded, "COMPLETED", "PENDING")
	}
	for _, item := range world.paidOut() {
		add(item, item.Sender, &b.Funds.Released, "SUCCESS")
	}
	b.Funds.Held = b.Funds.Captured - b.Funds.Refunded - b.Funds.Released
	for _, e := range world.Effects {
		if ours[e.ObjectID] {
			b.Effects[e.Operation]++
		}
	}
	return b
}

// AtPayPal changes something at the emulator directly, as an operator does on PayPal's own
// pages: of the last authorization or capture of a deal.
func (w *Testbed) AtPayPal(tx orchestrator.Transaction, what, body string) {
	w.t.Helper()
	var world paypalWorld
	w.world("paypal", &world)
	path := ""
	for _, a := range world.Auths {
		if a.Order == tx.PaymentID && (what == "capture" || what == "void") {
			path = "/v2/payments/authorizations/" + a.ID + "/" + what
		}
	}
	for _, c := range world.Captures {
		if c.Order == tx.PaymentID && what == "refund" {
			path = "/v2/payments/captures/" + c.ID + "/" + what
		}
	}
	url := w.Config.EmulatorURLs["paypal"]
	var got struct {
		Token string `json:"access_token"`
	}
	w.Call("POST", url+"/v1/oauth2/token", "grant_type=client_credentials", "Content-Type", "application/x-www-form-urlencoded",
		"Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("somebody:secret"))).JSON(w.t, &got)
	if r := w.Call("POST", url+path, body, "Authorization", "Bearer "+got.Token); r.Status >= 300 {
		w.t.Fatalf("%s: status %d: %s", what, r.Status, r.Body)
	}
}
