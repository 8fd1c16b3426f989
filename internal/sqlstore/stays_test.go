package sqlstore_test

import (
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/pass"
	"github.com/handsel-dev/handsel/internal/sqlstore"
)

// A stay is found until it ends, until nobody was seen for a while, or until somebody ends it.
func TestStays(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, db *sqlstore.DB) {
		ctx, at := t.Context(), func(minute int) time.Time { return ticketTime.Add(time.Duration(minute) * time.Minute) }
		for hash, name := range map[string]string{"a": "olga", "b": "olga", "c": "ann"} {
			if err := db.AddStay(ctx, pass.Stay{CommunityID: 7, Hash: hash, Name: name, Holder: []byte(hash), Since: at(0), Seen: at(0), Until: at(60)}); err != nil {
				t.Fatal(err)
			}
		}
		there := func(when string, minute int, want map[string]bool) {
			t.Helper()
			for hash, stays := range want {
				s, found, err := db.Stay(ctx, 7, hash, at(minute), at(minute-30))
				if err != nil || found != stays || found && string(s.Holder) != hash {
					t.Errorf("%s: %s is %v %v, %v", when, hash, s, found, err)
				}
				if _, found, _ := db.Stay(ctx, 8, hash, at(minute), at(minute-30)); found {
					t.Errorf("%s: another community finds %s", when, hash)
				}
			}
		}
		there("at first", 29, map[string]bool{"a": true, "b": true, "c": true, "d": false})
		for _, minute := range []int{20, 10} { // a request that was slow takes nothing back
			if err := db.SeeStay(ctx, 7, "a", at(minute)); err != nil {
				t.Fatal(err)
			}
		}
		there("after half an hour", 49, map[string]bool{"a": true, "b": false, "c": false})
		if all, err := db.ListStays(ctx, pass.Chosen{CommunityID: 7}, at(29), at(-1)); err != nil || len(all) != 3 || all[0].Hash != "a" {
			t.Errorf("listed %v, %v", all, err)
		}
		if err := db.SeeStay(ctx, 7, "a", at(59)); err != nil {
			t.Fatal(err)
		}
		there("at its end", 60, map[string]bool{"a": false})
		for _, c := range []struct {
			chosen pass.Chosen
			ended  int64
		}{{pass.Chosen{CommunityID: 8, Name: "olga"}, 0}, {pass.Chosen{CommunityID: 7, Name: "ann", Hash: "a"}, 0}, {pass.Chosen{CommunityID: 7, Name: "olga", Except: "a"}, 1}, {pass.Chosen{CommunityID: 7, Hash: "c"}, 1}} {
			if n, err := db.EndStays(ctx, c.chosen); err != nil || n != c.ended {
				t.Errorf("%v ends %d, %v", c.chosen, n, err)
			}
		}
		there("after ending", 29, map[string]bool{"a": true, "b": false, "c": false})
	})
}
