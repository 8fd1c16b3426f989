package orchestrator_test

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
)

// slowReads answers with an operation as it was before something else happened.
type slowReads struct {
	orchestrator.Intents
	once      sync.Once
	meanwhile func()
}

func (s *slowReads) Intent(ctx context.Context, id string) (orchestrator.Intent, error) {
	i, err := s.Intents.Intent(ctx, id)
	s.once.Do(s.meanwhile)
	return i, err
}

// A message about an operation that is in progress may find more than its effect: here the
// money is released as well. Who looked is about to conclude the operation when the request
// that waits for it does, and still merges the rest, for which no other message comes.
func TestRace_finishedBySomebodyElse(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, address string) {
		r := newRig(t, fresh(t, address))
		tx := r.BringTo(escrowonline.Delivered)
		looked, concluded, merged := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		c := r.EngineConfig()
		c.Store.Intents = &slowReads{Intents: c.Store.Intents, meanwhile: func() { close(looked); <-concluded }}
		webhooks, err := orchestrator.New(c)
		if err != nil {
			t.Fatal(err)
		}
		r.line.Break(http.MethodPost, "/end_complaint_period", func(send func() (*http.Response, error)) (*http.Response, error) {
			answer, err := send()
			r.line.Break("", "", nil)
			go func() {
				_, err := webhooks.SyncPayment(t.Context(), "trustap", tx.PaymentID)
				merged <- err
			}()
			<-looked
			return answer, err
		})
		do := orchestrator.DoInput{CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: escrow.EndComplaintPeriod, Actor: testkit.Buyer}
		if _, err := r.replica.Do(t.Context(), do); err != nil {
			t.Fatal(err)
		}
		close(concluded)
		if err := <-merged; err != nil {
			t.Fatal(err)
		}
		if now := r.Load(tx); now.State != escrow.FundsReleased {
			t.Errorf("the deal is %s, want %s", now.State, escrow.FundsReleased)
		}
	})
}
