package sandbox

import (
	"maps"
	"slices"
	"time"
)

// The outcomes of a complaint.
const (
	outcomeRefund  = "refund"
	outcomeRelease = "release"
)

// Now returns the virtual time, UTC in whole seconds.
func (s *Sandbox) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.world.now()
}

// Advance moves the virtual clock forward. Steps that fall due on the way are taken in order, each stamped with its own
// time; webhooks that a delay fault held go out. It returns an [*Error] with code invalid_seconds for a negative duration or
// one beyond the year 9900.
func (s *Sandbox) Advance(d time.Duration) error {
	var refused *Error
	s.locked(func(w *world) {
		if refused = w.advance(d); refused == nil {
			w.outbox.releaseHeld()
		}
	})
	if refused != nil {
		return refused
	}
	s.announceTime()
	return nil
}

func (s *Sandbox) announceTime() {
	now := s.Now()
	for _, hook := range s.cfg.OnAdvance {
		hook(now)
	}
}

// Reset brings everything back to how New left it: clock, ids, transactions, users, faults, webhooks and their endpoint.
func (s *Sandbox) Reset() {
	s.mu.Lock()
	s.world.outbox.queue = nil // an old sender ends with the delivery that it is at
	s.world = newWorld(s.cfg)
	s.moved.Broadcast()
	s.mu.Unlock()
	s.announceTime()
}

// Pay plays the buyer's payment with card "success", or declines it with card_declined, expired_card, incorrect_cvc or
// insufficient_funds: then the transaction stays joined, the webhook payment_failed is sent, and an [*Error] with that code
// is returned. Other codes: not_found, already_paid, already_cancelled, second_party_not_joined, invalid_card.
func (s *Sandbox) Pay(id int64, card string) (Transaction, error) {
	return s.command("pay", id, func(w *world, t *online, by origin) *Error { return w.pay(t, card, by) })
}

// Deliver plays the carrier's report of delivery. Codes: not_found, tracking_not_added, delivery_already_set.
func (s *Sandbox) Deliver(id int64) (Transaction, error) {
	return s.command("deliver", id, func(w *world, t *online, by origin) *Error {
		if err := t.check(onlineDeliver); err != nil {
			return err
		}
		w.apply(t, onlineDeliver, by)
		return nil
	})
}

// ResolveComplaint plays Trustap's decision: outcome "refund" is for the buyer, "release" for the seller. Codes: not_found,
// invalid_outcome, not_paid, not_complained, funds_already_released.
func (s *Sandbox) ResolveComplaint(id int64, outcome string) (Transaction, error) {
	if outcome != outcomeRefund && outcome != outcomeRelease {
		return Transaction{}, refuse("invalid_outcome")
	}
	return s.command("resolve_complaint", id, func(w *world, t *online, by origin) *Error {
		return w.resolve(t, outcome, by)
	})
}

// command acts on one transaction as the platform does.
func (s *Sandbox) command(name string, id int64, act func(*world, *online, origin) *Error) (Transaction, error) {
	var after Transaction
	refused := refuse("not_found")
	s.locked(func(w *world) {
		t := w.transactions[id]
		if t == nil {
			return
		}
		refused = act(w, t, w.origin(name))
		after = t.Transaction
	})
	if refused != nil {
		return Transaction{}, refused
	}
	return after, nil
}

// AddUser adds a full user. It returns an [*Error] with code invalid_user for an id that is empty, taken or a guest's.
func (s *Sandbox) AddUser(u User) error {
	if err := u.validate(); err != nil {
		return refuse("invalid_user")
	}
	taken := false
	s.locked(func(w *world) {
		if _, taken = w.users[u.ID]; !taken {
			w.addUser(u)
		}
	})
	if taken {
		return refuse("invalid_user")
	}
	return nil
}

// Transactions returns all transactions in ascending order of id.
func (s *Sandbox) Transactions() []Transaction {
	var all []Transaction
	s.locked(func(w *world) {
		for _, id := range slices.Sorted(maps.Keys(w.transactions)) {
			all = append(all, w.transactions[id].Transaction)
		}
	})
	return all
}

// Effects returns everything that has happened, in order. It is the judge in tests that crash or cut a client: what the
// client did twice is here twice.
func (s *Sandbox) Effects() []Effect {
	var effects []Effect
	s.locked(func(w *world) { effects = slices.Clone(w.effects) })
	return effects
}
