package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"
)

// snapshotVersion grows with every change of the format that old snapshots do not survive.
const snapshotVersion = 1

// snapshot is a whole world but for its configuration, which New gives, and the webhook endpoint, which holds a password.
type snapshot struct {
	Version       int             `json:"version"`
	Start         time.Time       `json:"start"`
	Offset        time.Duration   `json:"offset_nanoseconds"`
	Requests      uint64          `json:"requests"`
	Random        []byte          `json:"random"`
	Users         []*user         `json:"users"`
	Online        []*online       `json:"online"`
	OnlineNext    int64           `json:"online_next"`
	Face          []*face         `json:"face"`
	FaceNext      int64           `json:"face_next"`
	Listings      []*listing      `json:"listings"`
	Notifications []*notification `json:"notifications"`
	Effects       []Effect        `json:"effects"`
	Faults        []Fault         `json:"faults"`
	Deliveries    []Delivery      `json:"deliveries"`
	DeliveryCount int             `json:"delivery_count"`
	EventCount    int             `json:"event_count"`
}

// Snapshot writes the world down as JSON, for Restore: users, transactions, listings, notifications, ids, clock, faults,
// effects and the log of webhooks. It holds what callers have stored, such as names and addresses. Its error is that of
// encoding.
func (s *World) Snapshot() ([]byte, error) {
	var b []byte
	var err error
	s.locked(func(w *world) { b, err = json.Marshal(w.snapshot()) })
	if err != nil {
		return nil, fmt.Errorf("encode snapshot: %w", err)
	}
	return b, nil
}

func (w *world) snapshot() snapshot {
	random, _ := w.source.MarshalBinary() // documented never to fail
	out := snapshot{
		Version: snapshotVersion, Start: w.start, Offset: w.offset + w.elapsed(), Requests: w.requests, Random: random,
		Users: sorted(w.users), Listings: sorted(w.listings), Notifications: w.notifications.all,
		Online: sorted(w.online.all), OnlineNext: w.online.next, Face: sorted(w.face.all), FaceNext: w.face.next,
		Effects: w.effects, Faults: w.faults, DeliveryCount: w.outbox.count, EventCount: w.outbox.events,
	}
	for _, d := range w.outbox.log {
		out.Deliveries = append(out.Deliveries, *d)
	}
	return out
}

func sorted[K cmp.Ordered, V any](m map[K]V) []V {
	all := make([]V, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		all = append(all, m[k])
	}
	return all
}

// Restore brings the world back to how Snapshot found it. Webhooks that were on their way then are held until the next
// Advance or Flush. It returns an [*Error] with code invalid_snapshot, and changes nothing, for anything that Snapshot of
// this version has not written.
func (s *World) Restore(raw []byte) error {
	var in snapshot
	if json.Unmarshal(raw, &in) != nil || in.Version != snapshotVersion {
		return refuse("invalid_snapshot")
	}
	fresh, refused := s.restored(in)
	if refused != nil {
		return refused
	}
	s.locked(func(w *world) {
		w.outbox.queue = nil // an old sender ends with the delivery that it is at
		fresh.outbox.endpoint = w.outbox.endpoint
		fresh.running, fresh.began = w.running, w.cfg.Now()
		s.state = fresh
		s.moved.Broadcast()
	})
	s.announceTime()
	return nil
}

func (s *World) restored(in snapshot) (*world, *Error) {
	w := newWorld(s.cfg, s.number)
	w.source = rand.NewPCG(0, 0)
	w.random = rand.New(w.source)
	if w.source.UnmarshalBinary(in.Random) != nil || in.Start.Add(in.Offset).Year() > lastYear || in.Offset < 0 {
		return nil, refuse("invalid_snapshot")
	}
	w.start, w.offset, w.requests, w.effects, w.faults = in.Start, in.Offset, in.Requests, in.Effects, in.Faults
	w.users = map[string]*user{}
	for _, u := range in.Users {
		if u == nil || u.ID == "" {
			return nil, refuse("invalid_snapshot")
		}
		w.users[u.ID] = u
	}
	for _, l := range in.Listings {
		if l == nil || l.P2P && l.Pricing == nil || w.users[l.CreatorID] == nil || !isRole(l.CreatorRole) {
			return nil, refuse("invalid_snapshot")
		}
		w.listings[l.ID] = l
	}
	for i, n := range in.Notifications {
		if n == nil || n.ID != firstNotificationID+int64(i) {
			return nil, refuse("invalid_snapshot")
		}
		w.notifications.put(n)
	}
	if !fill(w, in.Online, in.OnlineNext) || !fill(w, in.Face, in.FaceNext) || !w.outbox.refill(in) {
		return nil, refuse("invalid_snapshot")
	}
	w.reschedule()
	return w, nil
}

// fill puts transactions back; false means that they cannot be from a snapshot.
func fill[T escrow[T]](w *world, all []T, next int64) bool {
	var none T
	b := none.book(w)
	b.next = next
	for _, t := range all {
		if t == none || *t.facts().id >= next || *t.facts().id < firstTransactionID || len(t.inside().ClientSecret) < 12 {
			return false
		}
		f := t.facts()
		for _, id := range []string{*f.sellerID, *f.buyerID} {
			if id != "" && w.users[id] == nil {
				return false
			}
		}
		put(b, t)
	}
	return len(b.all) == len(all)
}

func (o *outbox) refill(in snapshot) bool {
	if len(in.Deliveries) > keptDeliveries || in.DeliveryCount < len(in.Deliveries) || in.EventCount < 0 {
		return false
	}
	o.count, o.events = in.DeliveryCount, in.EventCount
	for _, d := range in.Deliveries {
		kept := &d
		o.log = append(o.log, kept)
		if d.State == DeliveryPending || d.State == DeliveryHeld {
			kept.State = DeliveryHeld
			o.held = append(o.held, kept)
		}
	}
	return true
}

// reschedule sets the running timers in the order in which they were set first.
func (w *world) reschedule() {
	type due struct {
		order uint64
		set   func()
	}
	var all []due
	for _, t := range sorted(w.online.all) {
		all = append(all, due{t.Hidden.Timer, func() { schedule(w, t) }})
	}
	for _, t := range sorted(w.face.all) {
		all = append(all, due{t.Hidden.Timer, func() { schedule(w, t) }})
	}
	slices.SortStableFunc(all, func(a, b due) int { return cmp.Compare(a.order, b.order) })
	for _, d := range all {
		d.set()
	}
}
