package native_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowf2f"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// The page on which the buyer pays what is left is shown wherever the deal is shown.
func TestH1_remainderPage(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	tx := w.BringF2FTo(escrowf2f.DepositAccepted)
	id := w.Server.IDs.Seal(publicid.Transaction, tx.ID)
	call := func(method, path, body string, headers ...string) facetest.Answer {
		r := w.Call(method, path, body, headers...)
		return facetest.Answer{T: t, Status: r.Status, Header: r.Header, Body: string(r.Body)}
	}
	set := call("POST", "/v1/transactions/"+id+"/transitions", `{"transition":"set_price","input":{"price":"10000"}}`, "Idempotency-Key", "price").Is(200)
	sharetribe := facetest.DealsPath + strconv.FormatInt(tx.ID, 10)
	for name, page := range map[string]string{
		"POST":       set.At("redirect_url"),
		"GET":        call("GET", "/v1/transactions/"+id, "").Is(200).At("redirect_url"),
		"explain":    call("GET", "/v1/transactions/"+id+"/explain", "", "Handsel-Actor", "bea").Is(200).At("transaction.redirect_url"),
		"Sharetribe": call("GET", sharetribe, "").Is(200).At("gateway_fields.redirect_url"),
	} {
		if !strings.HasSuffix(page, "/pay_remainder") {
			t.Errorf("%s: the page to pay is %q", name, page)
		}
	}
	call("GET", "/v1/transactions/"+id, "", "Handsel-Actor", "sam").Is(200).Has(map[string]string{"redirect_url": "absent"})
	w.PayRemainder(w.Load(tx))
	call("GET", "/v1/transactions/"+id, "").Is(200).Has(map[string]string{"state": "remainder_paid", "redirect_url": "absent"})
	call("GET", sharetribe, "").Is(200).Has(map[string]string{"gateway_fields.redirect_url": "absent"})
}

// Explain says of each step whether money moves, not whether a gateway is told of it.
func TestH16_movesMoney(t *testing.T) {
	t.Parallel()
	moves := map[string]bool{}
	for _, p := range catalog.All() {
		for _, r := range p.Rules {
			for _, from := range append(r.From, "") {
				moves[p.Name+" "+string(r.Name)+" "+string(from)] = p.MovesMoney(r)
			}
		}
	}
	for step, want := range map[string]bool{
		"escrow_online track paid": false, "escrow_online confirm_delivery tracked": false, "escrow_online complain delivered": false,
		"escrow_online accept_complaint complained": true, "escrow_online end_complaint_period delivered": true, "escrow_online cancel joined": false,
		"escrow_f2f cancel deposit_paid": true, "escrow_f2f set_price deposit_accepted": false, "preauthorize reject preauthorized": true,
		"preauthorize cancel paid": false, "preauthorize refund canceled": true, "preauthorize abandon initiated": false, "p2p_order create ": true,
	} {
		if got, known := moves[step]; !known || got != want {
			t.Errorf("%s: moves money %v (known %v), want %v", step, got, known, want)
		}
	}
}
