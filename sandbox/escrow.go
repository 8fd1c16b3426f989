package sandbox

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// escrow is a transaction of one of the two models, by its own type.
type escrow[T any] interface {
	comparable
	// facts are the fields that both models show, by reference.
	facts() facts
	// inside is what neither model shows.
	inside() *hidden
	// book is where the world keeps the transactions of this model; the receiver may be nil.
	book(w *state) *book[T]
	// show is the transaction as the profile prints it.
	show(profile string) stage.Value
}

// facts are references into a transaction.
type facts struct {
	id, quantity                          *int64
	status, description, currency         *string
	sellerID, buyerID, joinCode, clientID *string
	listingID, listingType, imageURL      *string
	created, claimedBySeller              *time.Time
	claimedByBuyer                        *time.Time
}

func (f facts) isParty(userID string) bool { return userID == *f.sellerID || userID == *f.buyerID }

// party is the id of the party with the role.
func (f facts) party(role string) *string {
	if role == seller {
		return f.sellerID
	}
	return f.buyerID
}

// hidden is what the API does not show of a transaction. Its fields are exported for snapshots only.
type hidden struct {
	Creator string `json:"creator,omitempty"`
	// ClientSecret and RemainderSecret stand for Stripe's payment intents.
	ClientSecret    string `json:"client_secret,omitempty"`
	RemainderSecret string `json:"remainder_secret,omitempty"`
	// Secrets are the claim secrets by role.
	Secrets map[string]string `json:"secrets,omitempty"`
	// Method, Config and Multiplier are how charges are reckoned, empty and 0 for the defaults; see deal.
	Method     string            `json:"method,omitempty"`
	Config     int64             `json:"config,omitempty"`
	Multiplier int64             `json:"multiplier,omitempty"`
	Features   []string          `json:"features,omitempty"`
	Metadata   map[string]string `json:"metadata,omitempty"`
	AdID       string            `json:"ad_id,omitempty"`
	Extras     extras            `json:"extras,omitzero"`
	// Revision counts moves; a timer of an older one is void. Timer orders the running timers.
	Revision uint64 `json:"revision,omitempty"`
	Timer    uint64 `json:"timer,omitempty"`
}

// ad is what webhooks say about a transaction of the product Lite.
func (h *hidden) ad() map[string]string {
	if h.AdID == "" {
		return nil
	}
	return map[string]string{"ad_id": h.AdID}
}

func (h *hidden) has(feature string) bool { return slices.Contains(h.Features, feature) }

// book keeps the transactions of one model.
type book[T any] struct {
	rules[T]
	next      int64
	all       map[int64]T
	joinCodes map[string]T
	secrets   map[string]T   // by claim secret
	ofUser    map[string][]T // in ascending order of id
}

// rules are how one model works.
type rules[T any] struct {
	model        string // prefix of targets: "basic" or "p2p"
	events       string // prefix of webhooks: "basic_tx" or "p2p_tx"
	apart        string // code for parties whose countries do not go together
	stateless    string // code for a guest seller without a country; empty takes one
	excess       string // code for a list's limit above the maximum
	join, reject *move[T]
	timeouts     map[string]timeout[T]
	enter        func(*state, T, time.Time) // sets the fields that a state brings with it
	claimed      func(*state, T)            // sets the fields that a new party brings with it; nil for none
}

// newBook counts from a first id on; ids are never used again within a world.
func newBook[T escrow[T]](first int64, r rules[T]) *book[T] {
	return &book[T]{
		rules: r, next: first,
		all: map[int64]T{}, joinCodes: map[string]T{}, secrets: map[string]T{}, ofUser: map[string][]T{},
	}
}

// add gives a new transaction its id and puts it among those of its parties.
func add[T escrow[T]](w *state, t T, by origin) {
	b, f, h := t.book(w), t.facts(), t.inside()
	*f.id = b.next
	b.next++
	*f.status = created
	*f.created = by.at
	*f.clientID = w.cfg.ClientID
	*f.quantity = max(*f.quantity, 1)
	h.ClientSecret = "pi_" + w.token(24) + "_secret_" + w.token(24)
	h.Secrets = map[string]string{seller: "cs_" + w.token(32), buyer: "cs_" + w.token(32)}
	put(b, t)
}

// put lists a transaction under everything by which it can be found.
func put[T escrow[T]](b *book[T], t T) {
	f, h := t.facts(), t.inside()
	b.all[*f.id] = t
	link(b, t, *f.sellerID)
	link(b, t, *f.buyerID)
	if *f.joinCode != "" {
		b.joinCodes[*f.joinCode] = t
	}
	for _, secret := range h.Secrets {
		b.secrets[secret] = t
	}
}

// link lists a transaction with one of its parties. Joining late must not break the order of ids.
func link[T escrow[T]](b *book[T], t T, userID string) {
	if userID == "" {
		return
	}
	own := b.ofUser[userID]
	i, found := slices.BinarySearchFunc(own, *t.facts().id, func(o T, id int64) int { return cmp.Compare(*o.facts().id, id) })
	if !found {
		b.ofUser[userID] = slices.Insert(own, i, t)
	}
}

func unlink[T escrow[T]](b *book[T], t T, userID string) {
	b.ofUser[userID] = slices.DeleteFunc(b.ofUser[userID], func(o T) bool { return o == t })
}

// check answers why the move cannot be made now, or nil.
func check[T escrow[T]](t T, m *move[T]) *Error {
	if code := m.refusal(t, *t.facts().status); code != "" {
		return refuse(code)
	}
	return nil
}

// apply makes a move that check allows: it stamps, records the effect, sends the webhook and sets the next timeout. Fields
// that belong to the move are set by the caller before, so that the webhook shows them.
func apply[T escrow[T]](w *state, t T, m *move[T], by origin) {
	b, f := t.book(w), t.facts()
	if m.to != "" {
		*f.status = m.to
	}
	if m.stamp != nil {
		*m.stamp(t) = by.at
	}
	if *f.status != created && *f.joinCode != "" {
		delete(b.joinCodes, *f.joinCode)
		*f.joinCode = ""
	}
	b.enter(w, t, by.at)
	t.inside().Revision++
	w.record(by, *f.id)
	if m.event != "" {
		announce(w, t, m.event, by, t.inside().ad())
	}
	schedule(w, t)
}

// attempt is check and apply in one.
func attempt[T escrow[T]](w *state, t T, m *move[T], by origin) *Error {
	if err := check(t, m); err != nil {
		return err
	}
	apply(w, t, m, by)
	return nil
}

// announce sends a webhook about a transaction and tells the parties.
func announce[T escrow[T]](w *state, t T, name string, by origin, metadata map[string]string) {
	b, f := t.book(w), t.facts()
	id := strconv.FormatInt(*f.id, 10)
	if name != joined || !since(w.cfg.Profile, Profile202607) {
		w.emit(event{code: b.events + "." + name, user: by.user, target: id, preview: t.show(w.cfg.Profile), at: by.at, metadata: metadata})
	}
	w.notify(f, name, b.model+"/"+id, by)
}

// schedule sets the timeout of the state that the transaction rests in; a later revision makes it void.
func schedule[T escrow[T]](w *state, t T) {
	next, ok := t.book(w).timeouts[*t.facts().status]
	if !ok {
		return
	}
	due := next.due(w.cfg.Timelines, t)
	if due.IsZero() {
		return
	}
	h := t.inside()
	revision := h.Revision
	h.Timer = w.Timers.Set(due, func(at time.Time) {
		if h.Revision == revision {
			apply(w, t, next.move, origin{operation: next.move.name, at: at})
		}
	})
}

// show answers a transaction.
func show[T escrow[T]](c *call, t T) stage.Value { return t.show(c.world.cfg.Profile) }
