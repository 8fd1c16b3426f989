package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// f2fTerms is what the three ways to create a face-to-face transaction have in common. Amounts are minor units of Currency.
type f2fTerms struct {
	Currency          string `json:"currency"`
	Description       string `json:"description"`
	Price             int64  `json:"deposit_price"`
	Charge            int64  `json:"deposit_charge"`
	ChargeSeller      int64  `json:"deposit_charge_seller"`
	CalculatorVersion int64  `json:"charge_calculator_version"`
	ChargeConfig      *int64 `json:"deposit_charge_config"`
	PaymentMethod     string `json:"deposit_payment_method"`
	FeeMultiplier     number `json:"deposit_fee_multiplier"`
	PriceExtra        int64  `json:"deposit_price_extra"`
	SkipRemainder     bool   `json:"skip_remainder"`
}

// open checks the terms and makes a transaction of them that is not in the world yet.
func (in f2fTerms) open(w *state) (*f2f, *Error) {
	config, err := configOf(in.ChargeConfig)
	if err != nil {
		return nil, err
	}
	multiplier, err := in.FeeMultiplier.multiplier()
	if err != nil {
		return nil, err
	}
	d := deal{f2f: true, currency: in.Currency, price: in.Price, extra: in.PriceExtra, method: in.PaymentMethod, config: config, multiplier: multiplier}
	quote, err := w.agree(offer{deal: d, charge: in.Charge, seller: &in.ChargeSeller, version: in.CalculatorVersion})
	if err != nil {
		return nil, err
	}
	return &f2f{
		Hidden: hidden{Method: in.PaymentMethod, Config: config, Multiplier: multiplier},
		F2FTransaction: F2FTransaction{
			Currency: in.Currency, DepositPricing: quote.pricing(), Description: in.Description, SkipRemainder: in.SkipRemainder,
		},
	}, nil
}

// f2fDeposit and f2fRemainder are the two payments of the face-to-face model. The official list has no webhook for a
// remainder that fails.
func f2fDeposit() *payment[*f2f] {
	return &payment[*f2f]{
		move: f2fPayDeposit, failed: "deposit_payment_failed", flagged: "deposit_review_flagged", finished: "deposit_review_finished",
		slow:    func(t *f2f) *bool { return &t.DepositInProgress },
		review:  func(t *f2f) (**Review, *time.Time) { return &t.DepositReview, &t.DepositReviewFlagged },
		refused: f2fRefuseDeposit,
	}
}

func f2fRemainder() *payment[*f2f] {
	return &payment[*f2f]{
		move: f2fPayRemainder, flagged: "remainder_review_flagged", finished: "remainder_review_finished",
		slow:    func(t *f2f) *bool { return &t.RemainderInProgress },
		review:  func(t *f2f) (**Review, *time.Time) { return &t.RemainderReview, &t.RemainderReviewFlagged },
		refused: f2fRefuseDeposit,
	}
}

func acceptDeposit(c *call, t *f2f, _ noBody) *Error {
	if err := check(t, f2fAcceptDeposit); err != nil {
		return err
	}
	if isOpen(t.DepositReview) {
		return refuse("deposit_payment_in_review")
	}
	apply(c.world, t, f2fAcceptDeposit, c.by)
	return nil
}

// acceptDepositAsGuest refuses two states with 403, as the official API does in this one call.
func acceptDepositAsGuest(c *call, t *f2f, in noBody) *Error {
	err := acceptDeposit(c, t, in)
	if err != nil && slices.Contains([]string{"deposit_not_paid", "deposit_already_accepted"}, err.Code) {
		err.Status = http.StatusForbidden
	}
	return err
}

type priceInput struct {
	Currency          string `json:"currency"`
	Price             int64  `json:"price"`
	PriceExtra        int64  `json:"price_extra"`
	Charge            int64  `json:"charge"`
	ChargeSeller      *int64 `json:"charge_seller"`
	CalculatorVersion int64  `json:"charge_calculator_version"`
}

// setPrice fixes the total price, of which the deposit is a part.
func setPrice(c *call, t *f2f, in priceInput) *Error {
	if in.Currency != t.Currency {
		return refuse("currency_mismatch")
	}
	if t.SkipRemainder {
		return refuse("remainder_already_skipped")
	}
	if err := check(t, f2fSetPrice); err != nil {
		return err
	}
	if in.Price >= 0 && in.Price <= t.DepositPricing.Price {
		return refuse("remainder_too_low")
	}
	h := t.Hidden
	d := deal{f2f: true, currency: in.Currency, price: in.Price, extra: max(in.PriceExtra, t.DepositPricing.extra()), method: h.Method, config: h.Config, multiplier: h.Multiplier}
	quote, err := c.world.agree(offer{deal: d, charge: in.Charge, seller: in.ChargeSeller, version: in.CalculatorVersion})
	if err != nil {
		return err
	}
	t.Pricing = new(quote.pricing())
	t.Hidden.RemainderSecret = "pi_" + c.world.token(24) + "_secret_" + c.world.token(24)
	apply(c.world, t, f2fSetPrice, c.by)
	return nil
}

// viewRemainderSecret has a newer word for a remainder that is settled, unless the customer's document is played.
func viewRemainderSecret(c *call, t *f2f) (stage.Value, *Error) {
	v, err := clientSecret(f2fRemainder(), func(t *f2f) string { return t.Hidden.RemainderSecret })(c, t)
	if err != nil && since(c.world.cfg.Profile, Profile202601) &&
		slices.Contains([]string{"remainder_already_paid", "remainder_already_skipped"}, err.Code) {
		return nil, refuse("no_client_secret")
	}
	return v, err
}

type reasonInput struct {
	Description *string `json:"description"`
}

// cancelFace stops a transaction as long as the remainder is not settled; a deposit goes back without the Trustap fee.
func cancelF2F(c *call, t *f2f, reason string) *Error {
	m := f2fCancelPaid
	if t.DepositPaid.IsZero() {
		m = f2fCancel
	}
	if err := check(t, m); err != nil {
		return err
	}
	t.Cancellation = &Cancellation{Reason: reason}
	apply(c.world, t, m, c.by)
	return nil
}

// cancelWithoutReason is the deprecated call, the only one that stops a transaction which nobody has joined.
func cancelWithoutReason(c *call, t *f2f, _ noBody) *Error { return cancelF2F(c, t, "") }

func cancelWithDescription(c *call, t *f2f, in reasonInput) *Error {
	if t.Status == created {
		return refuse("second_party_not_joined")
	}
	reason := ""
	if in.Description != nil {
		reason = *in.Description
	}
	return cancelF2F(c, t, reason)
}

func cancelAsGuest(c *call, t *f2f, in reasonInput) *Error {
	if in.Description == nil {
		return refuse("missing_description")
	}
	if strings.TrimSpace(*in.Description) == "" {
		return refuse("empty_description")
	}
	return cancelF2F(c, t, *in.Description)
}

// confirmHandover is for both parties. The seller's confirmation starts the complaint period, the buyer's does not.
func confirmHandover(c *call, t *f2f, _ noBody) *Error {
	m, done, code := f2fHandoverBySeller, t.SellerHandoverConfirmed, "seller_handover_already_confirmed"
	if c.user.ID == t.BuyerID {
		m, done, code = f2fHandoverByBuyer, t.BuyerHandoverConfirmed, "buyer_handover_already_confirmed"
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

func complainF2F(c *call, t *f2f, in Complaint) *Error {
	if strings.TrimSpace(in.Description) == "" {
		return refuse("empty_complaint_description")
	}
	if err := check(t, f2fComplain); err != nil {
		return err
	}
	if in.Category = stage.Or(in.Category == "", "other", in.Category); !slices.Contains(complaintCategories(), in.Category) {
		return refuse("malformed_json")
	}
	t.Complaint = &Complaint{Description: in.Description, Category: in.Category}
	apply(c.world, t, f2fComplain, c.by)
	return nil
}

func endF2FPeriod(c *call, t *f2f, _ noBody) *Error {
	if t.Status == buyerHandover && t.SellerHandoverConfirmed.IsZero() {
		return refuse("handover_not_confirmed")
	}
	return attempt(c.world, t, f2fEndPeriod, c.by)
}

func acceptF2FComplaint(c *call, t *f2f, _ noBody) *Error {
	if err := resolveF2F(c.world, t, outcomeRefund, c.by); err != nil {
		return err
	}
	t.Complaint.Accepted = c.by.at
	return nil
}

// resolveFace decides a complaint for the buyer (the money goes back at once) or for the seller.
func resolveF2F(w *state, t *f2f, outcome string, by origin) *Error {
	m := f2fResolveRelease
	if outcome == outcomeRefund {
		m = f2fResolveRefund
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

// confirmF2FDelivery is for face-to-face transactions that are shipped, which this emulator does not make.
func confirmF2FDelivery(*call, *f2f, noBody) *Error { return refuse("tracking_not_added") }
