package orchestrator

import (
	"context"
	"fmt"
)

// Sync looks a transaction's payment up and merges what happened there.
func (e *Engine) Sync(ctx context.Context, tx Transaction) (Transaction, error) {
	g, err := e.gateway(tx.Gateway)
	if err != nil {
		return tx, err
	}
	if tx.PaymentID == "" {
		return tx, nil
	}
	ref := paymentRef(tx)
	if ref.Awaited, err = e.mayReserve(ctx, tx); err != nil {
		return tx, err
	}
	s, err := e.ask(ctx, g, ref)
	if err != nil {
		return tx, fmt.Errorf("look up payment: %w", err)
	}
	if !s.Found {
		return tx, fmt.Errorf("gateway %s does not know the payment of transaction %d", tx.Gateway, tx.ID)
	}
	return e.merge(ctx, tx, s)
}

// mayReserve reports whether a look may reserve what the payer of a deal has approved: the deal
// waits for just that, and nothing stops what is sent.
func (e *Engine) mayReserve(ctx context.Context, tx Transaction) (bool, error) {
	if tx.IntentID != "" || tx.Attention != "" || !e.awaitsPayment(tx) || e.communityHeld(tx.CommunityID) != nil {
		return false, nil
	}
	r, err := e.config.Store.Recovery(ctx)
	return r == nil, err
}
