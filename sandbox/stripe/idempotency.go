package stripe

import (
	"crypto/sha256"
	"net/http"
	"net/url"
	"time"
)

// The idempotency keys of the official API: their greatest length, and how long they are kept (at least; we take exactly).
const (
	maxKey  = 255
	keyLife = 24 * time.Hour
)

// keyed is what is kept under an idempotency key.
type keyed struct {
	Path   string
	Params [sha256.Size]byte
	Answer reply
	Until  time.Time
	Open   bool // the first request has not been answered yet
}

// recall returns the answer that the key of a call already has: the kept one, or a refusal of its reuse.
func (s *state) recall(c *call) (reply, bool) {
	if c.by.key == "" {
		return reply{}, false
	}
	k := s.Keys[c.by.key]
	if k == nil || !s.Now().Before(k.Until) {
		return reply{}, false
	}
	switch {
	case k.Path != c.request.URL.Path:
		return conflict("for the same endpoint", c).With("Request-Id", c.by.request), true
	case k.Params != c.form.digest():
		return conflict("with the same parameters", c).With("Request-Id", c.by.request), true
	case k.Open:
		return keyInUse().reply().With("Request-Id", c.by.request), true
	}
	return k.Answer.With("Idempotent-Replayed", "true"), true
}

func conflict(how string, c *call) reply {
	e := &Error{Status: http.StatusBadRequest, Type: typeIdempotency, Message: "Keys for idempotent requests can only be used " +
		how + " they were first used with. Try a key other than '" + c.by.key + "' if you meant a different request."}
	return e.reply()
}

func keyInUse() *Error {
	return &Error{Status: http.StatusConflict, Type: typeInvalid, Code: "idempotency_key_in_use",
		Message: "There is currently another in-progress request using this idempotency key."}
}

// keep stores the answer of a call under its key; nil when there is nothing to keep. Refusals of calls that did not begin
// are not kept.
func (s *state) keep(c *call, answer reply) *keyed {
	if c.by.key == "" || c.early {
		return nil
	}
	k := &keyed{Path: c.request.URL.Path, Params: c.form.digest(), Answer: answer, Until: s.Now().Add(keyLife)}
	s.Keys[c.by.key] = k
	s.forgetKeys()
	return k
}

// forgetKeys drops the keys whose time is over, as often as their number has doubled.
func (s *state) forgetKeys() {
	if len(s.Keys) < s.keysAt {
		return
	}
	for key, k := range s.Keys {
		if !s.Now().Before(k.Until) {
			delete(s.Keys, key)
		}
	}
	s.keysAt = max(2*len(s.Keys), fewKeys)
}

// fewKeys are never looked through.
const fewKeys = 1_000

// digest stands for all parameters; their order of sending does not matter, the order of the values of one does.
func (f form) digest() [sha256.Size]byte { return sha256.Sum256([]byte(url.Values(f).Encode())) }
