package due_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/handsel-dev/handsel/internal/due"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// row is one thing that is due.
type row struct {
	id, lane, group string
	at, due         time.Time // first, and now
	tries           int
}

// table keeps rows as a store does: a claim is a compare-and-set.
type table struct {
	mu     sync.Mutex
	rows   []*row
	ended  map[string]string // id to note
	again  []time.Duration   // waits of rows that failed
	claims int
	breaks error // what claims answer
}

func (t *table) claim(_ context.Context, c due.Claim) ([]row, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.claims++
	if t.breaks != nil {
		return nil, t.breaks
	}
	var claimed []row
	for _, r := range t.rows {
		if _, ended := t.ended[r.id]; ended || r.due.After(c.Now) || slices.Contains(c.Shut, r.lane) || len(claimed) == c.Limit {
			continue
		}
		r.due = c.Until
		r.tries++
		claimed = append(claimed, *r)
	}
	return claimed, nil
}

func (t *table) end(_ context.Context, r row, note string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended == nil {
		t.ended = map[string]string{}
	}
	t.ended[r.id] = note
	return nil
}

func (t *table) set(id string, at time.Time, tries int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.rows {
		if r.id == id {
			r.due = at
			r.tries += tries
		}
	}
}

// due lists what can be claimed.
func (t *table) due(now time.Time) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var ids []string
	for _, r := range t.rows {
		if _, ended := t.ended[r.id]; !ended && !r.due.After(now) {
			ids = append(ids, r.id)
		}
	}
	return ids
}

// work is work on a table.
func work(t *table, now func() time.Time, do func(ctx context.Context, r row) (string, error)) *due.Work[row] {
	return &due.Work[row]{
		Now: now, Log: quiet, Text: "row", Claim: t.claim, Lease: time.Minute, Limit: 10, Lanes: due.Places(4, nil),
		At: func(r row) (time.Time, int) { return r.at, r.tries },
		Do: do, End: t.end,
		Retry: func(_ context.Context, r row, again time.Time, _ error) error {
			t.again = append(t.again, again.Sub(now()))
			t.set(r.id, again, 0)
			return nil
		},
		Backoff: due.Backoff{First: time.Second, Longest: time.Minute},
		Return:  func(_ context.Context, r row) error { t.set(r.id, now(), -1); return nil },
	}
}

func rows(now time.Time, ids ...string) []*row {
	var all []*row
	for _, id := range ids {
		all = append(all, &row{id: id, at: now, due: now})
	}
	return all
}
