package client

import "fmt"

// IsPaid reports whether the buyer's money has come in, whatever became of it since.
func (t *Transaction) IsPaid() bool { return !t.Paid.IsZero() }

// PaidOut reports whether the seller's money was released to them.
func (t *Transaction) PaidOut() bool { return released(t.FundsReleased, t.ReleasedToSeller, true) }

// RefundedToBuyer reports whether the money went back to the buyer: after a cancellation, or after a complaint.
func (t *Transaction) RefundedToBuyer() bool {
	return !t.PaymentRefunded.IsZero() || released(t.FundsReleased, t.ReleasedToSeller, false)
}

// String names the transaction, its state and its price, and nobody who takes part.
func (t *Transaction) String() string {
	return fmt.Sprintf("online transaction %d (%s, %d %s in minor units)", t.ID, t.Status, t.Price, t.Currency)
}

// IsPaid reports whether all that the buyer owes has come in, the deposit and the remainder, whatever became of it since.
func (t *F2FTransaction) IsPaid() bool { return !t.DepositPaid.IsZero() && t.RemainderSettled() }

// PaidOut reports whether the seller's money was released to them.
func (t *F2FTransaction) PaidOut() bool { return released(t.FundsReleased, t.ReleasedToSeller, true) }

// RefundedToBuyer reports whether the money went back to the buyer: after a cancellation, or after a complaint.
func (t *F2FTransaction) RefundedToBuyer() bool {
	return !t.DepositRefunded.IsZero() || !t.Refunded.IsZero() || released(t.FundsReleased, t.ReleasedToSeller, false)
}

// String names the transaction, its state and its price, which is the deposit until it is set, and nobody who takes part.
func (t *F2FTransaction) String() string {
	pricing := t.DepositPricing
	if t.Pricing != nil {
		pricing = *t.Pricing
	}
	return fmt.Sprintf("face-to-face transaction %d (%s, %d %s in minor units)", t.ID, t.Status, pricing.Price, t.Currency)
}

// released tells where released money went: to the seller unless the API says otherwise.
func released(at Time, toSeller *bool, want bool) bool {
	return !at.IsZero() && (toSeller == nil || *toSeller) == want
}
