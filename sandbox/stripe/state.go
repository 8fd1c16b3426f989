package stripe

import (
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// state is everything that Reset forgets. The lock of the emulator guards it.
type state struct {
	*stage.Core
	cfg Config
	objects
	keysAt int // at how many keys those whose time is over are dropped next
}

// objects are what a snapshot holds of a world.
type objects struct {
	Effects []Effect
	Keys    map[string]*keyed

	Intents  stage.Shelf[*paymentIntent]
	Charges  stage.Shelf[*charge]
	Refunds  stage.Shelf[*refund]
	Moves    stage.Shelf[*transfer]
	Disputes stage.Shelf[*dispute]
	Accounts stage.Shelf[*account]
	Entries  stage.Shelf[*entry]
	Events   stage.Shelf[*event]
	Methods  stage.Shelf[*paymentMethod]
	Links    stage.Shelf[*accountLink]
	Payouts  stage.Shelf[*payout]
	Platform fullAccount
	Hooks    stage.Shelf[*endpoint]
	Sessions stage.Shelf[*checkout]
	Clocks   stage.Shelf[*testClock]
}

func newState(cfg Config, core *stage.Core) *state {
	s := &state{Core: core, cfg: cfg, objects: objects{Keys: map[string]*keyed{}}}
	for _, id := range cfg.Accounts {
		a := &account{ID: id, Kind: "express", Country: "IE", Enabled: true, Submitted: true, Created: s.Now()}
		a.standardBank(a.Created)
		s.Accounts.Add(a)
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
	s.Effects = append(s.Effects, Effect{operation, id, amount, currency, by.key, by.at})
}

// resource is an object of the API.
type resource interface {
	stage.Object
	since() time.Time
	view() object
}
