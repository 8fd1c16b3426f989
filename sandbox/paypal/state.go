package paypal

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// state is everything that Reset forgets. The lock of the emulator guards it.
type state struct {
	*stage.Core
	cfg Config
	objects
}

// objects are what a snapshot holds of a world.
type objects struct {
	Effects  []Effect
	Tokens   map[string]time.Time // until when each is valid
	Keys     map[string]*kept     // by path and PayPal-Request-Id
	Invoices map[string]string    // which order each invoice_id was paid with
	Accounts map[string]string    // what becomes of payouts to a receiver
	Balance  map[string]int64     // in minor units, beside the funds of the start

	Orders   stage.Shelf[*order]
	Auths    stage.Shelf[*authorization]
	Captures stage.Shelf[*capture]
	Refunds  stage.Shelf[*refund]
	Payouts  stage.Shelf[*payout]
	Disputes stage.Shelf[*dispute]
	Events   stage.Shelf[*event]

	Callers   map[string]string // whose client each token is
	Referrals stage.Shelf[*referral]
	Merchants stage.Shelf[*merchant]
	Releases  stage.Shelf[*release]
}

func newObjects() objects {
	return objects{
		Tokens: map[string]time.Time{}, Keys: map[string]*kept{}, Invoices: map[string]string{}, Accounts: map[string]string{}, Balance: map[string]int64{},
		Callers: map[string]string{},
	}
}

func newState(cfg Config, core *stage.Core) *state {
	return &state{Core: core, cfg: cfg, objects: newObjects()}
}

// resource is an object of the API.
type resource interface {
	Name() string
	view(*state) stage.Members
}

// shelved is one that stands on a shelf.
type shelved interface {
	stage.Object
	resource
}

// find is the object with an id, whatever it is.
func (s *state) find(id string) resource {
	if o, ok := s.Orders.Get(id); ok {
		return o
	}
	if a, ok := s.Auths.Get(id); ok {
		return a
	}
	if c, ok := s.Captures.Get(id); ok {
		return c
	}
	if r, ok := s.Refunds.Get(id); ok {
		return r
	}
	if p, ok := s.Payouts.Get(id); ok {
		return p
	}
	if r, ok := s.Releases.Get(id); ok {
		return r
	}
	return nil
}

// newID draws an id of 17 capital letters and digits.
func (s *state) newID() string {
	sum := sha256.Sum256([]byte(s.Random()))
	return strings.ToUpper(new(big.Int).SetBytes(sum[:]).Text(36))[:17]
}

func (s *state) debugID() string {
	sum := sha256.Sum256([]byte(s.Random()))
	return hex.EncodeToString(sum[:])[:13]
}

func (s *state) effect(operation, id string, m money, key string) {
	s.Effects = append(s.Effects, Effect{operation, id, m.Minor, m.Currency, key, s.Now().UTC()})
}

// book changes the merchant's balance.
func (s *state) book(currency string, by int64) { s.Balance[currency] += by }

// available is what the merchant can pay out of a currency.
func (s *state) available(currency string) int64 { return s.cfg.Funds + s.Balance[currency] }

// origin is where links lead.
func (s *state) origin() string { return strings.TrimRight(s.cfg.PublicURL, "/") }

func (s *state) link(rel, method, path string) stage.Members {
	return stage.Members{"href": s.origin() + path, "rel": rel, "method": method}
}

func shown(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// snapshotVersion grows with every change of the format that old snapshots do not survive.
const snapshotVersion = 1

// snapshot is a whole world but for its configuration.
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

// load reads a snapshot into an empty world; false means that it is none of this version.
func (s *state) load(raw []byte) bool {
	in := snapshot{objects: newObjects()}
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
	return s.sound() && s.reschedule()
}

// sound reports whether everything that an object names is there.
func (s *state) sound() bool {
	for _, a := range s.Auths.All {
		if _, ok := s.Orders.Get(a.Order); !ok {
			return false
		}
	}
	for _, c := range s.Captures.All {
		_, known := s.Auths.Get(c.Auth)
		if _, ok := s.Orders.Get(c.Order); !ok || !known && c.Auth != "" {
			return false
		}
	}
	for _, r := range s.Refunds.All {
		if _, ok := s.Captures.Get(r.Capture); !ok {
			return false
		}
	}
	for _, r := range s.Releases.All {
		if _, ok := s.Captures.Get(r.Capture); !ok {
			return false
		}
	}
	for _, d := range s.Disputes.All {
		if _, ok := s.Captures.Get(d.Capture); !ok {
			return false
		}
	}
	return !slices.ContainsFunc(slices.Collect(maps.Keys(s.Keys)), func(key string) bool { return s.find(s.Keys[key].ID) == nil })
}

// reschedule sets the running timers.
func (s *state) reschedule() bool {
	var again []stage.Again
	for _, o := range s.Orders.All {
		again = append(again, stage.Again{Order: o.Timer, Set: func() { s.lapse(o) }})
	}
	for _, a := range s.Auths.All {
		again = append(again, stage.Again{Order: a.Timer, Set: func() { s.expire(a) }})
	}
	for _, r := range s.Refunds.All {
		again = append(again, stage.Again{Order: r.Timer, Set: func() { s.await(r) }})
	}
	for _, p := range s.Payouts.All {
		again = append(again, stage.Again{Order: p.Timer, Set: func() { s.comeBack(p) }})
	}
	stage.SetAgain(again)
	return true
}
