package stripe

import (
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// state is everything that Reset forgets. The lock of the emulator guards it.
type state struct {
	*stage.Core
	cfg     Config
	effects []Effect
	keys    map[string]*keyed

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

func newState(cfg Config, core *stage.Core) *state {
	s := &state{Core: core, cfg: cfg, keys: map[string]*keyed{}}
	for _, id := range cfg.Accounts {
		s.accounts.add(&account{ID: id, Kind: "express", Country: "IE", Enabled: true, Created: s.Now()})
	}
	return s
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
