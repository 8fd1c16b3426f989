package orchestrator_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

// bySQL changes a database past the program.
func bySQL(t *testing.T, address, statement string, args ...any) {
	t.Helper()
	driver := "postgres"
	if !strings.HasPrefix(address, "postgres") {
		driver, address = "sqlite", strings.TrimPrefix(address, "sqlite:")+"?_pragma=busy_timeout(10000)"
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
}

const doublePostings = `insert into postings (transaction_id, revision, line, entry, community_id, kind, reverses, account, amount, currency, at)
	select transaction_id, revision, line + 100, entry + 100, community_id, kind, reverses, account, amount, currency, at
	from postings where transaction_id = $1`

// A deal whose entries say another sum than the deal pays nothing: on a gateway and
// on our own ledger alike.
func TestM10_doubledPostingsPayNothing(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		open  orchestrator.CreateInput
		deeds []deed
	}{
		"stripe":  {card("preauthorize", "pm_card_visa"), by(testkit.Seller, "complete_preauthorization")},
		"balance": {own("preauthorize"), by(testkit.Seller, "complete_preauthorization")},
	}
	testkit.OnEither(t, func(t *testing.T, address string) {
		for name, tc := range tests {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, oneOfMany(t, address))
				result, err := r.Engine.Create(t.Context(), tc.open)
				if err != nil {
					t.Fatal(err)
				}
				tx := result.Transaction
				if err := r.take(t, tx, tc.deeds); err != nil {
					t.Fatal(err)
				}
				bySQL(t, r.Config.DatabaseURL, doublePostings, tx.ID)
				for range 2 { // staff cannot let it go by clearing either
					_, err = r.Do(tx, "complete", staff)
					if f := fault.As(err); f.Reason != "deal_corrupt" || f.Money() != fault.MoneyNo {
						t.Fatalf("the payout is answered %v", err)
					}
					now := r.Load(tx)
					if now.State != settlement.Paid || now.Funds.Released != 0 || !strings.Contains(now.Attention, "contradict") {
						t.Fatalf("the deal is %s with %+v, attention %q", now.State, now.Funds, now.Attention)
					}
					if _, err := r.Engine.Clear(t.Context(), tx.CommunityID, tx.ID, staff, "looked at it", "r1"); err != nil {
						t.Fatal(err)
					}
				}
				if name == "stripe" {
					if b := r.StripeBooks(tx.ListingTitle).Funds; b.Released != 0 {
						t.Errorf("the gateway paid %+v", b)
					}
				}
			})
		}
	})
}
