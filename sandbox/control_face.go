package sandbox

// PayDeposit plays the buyer's payment of the deposit of a face-to-face transaction, with the cards of [World.Pay]. Codes:
// not_found, deposit_already_paid, already_cancelled, second_party_not_joined, invalid_card, and the declines.
func (s *World) PayDeposit(id int64, card string) (P2PTransaction, error) {
	return s.face("p2p_pay_deposit", id, func(w *world, t *face, by origin) *Error { return pay(w, t, faceDeposit(), card, by) })
}

// PayRemainder plays the payment of the remainder. Codes: not_found, missing_pricing, remainder_already_paid,
// remainder_already_skipped, already_cancelled, invalid_card, and the declines.
func (s *World) PayRemainder(id int64, card string) (P2PTransaction, error) {
	return s.face("p2p_pay_remainder", id, func(w *world, t *face, by origin) *Error { return pay(w, t, faceRemainder(), card, by) })
}

// FinishP2PReview ends the review of the deposit or else that of the remainder; a payment that is not approved goes back to
// the buyer. Codes: not_found, no_review.
func (s *World) FinishP2PReview(id int64, approved bool) (P2PTransaction, error) {
	return s.face("p2p_finish_review", id, func(w *world, t *face, by origin) *Error {
		p := faceRemainder()
		if isOpen(t.DepositReview) {
			p = faceDeposit()
		}
		return finishReview(w, t, p, approved, by)
	})
}

// ResolveP2PComplaint plays Trustap's decision like [World.ResolveComplaint]. Codes: not_found, invalid_outcome,
// deposit_not_paid, deposit_already_refunded, not_complained, funds_already_released.
func (s *World) ResolveP2PComplaint(id int64, outcome string) (P2PTransaction, error) {
	if outcome != outcomeRefund && outcome != outcomeRelease {
		return P2PTransaction{}, refuse("invalid_outcome")
	}
	return s.face("p2p_resolve_complaint", id, func(w *world, t *face, by origin) *Error { return resolveFace(w, t, outcome, by) })
}

// P2PTransactions returns all face-to-face transactions in ascending order of id.
func (s *World) P2PTransactions() []P2PTransaction {
	return everything(s, func(t *face) P2PTransaction { return t.P2PTransaction })
}

func (s *World) face(name string, id int64, act func(*world, *face, origin) *Error) (P2PTransaction, error) {
	return command(s, name, id, act, func(t *face) P2PTransaction { return t.P2PTransaction })
}
