package orchestrator_test

import (
	"encoding/base64"
	"net/http"
	"slices"
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

// A message about a payment comes before its deal has it, and the money is taken while the
// gateway is asked: what it told is older than the deal, and puts nothing on hold.
func TestRace_lookBeforeTheDealKnowsItsPayment(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, address string) {
		r := newRig(t, fresh(t, address))
		in := card("preauthorize", "pm_card_visa")
		r.store.Break(2, func(write func() error) error {
			payment := r.onlyPayment(t)
			var written error
			r.line.Break(http.MethodGet, payment, func(send func() (*http.Response, error)) (*http.Response, error) {
				answer, err := send()
				r.line.Break("", "", nil)
				if written = write(); written != nil {
					return answer, err
				}
				tx, found := r.replica.SyncPayment(t.Context(), "stripe", payment)
				if found != nil {
					t.Error(found)
					return answer, err
				}
				do := orchestrator.DoInput{CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: preauthorize.CompletePreauthorization, Actor: testkit.Seller}
				if _, taken := r.replica.Do(t.Context(), do); taken != nil {
					t.Error(taken)
				}
				return answer, err
			})
			if _, err := r.replica.SyncPayment(t.Context(), "stripe", payment); err != nil && written == nil {
				t.Log(err) // the message comes again
			}
			return written
		})
		result, err := r.Engine.Create(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		now := r.Load(result.Transaction)
		if now.State != settlement.Paid || now.Attention != "" {
			t.Errorf("the deal is %s, attention %q", now.State, now.Attention)
		}
		history, err := r.Store.Timeline(t.Context(), now.ID)
		if err != nil || slices.ContainsFunc(history, func(l orchestrator.LogEntry) bool { return l.Transition == process.Transition("flag") }) {
			t.Errorf("the deal was on hold: %+v (%v)", history, err)
		}
	})
}

// onlyPayment is the one payment at Stripe.
func (r *rig) onlyPayment(t *testing.T) string {
	t.Helper()
	var list struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	r.Call("GET", r.Config.EmulatorURLs["stripe"]+"/v1/payment_intents", "", "Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("sk_test_dashboard:"))).JSON(t, &list)
	if len(list.Data) != 1 {
		t.Fatalf("%d payments, want one", len(list.Data))
	}
	return list.Data[0].ID
}
