package braintree

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
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
	Effects      []Effect
	Transactions stage.Shelf[*transaction] // refunds too, as in the classic API
	Disputes     stage.Shelf[*dispute]
	Nonces       stage.Shelf[*nonce]
	SubMerchants stage.Shelf[*subMerchant]
}

// transaction is a sale, or a refund of one. Amounts are minor units of its currency.
type transaction struct {
	ID                string // the legacy one: eight letters and digits
	Merchant, Account string
	Currency, Order   string
	Amount, Asked     int64 // asked: what was authorized at first
	Method            method
	Status            string
	History           []event
	Created, Expires  time.Time
	Of                string // the sale that it gives money back of; empty: it is a sale
	Refunds           []string
	Disputes          []string
	Parent            string // the authorization that it is a partial capture of
	Parts             []string
	Escrow            string
	Sub               bool  // it is a sub-merchant's, whose account is Account
	Fee               int64 // the service fee; the rest is the sub-merchant's
	PaidOut           *payout

	// What is due next: it takes place unless the transaction has changed before.
	Turn  int
	Due   time.Time
	Then  string
	Timer uint64
}

// event is a step of a transaction.
type event struct {
	Status      string
	At          time.Time
	Amount      int64
	Code, Text  string // of the processor
	Rejection   string // why the gateway itself refused
	DuplicateOf string
}

// Name implements stage.Object.
func (t *transaction) Name() string { return t.ID }

// dispute is the payer's objection at their bank.
type dispute struct {
	ID, Transaction string
	Amount          int64
	Reason, Status  string
	Opened, ReplyBy time.Time
	Decided         time.Time
}

// Name implements stage.Object.
func (d *dispute) Name() string { return d.ID }

// nonce stands for a payment method, once.
type nonce struct {
	ID     string
	Method method
	Used   bool
}

// Name implements stage.Object.
func (n *nonce) Name() string { return n.ID }

// newID draws a legacy id.
func (s *state) newID() string {
	sum := sha256.Sum256([]byte(s.Random()))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:5]))
}

// Kinds of global ids.
const (
	ofTransaction = "transaction"
	ofRefund      = "refund"
	ofDispute     = "dispute"
)

// globalID is the id of an object in the GraphQL API.
func globalID(kind, id string) string {
	return base64.RawStdEncoding.EncodeToString([]byte(kind + "_" + id))
}

// legacyID is the inverse of globalID; empty where it is none of the kind.
func legacyID(kind, id string) string {
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(id, "="))
	if err != nil {
		return ""
	}
	legacy, ok := strings.CutPrefix(string(raw), kind+"_")
	if !ok {
		return ""
	}
	return legacy
}

func (t *transaction) kind() string { return stage.Or(t.Of == "", ofTransaction, ofRefund) }

func (t *transaction) global() string { return globalID(t.kind(), t.ID) }

// sale finds a transaction that takes money, refund one that gives it back.
func (s *state) sale(id string) (*transaction, bool) {
	t, ok := s.Transactions.Get(id)
	return t, ok && t.Of == ""
}

func (s *state) effect(operation string, t *transaction, amount int64) {
	s.Effects = append(s.Effects, Effect{operation, t.ID, amount, t.Currency, t.Order, s.Now().UTC()})
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
	var in snapshot
	if json.Unmarshal(raw, &in) != nil || in.Version != snapshotVersion || !s.Load(in.SavedClock, in.SavedTraffic) {
		return false
	}
	s.objects = in.objects
	var again []stage.Again
	for _, t := range s.Transactions.All {
		if _, known := s.Transactions.Get(t.Of); t.Of != "" && !known {
			return false
		}
		if t.Then != "" {
			again = append(again, stage.Again{Order: t.Timer, Set: func() { s.schedule(t, t.Due, t.Then) }})
		}
	}
	for _, m := range s.SubMerchants.All {
		if m.Status == subPending {
			again = append(again, stage.Again{Order: m.Timer, Set: func() { s.decideLater(m) }})
		}
	}
	stage.SetAgain(again)
	return true
}
