package paytrail

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
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
	Payments stage.Shelf[*payment]
	Refunds  stage.Shelf[*refund]
	Cards    stage.Shelf[*card]
	Stamps   map[string]bool // that were taken, after their merchant
	Seen     map[string]bool // signatures of calls, so that none is taken twice
}

func newObjects() objects { return objects{Stamps: map[string]bool{}, Seen: map[string]bool{}} }

// payment is a transaction that a buyer pays.
type payment struct {
	ID, Merchant, Algorithm   string
	Stamp, Reference          string
	Amount                    int64
	Items                     []item
	Status                    string
	Way                       string // how it was paid
	Success, Cancel           string // where the buyer is led back to
	CallSuccess, CallCancel   string // where the merchant is called back
	Delay                     time.Duration
	Created, Paid             time.Time
	Returned, ReturnedPending int64
	// What follows is of payments with the token of a saved card.
	Card    string // which one, see cards; empty: it is paid on a page
	Token   string
	Commits bool   // it is a charge: what is held is taken at once
	Timer   uint64 // of the end of the hold
	Until   time.Time
}

// Name implements stage.Object.
func (p *payment) Name() string { return p.ID }

// refund is a transaction that gives money back.
type refund struct {
	ID, Payment             string
	Stamp, Reference        string
	Amount                  int64
	Items                   map[string]int64 // by their stamp
	Status                  string
	Fails                   bool
	CallSuccess, CallCancel string
	Created, Ended          time.Time
	Timer                   uint64
}

// Name implements stage.Object.
func (r *refund) Name() string { return r.ID }

// newID draws the id of a transaction, which looks like a UUID.
func (s *state) newID() string {
	b := sha256.Sum256([]byte(s.Random()))
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

func (s *state) effect(operation, id string, amount int64, stamp string) {
	s.Effects = append(s.Effects, Effect{operation, id, amount, stamp, s.Now().UTC()})
}

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
	var again []stage.Again
	for _, p := range s.Payments.All {
		if p.held() {
			again = append(again, stage.Again{Order: p.Timer, Set: func() { s.awaitEnd(p) }})
		}
	}
	for _, r := range s.Refunds.All {
		if _, known := s.Payments.Get(r.Payment); !known {
			return false
		}
		again = append(again, stage.Again{Order: r.Timer, Set: func() { s.await(r) }})
	}
	stage.SetAgain(again)
	return true
}
