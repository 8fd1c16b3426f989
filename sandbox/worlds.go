package sandbox

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// World is what one API key can see and change: users, transactions, listings, ids, clock, faults and webhooks. Worlds know
// nothing of each other. The first of [Config.APIKeys], or without such a list the first key that is used, has the main
// world, which is also the one that control calls without a key address; every further key gets a world of its own,
// configured alike, unless [Config.SharedWorld] is set. Its methods are safe for concurrent use.
type World struct{ *stage.World[*state] }

// ForKey returns the world of an API key, as a call with that key sees it. It returns an [*Error] with code unauthorized for
// a key that is not accepted, and too_many_worlds when there are too many.
func (s *Sandbox) ForKey(key string) (*World, error) {
	w, err := s.stage.ForKey(key)
	return &World{w}, err
}

// worldFor finds the world in which credentials count.
func (s *Sandbox) worldFor(who credentials) (*stage.World[*state], error) {
	if who.key == "" {
		return s.stage.Numbered(who.world), nil
	}
	return s.stage.ForKey(who.key)
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
	if !ok || !s.stage.Accepts(key) {
		return credentials{}
	}
	return credentials{key: key, actsFor: r.Header.Get("Trustap-User")}
}

// locked runs one command against the world, see [stage.Do].
func (s *World) locked(command func(*state)) { stage.Do(s.World, command) }

func (s *World) cfg() (cfg Config) {
	s.locked(func(w *state) { cfg = w.cfg })
	return cfg
}

// PaymentURL is the link under which a guest buyer pays, on the origin of [Config.PublicURL].
func (s *World) PaymentURL(id int64) string {
	return s.cfg().link(s.Number(), "/online/transactions/", id, "/guest_pay")
}

// DepositURL is the link under which the buyer pays the deposit of a face-to-face transaction.
func (s *World) DepositURL(id int64) string {
	return s.cfg().link(s.Number(), "/f2f/transactions/", id, "/pay_deposit")
}

// link names the world where that is not the main one.
func (c Config) link(world int, before string, id int64, after string) string {
	path := c.PublicURL + before + strconv.FormatInt(id, 10) + after
	if world == 1 {
		return path
	}
	return path + "?world=" + strconv.Itoa(world)
}
