package sandbox

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// profile is what a user has stored about themselves. Its fields are exported for snapshots only.
type profile struct {
	Texts          map[string]string `json:"texts,omitempty"`
	Phone          string            `json:"phone,omitempty"`
	Born           birthday          `json:"born,omitzero"`
	HasIDNumber    bool              `json:"has_id_number,omitempty"`
	Bank           *bankAccount      `json:"bank,omitempty"`
	Card           *debitCard        `json:"card,omitempty"`
	InstantPayouts bool              `json:"instant_payouts,omitempty"`
	Session        string            `json:"session,omitempty"`
}

type birthday struct {
	Day   int `json:"day"`
	Month int `json:"month"`
	Year  int `json:"year"`
}

type bankAccount struct {
	Name     string `json:"bank_name"`
	Country  string `json:"country"`
	Currency string `json:"currency_alpha_2"`
	Last4    string `json:"last4"`
}

type debitCard struct {
	Last4 string `json:"last4"`
	Month int    `json:"month"`
	Year  int    `json:"year"`
}

// detailTexts are the personal details that are plain texts.
func detailTexts() []string {
	return []string{"address_city", "address_line1", "address_line2", "address_postal_code", "address_state", "name_first", "name_last"}
}

// detail is one personal detail with its state, which the platform would check.
func detail(kind string, set bool, value, validation any) stage.Members {
	status := "unset"
	if set {
		status = "set"
	}
	return stage.Members{"required_now": !set, "status": status, "type": kind, "validation": validation, "value": value}
}

func getDetails(c *call) (stage.Value, *Error) {
	u := c.user
	length := map[string]int{"min_length": 1, "max_length": 100}
	all := stage.Members{"address_country": detail("string", u.Country != "", u.Country, map[string]bool{"cannot_update": true})}
	for _, name := range detailTexts() {
		all[name] = detail("string", u.Profile.Texts[name] != "", u.Profile.Texts[name], length)
	}
	all["dob"] = detail("date", u.Profile.Born != birthday{}, u.Profile.Born, map[string]int{"min_year": 1900})
	all["id_number"] = detail("id_number", u.Profile.HasIDNumber, map[string]bool{"provided": u.Profile.HasIDNumber}, length)
	all["phone"] = detail("phone", u.Profile.Phone != "",
		map[string]string{"dial_code": "", "dial_code_country": "", "number": u.Profile.Phone}, map[string]int{"number_min_length": 5})
	return all, nil
}

// setDetails stores what is given and leaves the rest.
func setDetails(c *call) (stage.Value, *Error) {
	in, err := stage.Decode[struct {
		Born     *birthday       `json:"dob"`
		IDNumber string          `json:"id_number"`
		Phone    json.RawMessage `json:"phone"`
	}](c.body)
	if err != nil {
		return nil, err
	}
	texts, err := stage.Decode[fields](c.body)
	if err != nil {
		return nil, err
	}
	p := &c.user.Profile
	stored := maps.Clone(p.Texts)
	if stored == nil {
		stored = map[string]string{}
	}
	for _, name := range detailTexts() {
		if _, given := texts[name]; given {
			stored[name] = texts.text(name)
		}
	}
	p.Texts = stored
	p.Born = pick(in.Born, p.Born)
	p.HasIDNumber = p.HasIDNumber || in.IDNumber != ""
	if in.Phone != nil {
		p.Phone = phoneNumber(in.Phone)
	}
	c.world.record(c.by, 0)
	return getDetails(c)
}

// phoneNumber reads a bare text or the number of an object.
func phoneNumber(raw json.RawMessage) string {
	bare := fields{"number": raw}.text("number")
	if bare != "" {
		return bare
	}
	var nested fields
	_ = json.Unmarshal(raw, &nested) // anything else has no number
	return nested.text("number")
}

func getDebitAccount(c *call) (stage.Value, *Error) { return debitAnswer(c.user.Profile), nil }

func debitAnswer(p profile) stage.Value {
	return struct {
		Bank *bankAccount `json:"bank_account,omitempty"`
		Card *debitCard   `json:"card,omitempty"`
	}{p.Bank, p.Card}
}

func setDebitAccount(c *call) (stage.Value, *Error) {
	in, err := stage.Decode[struct {
		Type        string `json:"type"`
		BankToken   string `json:"bank_token"`
		CardDetails fields `json:"card_details"`
		BankDetails *struct {
			AccountNumber string `json:"account_number"`
			CountryCode   string `json:"country_code"`
			Currency      string `json:"currency"`
			RoutingNumber string `json:"routing_number"`
		} `json:"bank_details"`
	}](c.body)
	if err != nil {
		return nil, err
	}
	p := &c.user.Profile
	switch in.Type {
	case "":
		return nil, refuse("parameter_missing")
	case "bank_account":
		b := in.BankDetails
		switch {
		case b == nil:
			return nil, refuse("bank_details_missing")
		case len(b.AccountNumber) < 4:
			return nil, refuse("account_number_invalid")
		}
		p.Bank, p.Card = &bankAccount{"Sandbox Bank", b.CountryCode, strings.ToLower(b.Currency), b.AccountNumber[len(b.AccountNumber)-4:]}, nil
	case "bank_token":
		if in.BankToken == "" {
			return nil, refuse("bank_token_missing")
		}
		p.Bank, p.Card = &bankAccount{"Sandbox Bank", c.user.Country, "eur", "6789"}, nil
	case "card":
		if in.CardDetails == nil {
			return nil, refuse("card_details_missing")
		}
		p.Bank, p.Card = nil, &debitCard{"4242", 12, c.by.at.Year() + 3}
	default:
		return nil, refuse("invalid_account_type")
	}
	c.world.record(c.by, 0)
	return debitAnswer(*p), nil
}

// addLinkedAccount is the end of Stripe's dialogue for linking a bank.
func addLinkedAccount(c *call) (stage.Value, *Error) {
	in, err := stage.Decode[fields](c.body)
	if err != nil {
		return nil, err
	}
	if in.text("payment_method_id") == "" {
		return nil, refuse("parameter_missing")
	}
	c.user.Profile.Bank, c.user.Profile.Card = &bankAccount{"Sandbox Bank", c.user.Country, "eur", "6789"}, nil
	c.world.record(c.by, 0)
	return debitAnswer(c.user.Profile), nil
}

func prepareLinkedAccount(c *call) (stage.Value, *Error) {
	c.user.Profile.Session = "seti_" + c.world.token(24)
	c.world.record(c.by, 0)
	return map[string]string{"setup_intent_id": c.user.Profile.Session,
		"setup_intent_client_secret": c.user.Profile.Session + "_secret_" + c.world.token(24)}, nil
}

func getOwnership(c *call) (stage.Value, *Error) {
	if id := c.request.URL.Query().Get("setup_intent_id"); id == "" || id != c.user.Profile.Session {
		return nil, refuse("unconfirmed_setup_intent")
	}
	return map[string]string{"email": c.user.Email, "name": strings.TrimSpace(c.user.First + " " + c.user.Last), "raw_address": "", "raw_phone": ""}, nil
}

type money struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// balances are what was released to the user, in minor units by currency; nothing is ever paid out of it.
func (c *call) balances() []money {
	sums := map[string]int64{}
	for _, t := range c.world.online.ofUser[c.user.ID] {
		if t.SellerID == c.user.ID && t.AmountReleased != nil {
			sums[t.Currency] += *t.AmountReleased
		}
	}
	for _, t := range c.world.f2f.ofUser[c.user.ID] {
		if t.SellerID == c.user.ID && pick(t.ReleasedToSeller, false) {
			sums[t.Currency] += t.held().Price - t.held().ChargeSeller
		}
	}
	all := []money{}
	for _, currency := range slices.Sorted(maps.Keys(sums)) {
		all = append(all, money{sums[currency], currency})
	}
	return all
}

func getBalances(c *call) (stage.Value, *Error) {
	return struct {
		Available []money `json:"available"`
	}{c.balances()}, nil
}

func getInstantBalance(c *call) (stage.Value, *Error) {
	for _, m := range c.balances() {
		return m, nil
	}
	return money{Currency: "eur"}, nil
}

func getPayouts(*call) (stage.Value, *Error) {
	return struct {
		Payouts []money `json:"payouts"`
	}{[]money{}}, nil
}

func getFeatures(c *call) (stage.Value, *Error) {
	return map[string]bool{"instant_payouts_enabled": c.user.Profile.InstantPayouts}, nil
}

func setInstantPayouts(c *call) (stage.Value, *Error) {
	in, err := stage.Decode[struct {
		Enabled bool `json:"enabled"`
	}](c.body)
	if err != nil {
		return nil, err
	}
	c.user.Profile.InstantPayouts = in.Enabled
	c.world.record(c.by, 0)
	return getFeatures(c)
}

// How far Trustap is with paying a user. Failed is a word of the controls: the API says due again, and why on the other calls.
const (
	payoutDue       = "due"
	payoutVerifying = "verifying"
	payoutComplete  = "complete"
	payoutFailed    = "failed"
)

// getPayoutStatus is complete once there is somewhere to pay to, unless the controls say otherwise.
func getPayoutStatus(c *call) (stage.Value, *Error) {
	status := payoutDue
	if c.user.Profile.Bank != nil || c.user.Profile.Card != nil {
		status = payoutComplete
	}
	switch c.user.Payout {
	case payoutFailed:
		status = payoutDue
	case payoutDue, payoutVerifying, payoutComplete:
		status = c.user.Payout
	}
	return map[string]string{"status": status}, nil
}

// identity makes the handler of a call about the papers of a person.
func identity(answer map[string]string) handler {
	return func(c *call) (stage.Value, *Error) {
		switch {
		case c.user.Company:
			return nil, refuse("user_is_company")
		case c.user.Unidentifiable:
			return nil, refuse("stripe_identity_not_available")
		}
		return answer, nil
	}
}

// always makes a handler with one fixed answer.
func always(v any) handler { return func(*call) (stage.Value, *Error) { return v, nil } }

// document is the state of an identity document, which goes with how far the payout is.
func document() handler {
	return func(c *call) (stage.Value, *Error) {
		answer := struct {
			Submitted bool   `json:"previously_submitted"`
			Status    string `json:"status"`
		}{c.user.Payout != "" && c.user.Payout != payoutDue, "unset"}
		switch c.user.Payout {
		case payoutVerifying:
			answer.Status = "pending"
		case payoutComplete:
			answer.Status = "verified"
		case payoutFailed:
			answer.Status = "unverified"
		}
		return answer, nil
	}
}

// verificationStatus is that of Stripe's session in which papers are shown.
func verificationStatus() handler {
	return func(c *call) (stage.Value, *Error) {
		answer := stage.Members{"verification_session_id": "vs_sandbox", "verification_session_status": "created"}
		switch c.user.Payout {
		case payoutVerifying:
			answer["verification_session_status"] = "processing"
		case payoutComplete:
			answer["verification_session_status"] = "verified"
		case payoutFailed:
			answer["verification_session_status"] = "requires_input"
			answer["verification_session_last_error"] = map[string]string{"code": "document_unverified_other", "reason": "The document could not be verified."}
		}
		return answer, nil
	}
}

func supportedCountries(*call) (stage.Value, *Error) { return strings.Fields(countries), nil }
