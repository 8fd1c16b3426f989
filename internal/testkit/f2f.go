package testkit

import (
	"encoding/base64"
	"fmt"
	"strconv"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowf2f"
	"github.com/handsel-dev/handsel/sandbox"
)

// What the deals in person of a test cost, in euro cents, with the sandbox's fees.
const (
	Deposit    = 2_000
	DepositFee = 100
	Price      = 10_000 // the deposit is a part of it
	PriceFee   = 340    // and DepositFee of this
)

// F2F is the input that opens a deal in person.
func F2F() orchestrator.CreateInput {
	return orchestrator.CreateInput{
		CommunityID: app.SampleCommunity, Process: "escrow_f2f", Gateway: "trustap", Actor: Buyer,
		Starter: Buyer.ID, Author: Seller.ID, Title: "Old city bike", UnitPrice: money.New(0, "EUR"), Deposit: Deposit,
	}
}

// OpenF2F opens a deal in person.
func (w *Testbed) OpenF2F() orchestrator.Transaction {
	w.t.Helper()
	result, err := w.Engine.Create(w.t.Context(), F2F())
	if err != nil {
		w.t.Fatal(err)
	}
	return result.Transaction
}

// PayDeposit lets the buyer pay the deposit and waits until the engine knows.
func (w *Testbed) PayDeposit(tx orchestrator.Transaction) orchestrator.Transaction {
	w.t.Helper()
	return w.played(tx, w.Sandbox.PayDeposit)
}

// PayRemainder lets the buyer pay the rest and waits until the engine knows.
func (w *Testbed) PayRemainder(tx orchestrator.Transaction) orchestrator.Transaction {
	w.t.Helper()
	return w.played(tx, w.Sandbox.PayRemainder)
}

// DecideF2F plays Trustap's decision of a complaint, "refund" or "release".
func (w *Testbed) DecideF2F(tx orchestrator.Transaction, outcome string) orchestrator.Transaction {
	w.t.Helper()
	return w.played(tx, func(id int64, _ string) (sandbox.F2FTransaction, error) {
		return w.Sandbox.ResolveF2FComplaint(id, outcome)
	})
}

func (w *Testbed) played(tx orchestrator.Transaction, play func(int64, string) (sandbox.F2FTransaction, error)) orchestrator.Transaction {
	w.t.Helper()
	if _, err := play(w.F2FID(tx), "success"); err != nil {
		w.t.Fatal(err)
	}
	w.MustSettle()
	return w.Load(tx)
}

// F2FID is the sandbox's id of a deal in person.
func (w *Testbed) F2FID(tx orchestrator.Transaction) int64 {
	w.t.Helper()
	var id int64
	if _, err := fmt.Sscanf(tx.PaymentID, "p2p:%d", &id); err != nil {
		w.t.Fatalf("payment id %q: %v", tx.PaymentID, err)
	}
	return id
}

// SetPrice lets the seller set the whole price, in minor units.
func (w *Testbed) SetPrice(tx orchestrator.Transaction, minor int64) (orchestrator.Transaction, error) {
	result, err := w.Engine.Do(w.t.Context(), orchestrator.DoInput{
		CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: "set_price", Actor: Seller,
		Input: map[string]string{"price": strconv.FormatInt(minor, 10)},
	})
	return result.Transaction, err
}

// MustSetPrice sets the usual price.
func (w *Testbed) MustSetPrice(tx orchestrator.Transaction) orchestrator.Transaction {
	w.t.Helper()
	after, err := w.SetPrice(tx, Price)
	if err != nil {
		w.t.Fatalf("set_price: %v", err)
	}
	return after
}

// BringF2FTo brings a new deal in person into a state of its life with a remainder.
func (w *Testbed) BringF2FTo(s process.State) orchestrator.Transaction {
	w.t.Helper()
	tx := w.OpenF2F()
	steps := []struct {
		reached process.State
		next    func() orchestrator.Transaction
	}{
		{escrow.Joined, func() orchestrator.Transaction { return w.PayDeposit(tx) }},
		{escrowf2f.DepositPaid, func() orchestrator.Transaction { return w.MustDo(tx, "accept_deposit", Seller) }},
		{escrowf2f.DepositAccepted, func() orchestrator.Transaction { return w.PayRemainder(w.MustSetPrice(tx)) }},
		{escrowf2f.RemainderPaid, func() orchestrator.Transaction { return w.MustDo(tx, "confirm_receipt", Buyer) }},
		{escrowf2f.BuyerHandoverConfirmed, func() orchestrator.Transaction { return w.MustDo(tx, "confirm_handover", Seller) }},
		{escrowf2f.SellerHandoverConfirmed, func() orchestrator.Transaction { return w.MustDo(tx, "complain", Buyer) }},
		{escrow.Complained, nil},
	}
	for _, step := range steps {
		if tx.State != step.reached {
			w.t.Fatalf("the deal is %s, want %s", tx.State, step.reached)
		}
		if s == step.reached {
			return tx
		}
		tx = step.next()
	}
	return tx
}

// RemoteF2F is Remote for a deal in person.
func (w *Testbed) RemoteF2F(tx orchestrator.Transaction, call string, actor process.Actor, body string) {
	w.t.Helper()
	account, found, err := w.Store.Account(w.t.Context(), tx.CommunityID, actor.ID, "trustap")
	if err != nil || !found {
		w.t.Fatalf("account of %s: %v %v", actor.ID, found, err)
	}
	r := w.Call("POST", fmt.Sprintf("%s/api/v1/p2p/transactions/%d/%s", w.Config.SandboxURL, w.F2FID(tx), call), body,
		"Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("sandbox:")), "Trustap-User", account)
	if r.Status >= 300 {
		w.t.Fatalf("%s: status %d: %s", call, r.Status, r.Body)
	}
}
