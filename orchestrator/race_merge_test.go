package orchestrator_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

// Who has lost a race while something by hand is merged does not leave it to the next
// look: the gateway is asked once more, and its sums are compared with the deal as it is.
func TestRace_mergeAsksAgain(t *testing.T) {
	t.Parallel()
	refund := func(r *rig, tx orchestrator.Transaction, minor string) {
		r.AtStripe("/v1/refunds", url.Values{"payment_intent": {tx.PaymentID}, "amount": {minor}})
	}
	// look is what the other replica sees.
	look := func(t *testing.T, r *rig, tx orchestrator.Transaction) {
		t.Helper()
		if _, err := r.replica.Sync(t.Context(), r.Load(tx)); err == nil {
			t.Error("the other replica sees no difference")
		}
	}
	// failed lets the refunds so far fail.
	failed := func(t *testing.T, r *rig) {
		t.Helper()
		if err := r.Sandbox.Advance(48 * time.Hour); err != nil {
			t.Error(err)
		}
		r.Stripe.Tick()
	}
	tests := map[string]struct {
		before func(t *testing.T, r *rig, tx orchestrator.Transaction)
		wins   func(t *testing.T, r *rig, tx orchestrator.Transaction) // while the outcome is written
		sign   string
	}{
		"somebody else took a step": {
			func(_ *testing.T, r *rig, tx orchestrator.Transaction) { refund(r, tx, "1000") },
			func(t *testing.T, r *rig, tx orchestrator.Transaction) {
				in := orchestrator.DoInput{CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: settlement.Cancel, Actor: testkit.Buyer}
				if _, err := r.replica.Do(t.Context(), in); err != nil {
					t.Error(err)
				}
			},
			"has refunded 10.00 EUR",
		},
		"somebody else has seen a newer difference": {
			func(t *testing.T, r *rig, tx orchestrator.Transaction) {
				refund(r, tx, "500")
				look(t, r, tx)
				failed(t, r)
			},
			func(t *testing.T, r *rig, tx orchestrator.Transaction) {
				refund(r, tx, "700")
				look(t, r, tx)
			},
			"has refunded 7.00 EUR",
		},
		"what differed is mended meanwhile": {
			func(t *testing.T, r *rig, tx orchestrator.Transaction) { refund(r, tx, "500") },
			func(t *testing.T, r *rig, tx orchestrator.Transaction) {
				look(t, r, tx)
				failed(t, r)
			},
			"",
		},
	}
	testkit.OnBoth(t, func(t *testing.T, address string) {
		for name, tc := range tests {
			t.Run(name, func(t *testing.T) {
				r := newRig(t, fresh(t, address))
				tx := cardPaid(t, r.Testbed, "pm_card_refundFail")
				tc.before(t, r, tx)
				r.store.Break(1, func(write func() error) error {
					tc.wins(t, r, tx)
					return write()
				})
				_, _ = r.Engine.Sync(t.Context(), r.Load(tx)) // a refusal is what the deal shows, too
				now := r.Load(tx)
				if (now.Attention != "") != (tc.sign != "") || !strings.Contains(now.Attention, tc.sign) {
					t.Errorf("attention %q, want %q", now.Attention, tc.sign)
				}
			})
		}
	})
}

// Who compares after a lost race compares with what the gateway shows of the deal as it is
// then: a report names the sums of now, and what is taken over is all of it.
func TestRace_comparesWithTheLastLook(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, address string) {
		differing := func(t *testing.T) (*rig, orchestrator.Transaction) {
			t.Helper()
			r := newRig(t, fresh(t, address))
			tx := cardPaid(t, r.Testbed, "pm_card_visa")
			refund := func(minor string) {
				r.AtStripe("/v1/refunds", url.Values{"payment_intent": {tx.PaymentID}, "amount": {minor}})
			}
			refund("500")
			r.store.Break(1, func(write func() error) error {
				refund("700")
				if _, err := r.replica.Sync(t.Context(), r.Load(tx)); err == nil {
					t.Error("the other replica sees no difference")
				}
				return write()
			})
			return r, tx
		}
		t.Run("reconcile", func(t *testing.T) {
			r, _ := differing(t)
			report, err := r.Engine.Reconcile(t.Context(), orchestrator.ReconcileInput{Gateway: "stripe", From: testkit.Start.Add(-time.Hour), To: testkit.Start.Add(time.Hour)})
			if err != nil || len(report.Differences) != 1 || report.Differences[0].There.Minor() != 1200 {
				t.Errorf("reported %+v (%v), want 12.00 there", report.Differences, err)
			}
		})
		t.Run("take over", func(t *testing.T) {
			r, tx := differing(t)
			after, err := r.Engine.TakeOver(t.Context(), tx.CommunityID, tx.ID, staff, "both were right", "")
			if err != nil || after.Funds.Refunded != 1200 || after.Attention != "" {
				t.Errorf("refunded %d, attention %q (%v)", after.Funds.Refunded, after.Attention, err)
			}
		})
	})
}
