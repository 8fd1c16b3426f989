package sandbox_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox"
)

const (
	f2fTerms   = `"currency":"eur","description":"Soccer ticket","deposit_price":1234,"deposit_charge":78,"charge_calculator_version":2`
	priceBody  = `{"currency":"eur","price":5000,"charge":190,"charge_calculator_version":2}`
	reasonBody = `{"description":"Found another buyer"}`
)

// callF2F makes a call of the face-to-face model that has to succeed.
func (x *tester) callF2F(method, path, user, body string) sandbox.F2FTransaction {
	x.t.Helper()
	status := 200
	if strings.HasPrefix(path, "/me/") || strings.HasSuffix(path, "/create_transaction") {
		status = 201
	}
	var tx sandbox.F2FTransaction
	x.ok(status, method, "/p2p"+path, user, body, &tx)
	return tx
}

func (x *tester) f2f(id int64) sandbox.F2FTransaction {
	x.t.Helper()
	return x.callF2F("GET", fmt.Sprintf("/transactions/%d", id), "", "")
}

// act makes one step of a face-to-face transaction.
func (x *tester) act(id int64, action, user, body string) sandbox.F2FTransaction {
	x.t.Helper()
	return x.callF2F("POST", fmt.Sprintf("/transactions/%d/%s", id, action), user, body)
}

func (x *tester) openF2F(extra string) sandbox.F2FTransaction {
	x.t.Helper()
	return x.callF2F("POST", "/me/transactions/create_with_guest_user", x.seller, fmt.Sprintf(
		`{%s,"creator_role":"seller","seller_id":%q,"buyer_id":%q%s}`, f2fTerms, x.seller, x.buyer, extra))
}

// f2fAt makes a face-to-face transaction that rests in the named situation, and returns its id.
func (x *tester) f2fAt(situation string) int64 {
	x.t.Helper()
	if situation == "created" || situation == "rejected" {
		tx := x.callF2F("POST", "/me/transactions", x.seller, `{`+f2fTerms+`,"role":"seller"}`)
		if situation == "rejected" {
			x.callF2F("POST", "/transactions_by_join_code/"+tx.JoinCode+"/reject", x.buyer, "")
		}
		return tx.ID
	}
	id := x.openF2F("").ID
	deposit := func() { must(x.t, second(x.Sandbox.PayDeposit(id, "success"))) }
	accept := func() { deposit(); x.act(id, "accept_deposit", x.seller, "") }
	price := func() { accept(); x.act(id, "set_price", x.seller, priceBody) }
	remainder := func() { price(); must(x.t, second(x.Sandbox.PayRemainder(id, "success"))) }
	handover := func() { remainder(); x.act(id, "confirm_handover", x.seller, "") }
	complain := func() { handover(); x.act(id, "complain", x.buyer, complaintBody) }
	ways := map[string]func(){
		"joined":             func() {},
		"cancelled":          func() { x.act(id, "cancel", x.seller, "") },
		"deposit paid":       deposit,
		"deposit in review":  func() { must(x.t, second(x.Sandbox.PayDeposit(id, "review"))) },
		"deposit accepted":   accept,
		"deposit refunded":   func() { accept(); x.act(id, "cancel_with_description", x.seller, reasonBody) },
		"priced":             price,
		"remainder paid":     remainder,
		"remainder reviewed": func() { price(); must(x.t, second(x.Sandbox.PayRemainder(id, "review"))) },
		"remainder skipped":  func() { accept(); x.act(id, "skip_remainder", x.seller, "") },
		"seller confirmed":   handover,
		"buyer confirmed":    func() { remainder(); x.act(id, "confirm_handover", x.buyer, "") },
		"both confirmed":     func() { handover(); x.act(id, "confirm_handover", x.buyer, "") },
		"complained":         complain,
		"ended by time":      func() { handover(); must(x.t, x.Sandbox.Advance(24*time.Hour)) },
		"complaint lost":     func() { complain(); must(x.t, second(x.Sandbox.ResolveF2FComplaint(id, "release"))) },
	}
	way, ok := ways[situation]
	if !ok {
		x.t.Fatalf("unknown situation %q", situation)
	}
	way()
	return id
}

// events are the codes of all webhooks so far.
func (x *tester) events() []string {
	x.t.Helper()
	var codes []string
	for _, d := range x.Sandbox.Deliveries() {
		codes = append(codes, d.Code)
		var h hook
		must(x.t, json.Unmarshal(d.Body, &h))
		if h.TargetID != d.TargetID || h.Preview["id"] == nil || fmt.Sprint(h.Preview["id"]) != d.TargetID {
			x.t.Errorf("webhook %s is about %s and shows %v", h.Code, h.TargetID, h.Preview["id"])
		}
	}
	return codes
}
