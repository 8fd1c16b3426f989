package listings_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
)

// mirror writes down its calls; the first failures of them fail.
type mirror struct {
	calls    []string
	failures int
	during   func() // runs inside Create
}

var errMirror = errors.New("the mirror is away")

func (m *mirror) note(call string, l listings.Listing) error {
	m.calls = append(m.calls, fmt.Sprintf("%s %s %q %d", call, l.RemoteID, l.Description, l.Price.Minor()))
	if m.failures > 0 {
		m.failures--
		return errMirror
	}
	return nil
}

func (m *mirror) Create(_ context.Context, l listings.Listing) (string, error) {
	err := m.note("create", l)
	if m.during != nil {
		m.during()
	}
	return fmt.Sprintf("r%d", len(m.calls)), err
}

func (m *mirror) SetDescription(_ context.Context, l listings.Listing) error {
	return m.note("describe", l)
}
func (m *mirror) SetPricing(_ context.Context, l listings.Listing) error { return m.note("price", l) }
func (m *mirror) Enable(_ context.Context, l listings.Listing) error     { return m.note("enable", l) }
func (m *mirror) Disable(_ context.Context, l listings.Listing) error    { return m.note("disable", l) }
func (m *mirror) Delete(_ context.Context, l listings.Listing) error     { return m.note("delete", l) }

// took checks the calls since the last time.
func (m *mirror) took(t *testing.T, what string, want ...string) {
	t.Helper()
	same(t, what, m.calls, want)
	m.calls = nil
}

// mirrored is a service whose community 501 has a mirror, and its clock.
func mirrored(t *testing.T) (*listings.Service, *mirror, *time.Time) {
	t.Helper()
	m, now := &mirror{}, new(noon)
	return newService(t, listings.Config{
		Now: func() time.Time { return *now },
		Mirror: func(id int64) listings.Mirror {
			if id != community {
				return nil
			}
			return m
		},
	}), m, now
}

func syncs(t *testing.T, s *listings.Service, want int) {
	t.Helper()
	if got, err := s.Sync(t.Context()); got != want || err != nil {
		t.Errorf("Sync = %d, %v; want %d", got, err, want)
	}
}

func TestMirror(t *testing.T) {
	t.Parallel()
	s, m, now := mirrored(t)
	ctx := t.Context()
	l, ref := create(t, s, bicycle())
	same(t, "remote id", l.RemoteID, "r1")
	m.took(t, "created", `create  "Blue" 9900`)
	_, err := s.SetDescription(ctx, ref, "Red")
	must(t, err)
	m.took(t, "described", `describe r1 "Red" 9900`, `price r1 "Red" 9900`, `enable r1 "Red" 9900`)
	_, err = s.Disable(ctx, ref)
	must(t, err)
	m.took(t, "disabled", `describe r1 "Red" 9900`, `price r1 "Red" 9900`, `disable r1 "Red" 9900`)
	must(t, s.Delete(ctx, ref))
	m.took(t, "deleted", `delete r1 "Red" 9900`)

	d := bicycle()
	d.Disabled = true
	create(t, s, d)
	m.took(t, "created disabled", `create  "Blue" 9900`, `disable r1 "Blue" 9900`)
	d = bicycle()
	d.CommunityID++
	_, err = s.Create(ctx, d)
	must(t, err)
	m.took(t, "a community without a mirror")
	*now = now.Add(time.Hour)
	syncs(t, s, 0)
	m.took(t, "all is there")
}

// direct carries keyed requests out.
type direct struct{ idempotency.Runner }

func (direct) Once(ctx context.Context, r idempotency.Reply, do func(context.Context) (int, []byte, error)) (idempotency.Reply, bool, error) {
	_, _, err := do(ctx)
	return r, true, err
}

// A mirror is not asked while a keyed request has a transaction of the database, and at once after it.
func TestMirror_behindAKeyedRequest(t *testing.T) {
	t.Parallel()
	s, m, _ := mirrored(t)
	_, ref := create(t, s, bicycle())
	m.took(t, "created", `create  "Blue" 9900`)
	requests := idempotency.Requests{Runner: direct{}, Called: "key", Now: func() time.Time { return noon }}
	_, _, err := requests.Once(t.Context(), idempotency.Key{Value: "k"}, community, func(ctx context.Context) (int, []byte, error) {
		_, err := s.SetDescription(ctx, ref, "Red")
		m.took(t, "inside")
		return 200, nil, err
	})
	must(t, err)
	m.took(t, "after it", `describe r1 "Red" 9900`, `price r1 "Red" 9900`, `enable r1 "Red" 9900`)
	l, err := s.Get(t.Context(), community, ref.ID)
	must(t, err)
	same(t, "due", l.MirrorDue.IsZero(), true)
}

func TestMirror_waitsForAPrice(t *testing.T) {
	t.Parallel()
	s, m, _ := mirrored(t)
	for _, model := range []listings.Model{listings.Online, listings.FaceToFace} {
		d := bicycle()
		d.Model, d.Pricing = model, listings.Pricing{}
		_, ref := create(t, s, d)
		m.took(t, "no price yet")
		p := euro(5)
		if model == listings.FaceToFace {
			p.Deposit = money.New(1, "EUR")
		}
		_, err := s.SetPricing(t.Context(), ref, p)
		must(t, err)
		m.took(t, "priced", `create  "Blue" 5`)
		if model == listings.Online {
			continue
		}
		must(t, s.Delete(t.Context(), ref))
		m.took(t, "deleted", `delete r1 "Blue" 5`)
	}
}

func TestMirror_isAway(t *testing.T) {
	t.Parallel()
	s, m, now := mirrored(t)
	ctx := t.Context()
	m.failures = 1
	l, ref := create(t, s, bicycle())
	same(t, "the listing stands", l.RemoteID, "")
	m.took(t, "refused", `create  "Blue" 9900`)
	_, err := s.SetDescription(ctx, ref, "Red")
	must(t, err)
	m.took(t, "nothing while a push may be in progress")
	syncs(t, s, 0)
	*now = now.Add(time.Minute)
	m.failures = 1
	syncs(t, s, 0)
	m.took(t, "refused again", `create  "Red" 9900`)
	*now = now.Add(time.Minute)
	syncs(t, s, 1)
	m.took(t, "taken", `create  "Red" 9900`)
	syncs(t, s, 0)

	m.failures = 1
	must(t, s.Delete(ctx, ref))
	m.took(t, "delete refused", `delete r1 "Red" 9900`)
	*now = now.Add(time.Minute)
	syncs(t, s, 1)
	m.took(t, "deleted", `delete r1 "Red" 9900`)
}

// TestMirror_changeDuringPush changes a listing while it is being created at the
// mirror: it is created once, and the change follows.
func TestMirror_changeDuringPush(t *testing.T) {
	t.Parallel()
	s, m, now := mirrored(t)
	ctx := t.Context()
	m.during = func() {
		all, err := s.List(ctx, listings.Filter{CommunityID: community})
		must(t, err)
		_, err = s.SetDescription(ctx, listings.Ref{Community: community, ID: all[0].ID}, "Red")
		must(t, err)
	}
	create(t, s, bicycle())
	m.during = nil
	m.took(t, "created once", `create  "Blue" 9900`)
	*now = now.Add(time.Second)
	syncs(t, s, 1)
	m.took(t, "the change", `describe r1 "Red" 9900`, `price r1 "Red" 9900`, `enable r1 "Red" 9900`)
	syncs(t, s, 0)
}
