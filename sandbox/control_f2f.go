package sandbox

// PayDeposit plays the buyer's payment of the deposit of a face-to-face transaction, with the cards of [World.Pay]. Codes:
// not_found, deposit_already_paid, already_cancelled, second_party_not_joined, invalid_card, and the declines.
func (s *World) PayDeposit(id int64, card string) (F2FTransaction, error) {
	return s.f2f("p2p_pay_deposit", id, func(w *state, t *f2f, by origin) *Error { return pay(w, t, f2fDeposit(), card, by) })
}

// PayRemainder plays the payment of the remainder. Codes: not_found, missing_pricing, remainder_already_paid,
// remainder_already_skipped, already_cancelled, invalid_card, and the declines.
func (s *World) PayRemainder(id int64, card string) (F2FTransaction, error) {
	return s.f2f("p2p_pay_remainder", id, func(w *state, t *f2f, by origin) *Error { return pay(w, t, f2fRemainder(), card, by) })
}

// FinishF2FReview ends the review of the deposit or else that of the remainder; a payment that is not approved goes back to
// the buyer. Codes: not_found, no_review.
func (s *World) FinishF2FReview(id int64, approved bool) (F2FTransaction, error) {
	return s.f2f("p2p_finish_review", id, func(w *state, t *f2f, by origin) *Error {
		p := f2fRemainder()
		if isOpen(t.DepositReview) {
			p = f2fDeposit()
		}
		return finishReview(w, t, p, approved, by)
	})
}

// ResolveF2FComplaint plays Trustap's decision like [World.ResolveComplaint]. Codes: not_found, invalid_outcome,
// deposit_not_paid, deposit_already_refunded, not_complained, funds_already_released.
func (s *World) ResolveF2FComplaint(id int64, outcome string) (F2FTransaction, error) {
	if outcome != outcomeRefund && outcome != outcomeRelease {
		return F2FTransaction{}, refuse("invalid_outcome")
	}
	return s.f2f("p2p_resolve_complaint", id, func(w *state, t *f2f, by origin) *Error { return resolveF2F(w, t, outcome, by) })
}

// F2FTransactions returns all face-to-face transactions in ascending order of id.
func (s *World) F2FTransactions() []F2FTransaction {
	return everything(s, func(t *f2f) F2FTransaction { return t.F2FTransaction })
}

func (s *World) f2f(name string, id int64, act func(*state, *f2f, origin) *Error) (F2FTransaction, error) {
	return command(s, name, id, act, func(t *f2f) F2FTransaction { return t.F2FTransaction })
}
