package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// faceTerms is what the three ways to create a face-to-face transaction have in common. Amounts are minor units of Currency.
type faceTerms struct {
	Currency          string `json:"currency"`
	Description       string `json:"description"`
	Price             int64  `json:"deposit_price"`
	Charge            int64  `json:"deposit_charge"`
	ChargeSeller      int64  `json:"deposit_charge_seller"`
	CalculatorVersion int64  `json:"charge_calculator_version"`
	ChargeConfig      *int64 `json:"deposit_charge_config"`
	PaymentMethod     string `json:"deposit_payment_method"`
	FeeMultiplier     number `json:"deposit_fee_multiplier"`
	SkipRemainder     bool   `json:"skip_remainder"`
}

// open checks the terms and makes a transaction of them that is not in the world yet.
func (in faceTerms) open(w *world) (*face, *Error) {
	config, err := configOf(in.ChargeConfig)
	if err != nil {
		return nil, err
	}
	multiplier, err := in.FeeMultiplier.multiplier()
	if err != nil {
		return nil, err
	}
	d := deal{p2p: true, currency: in.Currency, price: in.Price, method: in.PaymentMethod, config: config, multiplier: multiplier}
	quote, err := w.agree(offer{deal: d, charge: in.Charge, seller: &in.ChargeSeller, version: in.CalculatorVersion})
	if err != nil {
		return nil, err
	}
	return &face{
		Hidden: hidden{Method: in.PaymentMethod, Config: config, Multiplier: multiplier},
		P2PTransaction: P2PTransaction{
			Currency: in.Currency, DepositPricing: quote.pricing(), Description: in.Description, SkipRemainder: in.SkipRemainder,
		},
	}, nil
}

// faceDeposit and faceRemainder are the two payments of the face-to-face model. The official list has no webhook for a
// remainder that fails.
func faceDeposit() *payment[*face] {
	return &payment[*face]{
		move: facePayDeposit, failed: "deposit_payment_failed", flagged: "deposit_review_flagged", finished: "deposit_review_finished",
		slow:    func(t *face) *bool { return &t.DepositInProgress },
		review:  func(t *face) (**Review, *time.Time) { return &t.DepositReview, &t.DepositReviewFlagged },
		refused: faceRefuseDeposit,
	}
}

func faceRemainder() *payment[*face] {
	return &payment[*face]{
		move: facePayRemainder, flagged: "remainder_review_flagged", finished: "remainder_review_finished",
		slow:    func(t *face) *bool { return &t.RemainderInProgress },
		review:  func(t *face) (**Review, *time.Time) { return &t.RemainderReview, &t.RemainderReviewFlagged },
		refused: faceRefuseDeposit,
	}
}

func acceptDeposit(c *call, t *face, _ noBody) *Error {
	if err := check(t, faceAcceptDeposit); err != nil {
		return err
	}
	if isOpen(t.DepositReview) {
		return refuse("deposit_payment_in_review")
	}
	apply(c.world, t, faceAcceptDeposit, c.by)
	return nil
}

// acceptDepositAsGuest refuses two states with 403, as the official API does in this one call.
func acceptDepositAsGuest(c *call, t *face, in noBody) *Error {
	err := acceptDeposit(c, t, in)
	if err != nil && slices.Contains([]string{"deposit_not_paid", "deposit_already_accepted"}, err.Code) {
		err.Status = http.StatusForbidden
	}
	return err
}

type priceInput struct {
	Currency          string `json:"currency"`
	Price             int64  `json:"price"`
	Charge            int64  `json:"charge"`
	ChargeSeller      *int64 `json:"charge_seller"`
	CalculatorVersion int64  `json:"charge_calculator_version"`
}

// setPrice fixes the total price, of which the deposit is a part.
func setPrice(c *call, t *face, in priceInput) *Error {
	if in.Currency != t.Currency {
		return refuse("currency_mismatch")
	}
	if t.SkipRemainder {
		return refuse("remainder_already_skipped")
	}
	if err := check(t, faceSetPrice); err != nil {
		return err
	}
	if in.Price >= 0 && in.Price <= t.DepositPricing.Price {
		return refuse("remainder_too_low")
	}
	h := t.Hidden
	d := deal{p2p: true, currency: in.Currency, price: in.Price, method: h.Method, config: h.Config, multiplier: h.Multiplier}
	quote, err := c.world.agree(offer{deal: d, charge: in.Charge, seller: in.ChargeSeller, version: in.CalculatorVersion})
	if err != nil {
		return err
	}
	t.Pricing = new(quote.pricing())
	t.Hidden.RemainderSecret = "pi_" + c.world.token(24) + "_secret_" + c.world.token(24)
	apply(c.world, t, faceSetPrice, c.by)
	return nil
}

// viewRemainderSecret has a newer word for a remainder that is settled, unless the customer's document is played.
func viewRemainderSecret(c *call, t *face) (stage.Value, *Error) {
	v, err := clientSecret(faceRemainder(), func(t *face) string { return t.Hidden.RemainderSecret })(c, t)
	if err != nil && c.world.cfg.Profile != ProfileSeed &&
		slices.Contains([]string{"remainder_already_paid", "remainder_already_skipped"}, err.Code) {
		return nil, refuse("no_client_secret")
	}
	return v, err
}

type reasonInput struct {
	Description *string `json:"description"`
}

// cancelFace stops a transaction as long as the remainder is not settled; a deposit goes back without the Trustap fee.
func cancelFace(c *call, t *face, reason string) *Error {
	m := faceCancelPaid
	if t.DepositPaid.IsZero() {
		m = faceCancel
	}
	if err := check(t, m); err != nil {
		return err
	}
	t.Cancellation = &Cancellation{Reason: reason}
	apply(c.world, t, m, c.by)
	return nil
}

// cancelWithoutReason is the deprecated call, the only one that stops a transaction which nobody has joined.
func cancelWithoutReason(c *call, t *face, _ noBody) *Error { return cancelFace(c, t, "") }

func cancelWithDescription(c *call, t *face, in reasonInput) *Error {
	if t.Status == created {
		return refuse("second_party_not_joined")
	}
	reason := ""
	if in.Description != nil {
		reason = *in.Description
	}
	return cancelFace(c, t, reason)
}

func cancelAsGuest(c *call, t *face, in reasonInput) *Error {
	if in.Description == nil {
		return refuse("missing_description")
	}
	if strings.TrimSpace(*in.Description) == "" {
		return refuse("empty_description")
	}
	return cancelFace(c, t, *in.Description)
}

// confirmHandover is for both parties. The seller's confirmation starts the complaint period, the buyer's does not.
func confirmHandover(c *call, t *face, _ noBody) *Error {
	m, done, code := faceHandoverBySeller, t.SellerHandoverConfirmed, "seller_handover_already_confirmed"
	if c.user.ID == t.BuyerID {
		m, done, code = faceHandoverByBuyer, t.BuyerHandoverConfirmed, "buyer_handover_already_confirmed"
	}
	if !done.IsZero() {
		return refuse(code)
	}
	if err := check(t, m); err != nil {
		return err
	}
	if isOpen(t.RemainderReview) {
		return refuse("remainder_payment_in_review")
	}
	apply(c.world, t, m, c.by)
	return nil
}

func complainFace(c *call, t *face, in Complaint) *Error {
	if strings.TrimSpace(in.Description) == "" {
		return refuse("empty_complaint_description")
	}
	if err := check(t, faceComplain); err != nil {
		return err
	}
	t.Complaint = &in
	apply(c.world, t, faceComplain, c.by)
	return nil
}

func endFacePeriod(c *call, t *face, _ noBody) *Error {
	if t.Status == buyerHandover && t.SellerHandoverConfirmed.IsZero() {
		return refuse("handover_not_confirmed")
	}
	return attempt(c.world, t, faceEndPeriod, c.by)
}

func acceptFaceComplaint(c *call, t *face, _ noBody) *Error {
	return resolveFace(c.world, t, outcomeRefund, c.by)
}

// resolveFace decides a complaint for the buyer (the money goes back at once) or for the seller.
func resolveFace(w *world, t *face, outcome string, by origin) *Error {
	m := faceResolveRelease
	if outcome == outcomeRefund {
		m = faceResolveRefund
	}
	if err := check(t, m); err != nil {
		return err
	}
	if outcome == outcomeRefund {
		t.ReleasedToSeller = new(false)
		t.refund(w, by.at)
	}
	apply(w, t, m, by)
	return nil
}

// confirmFaceDelivery is for face-to-face transactions that are shipped, which this emulator does not make.
func confirmFaceDelivery(*call, *face, noBody) *Error { return refuse("tracking_not_added") }
