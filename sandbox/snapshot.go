package sandbox

import (
	"cmp"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// snapshotVersion grows with every change of the format that old snapshots do not survive.
const snapshotVersion = 1

// snapshot is a whole world but for its configuration, which New gives, and the webhook endpoint, which holds a password.
type snapshot struct {
	stage.SavedClock
	Requests      uint64          `json:"requests"`
	Random        []byte          `json:"random"`
	Users         []*user         `json:"users"`
	Online        []*online       `json:"online"`
	OnlineNext    int64           `json:"online_next"`
	F2F           []*f2f          `json:"face"`
	F2FNext       int64           `json:"face_next"`
	Listings      []*listing      `json:"listings"`
	Notifications []*notification `json:"notifications"`
	Effects       []Effect        `json:"effects"`
	stage.SavedTraffic
}

func (w *state) snapshot() snapshot {
	random, _ := w.source.MarshalBinary() // documented never to fail
	out := snapshot{
		Requests: w.requests, Random: random,
		Users: sorted(w.users), Listings: sorted(w.listings), Notifications: w.notifications.all,
		Online: sorted(w.online.all), OnlineNext: w.online.next, F2F: sorted(w.f2f.all), F2FNext: w.f2f.next, Effects: w.effects,
	}
	out.SavedClock, out.SavedTraffic = w.Saved(snapshotVersion)
	return out
}

func sorted[K cmp.Ordered, V any](m map[K]V) []V {
	all := make([]V, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		all = append(all, m[k])
	}
	return all
}

// load reads a snapshot into an empty world; false means that it is none of this version.
func (w *state) load(raw []byte) bool {
	var in snapshot
	if json.Unmarshal(raw, &in) != nil || in.Version != snapshotVersion || !w.Load(in.SavedClock, in.SavedTraffic) {
		return false
	}
	w.source = rand.NewPCG(0, 0)
	w.random = rand.New(w.source)
	if w.source.UnmarshalBinary(in.Random) != nil {
		return false
	}
	w.requests, w.effects = in.Requests, in.Effects
	w.users = map[string]*user{}
	for _, u := range in.Users {
		if u == nil || u.ID == "" {
			return false
		}
		w.users[u.ID] = u
	}
	for _, l := range in.Listings {
		if l == nil || l.F2F && l.Pricing == nil || w.users[l.CreatorID] == nil || !isRole(l.CreatorRole) {
			return false
		}
		w.listings[l.ID] = l
	}
	for i, n := range in.Notifications {
		if n == nil || n.ID != firstNotificationID+int64(i) {
			return false
		}
		w.notifications.put(n)
	}
	if !fill(w, in.Online, in.OnlineNext) || !fill(w, in.F2F, in.F2FNext) {
		return false
	}
	w.reschedule()
	return true
}

// fill puts transactions back; false means that they cannot be from a snapshot.
func fill[T escrow[T]](w *state, all []T, next int64) bool {
	var none T
	b := none.book(w)
	b.next = next
	for _, t := range all {
		if t == none || *t.facts().id >= next || *t.facts().id < 1 || len(t.inside().ClientSecret) < 12 {
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

// reschedule sets the running timers in the order in which they were set first.
func (w *state) reschedule() {
	var all []stage.Again
	for _, t := range sorted(w.online.all) {
		all = append(all, stage.Again{Order: t.Hidden.Timer, Set: func() { schedule(w, t) }})
	}
	for _, t := range sorted(w.f2f.all) {
		all = append(all, stage.Again{Order: t.Hidden.Timer, Set: func() { schedule(w, t) }})
	}
	stage.SetAgain(all)
}
