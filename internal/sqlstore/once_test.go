package sqlstore_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

var errCrash = errors.New("the process ends here")

func keyed(key string) idempotency.Reply {
	return idempotency.Reply{Scope: "501 POST /v1/listings", Key: key, Hash: "h", CommunityID: 501, At: ticketTime}
}

// lister makes a listing in a store, in as many steps as a face does.
func lister(t *testing.T, db *sqlstore.DB) func(context.Context) (int, []byte, error) {
	t.Helper()
	s, err := listings.New(listings.Config{Store: db.ForListings(), Now: func() time.Time { return ticketTime }})
	if err != nil {
		t.Fatal(err)
	}
	return func(ctx context.Context) (int, []byte, error) {
		l, err := s.Create(ctx, listings.Draft{CommunityID: 501, Author: "sam", Kind: listings.SingleUse, Model: listings.Online, Title: "Bike"})
		if err != nil {
			return 0, nil, err
		}
		if l, err = s.Get(ctx, 501, l.ID); err != nil { // sees what it wrote
			return 0, nil, err
		}
		if l, err = s.SetTitle(ctx, listings.Ref{Community: 501, ID: l.ID}, "Old bike"); err != nil {
			return 0, nil, err
		}
		return 201, []byte(l.Title), nil
	}
}

func countListings(t *testing.T, db *sqlstore.DB) int {
	t.Helper()
	all, err := db.Listings(t.Context(), listings.Filter{CommunityID: 501})
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// A crash between the effect and the answer leaves neither, and the key is free.
func TestM38_crashBetweenEffectAndReply(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, db *sqlstore.DB) {
		create := lister(t, db)
		_, _, err := db.Once(t.Context(), keyed("k"), func(ctx context.Context) (int, []byte, error) {
			if _, _, err := create(ctx); err != nil {
				t.Error(err)
			}
			return 0, nil, errCrash
		})
		if !errors.Is(err, errCrash) {
			t.Fatalf("got %v", err)
		}
		if n := countListings(t, db); n != 0 {
			t.Fatalf("%d listings after the crash, want none", n)
		}
		for _, wantFirst := range []bool{true, false} {
			stored, first, err := db.Once(t.Context(), keyed("k"), create)
			if err != nil || first != wantFirst || stored.Status != 201 || string(stored.Body) != "Old bike" {
				t.Errorf("first %t, %+v, %v; want %t", first, stored, err, wantFirst)
			}
		}
		if n := countListings(t, db); n != 1 {
			t.Errorf("%d listings, want one", n)
		}
	})
}

// A caller who hangs up in the middle leaves nothing behind.
func TestM38_callerHangsUp(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, db *sqlstore.DB) {
		create := lister(t, db)
		ctx, hangUp := context.WithCancel(t.Context())
		if _, _, err := db.Once(ctx, keyed("k"), func(ctx context.Context) (int, []byte, error) {
			status, body, err := create(ctx)
			hangUp()
			return status, body, err
		}); err == nil {
			t.Error("stored")
		}
		if _, found, err := db.Reply(t.Context(), keyed("k").Scope, "k"); found || err != nil || countListings(t, db) != 0 {
			t.Errorf("reply %t, %v, %d listings", found, err, countListings(t, db))
		}
	})
}

// Of many with one key one is carried out; ids are never handed out twice.
func TestM38_manyAtOnce(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, db *sqlstore.DB) {
		create := lister(t, db)
		var firsts atomic.Int32
		var callers sync.WaitGroup
		for range 8 {
			callers.Go(func() {
				stored, first, err := db.Once(t.Context(), keyed("k"), create)
				if err != nil || stored.Status != 0 && string(stored.Body) != "Old bike" {
					t.Errorf("%+v, %v", stored, err)
				}
				if first {
					firsts.Add(1)
				}
				if _, _, err := create(t.Context()); err != nil { // without a key, beside it
					t.Error(err)
				}
			})
		}
		callers.Wait()
		if n := countListings(t, db); firsts.Load() != 1 || n != 9 {
			t.Errorf("%d carried out, %d listings; want 1 and 9", firsts.Load(), n)
		}
	})
}

// A part that fails is undone alone; a claim that a dead binary left is taken
// over; a commit of the engine is refused inside.
func TestM38_parts(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, db *sqlstore.DB) {
		create := lister(t, db)
		later := keyed("k")
		later.At = later.At.Add(time.Hour)
		for _, r := range []idempotency.Reply{keyed("k"), later} {
			_, _, err := db.Once(t.Context(), r, func(ctx context.Context) (int, []byte, error) {
				if _, _, err := create(ctx); err != nil {
					return 0, nil, err
				}
				taken := listings.Listing{ID: 1, CommunityID: 501, Author: "x", Kind: listings.SingleUse, Model: listings.Online, Zone: "UTC", Revision: 1}
				if err := db.UpdateListing(ctx, taken, nil); !errors.Is(err, listings.ErrRevision) {
					t.Errorf("update of nothing: %v", err)
				}
				err := db.Apply(ctx, orchestrator.Commit{Transaction: orchestrator.Transaction{ID: 5, Revision: 1, Deal: process.Deal{}}})
				if err == nil {
					t.Error("a commit was part of a keyed request")
				}
				return create(ctx)
			})
			if err != nil {
				t.Error(err)
			}
		}
		if n := countListings(t, db); n != 2 {
			t.Errorf("%d listings, want 2", n)
		}
	})
}

// A key whose holder has died is free at once, whatever the clock says: it was only
// ever taken in a transaction, which died with its holder.
func TestM39_keyOfADeadHolder(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, db *sqlstore.DB) {
		dying, die := context.WithCancel(t.Context())
		_, _, err := db.Once(dying, keyed("k"), func(ctx context.Context) (int, []byte, error) {
			die()
			return 0, nil, ctx.Err()
		})
		if err == nil {
			t.Fatal("the holder lives")
		}
		stored, first, err := db.Once(t.Context(), keyed("k"), func(context.Context) (int, []byte, error) { return 201, []byte("{}"), nil })
		if err != nil || !first || stored.Status != 201 {
			t.Errorf("right after it the key gives %+v, first %v, %v", stored, first, err)
		}
	})
}

func anAct(object string) orchestrator.Act {
	return orchestrator.Act{CommunityID: 501, Actor: "operator:olga", Name: "note", Object: object, Reason: "a test", At: ticketTime}
}

// Acts inside keyed requests and acts outside wait for each other in no circle, and each is
// in the audit log once.
func TestM38_actsInsideAndOutside(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, db *sqlstore.DB) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		const each = 12
		all := orchestrator.ActFilter{CommunityID: 501, Limit: 100}
		var callers sync.WaitGroup
		_, first, err := db.Once(ctx, keyed("k"), func(inside context.Context) (int, []byte, error) {
			for range each {
				callers.Go(func() {
					if err := db.AddAct(ctx, anAct("outside")); err != nil {
						t.Errorf("outside: %v", err)
					}
				})
			}
			for range 100 { // while the others get as far as they come
				if _, err := db.Acts(inside, all); err != nil {
					return 0, nil, err
				}
			}
			return 200, nil, errors.Join(db.AddAct(inside, anAct("inside")), db.AddAct(inside, anAct("inside too")))
		})
		if err != nil || !first {
			t.Errorf("inside: %t, %v", first, err)
		}
		callers.Wait()
		if found, err := db.Acts(t.Context(), all); err != nil || len(found) != each+2 {
			t.Errorf("%d acts, %v; want %d", len(found), err, each+2)
		}
	})
}

// An act of a keyed request that appears after later acts were sealed is sealed, too.
func TestM38_actsAreSealed(t *testing.T) {
	t.Parallel()
	for name, newURL := range map[string]func(*testing.T) string{"sqlite": sqliteFile, "postgres": postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, newURL(t), sqlstore.Options{})
			seal := func() {
				t.Helper()
				if _, err := db.Seal(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if err := db.AddCommunity(t.Context(), 501, "Sample", someone); err != nil {
				t.Fatal(err)
			}
			_, _, err := db.Once(t.Context(), keyed("k"), func(ctx context.Context) (int, []byte, error) {
				err := db.AddAct(ctx, anAct("inside"))
				if name == "postgres" { // SQLite has one writer at a time
					err = errors.Join(err, db.AddAct(t.Context(), anAct("meanwhile")))
					seal()
				}
				return 200, nil, err
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := db.AddAct(t.Context(), anAct("after")); err != nil {
				t.Fatal(err)
			}
			seal()
			acts, err := db.Acts(t.Context(), orchestrator.ActFilter{CommunityID: 501, Limit: 100})
			if err != nil {
				t.Fatal(err)
			}
			reach, broken, err := db.Seals(t.Context())
			if err != nil || len(broken) != 0 || len(reach) != 1 || reach[0].Rows != int64(len(acts)) {
				t.Errorf("%d acts; sealed %+v, %v, %v", len(acts), reach, broken, err)
			}
		})
	}
}

// A key is reserved by one at a time: until it is answered, for good; until it is freed; or
// until its process must have died.
func TestReserve(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, db *sqlstore.DB) {
		reserve := func(r idempotency.Reply) bool {
			t.Helper()
			stored, first, err := db.Reserve(t.Context(), r)
			if err != nil || stored.Hash != "h" {
				t.Fatalf("%+v, %v", stored, err)
			}
			return first
		}
		var firsts atomic.Int32
		var callers sync.WaitGroup
		for range 50 {
			callers.Go(func() {
				if _, first, err := db.Reserve(t.Context(), keyed("k")); err != nil {
					t.Error(err)
				} else if first {
					firsts.Add(1)
				}
			})
		}
		callers.Wait()
		if firsts.Load() != 1 {
			t.Fatalf("%d of 50 have the key, want one", firsts.Load())
		}
		if err := db.FreeReply(t.Context(), keyed("k")); err != nil {
			t.Fatal(err)
		}
		soon, late, later := keyed("k"), keyed("k"), keyed("k")
		soon.At, late.At, later.At = soon.At.Add(2*time.Minute), late.At.Add(2*time.Minute+time.Second), later.At.Add(time.Hour)
		for i, want := range []struct {
			idempotency.Reply
			first bool
		}{{keyed("k"), true}, {soon, false}, {late, true}, {soon, false}} {
			if got := reserve(want.Reply); got != want.first {
				t.Errorf("reservation %d is %t, want %t", i, got, want.first)
			}
		}
		late.Status, late.Body = 201, []byte("made")
		if err := db.SaveReply(t.Context(), late); err != nil {
			t.Fatal(err)
		}
		if stored, first, err := db.Reserve(t.Context(), later); err != nil || first || stored.Status != 201 || string(stored.Body) != "made" {
			t.Errorf("%+v, %t, %v", stored, first, err)
		}
	})
}
