package paypal

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// delayed is the mode in which PayPal keeps what was captured until a referenced payout.
const delayed = "DELAYED"

// keepRelease is how long the PayPal-Request-Id of a referenced payout is known; a guess.
const keepRelease = 30 * 24 * time.Hour

// instruction says whom an order pays, and when.
type instruction struct {
	Mode string `json:"disbursement_mode"`
	Fees []struct {
		Amount *amountIn `json:"amount"`
	} `json:"platform_fees"`
}

// fee is the one platform fee of an instruction.
func (in *instruction) fee(field string) (int64, error) {
	if in == nil || len(in.Fees) == 0 {
		return 0, nil
	}
	if len(in.Fees) > 1 {
		return 0, invalid(field, "INVALID_ARRAY_MAX_ITEMS")
	}
	m, err := in.Fees[0].Amount.read(field)
	return m.Minor, err
}

// instruct reads whom an order pays.
func (c *call) instruct(o *order, in *instruction) error {
	const at = "/purchase_units/@reference_id=='default'/payment_instruction"
	var err error
	if o.Fee, err = in.fee(at + "/platform_fees"); err != nil || in == nil {
		return err
	}
	o.Delayed = in.Mode == delayed
	m, known := c.Merchants.Get(o.Payee)
	switch {
	case in.Mode != "" && in.Mode != delayed && in.Mode != "INSTANT":
		return invalid(at+"/disbursement_mode", "INVALID_PARAMETER_VALUE")
	case o.Fee >= o.Amount.Minor:
		return &refusal{status: http.StatusUnprocessableEntity, field: at, issue: "INVALID_PLATFORM_FEES_AMOUNT"}
	case !o.Delayed && o.Fee == 0:
		return nil
	case !known || !m.may("DELAY_FUNDS_DISBURSEMENT", "PARTNER_FEE"):
		return &refusal{status: http.StatusForbidden, issue: "CONSENT_NEEDED"}
	}
	return nil
}

// may reports whether the partner may use features of an account. One that a control has made lets it use all.
func (m *merchant) may(features ...string) bool {
	if !m.Consented {
		return false
	}
	for _, f := range features {
		if m.Features != nil && !slices.Contains(m.Features, f) {
			return false
		}
	}
	return true
}

// acts refuses a call about another merchant's money that does not say whose it is, in PayPal-Auth-Assertion.
func (c *call) acts(o *order) error {
	if !o.Delayed {
		return nil
	}
	parts := strings.Split(c.request.Header.Get("Paypal-Auth-Assertion"), ".")
	var who struct {
		Client string `json:"iss"`
		Payer  string `json:"payer_id"`
	}
	if len(parts) == 3 {
		if claims, err := base64.RawURLEncoding.DecodeString(parts[1]); err == nil {
			_ = json.Unmarshal(claims, &who) // what is no JSON names nobody
		}
	}
	if who.Client != c.client() || who.Payer != o.Payee {
		return &refusal{status: http.StatusForbidden, issue: "PERMISSION_DENIED"}
	}
	return nil
}

// release is a referenced payout item: what PayPal keeps of a capture goes to its merchant.
type release struct {
	ID, Capture, Status, Reason string
	Amount                      money // what the merchant gets, before PayPal's fee
	Transaction                 string
	Created                     time.Time
}

// Name implements stage.Object.
func (r *release) Name() string { return r.ID }

type newRelease struct {
	Reference string `json:"reference_id"`
	Kind      string `json:"reference_type"`
}

func (c *call) createRelease() (answer, error) {
	in, err := read[newRelease](c)
	if err != nil {
		return answer{}, err
	}
	of, known := c.Captures.Get(in.Reference)
	switch {
	case in.Kind != "TRANSACTION_ID":
		return answer{}, invalid("/reference_type", "INVALID_PARAMETER_VALUE")
	case !known:
		return answer{}, &refusal{status: http.StatusNotFound, issue: "INVALID_RESOURCE_ID"}
	}
	for _, r := range c.Releases.All {
		if r.Capture == of.ID && r.Status != isFailed {
			return answer{status: http.StatusOK, object: r}, nil
		}
	}
	r := &release{ID: c.newID(), Capture: of.ID, Status: isPending, Created: c.Now().UTC(), Amount: of.Amount.of(of.kept())}
	c.Releases.Add(r)
	o, _ := c.Orders.Get(of.Order)
	c.endRelease(r, releaseAs[stage.Or(c.Accounts[o.Payee] == "", c.Accounts[anybody], c.Accounts[o.Payee])])
	return answer{status: http.StatusCreated, object: r}, nil
}

// releaseAs is what the ways in which receivers get payouts mean here; what is not named succeeds.
var releaseAs = map[string]string{
	isFailed: isFailed, isBlocked: isFailed, isReturned: isFailed, isPending: isPending, isOnHold: isPending, isUnclaimed: isPending,
}

// kept is what PayPal keeps of a capture for its merchant, before its own fee.
func (c *capture) kept() int64 { return c.Amount.Minor - c.Returned - c.Platform }

// hindrance is why a capture cannot be paid out; empty: it can.
func (s *state) hindrance(of *capture) string {
	switch {
	case !of.Delayed || of.Status == isDeclined:
		return "TRANSACTION_NOT_VALID"
	case of.Status == isPending:
		return "TRANSACTION_ON_HOLD"
	case s.disputed(of.ID):
		return "TRANSACTION_UNDER_DISPUTE"
	case of.kept() <= 0:
		return "NO_AMOUNT_AVAILABLE_TO_DISBURSE"
	}
	return ""
}

// endRelease gives an item its state; empty: it succeeds.
func (s *state) endRelease(r *release, status string) {
	of, _ := s.Captures.Get(r.Capture)
	switch reason := s.hindrance(of); {
	case reason != "":
		r.Status, r.Reason = isFailed, reason
	case status == isPending:
		return
	case status == isFailed:
		r.Status, r.Reason = isFailed, "MERCHANT_RESTRICTIONS"
	default:
		r.Status, r.Transaction = isSuccess, s.newID()
		s.book(of.Amount.Currency, of.Platform)
	}
	if r.Status == isFailed {
		s.effect("disburse_failed", r.ID, r.Amount, "")
		s.tell("PAYMENT.REFERENCED-PAYOUT-ITEM.FAILED", "referenced_payouts_item", "A referenced payout item has failed", r.view(s))
		return
	}
	s.effect("disburse", r.ID, r.Amount, "")
	s.tell("PAYMENT.REFERENCED-PAYOUT-ITEM.COMPLETED", "referenced_payouts_item", "A referenced payout item has completed", r.view(s))
}

// disbursed reports whether what was captured is the merchant's already.
func (s *state) disbursed(of *capture) bool {
	return slices.ContainsFunc(s.Releases.All, func(r *release) bool { return r.Capture == of.ID && r.Status == isSuccess })
}

// endReleases ends the items of a receiver that wait.
func (s *state) endReleases(receiver, status string) {
	for _, r := range s.Releases.All {
		of, _ := s.Captures.Get(r.Capture)
		o, _ := s.Orders.Get(of.Order)
		if r.Status == isPending && (o.Payee == receiver || receiver == anybody) {
			s.endRelease(r, releaseAs[status])
		}
	}
}

func (r *release) view(s *state) stage.Members {
	state := stage.Members{"status": r.Status}
	if r.Reason != "" {
		state["reason"] = r.Reason
	}
	v := stage.Members{
		"item_id": r.ID, "processing_state": state, "reference_id": r.Capture, "reference_type": "TRANSACTION_ID",
		"links": []stage.Members{s.link("self", http.MethodGet, "/v1/payments/referenced-payouts-items/"+r.ID)},
	}
	if r.Transaction != "" {
		v["disbursement_transaction_id"] = r.Transaction
	}
	return v
}
