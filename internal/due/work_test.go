package due_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/due"
)

var quiet = slog.New(slog.DiscardHandler)

var errAway = errors.New("nobody there")

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

func once(t *testing.T, w *due.Work[row], want int) {
	t.Helper()
	if n, err := w.Once(t.Context()); n != want || err != nil {
		t.Errorf("did %d, %v; want %d", n, err, want)
	}
}

// What is due is done once, whoever of two replicas claims it, and an idle look is one
// claim.
func TestWork(t *testing.T) {
	t.Parallel()
	const many = 57
	tab, did := &table{}, make(chan string, many+1)
	for i := range many {
		tab.rows = append(tab.rows, rows(epoch, fmt.Sprint(i))...)
	}
	tab.rows = append(tab.rows, rows(epoch.Add(time.Second), "later")...)
	do := func(_ context.Context, r row) (string, error) { did <- r.id; return "done", nil }
	a, b := work(tab, at(epoch), do), work(tab, at(epoch), do)
	var total atomic.Int64
	var both sync.WaitGroup
	for _, w := range []*due.Work[row]{a, b} {
		both.Go(func() {
			n, err := w.Once(t.Context())
			if err != nil {
				t.Error(err)
			}
			total.Add(int64(n))
		})
	}
	both.Wait()
	close(did)
	seen := map[string]int{}
	for id := range did {
		seen[id]++
	}
	if total.Load() != many || len(seen) != many || len(tab.ended) != many || tab.ended["3"] != "done" {
		t.Errorf("counted %d, did %d, ended %d of %d", total.Load(), len(seen), len(tab.ended), many)
	}
	tab.claims = 0
	once(t, a, 0)
	if tab.claims != 1 {
		t.Errorf("an idle look makes %d claims", tab.claims)
	}
}

// What fails waits ever longer, and is given up when that is said.
func TestWork_retries(t *testing.T) {
	t.Parallel()
	tab, now := &table{rows: rows(epoch, "a")}, epoch
	w := work(tab, func() time.Time { return now }, func(context.Context, row) (string, error) { return "", errAway })
	w.GiveUp = func(r row, err error) (string, bool) {
		return "given up: " + err.Error(), now.Sub(r.at) >= 2*time.Minute
	}
	tries := 0
	for ; len(tab.ended) == 0 && tries < 100; tries++ {
		n, err := w.Once(t.Context())
		if err != nil || n != len(tab.ended) {
			t.Fatalf("did %d, %v", n, err)
		}
		now = tab.rows[0].due
	}
	want := []time.Duration{1, 2, 4, 8, 16, 32, 60}
	for i := range want {
		want[i] *= time.Second
	}
	if diff := cmp.Diff(want, tab.again); diff != "" || tab.ended["a"] != "given up: nobody there" {
		t.Errorf("waits (-want +got):\n%s ended: %v", diff, tab.ended)
	}
}

// What is not needed any more ends and is not counted; what sets its own time is left.
func TestWork_answers(t *testing.T) {
	t.Parallel()
	tab := &table{rows: rows(epoch, "gone", "later", "good")}
	once(t, work(tab, at(epoch), func(_ context.Context, r row) (string, error) {
		switch r.id {
		case "gone":
			return "", due.ErrNotNeeded
		case "later":
			return "", fmt.Errorf("busy: %w", due.ErrLater)
		}
		return "sent", nil
	}), 1)
	if diff := cmp.Diff(map[string]string{"gone": "", "good": "sent"}, tab.ended); diff != "" || len(tab.again) > 0 {
		t.Errorf("ended (-want +got):\n%s set again: %v", diff, tab.again)
	}
}

// At the end nothing more is claimed, what was not begun and what was cut short is
// handed back without counting as a try, and what was done is noted all the same.
func TestWork_stops(t *testing.T) {
	t.Parallel()
	tab := &table{rows: rows(epoch, "done", "cut", "c", "d", "e")}
	ctx, stop := context.WithCancel(t.Context())
	var begun sync.WaitGroup
	begun.Add(2)
	w := work(tab, at(epoch), func(ctx context.Context, r row) (string, error) {
		begun.Done()
		<-ctx.Done()
		if r.id == "done" {
			return "after all", nil
		}
		return "", ctx.Err()
	})
	w.Lanes = due.Places(2, nil)
	go func() { begun.Wait(); stop() }()
	n, err := w.Once(ctx)
	if n != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("did %d, %v", n, err)
	}
	if diff := cmp.Diff(map[string]string{"done": "after all"}, tab.ended); diff != "" {
		t.Errorf("ended (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"cut", "c", "d", "e"}, tab.due(epoch)); diff != "" {
		t.Errorf("can be claimed (-want +got):\n%s", diff)
	}
	for _, r := range tab.rows[1:] {
		if r.tries != 0 {
			t.Errorf("%s counts %d tries", r.id, r.tries)
		}
	}
	if n, err := w.Once(ctx); n != 0 || !errors.Is(err, context.Canceled) || tab.claims != 1 {
		t.Errorf("after the end it did %d with %d claims, %v", n, tab.claims, err)
	}
}

// A row that has waited for its place for half of its lease is handed back: it might
// be done by two.
func TestWork_leaseRunsOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tab, done := &table{rows: rows(time.Now(), "a", "b", "c")}, 0
		start := time.Now()
		w := work(tab, time.Now, func(_ context.Context, r row) (string, error) {
			if since := time.Since(r.due.Add(-time.Minute)); since > 30*time.Second {
				t.Errorf("%s begins %s after its claim", r.id, since)
			}
			time.Sleep(20 * time.Second)
			done++
			return "", nil
		})
		w.Lanes, w.Limit = due.Places(1, nil), 10
		once(t, w, 2) // the third is handed back
		once(t, w, 1)
		if took := time.Since(start); done != 3 || took != time.Minute {
			t.Errorf("did %d in %s", done, took)
		}
	})
}

// What nobody can begin is not claimed, and a place that becomes free is used at once.
func TestWork_claimsWhatItCanBegin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const many, each = 40, 100 * time.Millisecond
		tab, start := &table{}, time.Now()
		for i := range many {
			tab.rows = append(tab.rows, rows(start, fmt.Sprint(i))...)
		}
		w := work(tab, time.Now, func(context.Context, row) (string, error) { time.Sleep(each); return "", nil })
		w.Lanes, w.Limit = due.Places(2, nil), 4
		once(t, w, many)
		if took := time.Since(start); took != many/2*each {
			t.Errorf("took %s, want %s", took, many/2*each)
		}
		if most := many/w.Limit + 1; tab.claims > most {
			t.Errorf("%d claims, want %d at most", tab.claims, most)
		}
	})
}

// lanes have one place each.
type lanes struct {
	mu   sync.Mutex
	busy map[string]bool
}

func (l *lanes) Shut() (shut []string, width int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for lane := range l.busy {
		shut = append(shut, lane)
	}
	return shut, 1
}

func (l *lanes) Enter(lane string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy[lane] {
		return false
	}
	l.busy[lane] = true
	return true
}

func (l *lanes) Leave(lane string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.busy, lane)
}

func (l *lanes) Waits(string) bool { return false }

// While one lane hangs, what falls due in another is done at once.
func TestWork_oneLaneHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		tab := &table{}
		for i, lane := range []string{"slow", "fast", "slow", "fast"} {
			tab.rows = append(tab.rows, &row{id: fmt.Sprint(i), lane: lane, at: start.Add(time.Duration(i) * 10 * time.Second), due: start.Add(time.Duration(i) * 10 * time.Second)})
		}
		var mu sync.Mutex
		late := map[string]time.Duration{}
		w := work(tab, time.Now, func(_ context.Context, r row) (string, error) {
			mu.Lock()
			late[r.id] = time.Since(r.at)
			mu.Unlock()
			if r.lane == "slow" {
				time.Sleep(50 * time.Second)
			}
			return "", nil
		})
		w.Lanes, w.Lane, w.Chains, w.Lease = &lanes{busy: map[string]bool{}}, func(r row) string { return r.lane }, true, 5*time.Minute
		once(t, w, 4)
		for id, most := range map[string]time.Duration{"0": 0, "1": lookOften, "2": 30*time.Second + lookOften, "3": lookOften} {
			if late[id] > most {
				t.Errorf("row %s began %s late, want %s at most", id, late[id], most)
			}
		}
	})
}

// lookOften is how soon work that chains sees what falls due while something hangs.
const lookOften = 100 * time.Millisecond

// Rows of one group are done in order, and where that is said one try stands for all.
func TestWork_groups(t *testing.T) {
	t.Parallel()
	for _, together := range []bool{false, true} {
		t.Run(fmt.Sprint(together), func(t *testing.T) {
			t.Parallel()
			tab := &table{}
			for i := range 9 {
				tab.rows = append(tab.rows, &row{id: fmt.Sprint(i), group: fmt.Sprint(i % 3), at: epoch, due: epoch})
			}
			var mu sync.Mutex
			did := map[string][]string{}
			w := work(tab, at(epoch), func(_ context.Context, r row) (string, error) {
				mu.Lock()
				defer mu.Unlock()
				did[r.group] = append(did[r.group], r.id)
				return "", nil
			})
			w.Group, w.Together = func(r row) any { return r.group }, together
			once(t, w, 9)
			want := map[string][]string{"0": {"0", "3", "6"}, "1": {"1", "4", "7"}, "2": {"2", "5", "8"}}
			if together {
				want = map[string][]string{"0": {"0"}, "1": {"1"}, "2": {"2"}}
			}
			if diff := cmp.Diff(want, did); diff != "" {
				t.Errorf("did (-want +got):\n%s", diff)
			}
		})
	}
}

// While what the rows need is away, nothing is claimed, and what waits is handed back.
func TestWork_closes(t *testing.T) {
	t.Parallel()
	tab := &table{rows: rows(epoch, "a", "b", "c")}
	var closed atomic.Bool
	w := work(tab, at(epoch), func(context.Context, row) (string, error) { closed.Store(true); return "", errAway })
	w.Lanes = due.Places(1, func() bool { return !closed.Load() })
	once(t, w, 0)
	if got := tab.due(epoch); !slices.Equal(got, []string{"b", "c"}) {
		t.Errorf("handed back %v", got)
	}
	before := tab.claims
	once(t, w, 0)
	if tab.claims != before {
		t.Error("it claims what cannot be done")
	}
}

// An error of the store ends the round with what it was about.
func TestWork_storeBreaks(t *testing.T) {
	t.Parallel()
	broken := errors.New("no disk")
	do := func(context.Context, row) (string, error) { return "", nil }
	for name, change := range map[string]func(*table, *due.Work[row]){
		"claim": func(tab *table, _ *due.Work[row]) { tab.breaks = broken },
		"end":   func(_ *table, w *due.Work[row]) { w.End = func(context.Context, row, string) error { return broken } },
		"set again": func(_ *table, w *due.Work[row]) {
			w.Do = func(context.Context, row) (string, error) { return "", errAway }
			w.Retry = func(context.Context, row, time.Time, error) error { return broken }
		},
		"hand back": func(_ *table, w *due.Work[row]) {
			asked := 0
			w.Lanes = due.Places(1, func() bool { asked++; return asked == 1 }) // it closes after the claim
			w.Return = func(context.Context, row) error { return broken }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tab := &table{rows: rows(epoch, "a")}
			w := work(tab, at(epoch), do)
			change(tab, w)
			if n, err := w.Once(t.Context()); n != 0 || !errors.Is(err, broken) || err.Error() != name+": no disk" {
				t.Errorf("did %d, %v", n, err)
			}
		})
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	b := due.Backoff{First: 5 * time.Second, Longest: time.Hour}
	for tries, want := range map[int]time.Duration{0: 5 * time.Second, 1: 5 * time.Second, 2: 10 * time.Second, 4: 40 * time.Second, 10: 2560 * time.Second, 11: time.Hour, 1 << 40: time.Hour} {
		if got := b.After(tries); got != want {
			t.Errorf("after %d tries it waits %s, want %s", tries, got, want)
		}
	}
}
