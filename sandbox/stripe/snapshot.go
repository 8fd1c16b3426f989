package stripe

import (
	"encoding/json"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// snapshotVersion grows with every change of the format that old snapshots do not survive.
const snapshotVersion = 1

// snapshot is a whole world but for its configuration and the webhook endpoint, which holds a secret.
type snapshot struct {
	stage.SavedClock
	Accounts  []*savedAccount
	Methods   []*savedMethod
	Intents   []*savedIntent
	Charges   []*savedCharge
	Entries   []*savedEntry
	Refunds   []*refund
	Transfers []*transfer
	Disputes  []*dispute
	Events    []*event
	Keys      map[string]*keyed
	Effects   []Effect
	stage.SavedTraffic
}

// Objects that stand in others are printed there by their id, and in full in the snapshot's own lists.
type (
	savedAccount account
	savedMethod  paymentMethod
	savedIntent  paymentIntent
	savedCharge  charge
	savedEntry   entry
)

// MarshalJSON prints the id, and UnmarshalJSON makes a stand-in with it.
func (a *account) MarshalJSON() ([]byte, error)       { return json.Marshal(a.ID) }
func (a *account) UnmarshalJSON(b []byte) error       { return json.Unmarshal(b, &a.ID) }
func (m *paymentMethod) MarshalJSON() ([]byte, error) { return json.Marshal(m.ID) }
func (m *paymentMethod) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &m.ID) }
func (p *paymentIntent) MarshalJSON() ([]byte, error) { return json.Marshal(p.ID) }
func (p *paymentIntent) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &p.ID) }
func (ch *charge) MarshalJSON() ([]byte, error)       { return json.Marshal(ch.ID) }
func (ch *charge) UnmarshalJSON(b []byte) error       { return json.Unmarshal(b, &ch.ID) }
func (n *entry) MarshalJSON() ([]byte, error)         { return json.Marshal(n.ID) }
func (n *entry) UnmarshalJSON(b []byte) error         { return json.Unmarshal(b, &n.ID) }

func (s *state) snapshot() snapshot {
	out := snapshot{
		Accounts: each(s.accounts.all, func(a *account) *savedAccount { return (*savedAccount)(a) }),
		Methods:  each(s.methods.all, func(m *paymentMethod) *savedMethod { return (*savedMethod)(m) }),
		Intents:  each(s.intents.all, func(p *paymentIntent) *savedIntent { return (*savedIntent)(p) }),
		Charges:  each(s.charges.all, func(ch *charge) *savedCharge { return (*savedCharge)(ch) }),
		Entries:  each(s.entries.all, func(n *entry) *savedEntry { return (*savedEntry)(n) }),
		Refunds:  s.refunds.all, Transfers: s.moves.all, Disputes: s.disputes.all, Events: s.events.all,
		Keys: s.keys, Effects: s.effects,
	}
	out.SavedClock, out.SavedTraffic = s.Saved(snapshotVersion)
	return out
}

func each[A, B any](all []A, as func(A) B) []B {
	out := make([]B, len(all))
	for i, a := range all {
		out[i] = as(a)
	}
	return out
}

// load reads a snapshot into an empty world; false means that it is none of this version.
func (s *state) load(raw []byte) bool {
	var in snapshot
	if json.Unmarshal(raw, &in) != nil || in.Version != snapshotVersion || !s.Load(in.SavedClock, in.SavedTraffic) {
		return false
	}
	s.accounts = shelf[*account]{}
	sound := fill(&s.accounts, each(in.Accounts, func(a *savedAccount) *account { return (*account)(a) })) &&
		fill(&s.methods, each(in.Methods, func(m *savedMethod) *paymentMethod { return (*paymentMethod)(m) })) &&
		fill(&s.intents, each(in.Intents, func(p *savedIntent) *paymentIntent { return (*paymentIntent)(p) })) &&
		fill(&s.charges, each(in.Charges, func(ch *savedCharge) *charge { return (*charge)(ch) })) &&
		fill(&s.entries, each(in.Entries, func(n *savedEntry) *entry { return (*entry)(n) })) &&
		fill(&s.refunds, in.Refunds) && fill(&s.moves, in.Transfers) && fill(&s.disputes, in.Disputes) && fill(&s.events, in.Events) &&
		s.link()
	if !sound {
		return false
	}
	s.effects = in.Effects
	for key, k := range in.Keys {
		if k == nil {
			return false
		}
		k.Open = false // whoever waited for the answer is gone
		s.keys[key] = k
	}
	s.reschedule()
	return true
}

// fill puts objects back; false means that they cannot be from a snapshot.
func fill[T linked](h *shelf[T], all []T) bool {
	var none T
	for _, r := range all {
		if r == none || r.name() == "" {
			return false
		}
		h.add(r)
	}
	return len(h.byID) == len(all)
}

// linked is an object that another one can hold.
type linked interface {
	comparable
	resource
}

// link puts the objects themselves in the place of the stand-ins; false means that one is missing.
func (s *state) link() bool {
	sound := true
	for _, n := range s.entries.all {
		n.now = s.Now
	}
	for _, p := range s.intents.all {
		sound = sound && find(&s.methods, &p.Method, p.Status == needsAction) && find(&s.charges, &p.Charge, p.Status == needsCapture)
	}
	for _, ch := range s.charges.all {
		sound = sound && find(&s.intents, &ch.Intent, true) && find(&s.methods, &ch.Method, true) && find(&s.entries, &ch.Entry, ch.Captured)
	}
	for _, r := range s.refunds.all {
		sound = sound && find(&s.charges, &r.Charge, true) && find(&s.entries, &r.Entry, true) && find(&s.entries, &r.Returned, false)
	}
	for _, t := range s.moves.all {
		sound = sound && find(&s.accounts, &t.Destination, true) && find(&s.charges, &t.Source, false) && find(&s.entries, &t.Entry, true)
		for _, r := range t.Reversals {
			sound = sound && r != nil && find(&s.entries, &r.Entry, true)
			if sound {
				r.Of = t
			}
		}
	}
	for _, d := range s.disputes.all {
		sound = sound && find(&s.charges, &d.Charge, true)
		for i := range d.Entries {
			sound = sound && find(&s.entries, &d.Entries[i], true)
		}
	}
	return sound
}

// find puts the object that a stand-in names in its place.
func find[T linked](h *shelf[T], at *T, required bool) bool {
	var none T
	if *at == none {
		return !required
	}
	r, ok := h.get((*at).name())
	*at = r
	return ok
}

// reschedule sets the running timers.
func (s *state) reschedule() {
	var all []stage.Again
	for _, p := range s.intents.all {
		if p.Status == needsCapture {
			all = append(all, stage.Again{Order: p.Charge.Timer, Set: func() { s.hold(p) }})
		}
	}
	for _, r := range s.refunds.all {
		all = append(all, stage.Again{Order: r.Timer, Set: func() { s.await(r) }})
	}
	stage.SetAgain(all)
}
