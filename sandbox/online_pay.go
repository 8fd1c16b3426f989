package sandbox

import (
	"slices"
	"strconv"
)

// cardSuccess is the outcome of a card that pays.
const cardSuccess = "success"

// declines are the codes with which a card can be refused.
func declines() []string {
	return []string{"card_declined", "expired_card", "incorrect_cvc", "insufficient_funds"}
}

// pay plays the buyer's card. A decline changes nothing, but is announced.
func (w *world) pay(t *online, card string, by origin) *Error {
	if card != cardSuccess && !slices.Contains(declines(), card) {
		return refuse("invalid_card")
	}
	if err := t.check(onlinePay); err != nil {
		return err
	}
	by.user = t.BuyerID
	if card == cardSuccess {
		w.apply(t, onlinePay, by)
		return nil
	}
	w.emit(event{code: "basic_tx.payment_failed", user: by.user, target: strconv.FormatInt(t.ID, 10), preview: t.Transaction,
		at: by.at, metadata: map[string]string{"failure_code": card}})
	return refuse(card)
}

// payWithToken is the deprecated payment: Stripe's names of test tokens pick the outcome, and every other token pays.
func payWithToken(c *call, t *online, in struct {
	StripeToken string `json:"stripe_token"`
}) *Error {
	card := cardSuccess
	switch in.StripeToken {
	case "", "tok_chargeDeclined":
		card = "card_declined"
	case "tok_chargeDeclinedExpiredCard":
		card = "expired_card"
	case "tok_chargeDeclinedIncorrectCvc":
		card = "incorrect_cvc"
	case "tok_chargeDeclinedInsufficientFunds":
		card = "insufficient_funds"
	}
	return c.world.pay(t, card, c.by)
}

func acceptPayment(c *call, t *online, _ noBody) *Error {
	if !t.has(featureSellerAcceptance) {
		return refuse("missing_required_feature")
	}
	if err := t.check(onlineAcceptPayment); err != nil {
		return err
	}
	c.world.apply(t, onlineAcceptPayment, c.by)
	return nil
}
