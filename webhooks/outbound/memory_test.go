package outbound_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

// memory keeps endpoints, rows and a log as a store does.
type memory struct {
	mu        sync.Mutex
	log       []events.Event // of the one community
	endpoints map[int64]*kept
	rows      map[[2]int64]outbound.Delivery
	announced []events.Announcement
	letters   []outbound.Letter
	writes    int
	removed   int64       // the log begins behind this number
	lose      func() bool // whether the process dies before it writes
	unread    error       // why the log cannot be read
}

type kept struct {
	outbound.Claimed
	claimable time.Time
}

func newMemory() *memory {
	return &memory{endpoints: map[int64]*kept{}, rows: map[[2]int64]outbound.Delivery{}, lose: func() bool { return false }}
}

// happen appends events of deals.
func (m *memory) happen(at time.Time, deals ...int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range deals {
		n := int64(len(m.log) + 1)
		m.log = append(m.log, events.Event{
			CommunityID: 1, Sequence: n, Type: "transaction.paid", TransactionID: d, Object: events.Object{Type: events.Deal, Number: d}, Data: json.RawMessage(`{"n":1}`), At: at,
		})
	}
}

func (m *memory) ReadEvents(_ context.Context, f events.Filter) (events.Page, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.unread != nil {
		return events.Page{}, m.unread
	}
	if f.After > 0 && f.After < m.removed {
		return events.Page{}, fault.New(fault.Conflict, "events_expired", "they were removed")
	}
	f.After = max(f.After, m.removed)
	end := min(int(f.After)+f.Limit, len(m.log))
	if int(f.After) >= end {
		return events.Page{Next: f.After}, nil
	}
	return events.Page{Events: slices.Clone(m.log[f.After:end]), Next: int64(end), More: end < len(m.log)}, nil
}

func (m *memory) LastEvent(context.Context, int64) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return int64(len(m.log)), nil
}

func (m *memory) add(e outbound.Endpoint) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.endpoints[e.ID] = &kept{Claimed: outbound.Claimed{Endpoint: e}}
}

func (m *memory) endpoint(id int64) outbound.Endpoint {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.endpoints[id].Endpoint
}

// change is what staff does: the worker has to notice.
func (m *memory) change(id int64, how func(*outbound.Endpoint)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.endpoints[id]
	how(&e.Endpoint)
	e.Revision++
	e.claimable = time.Time{}
}

func (m *memory) row(endpoint, sequence int64) outbound.Delivery {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rows[[2]int64{endpoint, sequence}]
}

func (m *memory) ClaimEndpoints(_ context.Context, now, until time.Time, limit int) ([]outbound.Claimed, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var claimed []outbound.Claimed
	for _, id := range slices.Sorted(maps.Keys(m.endpoints)) {
		e := m.endpoints[id]
		due := !e.Due.IsZero() && !e.Due.After(now) || e.ReplayAfter < e.ReplayUntil || e.Position < int64(len(m.log))
		if e.Status != outbound.Enabled || e.claimable.After(now) || !due || len(claimed) == limit {
			continue
		}
		e.Claims++
		e.claimable = until
		claimed = append(claimed, e.Claimed)
	}
	return claimed, nil
}

func (m *memory) LooseRows(_ context.Context, _, endpoint, position int64) ([]outbound.Delivery, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []outbound.Delivery
	for key, row := range m.rows {
		if key[0] == endpoint && (row.Status == outbound.Pending || row.Status == outbound.Waiting || row.Sequence > position) {
			found = append(found, row)
		}
	}
	slices.SortFunc(found, func(a, b outbound.Delivery) int { return cmp.Compare(a.Sequence, b.Sequence) })
	return found, nil
}

func (m *memory) WriteBatch(_ context.Context, b outbound.Batch) (outbound.Standing, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lose() {
		return outbound.Standing{}, fmt.Errorf("the process has died")
	}
	m.writes++
	e := m.endpoints[b.EndpointID]
	if e == nil || e.Claims != b.Claims {
		return outbound.Standing{}, nil
	}
	for _, row := range b.Rows {
		key := [2]int64{b.EndpointID, row.Sequence}
		row.Attempts = append(m.rows[key].Attempts, row.Attempts...)
		m.rows[key] = row
	}
	if b.Recovered {
		for key, row := range m.rows {
			if key[0] == b.EndpointID && row.Status == outbound.Pending {
				row.Next = b.Now
				m.rows[key] = row
			}
		}
	}
	e.claimable = b.Until
	if e.Revision != b.Revision {
		e.Loose, e.Due = true, b.Now
		return outbound.Standing{Held: true, Changed: true}, nil
	}
	e.Place = b.Place
	if b.Disable != "" {
		e.Status, e.Reason = outbound.Disabled, b.Disable
	}
	m.announced = append(m.announced, b.Announce...)
	m.letters = append(m.letters, b.Letters...)
	return outbound.Standing{Held: true}, nil
}

func (m *memory) ReturnEndpoint(_ context.Context, c outbound.Claimed, now time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.endpoints[c.ID]; e != nil && e.Claims == c.Claims {
		e.claimable = now
	}
	return nil
}

// wire writes events as short as they can be.
type wire struct{}

func (wire) ID(e events.Event) string { return fmt.Sprintf("evt_%d", e.Sequence) }
func (wire) Marshal(e events.Event, thin bool) ([]byte, error) {
	if thin {
		return fmt.Appendf(nil, `{"sequence":%d,"deal":%d}`, e.Sequence, e.TransactionID), nil
	}
	return fmt.Appendf(nil, `{"sequence":%d,"deal":%d,"data":%s}`, e.Sequence, e.TransactionID, e.Data), nil
}
