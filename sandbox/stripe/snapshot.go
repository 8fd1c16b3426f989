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
	objects
	stage.SavedTraffic
}

func (s *state) snapshot() snapshot {
	out := snapshot{objects: s.objects}
	out.SavedClock, out.SavedTraffic = s.Saved(snapshotVersion)
	return out
}

// Objects that stand in others print their id there, see [stage.Shelf].
type (
	fullAccount account
	fullMethod  paymentMethod
	fullIntent  paymentIntent
	fullCharge  charge
	fullEntry   entry
)

func (a *account) MarshalJSON() ([]byte, error)       { return json.Marshal(a.ID) }
func (m *paymentMethod) MarshalJSON() ([]byte, error) { return json.Marshal(m.ID) }
func (p *paymentIntent) MarshalJSON() ([]byte, error) { return json.Marshal(p.ID) }
func (ch *charge) MarshalJSON() ([]byte, error)       { return json.Marshal(ch.ID) }
func (n *entry) MarshalJSON() ([]byte, error)         { return json.Marshal(n.ID) }

func (a *account) UnmarshalJSON(b []byte) error { return stage.StandIn(b, &a.ID, (*fullAccount)(a)) }
func (m *paymentMethod) UnmarshalJSON(b []byte) error {
	return stage.StandIn(b, &m.ID, (*fullMethod)(m))
}
func (p *paymentIntent) UnmarshalJSON(b []byte) error {
	return stage.StandIn(b, &p.ID, (*fullIntent)(p))
}
func (ch *charge) UnmarshalJSON(b []byte) error { return stage.StandIn(b, &ch.ID, (*fullCharge)(ch)) }
func (n *entry) UnmarshalJSON(b []byte) error   { return stage.StandIn(b, &n.ID, (*fullEntry)(n)) }

// load reads a snapshot into an empty world; false means that it is none of this version.
func (s *state) load(raw []byte) bool {
	in := snapshot{objects: objects{Keys: map[string]*keyed{}}}
	if json.Unmarshal(raw, &in) != nil || in.Version != snapshotVersion || !s.Load(in.SavedClock, in.SavedTraffic) {
		return false
	}
	s.objects = in.objects
	for _, k := range s.Keys {
		if k == nil {
			return false
		}
		k.Open = false // whoever waited for the answer is gone
	}
	if !s.link() {
		return false
	}
	s.reschedule()
	for _, w := range s.Hooks.All {
		s.listen(w)
	}
	return true
}

// link puts the objects themselves in the place of the stand-ins; false means that one is missing.
func (s *state) link() bool {
	sound := true
	for _, n := range s.Entries.All {
		n.now = s.Now
	}
	for _, p := range s.Intents.All {
		sound = sound && stage.Link(&s.Methods, &p.Method, p.Status == needsAction) && stage.Link(&s.Charges, &p.Charge, p.Status == needsCapture)
	}
	for _, ch := range s.Charges.All {
		sound = sound && stage.Link(&s.Intents, &ch.Intent, true) && stage.Link(&s.Methods, &ch.Method, true) && stage.Link(&s.Entries, &ch.Entry, ch.Captured)
	}
	for _, r := range s.Refunds.All {
		sound = sound && stage.Link(&s.Charges, &r.Charge, true) && stage.Link(&s.Entries, &r.Entry, true) && stage.Link(&s.Entries, &r.Returned, false)
	}
	for _, t := range s.Moves.All {
		sound = sound && stage.Link(&s.Accounts, &t.Destination, true) && stage.Link(&s.Charges, &t.Source, false) && stage.Link(&s.Entries, &t.Entry, true)
		for _, r := range t.Reversals {
			sound = sound && r != nil && stage.Link(&s.Entries, &r.Entry, true)
			if sound {
				r.Of = t
			}
		}
	}
	for _, p := range s.Payouts.All {
		sound = sound && stage.Link(&s.Entries, &p.Entry, true) && stage.Link(&s.Entries, &p.Returned, p.Status == failed)
	}
	for _, d := range s.Disputes.All {
		sound = sound && stage.Link(&s.Charges, &d.Charge, true)
		for i := range d.Entries {
			sound = sound && stage.Link(&s.Entries, &d.Entries[i], true)
		}
	}
	return sound
}

// reschedule sets the running timers.
func (s *state) reschedule() {
	var all []stage.Again
	for _, p := range s.Intents.All {
		if p.Status == needsCapture {
			all = append(all, stage.Again{Order: p.Charge.Timer, Set: func() { s.hold(p) }})
		}
	}
	for _, r := range s.Refunds.All {
		all = append(all, stage.Again{Order: r.Timer, Set: func() { s.await(r) }})
	}
	for _, p := range s.Payouts.All {
		if p.Status == payoutPending || p.Status == inTransit {
			all = append(all, stage.Again{Order: p.Timer, Set: func() { s.follow(p) }})
		}
	}
	for _, n := range s.Sessions.All {
		if n.Status == sessionOpen {
			all = append(all, stage.Again{Order: n.Timer, Set: func() { s.expireLater(n) }})
		}
	}
	for _, a := range s.Accounts.All {
		if !a.Deadline.IsZero() && !a.Late {
			all = append(all, stage.Again{Order: a.AskTimer, Set: func() { s.askBy(a) }})
		}
		if !a.PayAt.IsZero() {
			all = append(all, stage.Again{Order: a.Timer, Set: func() { s.planned(a) }})
		}
	}
	stage.SetAgain(all)
}
