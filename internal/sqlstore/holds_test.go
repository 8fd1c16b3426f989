package sqlstore_test

import (
	"errors"
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
)

// A balance that was edited by hand pays nothing: neither the cheap look of every
// commit nor the sum of the postings lets it.
func TestM10_editedBalance(t *testing.T) {
	t.Parallel()
	bea := ledger.Account{Kind: ledger.Available, Owner: "bea"}
	for driver, url := range map[string]string{"sqlite": testdb.SQLite(t), "postgres": testdb.Postgres(t)} {
		t.Run(driver, func(t *testing.T) {
			t.Parallel()
			for name, o := range map[string]sqlstore.Options{"usual": {}, "portable": {Portable: true}} {
				owner := ledger.Account{Kind: ledger.Available, Owner: name}
				db := open(t, url, o)
				id := int64(len(name)) * 100
				book := func(from, to ledger.Account, cents int64) error {
					id++
					c := commit(id, "book")
					c.Reply.Key, c.Entries = name+owner.Owner+string(rune('a'+id%20)), []ledger.Entry{move(t, from, to, cents)}
					return db.Apply(t.Context(), c)
				}
				check := func(err, want error) {
					t.Helper()
					if !errors.Is(err, want) {
						t.Fatalf("%s: %v; want %v", name, err, want)
					}
				}
				community := commit(1, "x").Transaction.CommunityID
				why := func() string {
					t.Helper()
					why, err := db.Examine(t.Context(), community, owner, "EUR")
					check(err, nil)
					return why
				}
				check(book(bank, owner, 1000), nil)
				corrupt(t, driver, url, `update accounts set balance = 5000000 where account = '`+owner.String()+`'`)
				check(book(owner, bank, 4000000), orchestrator.ErrContradiction)
				if why() == "" {
					t.Fatal("an edited balance is sound")
				}
				holds, err := db.Holds(t.Context(), community)
				check(err, nil)
				if len(holds) != 1 || holds[0].Account != owner {
					t.Errorf("on hold: %v", holds)
				}
				check(book(owner, bank, 1), orchestrator.ErrContradiction)
				check(book(bank, owner, 10), nil) // money still comes in
				check(db.EndHold(t.Context(), holds[0], someone), nil)
				check(book(owner, bank, 1011), orchestrator.ErrInsufficientBalance)
				check(book(owner, bank, 1010), nil)
				// Who edits both columns is found by the sum of the postings.
				corrupt(t, driver, url, `update accounts set balance = 7000, posted = 7000 where account = '`+owner.String()+`'`)
				if why() == "" {
					t.Error("an edited account is sound")
				}
				check(db.EndHold(t.Context(), holds[0], someone), nil)
				// An older version that writes beside this one puts nothing on hold.
				corrupt(t, driver, url, `update accounts set posted = 7 where account = '`+owner.String()+`'`)
				if w := why(); w != "" {
					t.Error(w)
				}
				check(book(bank, bea, 1), nil)
				// Postings that sum to less than zero are no balance.
				corrupt(t, driver, url, `update postings set amount = amount - 7 where account = '`+owner.String()+`'`)
				if why() == "" {
					t.Error("postings below zero are sound")
				}
				if err := db.EndHold(t.Context(), holds[0], someone); fault.ReasonOf(err) != "ledger_below_zero" {
					t.Errorf("%s: the hold ends with %v", name, err)
				}
				corrupt(t, driver, url, `update postings set amount = amount + 7 where account = '`+owner.String()+`'`)
				check(db.EndHold(t.Context(), holds[0], someone), nil)
			}
		})
	}
}
