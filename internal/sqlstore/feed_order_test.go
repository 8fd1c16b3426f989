package sqlstore_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Of two replicas none delivers a message of a deal before those that were sent before it.
// Other deals do not wait.
func TestDeliver_messagesInOrder(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for driver, url := range map[string]string{"sqlite": testdb.SQLite(t), "postgres": testdb.Postgres(t)} {
		db := open(t, url, sqlstore.Options{})
		said := map[int64]orchestrator.Message{}
		for _, deal := range []int64{1, 2} {
			c := orchestrator.Commit{
				Transaction: orchestrator.Transaction{
					ID: deal, CommunityID: 501, ConversationID: deal, Process: "none@1", Gateway: "none", Revision: 1, CreatedAt: at, UpdatedAt: at, LastTransitionAt: at,
					Deal:      process.Deal{State: "free", Starter: "bea", Author: "sam", Buyer: "bea", Seller: "sam", Price: money.New(0, "EUR")},
					UnitPrice: money.New(0, "EUR"), Quantity: 1,
				},
				Log: orchestrator.LogEntry{TransactionID: deal, Revision: 1, Transition: "create", To: "free", Actor: "user:bea", At: at},
			}
			for _, n := range []int64{10, 20} {
				m := orchestrator.Message{ID: n + deal, TransactionID: deal, CommunityID: 501, Sender: "bea", Kind: orchestrator.FromParty, Content: strconv.FormatInt(n, 10), At: at}
				c.Messages, said[m.ID] = append(c.Messages, m), m
			}
			if err := db.Apply(t.Context(), c); err != nil {
				t.Fatal(driver, err)
			}
		}
		for _, step := range []struct {
			id   int64
			done bool
		}{{21, false}, {11, true}, {11, false}, {22, false}, {21, true}, {12, true}, {22, true}} {
			m := said[step.id]
			if done, err := db.Deliver(t.Context(), notices.Happening{Message: &m}, notices.News{}, at); done != step.done || err != nil {
				t.Errorf("%s: message %d is delivered: %t, %v; want %t", driver, step.id, done, err, step.done)
			}
		}
	}
}
