package sandbox

import (
	"cmp"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// Cards, as [World.Pay], [World.PayDeposit] and [World.PayRemainder] take them. Those after CardReview decline.
const (
	CardSuccess           = "success"    // pays at once
	CardProcessing        = "processing" // a slow method that has begun: success or a decline ends it
	CardReview            = "review"     // pays, and the platform looks closer
	CardDeclined          = "card_declined"
	CardExpired           = "expired_card"
	CardIncorrectCVC      = "incorrect_cvc"
	CardInsufficientFunds = "insufficient_funds"
)

// declines are the cards that can be refused, which are the codes of the refusal, too.
func declines() []string {
	return []string{CardDeclined, CardExpired, CardIncorrectCVC, CardInsufficientFunds}
}

// payment is one thing that a buyer of one model pays for.
type payment[T escrow[T]] struct {
	move              *move[T]
	failed            string                         // webhook of a decline; empty sends none
	flagged, finished string                         // webhooks of a review
	blocked           func(T) string                 // why it cannot be paid although the state allows it
	slow              func(T) *bool                  // whether a slow payment is on its way
	review            func(T) (**Review, *time.Time) // the review and when it was opened
	refused           *move[T]                       // what a review that ends badly does
}

// ready answers why the payment cannot be made now, or nil.
func (p *payment[T]) ready(t T) *Error {
	if err := check(t, p.move); err != nil {
		return err
	}
	if p.blocked != nil {
		if code := p.blocked(t); code != "" {
			return refuse(code)
		}
	}
	return nil
}

// pay plays the buyer's card. A decline changes nothing but the end of a slow payment, and is announced.
func pay[T escrow[T]](w *state, t T, p *payment[T], card string, by origin) *Error {
	known := []string{CardSuccess, CardProcessing, CardReview}
	if !slices.Contains(known, card) && !slices.Contains(declines(), card) {
		return refuse("invalid_card")
	}
	if err := p.ready(t); err != nil {
		return err
	}
	by.user = *t.facts().buyerID
	switch card {
	case CardProcessing:
		*p.slow(t) = true
	case CardSuccess, CardReview:
		*p.slow(t) = false
		apply(w, t, p.move, by)
		if card == CardReview {
			openReview(w, t, p, by)
		}
	default:
		*p.slow(t) = false
		if p.failed != "" {
			announce(w, t, p.failed, by, map[string]string{"failure_code": card})
		}
		return refuse(card)
	}
	return nil
}

func openReview[T escrow[T]](w *state, t T, p *payment[T], by origin) {
	review, flagged := p.review(t)
	*review, *flagged = &Review{Started: by.at}, by.at
	by.user = ""
	announce(w, t, p.flagged, by, nil)
}

// finishReview ends an open review; a bad end stops the transaction where it still can be stopped.
func finishReview[T escrow[T]](w *state, t T, p *payment[T], approved bool, by origin) *Error {
	review, _ := p.review(t)
	if !isOpen(*review) {
		return refuse("no_review")
	}
	ended := **review
	ended.Finished, ended.Approved, ended.OutcomeReason = by.at, &approved, "approved"
	if !approved {
		ended.OutcomeReason = "refused"
	}
	*review = &ended
	w.record(by, *t.facts().id)
	announce(w, t, p.finished, by, nil)
	if !approved && check(t, p.refused) == nil {
		apply(w, t, p.refused, origin{operation: p.refused.name, at: by.at})
	}
	return nil
}

func isOpen(r *Review) bool { return r != nil && r.Finished.IsZero() }

// tokenInput is the deprecated way to pay. The customer's document spells the field in two ways.
type tokenInput struct {
	StripeToken       string `json:"stripe_token"`
	StripeChargeToken string `json:"stripe_charge_token"`
}

// card is what Stripe's test token stands for; every unknown token pays.
func (in tokenInput) card() string {
	switch cmp.Or(in.StripeToken, in.StripeChargeToken) {
	case "", "tok_chargeDeclined":
		return "card_declined"
	case "tok_chargeDeclinedExpiredCard":
		return "expired_card"
	case "tok_chargeDeclinedIncorrectCvc":
		return "incorrect_cvc"
	case "tok_chargeDeclinedInsufficientFunds":
		return "insufficient_funds"
	}
	return CardSuccess
}

// payWithToken makes the handler's action of a deprecated payment call.
func payWithToken[T escrow[T]](p *payment[T]) func(*call, T, tokenInput) *Error {
	return func(c *call, t T, in tokenInput) *Error { return pay(c.world, t, p, in.card(), c.by) }
}

// clientSecret makes a view of a Stripe secret, which is there while there is something to pay.
func clientSecret[T escrow[T]](p *payment[T], secret func(T) string) func(*call, T) (stage.Value, *Error) {
	return func(_ *call, t T) (stage.Value, *Error) {
		if err := p.ready(t); err != nil {
			return nil, err
		}
		return struct {
			ClientSecret string `json:"client_secret"`
		}{secret(t)}, nil
	}
}

func viewPublishableKey[T escrow[T]](*call, T) (stage.Value, *Error) { return publishableKey(), nil }

func publishableKey() stage.Value {
	return struct {
		PublishableKey string `json:"publishable_key"`
	}{"pk_test_sandbox"}
}
