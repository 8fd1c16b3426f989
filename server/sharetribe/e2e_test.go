package sharetribe_test

import (
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// The customer's face over HTTP, beside the sandboxes of the gateways.
func TestContract_besideTheSandboxes(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	call := func(t *testing.T, method, path, body string) facetest.Answer {
		t.Helper()
		r := w.Call(method, path, body)
		return facetest.Answer{T: t, Status: r.Status, Header: r.Header, Body: string(r.Body)}
	}
	create := func(t *testing.T, process, gateway string, listing, fields string) facetest.Answer {
		t.Helper()
		body := `{"transaction":{"payment_process":"` + process + `","payment_gateway":"` + gateway + `","community_id":501,
			"starter_id":"bea","listing_id":` + listing + `,"listing_title":"Old city-bike","listing_price":{"amount":5000,"currency":"EUR"},
			"listing_author_id":"sam","listing_quantity":1},"booking_fields":{"start_on":"2026-10-28","end_on":"2026-10-28"},"gateway_fields":` + fields + `}`
		return call(t, "POST", facetest.DealsPath+"create", body)
	}
	operate := func(t *testing.T, id, operation, body string) facetest.Answer {
		t.Helper()
		return call(t, "POST", facetest.DealsPath+id+"/"+operation, body)
	}
	in := func(state string) map[string]string { return map[string]string{"transaction.current_state": state} }
	// Point 16: the payer is played with a POST to redirect_url.
	pay := func(t *testing.T, a facetest.Answer) {
		t.Helper()
		page := a.At("gateway_fields.redirect_url")
		if !strings.HasPrefix(page, "http://127.0.0.1") {
			t.Fatalf("redirect_url %q", page)
		}
		if r := w.Call("POST", page, `{"card":"success"}`, "Authorization", ""); r.Status >= 300 {
			t.Fatalf("pay: %d %s", r.Status, r.Body)
		}
		w.MustSettle()
	}

	t.Run("point 15, a token", func(t *testing.T) {
		id := create(t, "preauthorize", "stripe", "1", `{"payment_method":"pm_card_visa"}`).Is(201).Has(in("preauthorized")).At("transaction.id")
		operate(t, id, "complete_preauthorization", "").Is(200).Has(in("paid")).Has(map[string]string{"transaction.payment_total.amount": "5000"})
		operate(t, id, "complete", "").Is(200).Has(in("completed"))
	})
	t.Run("point 15, the page", func(t *testing.T) {
		a := create(t, "preauthorize", "stripe", "2", `{}`).Is(201).Has(in("initiated"))
		if a.At("gateway_fields.client_secret") == "absent" {
			t.Errorf("no client_secret: %s", a.Body)
		}
		pay(t, a)
		id := a.At("transaction.id")
		call(t, "GET", facetest.DealsPath+id, "").Is(200).Has(in("preauthorized")).Has(map[string]string{"transaction.payment_total.amount": "5000"})
		operate(t, id, "reject", "").Is(200).Has(in("rejected"))
	})
	t.Run("point 15, 3-D Secure", func(t *testing.T) {
		a := create(t, "preauthorize", "stripe", "3", `{"payment_method":"pm_card_threeDSecure2Required"}`).Is(201).Has(in("action_required"))
		pay(t, a)
		call(t, "GET", facetest.DealsPath+a.At("transaction.id"), "").Is(200).Has(in("preauthorized"))
	})
	t.Run("point 17", func(t *testing.T) {
		create(t, "preauthorize", "stripe", "4", `{"payment_method":"pm_card_chargeDeclined"}`).Refused(402, "card_declined").Has(map[string]string{"money_moved": "no"})
		create(t, "preauthorize", "stripe", "4", `{"payment_method":"pm_card_visa"}`).Is(201)
	})
	t.Run("points 17 and 27, an invoice", func(t *testing.T) {
		id := create(t, "postpay", "stripe", "5", `{}`).Is(201).Has(in("pending")).At("transaction.id")
		operate(t, id, "invoice", `{"gateway_fields":{"total_sum":{"amount":6000,"currency":"EUR"}}}`).Is(200).Has(in("accepted"))
		operate(t, id, "pay_invoice", `{"gateway_fields":{"payment_method":"pm_card_chargeDeclined"}}`).Refused(402, "card_declined")
		a := operate(t, id, "pay_invoice", "").Is(200).Has(in("accepted"))
		pay(t, a)
		call(t, "GET", facetest.DealsPath+id, "").Is(200).Has(in("paid")).Has(map[string]string{"transaction.payment_total.amount": "6000"})
		operate(t, id, "cancel", "").Is(200).Has(in("canceled"))
	})
	t.Run("point 30", func(t *testing.T) {
		a := create(t, "escrow_online", "trustap", "6", `{}`).Is(201).Has(in("joined"))
		pay(t, a)
		call(t, "GET", facetest.DealsPath+a.At("transaction.id"), "").Is(200).Has(in("paid")).Has(map[string]string{"transaction.payment_total.amount": "5000"})
	})
	t.Run("point 10", func(t *testing.T) {
		for gateway, can := range map[string]string{"stripe": "false", "trustap": "false", "none": "true"} {
			call(t, "GET", facetest.DealsPath+"can_start_transaction?payment_gateway="+gateway+"&community_id=501&listing_author_id=no-account", "").
				Is(200).Has(map[string]string{"result": can})
		}
	})
	w.CheckBooks()
}
