package sqlstore_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/webhooks"
)

// A community reads what gateways said of its deals, and that something came about no deal, without what it says. It
// has its own messages applied again, whatever came of them, and nobody else's.
func TestArrivals(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, url string, o sqlstore.Options) {
		db, ctx := open(t, url, o), t.Context()
		ours, theirs := fill(t, db, 501, ourRows), fill(t, db, 502, theirRows)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		put := func(key, payment, body string) {
			t.Helper()
			_, err := db.Put(ctx, webhooks.Delivery{Gateway: ours.deals[0].Gateway, DedupeKey: key, PaymentID: payment, Code: key, Body: []byte(body), ReceivedAt: tenantNoon})
			must(err)
		}
		mine := ours.deals[0].PaymentID
		put("applied", mine, `{"a":1}`)
		put("gone", mine, `{"b":1}`)
		put("later", mine, strings.Repeat("x", webhooks.LongestShown+100))
		put("nobodys", "pi_nobodys", `{"secret":"theirs"}`)
		put("others", theirs.deals[0].PaymentID, `{"secret":"theirs"}`)
		due, err := db.Claim(ctx, tenantNoon, tenantNoon, 10)
		must(err)
		for _, d := range due {
			switch d.Code {
			case "applied":
				must(db.Done(ctx, d.ID, "applied"))
			case "gone":
				must(db.Done(ctx, d.ID, webhooks.GivenUp+"payment_not_found"))
			default:
				must(db.Retry(ctx, d, tenantNoon.Add(time.Hour), "gateway_down"))
			}
		}
		list := func(f webhooks.ArrivalFilter) (lines []string, ids map[string]int64) {
			t.Helper()
			ids = map[string]int64{}
			f.CommunityID = 501
			all, err := db.ListArrivals(ctx, f)
			must(err)
			for _, a := range all {
				ids[a.Code] = a.ID
				if a.Code != "paid" { // of what else is stored
					lines = append(lines, fmt.Sprint(a.Code, " ", a.Fate, " ", a.Note, " ", a.PaymentID, " ", string(a.Body), " ", a.TransactionID == ours.deals[0].ID, " ", a.Due.Sub(tenantNoon)))
				}
			}
			return lines, ids
		}
		want := []string{
			"nobodys waiting gateway_down   false 1h0m0s", "later waiting gateway_down " + mine + "  true 1h0m0s",
			"gone given_up payment_not_found " + mine + ` {"b":1} true 0s`, "applied applied  " + mine + ` {"a":1} true 0s`,
		}
		got, ids := list(webhooks.ArrivalFilter{Limit: 9})
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		for name, c := range map[string]struct {
			filter webhooks.ArrivalFilter
			want   []string
		}{
			"given up": {webhooks.ArrivalFilter{Fate: webhooks.GaveUp, Limit: 9}, want[2:3]}, "applied": {webhooks.ArrivalFilter{Fate: webhooks.Applied, Limit: 9}, want[3:]},
			"waiting": {webhooks.ArrivalFilter{Fate: webhooks.Waits, Limit: 9}, want[:2]}, "another gateway": {webhooks.ArrivalFilter{Gateway: "paytrail", Limit: 9}, nil},
			"behind one": {webhooks.ArrivalFilter{Before: tenantNoon, BeforeID: ids["gone"], Limit: 9}, want[3:]}, "this gateway": {webhooks.ArrivalFilter{Gateway: ours.deals[0].Gateway, Limit: 9}, want},
		} {
			if got, _ := list(c.filter); cmp.Diff(c.want, got) != "" {
				t.Errorf("%s: %q", name, got)
			}
		}
		others, err := db.ListArrivals(ctx, webhooks.ArrivalFilter{CommunityID: 502, Limit: 1})
		must(err)
		for _, id := range []int64{others[0].ID, ids["nobodys"], 0} {
			if err := db.ReplayArrival(ctx, 501, id, someone); fault.ReasonOf(err) != "delivery_not_found" {
				t.Errorf("message %d: %v", id, err)
			}
		}
		for range 2 { // twice is as once
			for _, name := range []string{"applied", "gone", "later"} {
				must(db.ReplayArrival(ctx, 501, ids[name], someone))
			}
		}
		if due, err = db.Claim(ctx, tenantNoon, tenantNoon.Add(time.Minute), 10); err != nil || len(due) != 3 {
			t.Errorf("%d messages are due again, want 3: %v", len(due), err)
		}
	})
}

// Who knocks for hours leaves a line for each minute of the hour, however often.
func TestTurnedAway(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, url string, o sqlstore.Options) {
		db := open(t, url, o)
		for minute := range 130 {
			if err := db.NoteTurnedAway(t.Context(), webhooks.TurnedAway{Gateway: "stripe", Reason: "invalid_signature", At: tenantNoon.Add(time.Duration(minute) * time.Minute), Count: int64(minute + 1)}); err != nil {
				t.Fatal(err)
			}
		}
		early := webhooks.TurnedAway{Gateway: "stripe", Reason: "invalid_signature", At: tenantNoon, Count: 7}
		if err := db.NoteTurnedAway(t.Context(), early); err != nil { // of a replica whose clock is behind
			t.Fatal(err)
		}
		all, err := db.TurnedAway(t.Context())
		if err != nil || len(all) != 60 {
			t.Fatalf("%d lines, want 60: %v", len(all), err)
		}
		want := webhooks.TurnedAway{Gateway: "stripe", Reason: "invalid_signature", At: tenantNoon.Add(129 * time.Minute), Count: 130}
		if d := cmp.Diff(want, all[0]); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
}
