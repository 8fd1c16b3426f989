package testkit

import (
	"testing"

	"github.com/handsel-dev/handsel/sandbox/paytrail"
)

// paytrailWorld is what Paytrail has. Amounts are cents.
type paytrailWorld struct {
	Payments []struct {
		ID, Status, Card string
		Amount           int64
		Items            []struct {
			Description string `json:"description"`
		}
	}
	Refunds []struct {
		ID, Payment, Status string
		Amount              int64
	}
	Effects []struct {
		Operation string `json:"operation"`
		ObjectID  string `json:"object_id"`
	}
}

// PaytrailBooks are those of the deal with a title, which no other deal may have. A page that
// nobody has paid on is no payment. The seller has the money of one that is paid, and Paytrail
// has nothing more of that.
func (w *Testbed) PaytrailBooks(title string) Books {
	w.t.Helper()
	var world paytrailWorld
	w.world("paytrail", &world)
	b := Books{Effects: map[string]int{}}
	ours := map[string]bool{}
	for _, p := range world.Payments {
		if p.Status == "new" || p.Status == "fail" && p.Card == "" || len(p.Items) == 0 || p.Items[0].Description != title {
			continue
		}
		ours[p.ID] = true
		if p.Status != "fail" {
			b.Payments++
		}
		switch {
		case p.Status == "ok":
			b.Funds.Captured += p.Amount
		case p.Card != "" && p.Status == "pending":
			b.Funds.Authorized += p.Amount
		}
	}
	for _, r := range world.Refunds {
		if ours[r.Payment] {
			ours[r.ID] = true
			if r.Status != "fail" {
				b.Funds.Refunded += r.Amount
			}
		}
	}
	b.Funds.Held = b.Funds.Captured - b.Funds.Refunded
	for _, e := range world.Effects {
		if ours[e.ObjectID] && e.Operation != "open" {
			b.Effects[e.Operation]++
		}
	}
	return b
}

// SaveCard is a card that a buyer has saved at Paytrail, by its tokenization id.
func (w *Testbed) SaveCard(t testing.TB, name string) string {
	t.Helper()
	e, ok := w.Emulator("paytrail").(*paytrail.Emulator)
	if !ok {
		t.Fatal("there is no Paytrail")
	}
	id, err := e.SaveCard(name)
	if err != nil {
		t.Fatal(err)
	}
	return id
}
