package sandbox

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// maxWorlds bounds how many API keys get a world of their own.
const maxWorlds = 10_000

// engine is what all worlds of a sandbox share.
type engine struct {
	cfg     Config
	ctx     context.Context // ends with Close
	stop    context.CancelFunc
	senders sync.WaitGroup

	mu    sync.Mutex
	moved *sync.Cond // signals every change of an outbox
}

// World is what one API key can see and change: users, transactions, listings, ids, clock, faults and webhooks. Worlds know
// nothing of each other. The first of [Config.APIKeys], or without such a list the first key that is used, has the main
// world, which is also the one that control calls without a key address; every further key gets a world of its own,
// configured alike, unless [Config.SharedWorld] is set. Its methods are safe for concurrent use.
type World struct {
	*engine
	number int
	state  *world // guarded by mu
}

// ForKey returns the world of an API key, as a call with that key sees it. It returns an [*Error] with code unauthorized for
// a key that is not accepted, and too_many_worlds when there are too many.
func (s *Sandbox) ForKey(key string) (*World, error) {
	if !s.accepts(key) {
		return nil, refuse("unauthorized")
	}
	w, err := s.worldOf(key)
	if err != nil {
		return nil, err
	}
	return w, nil
}

func (s *Sandbox) accepts(key string) bool {
	return key != "" && (len(s.cfg.APIKeys) == 0 || slices.Contains(s.cfg.APIKeys, key))
}

// worldOf finds or makes the world of an accepted key; no key means the main world.
func (s *Sandbox) worldOf(key string) (*World, *Error) {
	if key == "" || s.cfg.SharedWorld {
		return s.World, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := s.worlds[key]; w != nil {
		return w, nil
	}
	if len(s.worlds) >= maxWorlds {
		return nil, refuse("too_many_worlds")
	}
	w := s.World
	if len(s.worlds) > 0 {
		w = &World{engine: s.engine, number: len(s.worlds) + 1, state: newWorld(s.cfg, len(s.worlds)+1)}
	}
	s.worlds[key] = w
	return w, nil
}

// numbered finds the world with a number, or the main one.
func (s *Sandbox) numbered(number int) *World {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.worlds {
		if w.number == number {
			return w
		}
	}
	return s.World
}

// linked finds the world of a payment link.
func (s *Sandbox) linked(r *http.Request) *World {
	number, _ := strconv.Atoi(r.URL.Query().Get("world")) // anything else means the main world
	return s.numbered(number)
}

// worldFor finds the world in which credentials count.
func (s *Sandbox) worldFor(who credentials) (*World, *Error) {
	if who.world != 0 {
		return s.numbered(who.world), nil
	}
	return s.worldOf(who.key)
}

// credentials is what a request shows: an accepted key with the user it acts for, or a user's own token. All are empty
// when it shows nothing that is worth something.
type credentials struct {
	key     string
	actsFor string
	bearer  string
	world   int // of a token
}

// credentials reads a request. A token of the built-in login server counts in the world it was issued for.
func (s *Sandbox) credentials(r *http.Request) credentials {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		if id, ok := strings.CutPrefix(token, "user:"); ok {
			return credentials{bearer: id}
		}
		claims, ok := s.issuer.read(token, s.cfg.Now())
		if !ok {
			return credentials{}
		}
		return credentials{world: claims.World, bearer: claims.Subject}
	}
	key, _, ok := r.BasicAuth()
	if !ok || !s.accepts(key) {
		return credentials{}
	}
	return credentials{key: key, actsFor: r.Header.Get("Trustap-User")}
}

// locked runs one command against the world: what fell due before it is done first, what it makes due at once is done
// after it, and the webhooks of all that go out.
func (s *World) locked(command func(*world)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.timers.run(s.state.now())
	command(s.state)
	s.state.timers.run(s.state.now())
	s.send()
}

// PaymentURL is the link under which a guest buyer pays, on the origin of [Config.PublicURL].
func (s *World) PaymentURL(id int64) string {
	return s.cfg.link(s.number, "/online/transactions/", id, "/guest_pay")
}

// DepositURL is the link under which the buyer pays the deposit of a face-to-face transaction.
func (s *World) DepositURL(id int64) string {
	return s.cfg.link(s.number, "/f2f/transactions/", id, "/pay_deposit")
}

// link names the world where that is not the main one.
func (c Config) link(world int, before string, id int64, after string) string {
	path := c.PublicURL + before + strconv.FormatInt(id, 10) + after
	if world == 1 {
		return path
	}
	return path + "?world=" + strconv.Itoa(world)
}
