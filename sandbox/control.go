package sandbox

import (
	"maps"
	"slices"
)

// The outcomes of a complaint.
const (
	outcomeRefund  = "refund"
	outcomeRelease = "release"
)

// Pay plays the buyer's payment of an online transaction. Card "success" pays, "review" pays and opens a review (see
// [World.FinishReview]), "processing" begins a slow payment that a second call ends, and card_declined, expired_card,
// incorrect_cvc or insufficient_funds decline: then the transaction stays joined, the webhook payment_failed is sent, and an
// [*Error] with that code is returned. Other codes: not_found, already_paid, already_cancelled, second_party_not_joined,
// not_accepted, invalid_card.
func (s *World) Pay(id int64, card string) (Transaction, error) {
	return s.online("pay", id, func(w *state, t *online, by origin) *Error { return pay(w, t, onlinePayment(), card, by) })
}

// Deliver plays the carrier's report of delivery. Codes: not_found, tracking_not_added, delivery_already_set.
func (s *World) Deliver(id int64) (Transaction, error) {
	return s.online("deliver", id, func(w *state, t *online, by origin) *Error { return attempt(w, t, onlineDeliver, by) })
}

// FinishReview ends the review of an online payment; a payment that is not approved goes back to the buyer unless the
// parcel is on its way. Codes: not_found, no_review.
func (s *World) FinishReview(id int64, approved bool) (Transaction, error) {
	return s.online("finish_review", id, func(w *state, t *online, by origin) *Error {
		return finishReview(w, t, onlinePayment(), approved, by)
	})
}

// ResolveComplaint plays Trustap's decision: outcome "refund" is for the buyer, "release" for the seller. Codes: not_found,
// invalid_outcome, not_paid, not_complained, funds_already_released.
func (s *World) ResolveComplaint(id int64, outcome string) (Transaction, error) {
	if outcome != outcomeRefund && outcome != outcomeRelease {
		return Transaction{}, refuse("invalid_outcome")
	}
	return s.online("resolve_complaint", id, func(w *state, t *online, by origin) *Error { return resolve(w, t, outcome, by) })
}

func (s *World) online(name string, id int64, act func(*state, *online, origin) *Error) (Transaction, error) {
	return command(s, name, id, act, func(t *online) Transaction { return t.Transaction })
}

// command acts on one transaction as the platform does.
func command[T escrow[T], V any](s *World, name string, id int64, act func(*state, T, origin) *Error, view func(T) V) (V, error) {
	var after V
	refused := refuse("not_found")
	s.locked(func(w *state) {
		var none T
		t, ok := none.book(w).all[id]
		if !ok {
			return
		}
		refused = act(w, t, w.origin(name))
		after = view(t)
	})
	if refused != nil {
		var nothing V
		return nothing, refused
	}
	return after, nil
}

// AddUser adds a full user. It returns an [*Error] with code invalid_user for an id that is empty, taken or a guest's.
func (s *World) AddUser(u User) error {
	if err := u.validate(); err != nil {
		return refuse("invalid_user")
	}
	taken := false
	s.locked(func(w *state) {
		if _, taken = w.users[u.ID]; !taken {
			w.addUser(u)
		}
	})
	if taken {
		return refuse("invalid_user")
	}
	return nil
}

// ChangeUser sets what a full user has agreed with and told, and how far their account is: all but the id, the e-mail address
// and the country. It returns an [*Error] with code invalid_user for an id that is no full user's, and for an unknown Payout.
func (s *World) ChangeUser(u User) error {
	if u.validate() != nil {
		return refuse("invalid_user")
	}
	var known *user
	s.locked(func(w *state) {
		if known = w.users[u.ID]; known != nil && !known.Guest {
			known.as(u)
		}
	})
	if known == nil || known.Guest {
		return refuse("invalid_user")
	}
	return nil
}

// Transactions returns all online transactions in ascending order of id.
func (s *World) Transactions() []Transaction {
	return everything(s, func(t *online) Transaction { return t.Transaction })
}

func everything[T escrow[T], V any](s *World, view func(T) V) []V {
	var all []V
	s.locked(func(w *state) {
		var none T
		b := none.book(w)
		for _, id := range slices.Sorted(maps.Keys(b.all)) {
			all = append(all, view(b.all[id]))
		}
	})
	return all
}

// ClaimSecret is the secret in the link that is mailed to a guest party of a transaction, with which a full user takes over
// the side role ("seller" or "buyer"). model is "basic" for online and "p2p" for face-to-face transactions. It returns an
// [*Error] with code not_found when there is no such transaction or role.
func (s *World) ClaimSecret(model string, id int64, role string) (string, error) {
	secret := ""
	s.locked(func(w *state) {
		if t := w.online.all[id]; t != nil && model == w.online.model {
			secret = t.Hidden.Secrets[role]
		}
		if t := w.f2f.all[id]; t != nil && model == w.f2f.model {
			secret = t.Hidden.Secrets[role]
		}
	})
	if secret == "" {
		return "", refuse("not_found")
	}
	return secret, nil
}

// Effects returns everything that has happened, in order. It is the judge in tests that crash or cut a client: what the
// client did twice is here twice.
func (s *World) Effects() []Effect {
	var effects []Effect
	s.locked(func(w *state) { effects = slices.Clone(w.effects) })
	return effects
}
