package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/notices"
)

const day = 24 * time.Hour

// remind lets a worker send what is due and compares how many it sent.
func remind(t *testing.T, k *talk, want int) {
	t.Helper()
	sent, err := k.RemindDue(t.Context())
	if err != nil || sent != want {
		t.Errorf("%d reminders were sent, want %d; %v", sent, want, err)
	}
}

func testReminders(t *testing.T, open func() Store) {
	k, ctx := newTalk(t, open()), t.Context()
	running, tx := opened(t, k.store), completed(t, k.store)
	for range 2 {
		must(t, k.Ended(ctx, community, tx.ID))
		must(t, k.Ended(ctx, community, running.ID))
	}
	k.at(noon.Add(3*day - time.Microsecond))
	remind(t, k, 0)
	k.at(noon.Add(3 * day))
	remind(t, k, 2)
	remind(t, k, 0)
	must(t, k.Ended(ctx, community, tx.ID))
	_, err := k.Review(ctx, by(tx, "bea"), 5, "")
	must(t, err)
	k.at(noon.Add(10 * day))
	remind(t, k, 1)
	k.at(noon.Add(20 * day))
	remind(t, k, 0)
	key := func(user string, round int) string {
		return notices.Reminder{TransactionID: tx.ID, User: user, Round: round}.Key()
	}
	slices.Sort(k.reminded[:2])
	if d := diff([]string{key("bea", 1), key("sam", 1), key("sam", 2)}, k.reminded); d != "" {
		t.Errorf("reminded (-want +got):\n%s", d)
	}
	late := completed(t, k.store)
	k.at(noon.Add(30 * day))
	must(t, k.Ended(ctx, community, late.ID))
	k.at(noon.Add(31 * day))
	remind(t, k, 0)
}

// testReminderLease is a worker that is held up for longer than its lease.
func testReminderLease(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	r := notices.Reminder{CommunityID: community, TransactionID: 7, User: "bea", Round: 1, Due: noon}
	must(t, s.PlanReminders(ctx, []notices.Reminder{r}))
	claim := func(now time.Time, attempts int) notices.Reminder {
		t.Helper()
		got, err := s.ClaimReminders(ctx, now, now.Add(time.Minute), 10)
		must(t, err)
		want := r
		want.Attempts = attempts
		if attempts == 0 {
			if len(got) != 0 {
				t.Errorf("claimed %+v", got)
			}
			return r
		}
		if d := diff([]notices.Reminder{want}, got); d != "" {
			t.Errorf("claimed (-want +got):\n%s", d)
		}
		return want
	}
	slow := claim(noon, 1)
	claim(noon.Add(time.Minute-time.Microsecond), 0)
	quick := claim(noon.Add(time.Minute), 2)
	must(t, s.EndReminder(ctx, slow))
	must(t, s.PostponeReminder(ctx, slow, noon))
	claim(noon.Add(time.Minute), 0)
	must(t, s.PostponeReminder(ctx, quick, noon.Add(time.Hour)))
	claim(noon.Add(time.Hour-time.Microsecond), 0)
	must(t, s.EndReminder(ctx, claim(noon.Add(time.Hour), 3)))
	must(t, s.PlanReminders(ctx, []notices.Reminder{r}))
	claim(noon.Add(day), 0)
}

func testReminderWorkers(t *testing.T, open func() Store) {
	both := []*talk{newTalk(t, open()), newTalk(t, open())}
	const deals = 15
	for range deals {
		must(t, both[0].Ended(t.Context(), community, completed(t, both[0].store).ID))
	}
	for _, k := range both {
		k.at(noon.Add(3 * day))
	}
	for _, err := range atOnce(6, func(i int) error {
		_, err := both[i%2].RemindDue(t.Context())
		return err
	}) {
		must(t, err)
	}
	// Whoever found nothing to claim may have stopped before another was done.
	remind(t, both[0], 0)
	all := slices.Concat(both[0].reminded, both[1].reminded)
	slices.Sort(all)
	if got := len(slices.Compact(slices.Clone(all))); len(all) != 2*deals || got != len(all) {
		t.Errorf("%d reminders of which %d differ, want %d", len(all), got, 2*deals)
	}
}

// testReminderClaimers claims a few at a time, as often as there is anything to claim.
func testReminderClaimers(t *testing.T, open func() Store) {
	stores, ctx := []Store{open(), open()}, t.Context()
	const total = 60
	for i := range total {
		must(t, stores[0].PlanReminders(ctx, []notices.Reminder{
			{CommunityID: community, TransactionID: int64(i + 1), User: "bea", Round: 1, Due: noon},
		}))
	}
	// Both have prepared the statement, so that the claims meet.
	for _, s := range stores {
		_, err := s.ClaimReminders(ctx, noon.Add(-day), noon, 1)
		must(t, err)
	}
	claimed := make([][]notices.Reminder, 20)
	for _, err := range atOnce(len(claimed), func(i int) (err error) {
		claimed[i], err = stores[i%2].ClaimReminders(ctx, noon, noon.Add(time.Minute), 7)
		return err
	}) {
		must(t, err)
	}
	rest, err := stores[0].ClaimReminders(ctx, noon, noon.Add(time.Minute), total)
	must(t, err)
	seen := map[int64]bool{}
	for _, r := range slices.Concat(append(claimed, rest)...) {
		if seen[r.TransactionID] {
			t.Errorf("the reminder of %d was claimed twice", r.TransactionID)
		}
		seen[r.TransactionID] = true
	}
	if len(seen) != total {
		t.Errorf("%d of %d were claimed", len(seen), total)
	}
}
