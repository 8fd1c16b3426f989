package stripe

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"
)

// state is everything that Reset forgets. The lock of the emulator guards it.
type state struct {
	cfg     Config
	count   uint64 // ids so far
	effects []Effect
	faults  []Fault
	keys    map[string]*keyed
	timers  timers
	outbox  outbox

	intents  shelf[*paymentIntent]
	charges  shelf[*charge]
	refunds  shelf[*refund]
	moves    shelf[*transfer]
	disputes shelf[*dispute]
	accounts shelf[*account]
	entries  shelf[*entry]
	events   shelf[*event]
	methods  shelf[*paymentMethod]
}

func newState(cfg Config) *state {
	s := &state{cfg: cfg, keys: map[string]*keyed{}}
	for _, id := range cfg.Accounts {
		s.accounts.add(&account{id: id, kind: "express", country: "IE", enabled: true, created: s.now()})
	}
	return s
}

// now is the virtual time in whole seconds, UTC.
func (s *state) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Second) }

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// random returns 24 characters that depend on the seed and on how many were drawn before.
func (s *state) random() string {
	s.count++
	var in [16]byte
	binary.BigEndian.PutUint64(in[:8], s.cfg.Seed)
	binary.BigEndian.PutUint64(in[8:], s.count)
	sum := sha256.Sum256(in[:])
	out := make([]byte, 24)
	for i := range out {
		out[i] = base62[int(sum[i])%len(base62)]
	}
	return string(out)
}

// origin says what caused a change: an API call, or nothing but the virtual time.
type origin struct {
	request string
	key     string
	at      time.Time
}

// self is the origin of pages, control calls and automatic steps.
func self(at time.Time) origin { return origin{at: at} }

func (s *state) effect(operation, id string, amount int64, currency string, by origin) {
	s.effects = append(s.effects, Effect{operation, id, amount, currency, by.key, by.at})
}

// resource is an object of the API.
type resource interface {
	name() string
	since() time.Time
	view() object
}

// shelf holds the objects of one kind in the order of their making.
type shelf[T resource] struct {
	all  []T
	byID map[string]T
}

func (h *shelf[T]) add(r T) {
	if h.byID == nil {
		h.byID = map[string]T{}
	}
	h.all = append(h.all, r)
	h.byID[r.name()] = r
}

func (h *shelf[T]) get(id string) (T, bool) {
	r, ok := h.byID[id]
	return r, ok
}

// timers holds steps by the virtual time at which they are due; steps of the same time run in the order they were set.
type timers []timer

type timer struct {
	at   time.Time
	fire func(at time.Time)
}

func (t *timers) set(at time.Time, fire func(at time.Time)) {
	place, _ := slices.BinarySearchFunc(*t, at, func(other timer, at time.Time) int {
		if other.at.After(at) {
			return 1
		}
		return -1
	})
	*t = slices.Insert(*t, place, timer{at, fire})
}

// next is when the first step is due.
func (t timers) next() (time.Time, bool) {
	if len(t) == 0 {
		return time.Time{}, false
	}
	return t[0].at, true
}

// run fires everything due at or before now, including what the fired steps set.
func (t *timers) run(now time.Time) {
	for len(*t) > 0 && !(*t)[0].at.After(now) {
		next := (*t)[0]
		*t = slices.Delete(*t, 0, 1)
		next.fire(next.at)
	}
}
