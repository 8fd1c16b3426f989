package storetest

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
)

// eventsCases are the cases of the log of events.
func eventsCases() []testCase {
	return []testCase{
		{"log of events under writers", on(testNumbers)},
		{"log of events by filter", on(testEventFilters)},
		{"log of events that was pruned", on(testEventsExpired)},
		{"log of events with much data", on(testLargeEvents)}, {"numbers with much data", on(testLargeOutbox)}, {"lists of large objects", on(testLargeObjects)},
		{"log of events with repeats", on(testToldOnce)},
	}
}

func numberer(t *testing.T, s Store) *events.Numberer {
	t.Helper()
	n, err := events.NewNumberer(events.Numberer{Store: s, Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	return n
}

// walk is a deal that takes steps, each with an event.
func walk(t *testing.T, s Store, steps int) int64 {
	c := opening(newID(t, s))
	must(t, s.Apply(t.Context(), c))
	for range steps {
		n := next(c.Transaction)
		n.Transaction.EventSequence++
		n.Events = []orchestrator.Event{{
			TransactionID: c.Transaction.ID, Sequence: n.Transaction.EventSequence, CommunityID: community, Type: string(events.TransactionPaid), At: n.Log.At,
			Data: map[string]string{"transition": string(preauthorize.Authorize), "to": name("", int(n.Transaction.EventSequence))},
		}}
		must(t, s.Apply(t.Context(), n))
		c.Transaction = n.Transaction
	}
	return c.Transaction.ID
}

// testNumbers: 64 writers, two replicas that number at the same time and are stopped in the
// middle again and again, and a reader that follows: it sees each event once, under numbers
// without gaps, and those of each deal in the order of their commits.
func testNumbers(t *testing.T, open func() Store) {
	const writers, steps = 64, 6
	// Replicas that die take their connections with them; who writes and reads has its own.
	stores, reader := []Store{open(), open()}, open()
	ctx, done := context.WithCancel(t.Context())
	defer done()
	var replicas, working sync.WaitGroup
	for _, s := range stores {
		n := numberer(t, s)
		replicas.Go(func() {
			for turn := 0; ctx.Err() == nil; turn++ {
				// A replica that dies at any line: its transaction is undone.
				life, die := context.WithTimeout(ctx, time.Duration(1+turn%40)*time.Millisecond)
				_, _ = n.Number(life)
				die()
			}
		})
	}
	deals := make([]int64, writers)
	for i := range writers {
		working.Go(func() { deals[i] = walk(t, reader, steps) })
	}
	seen := make(chan map[int64][]string, 1)
	want := int64(writers * (steps + 1) * 2)
	go func() { seen <- follow(t, reader, want) }()
	working.Wait()
	if t.Failed() {
		return
	}
	_, err := numberer(t, reader).Number(t.Context())
	must(t, err)
	got := <-seen
	done()
	replicas.Wait()
	for _, id := range deals {
		var wanted []string
		for s := range steps + 1 {
			at := ""
			if s > 0 {
				at = name("", s+1)
			}
			wanted = append(wanted, "step "+at, "any "+at)
		}
		if d := diff(wanted, got[id]); d != "" {
			t.Fatalf("events of a deal (-want +got):\n%s", d)
		}
	}
	if last, err := reader.LastEvent(t.Context(), community); err != nil || last != want {
		t.Errorf("the last event is %d (%v), want %d", last, err, want)
	}
}

// follow reads up to a number and returns what each deal's events said.
func follow(t *testing.T, s Store, upto int64) map[int64][]string {
	seen := map[int64][]string{}
	var after int64
	for after < upto && t.Context().Err() == nil {
		p, err := s.ReadEvents(t.Context(), events.Filter{CommunityID: community, After: after, Limit: 1 + int(after%50)})
		if err != nil {
			t.Error(err)
			return nil
		}
		for _, e := range p.Events {
			if after++; e.Sequence != after {
				t.Errorf("event %d comes where %d should", e.Sequence, after)
				return nil
			}
			what := "step "
			if e.Type == events.TransactionTransitioned {
				what = "any "
			}
			seen[e.TransactionID] = append(seen[e.TransactionID], what+member(t, e.Data, "to"))
		}
		if p.Next != after {
			t.Errorf("the next page begins after %d, want %d", p.Next, after)
		}
	}
	return seen
}

func testEventFilters(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	one, two := walk(t, s, 2), walk(t, s, 1)
	must(t, s.AnnounceOnce(ctx, events.Announcement{CommunityID: community, Type: events.PayoutFailed, Object: events.Object{Type: events.Seller, ID: "sam"}, Data: []byte(`{"user":"sam"}`), At: noon.Add(time.Hour)}, time.Hour))
	must(t, s.AnnounceOnce(ctx, events.Announcement{CommunityID: 502, Type: events.PayoutPaid, Object: events.Object{Type: events.Seller, ID: "kim"}, Data: []byte(`{}`), At: noon}, time.Hour))
	_, err := numberer(t, s).Number(ctx)
	must(t, err)
	for text, tc := range map[string]struct {
		f    events.Filter
		want []int64
		next int64
		more bool
	}{
		"all":             {events.Filter{}, []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 11, false},
		"a page":          {events.Filter{Limit: 3}, []int64{1, 2, 3}, 3, true},
		"inside a step":   {events.Filter{After: 3, Limit: 2}, []int64{4, 5}, 5, true},
		"the end":         {events.Filter{After: 11}, nil, 11, false},
		"one type":        {events.Filter{Types: []string{"payout.failed"}}, []int64{11}, 11, false},
		"every step":      {events.Filter{Types: []string{"transaction.transitioned"}, Limit: 2}, []int64{2, 4}, 4, true},
		"a noun":          {events.Filter{Types: []string{"payout.*", "message.*"}}, []int64{11}, 11, false},
		"all by star":     {events.Filter{Types: []string{"*"}, After: 9}, []int64{10, 11}, 11, false},
		"one deal":        {events.Filter{TransactionID: two}, sequences(t, s, two), 0, false},
		"one deal, later": {events.Filter{TransactionID: one, After: 2}, after(sequences(t, s, one), 2), 0, false},
		"other community": {events.Filter{CommunityID: 502}, []int64{1}, 1, false},
	} {
		if tc.f.CommunityID == 0 {
			tc.f.CommunityID = community
		}
		p, err := s.ReadEvents(ctx, tc.f)
		must(t, err)
		var got []int64
		for _, e := range p.Events {
			got = append(got, e.Sequence)
		}
		if d := diff(tc.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", text, d)
		}
		if tc.next != 0 && (p.Next != tc.next || p.More != tc.more) {
			t.Errorf("%s: next %d, more %t; want %d, %t", text, p.Next, p.More, tc.next, tc.more)
		}
	}
}

func after(all []int64, n int64) []int64 {
	return slices.DeleteFunc(slices.Clone(all), func(s int64) bool { return s <= n })
}

// sequences are the numbers of a deal's events.
func sequences(t *testing.T, s Store, deal int64) (all []int64) {
	t.Helper()
	p, err := s.ReadEvents(t.Context(), events.Filter{CommunityID: community})
	must(t, err)
	for _, e := range p.Events {
		if e.TransactionID == deal {
			all = append(all, e.Sequence)
		}
	}
	return all
}

// testLargeEvents: a page has about a mebibyte of data, whatever is asked for, and reading on gives each event once.
func testLargeEvents(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	const large, count = 100_000, 24
	for n := range count {
		must(t, s.AnnounceOnce(ctx, events.Announcement{
			CommunityID: community, Type: events.ListingChanged, Object: events.Object{Type: events.Listing, Number: int64(n + 1)}, Data: []byte(`{"title":"` + strings.Repeat("é", large/2) + `"}`), At: noon.Add(time.Duration(n) * time.Minute),
		}, time.Second))
	}
	_, err := numberer(t, s).Number(ctx)
	must(t, err)
	for text, f := range map[string]events.Filter{"all": {}, "by type": {Types: []string{"listing.*"}}, "of others": {Types: []string{"payout.*"}}} {
		f.CommunityID, f.Limit = community, 1000
		seen, pages := int64(0), 0
		for more := true; more && pages < count; pages++ {
			p, err := s.ReadEvents(ctx, f)
			must(t, err)
			bytes := 0
			for _, e := range p.Events {
				if seen++; e.Sequence != seen {
					t.Errorf("%s: number %d comes after %d", text, e.Sequence, seen-1)
				}
				bytes += len(e.Data)
			}
			if bytes > 1<<20+large+100 {
				t.Errorf("%s: a page has %d bytes of data", text, bytes)
			}
			f.After, more = p.Next, p.More
		}
		if want := int64(count); f.After != want || seen != want && text != "of others" || pages < 3 {
			t.Errorf("%s: %d pages with %d events led to number %d, want %d", text, pages, seen, f.After, want)
		}
	}
}

// testEventsExpired: who has read too far back is told, and never passes over what was removed.
func testEventsExpired(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	walk(t, s, 1)
	_, err := numberer(t, s).Number(ctx)
	must(t, err)
	prune := func(at time.Time) { must(t, s.PruneEvents(ctx, at)) }
	prune(noon.Add(time.Second)) // the first step, with what came with it
	read := func(after int64) (events.Page, error) {
		return s.ReadEvents(ctx, events.Filter{CommunityID: community, After: after})
	}
	for _, at := range []int64{0, 2, 3} {
		if p, err := read(at); err != nil || len(p.Events) == 0 || p.Events[0].Sequence != max(at+1, 3) {
			t.Errorf("after %d: %+v, %v", at, p, err)
		}
	}
	expired := func(at int64) {
		t.Helper()
		if _, err := read(at); fault.As(err).Reason != "events_expired" {
			t.Errorf("after %d: %v, want events_expired", at, err)
		}
	}
	expired(1)
	prune(noon.Add(time.Hour))
	expired(3)
	if p, err := read(4); err != nil || len(p.Events) != 0 || p.Next != 4 {
		t.Errorf("after the last one: %+v, %v", p, err)
	}
	walk(t, s, 0)
	_, err = numberer(t, s).Number(ctx)
	must(t, err)
	if p, err := read(4); err != nil || len(p.Events) != 2 || p.Events[0].Sequence != 5 {
		t.Errorf("numbers go on: %+v, %v", p, err)
	}
}

// member is a text in a JSON object.
func member(t *testing.T, data []byte, of string) string {
	var all map[string]any
	if err := json.Unmarshal(data, &all); err != nil {
		t.Error(err)
	}
	text, _ := all[of].(string)
	return text
}

// testToldOnce: what a job tells again, because it was broken off or two of it are at it, is in the
// log once; a day later it is told anew.
func testToldOnce(t *testing.T, open func() Store) {
	s := open()
	tell := func(at time.Time, community int64) {
		t.Helper()
		for _, err := range atOnce(8, func(int) error {
			return s.AnnounceOnce(t.Context(), events.Announcement{CommunityID: community, Type: events.TaskOpened, Data: []byte(`{}`), At: at}, 23*time.Hour)
		}) {
			must(t, err)
		}
	}
	expect := func(what string, want int) {
		t.Helper()
		if got := told(t, s, events.TaskOpened); len(got) != want {
			t.Errorf("%s: %d events, want %d", what, len(got), want)
		}
	}
	tell(noon, community)
	expect("told", 1)
	tell(noon.Add(6*time.Hour), community)
	tell(noon.Add(22*time.Hour), community+1)
	expect("after it was broken off", 1)
	tell(noon.Add(24*time.Hour-time.Second), community)
	expect("the next day", 2)
}
