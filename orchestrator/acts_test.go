package orchestrator_test

import (
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowf2f"
)

// bring opens the cell's deal and brings it to where it is to be broken.
func (r *rig) bring(t *testing.T, c cell) orchestrator.Transaction {
	t.Helper()
	if c.op.creates() {
		return orchestrator.Transaction{}
	}
	in := c.op.open
	in.Title, in.Input = c.title(), r.given(t, in.Input, c.title())
	result, err := r.Engine.Create(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range c.op.before {
		if err := r.deed(t, result.Transaction, d, nil); err != nil {
			t.Fatalf("%s: %v", d.name, err)
		}
		r.MustSettle()
	}
	return r.Load(result.Transaction)
}

func (r *rig) deed(t *testing.T, tx orchestrator.Transaction, d deed, k *orchestrator.Key) error {
	switch {
	case d.pays:
		return r.pay(t, r.Load(tx))
	case d.hand != nil:
		d.hand(r, r.Load(tx))
		return nil
	}
	_, err := r.Engine.Do(t.Context(), orchestrator.DoInput{
		CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: d.name, Actor: d.actor, Key: k,
		Input: testkit.Because(d.actor, r.given(t, d.input, tx.ListingTitle)),
	})
	return err
}

// pay lets the buyer pay on the gateway's page.
func (r *rig) pay(t *testing.T, tx orchestrator.Transaction) error {
	t.Helper()
	if tx.Gateway != "trustap" {
		return r.PayOnPage(tx.Gateway, tx.PaymentID)
	}
	var err error
	switch {
	case tx.Deposit == 0:
		_, err = r.Sandbox.Pay(r.PaymentID(tx), "success")
	case tx.State == escrowf2f.DepositAccepted:
		_, err = r.Sandbox.PayRemainder(r.F2FID(tx), "success")
	default:
		_, err = r.Sandbox.PayDeposit(r.F2FID(tx), "success")
	}
	return err
}

// act carries out the cell's operation.
func (r *rig) act(t *testing.T, c cell, tx orchestrator.Transaction) error {
	k := key("matrix", c.title(), "content")
	switch {
	case c.op.creates():
		in := c.op.open
		in.Title, in.Input, in.Key = c.title(), r.given(t, in.Input, c.title()), k
		_, err := r.Engine.Create(t.Context(), in)
		return err
	case !c.op.act.pays:
		return r.deed(t, tx, c.op.act, k)
	}
	if err := r.pay(t, tx); err != nil {
		return err
	}
	if c.at.hint {
		r.MustSettle()
		return nil
	}
	// The hint is worked on here, where a crash can be caught; when the webhook
	// comes it is news to nobody.
	if err := r.Till(tx.Gateway).WaitDelivered(t.Context()); err != nil {
		return err
	}
	_, err := r.Engine.SyncPayment(t.Context(), tx.Gateway, tx.PaymentID)
	return err
}
