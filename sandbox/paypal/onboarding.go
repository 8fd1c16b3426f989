package paypal

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// referral leads a seller to the page on which they agree to be a merchant of this partner.
type referral struct {
	ID, Token       string
	Tracking, Email string // as the partner sent them; either may be empty
	Return          string
	Features        []string
	Created         time.Time
	Merchant        string // who has agreed by it
}

// Name implements stage.Object.
func (r *referral) Name() string { return r.ID }

// page is the path of the page on which the seller agrees.
func (r *referral) page() string { return "/bizsignup/partner/entry?referralToken=" + r.Token }

// merchant is a PayPal account of a seller.
type merchant struct {
	ID, Tracking, Email string
	Seller
	Features []string // that the partner may use
}

// Name implements stage.Object.
func (m *merchant) Name() string { return m.ID }

// Seller is how a seller's account stands with this partner.
type Seller struct {
	Consented  bool `json:"consented"`               // they have agreed, and not taken it back
	Receivable bool `json:"payments_receivable"`     // the account can receive payments
	Confirmed  bool `json:"primary_email_confirmed"` // so is its e-mail address
}

// ReadySeller is one who can be paid.
func ReadySeller() Seller { return Seller{Consented: true, Receivable: true, Confirmed: true} }

// maxReferral is the length of a tracking id and of the addresses of a referral (official API).
const maxReferral = 127

type newReferral struct {
	Tracking   string            `json:"tracking_id"`
	Email      string            `json:"email"`
	Operations []json.RawMessage `json:"operations"`
	Override   struct {
		Return string `json:"return_url"`
		Renew  string `json:"action_renewal_url"`
	} `json:"partner_config_override"`
	Consents []consent `json:"legal_consents"`
}

// consent is what the seller has agreed to with the partner.
type consent struct {
	Kind string `json:"type"`
}

// asked is the part that is played of what a referral asks the seller for.
type asked struct {
	Name string `json:"operation"`
	API  struct {
		Rest struct {
			Kind  string `json:"integration_type"`
			Third struct {
				Features []string `json:"features"`
			} `json:"third_party_details"`
		} `json:"rest_api_integration"`
	} `json:"api_integration_preference"`
}

func (c *call) createReferral() (answer, error) {
	in, err := read[newReferral](c)
	if err != nil {
		return answer{}, err
	}
	r := &referral{ID: c.newID(), Token: c.Random(), Tracking: in.Tracking, Email: in.Email, Return: in.Override.Return, Created: c.Now().UTC()}
	switch {
	case len(in.Operations) == 0:
		return answer{}, invalid("/operations", "MISSING_REQUIRED_PARAMETER")
	case len(in.Tracking) > maxReferral:
		return answer{}, invalid("/tracking_id", "INVALID_STRING_MAX_LENGTH")
	case !slices.Contains(in.Consents, consent{"SHARE_DATA_CONSENT"}):
		return answer{}, invalid("/legal_consents", "MISSING_REQUIRED_PARAMETER")
	}
	for field, to := range map[string]string{"return_url": in.Override.Return, "action_renewal_url": in.Override.Renew} {
		switch at := "/partner_config_override/" + field; {
		case len(to) > maxReferral:
			return answer{}, invalid(at, "INVALID_STRING_MAX_LENGTH")
		case to != "" && !stage.IsWeb(to):
			return answer{}, invalid(at, "INVALID_PARAMETER_SYNTAX")
		}
	}
	for _, raw := range in.Operations {
		op, refused := stage.Decode[asked](raw)
		if refused != nil || op.Name != "API_INTEGRATION" || op.API.Rest.Kind != "THIRD_PARTY" {
			return answer{}, invalid("/operations", "INVALID_PARAMETER_VALUE")
		}
		r.Features = append(r.Features, op.API.Rest.Third.Features...)
	}
	c.Referrals.Add(r)
	return answer{status: http.StatusCreated, body: stage.Members{"links": []stage.Members{
		c.link("self", http.MethodGet, "/v2/customer/partner-referrals/"+r.ID), c.link("action_url", http.MethodGet, r.page()),
	}}}, nil
}

func (c *call) getReferral() (answer, error) {
	r, err := inPath(c, &c.Referrals)
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, body: stage.Members{
		"partner_referral_id": r.ID, "referral_data": stage.Members{"tracking_id": r.Tracking, "email": r.Email},
		"links": []stage.Members{c.link("self", http.MethodGet, "/v2/customer/partner-referrals/"+r.ID), c.link("action_url", http.MethodGet, r.page())},
	}}, nil
}

// findMerchant tells which account has agreed under a tracking id: the newest.
func (c *call) findMerchant() (answer, error) {
	tracking := c.request.URL.Query().Get("tracking_id")
	if tracking == "" {
		return answer{}, invalid("tracking_id", "MISSING_REQUIRED_PARAMETER")
	}
	for _, r := range slices.Backward(c.Referrals.All) {
		if r.Tracking == tracking && r.Merchant != "" {
			path := c.request.URL.Path + "/" + r.Merchant
			return answer{status: http.StatusOK, body: stage.Members{
				"merchant_id": r.Merchant, "tracking_id": tracking, "links": []stage.Members{c.link("self", http.MethodGet, path)},
			}}, nil
		}
	}
	return answer{}, &refusal{status: http.StatusNotFound, issue: "INVALID_RESOURCE_ID"}
}

// getMerchant shows how an account stands with the partner that asks.
func (c *call) getMerchant() (answer, error) {
	m, err := inPath(c, &c.Merchants)
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, body: m.view(c.client())}, nil
}

// client is whose token a call bears.
func (c *call) client() string {
	token, _ := strings.CutPrefix(c.request.Header.Get("Authorization"), "Bearer ")
	return c.Callers[token]
}

func (m *merchant) view(client string) stage.Members {
	v := stage.Members{
		"merchant_id": m.ID, "products": []stage.Members{{"name": "EXPRESS_CHECKOUT", "status": "ACTIVE"}},
		"payments_receivable": m.Receivable, "primary_email_confirmed": m.Confirmed, "primary_email": m.Email, "granted_permissions": []string{},
	}
	if m.Tracking != "" {
		v["tracking_id"] = m.Tracking
	}
	if m.Consented {
		v["oauth_integrations"] = []stage.Members{{
			"integration_method": "PAYPAL", "integration_type": "OAUTH_THIRD_PARTY",
			"oauth_third_party": []stage.Members{{"partner_client_id": client, "merchant_client_id": "SANDBOX-" + m.ID, "scopes": scopesOf(m.Features)}},
		}}
	}
	return v
}

// scopesOf are the scopes of features; one beside them, so that the list is never empty.
func scopesOf(features []string) []string {
	scopes := []string{"https://uri.paypal.com/services/payments/realtimepayment"}
	for _, f := range features {
		scopes = append(scopes, "https://uri.paypal.com/sandbox/"+strings.ToLower(f))
	}
	return scopes
}

// agreements are how a seller leaves the page, besides cancel.
var agreements = map[string]struct {
	text, means string
	after       Seller
}{
	cardSuccess:      {"Agree", "", ReadySeller()},
	"unconfirmed":    {"Agree, unconfirmed", "You agree; your e-mail address is not confirmed yet.", Seller{Consented: true, Receivable: true}},
	"not_receivable": {"Agree, not receivable", "You agree; your account cannot receive payments.", Seller{Consented: true, Confirmed: true}},
}

// agree plays the seller on the page of a referral. Their account is the one that agreed under the tracking id or has the
// e-mail address of the referral, or a new one.
func (s *state) agree(r *referral, how string) error {
	if how == cardCancel {
		return nil
	}
	chosen, known := agreements[how]
	if !known {
		return invalid("card", "INVALID_PARAMETER_VALUE")
	}
	m := s.accountOf(r)
	m.Tracking, m.Features, r.Merchant = r.Tracking, r.Features, m.ID
	s.stand(m, chosen.after)
	return nil
}

func (s *state) accountOf(r *referral) *merchant {
	for _, m := range s.Merchants.All {
		if r.Tracking != "" && m.Tracking == r.Tracking || r.Email != "" && m.Email == r.Email {
			return m
		}
	}
	m := &merchant{ID: s.merchantID(), Email: r.Email}
	s.Merchants.Add(m)
	return m
}

// stand changes how an account stands, and tells of it.
func (s *state) stand(m *merchant, as Seller) {
	was := m.Seller
	m.Seller = as
	about := stage.Members{"merchant_id": m.ID, "tracking_id": m.Tracking}
	switch {
	case as.Consented:
		s.tell("MERCHANT.ONBOARDING.COMPLETED", "merchant-onboarding", "The merchant account setup is completed", about)
	case was.Consented:
		s.tell("MERCHANT.PARTNER-CONSENT.REVOKED", "partner-consent", "The Account setup consents has been revoked", about)
	}
}

// merchantID draws an id of 13 letters and digits, none of which looks like another.
func (s *state) merchantID() string {
	const letters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
	sum := sha256.Sum256([]byte(s.Random()))
	n, id := new(big.Int).SetBytes(sum[:]), make([]byte, 13)
	for i := range id {
		id[i] = letters[new(big.Int).And(n, big.NewInt(31)).Int64()]
		n.Rsh(n, 5)
	}
	return string(id)
}

// SetSeller makes a PayPal account stand in some way with the partner, as its owner or PayPal does; one that nobody knows is
// made without an event. Of a change MERCHANT.ONBOARDING.COMPLETED and MERCHANT.PARTNER-CONSENT.REVOKED tell.
func (e *World) SetSeller(id string, as Seller) {
	e.locked(func(s *state) { s.setSeller(id, as) })
}

func (s *state) setSeller(id string, as Seller) stage.Members {
	m, known := s.Merchants.Get(id)
	if !known {
		m = &merchant{ID: id}
		s.Merchants.Add(m)
	}
	switch {
	case !known:
		m.Seller = as // it stood like that before
	case m.Seller != as:
		s.stand(m, as)
	}
	return m.view("")
}

// entry is one request to the page of a referral.
type entry struct {
	world *World
	token string
}

// routeEntry serves the page on which sellers agree.
func routeEntry(t *stage.Router[*Emulator]) {
	stage.RouteTill(t, kind(), "/bizsignup/partner/entry", func(e *Emulator, r *http.Request) (stage.Till, error) {
		token := r.URL.Query().Get("referralToken")
		return entry{&World{e.stage.Find(func(s *state) bool { return s.referred(token) != nil })}, token}, nil
	})
}

// referred is the referral of a page; nil: there is none.
func (s *state) referred(token string) *referral {
	for _, r := range s.Referrals.All {
		if r.Token == token {
			return r
		}
	}
	return nil
}

// leave plays the seller, and answers their account and where they are led to.
func (v entry) leave(how string) (after stage.Value, back string, err error) {
	err = &refusal{status: http.StatusNotFound, issue: "INVALID_RESOURCE_ID"}
	v.world.locked(func(s *state) {
		r := s.referred(v.token)
		if r == nil {
			return
		}
		err = s.agree(r, how)
		after, back = stage.Members{"merchant_id": r.Merchant}, r.back(s)
	})
	return after, back, err
}

// back is where the seller is led to, with what PayPal adds of their account.
func (r *referral) back(s *state) string {
	u, err := url.Parse(r.Return)
	if err != nil || r.Return == "" {
		return ""
	}
	if m, agreed := s.Merchants.Get(r.Merchant); agreed {
		q := u.Query()
		for name, value := range map[string]string{
			"merchantId": r.Tracking, "merchantIdInPayPal": m.ID, "permissionsGranted": text(m.Consented), "consentStatus": text(m.Consented), "isEmailConfirmed": text(m.Confirmed),
		} {
			q.Set(name, value)
		}
		u.RawQuery = q.Encode()
	}
	return u.String()
}

func text(yes bool) string { return stage.Or(yes, "true", "false") }

// Pay plays the seller for a program.
func (v entry) Pay(how string) (stage.Value, error) {
	after, _, err := v.leave(how)
	return after, err
}

// Press plays a button: the seller is led back to the marketplace.
func (v entry) Press(how string) (back string) {
	_, back, err := v.leave(how)
	if err != nil {
		return ""
	}
	return back
}

// See is the page as it is now.
func (v entry) See(string) (page stage.PayPage, err error) {
	err = &refusal{status: http.StatusNotFound, issue: "INVALID_RESOURCE_ID"}
	v.world.locked(func(s *state) {
		r := s.referred(v.token)
		if r == nil {
			return
		}
		page, err = stage.PayPage{Gateway: "PayPal", For: "Get paid by this marketplace", Reference: cmp.Or(r.Email, r.Tracking)}, nil
		for _, name := range []string{cardSuccess, "not_receivable", "unconfirmed"} {
			page.Ways = append(page.Ways, stage.Way{Card: name, Text: agreements[name].text, Means: agreements[name].means})
		}
		page.Ways = append(page.Ways, stage.Way{Card: cardCancel, Text: "Leave", Means: "You go back without agreeing.", After: "You have not agreed."})
		if r.Merchant != "" {
			page.Notice = "You have agreed. You can close this page, or agree once more."
		}
	})
	return page, err
}
