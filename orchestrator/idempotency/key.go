// Package idempotency makes requests repeatable: the same key with the same content is
// answered with the first answer again, with another content it is refused. Who claims a
// key stores its answer together with what was done, in one write: the engine in the
// commit of a change, and faces, for what is no change of a deal, by a Runner.
package idempotency

import "time"

// Key names a request.
type Key struct {
	Scope string // principal, method and route: equal values of different callers never meet
	Value string // as the caller sent it
	Hash  string // of the request's content
}

// Reply is the stored answer of a key. Status 0 means that the request is still being
// worked on: by the operation IntentID or, where it is empty, by who claimed the key.
type Reply struct {
	Scope         string // as in Key
	Key           string // Key.Value
	Hash          string // of the request's content
	CommunityID   int64
	TransactionID int64
	IntentID      string
	Status        int // HTTP status
	Body          []byte
	At            time.Time
}

// Change stores or frees a key with a commit.
type Change struct {
	Reply
	Free bool // the request had no effect, so the key may be used again
}

// For is a reply to the key.
func (k Key) For(r Reply) Reply {
	r.Scope, r.Key, r.Hash = k.Scope, k.Value, k.Hash
	return r
}

// Standing is where a request stands.
type Standing int

// The standings.
const (
	New      Standing = iota // nobody has made it
	Running                  // it was made and has no answer yet
	Answered                 // it was made and has its answer
	Other                    // its key was used with another request
)

// standing compares a request with what is stored under its key.
func (k Key) standing(stored Reply, found bool) Standing {
	switch {
	case !found:
		return New
	case stored.Hash != k.Hash:
		return Other
	case stored.Status == 0:
		return Running
	}
	return Answered
}
