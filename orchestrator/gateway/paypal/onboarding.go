package paypal

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

// referralMark begins what is stored for a user who was led to PayPal's page and of whose account
// nothing is known yet; the tracking id of the referral follows. The merchant's id takes its place.
const referralMark = "referral:"

// maxAddress is the length of the addresses of a referral (official API: partner referrals 2).
const maxAddress = 127

type newReferral struct {
	Tracking   string         `json:"tracking_id"`
	Email      string         `json:"email,omitempty"`
	Operations []permission   `json:"operations"`
	Products   []string       `json:"products"`
	Consents   []legalConsent `json:"legal_consents"`
	Override   override       `json:"partner_config_override"`
}

type permission struct {
	Operation string `json:"operation"`
	API       struct {
		Rest restIntegration `json:"rest_api_integration"`
	} `json:"api_integration_preference"`
}

type restIntegration struct {
	Method string `json:"integration_method"`
	Kind   string `json:"integration_type"`
	Third  struct {
		Features []string `json:"features"`
	} `json:"third_party_details"`
}

type legalConsent struct {
	Kind    string `json:"type"`
	Granted bool   `json:"granted"`
}

type override struct {
	Return string `json:"return_url"`
	Renew  string `json:"action_renewal_url"`
}

// integration is how a merchant stands with a partner (official API: merchant integration).
type integration struct {
	Merchant   string `json:"merchant_id"`
	Tracking   string `json:"tracking_id"`
	Receivable bool   `json:"payments_receivable"`
	Confirmed  bool   `json:"primary_email_confirmed"`
	Grants     []struct {
		Third []struct {
			Client string `json:"partner_client_id"`
		} `json:"oauth_third_party"`
	} `json:"oauth_integrations"`
}

// granted reports whether the merchant has agreed with an app.
func (i integration) granted(client string) bool {
	for _, g := range i.Grants {
		for _, t := range g.Third {
			if t.Client == client {
				return true
			}
		}
	}
	return false
}

// Onboard leads a seller to PayPal's page, on which they agree with an account that they have or
// open there. Which account it is PayPal tells by the tracking id of the link: that of the first
// link is kept until then. A merchant that is linked may agree again, when they took it back.
func (g *Gateway) Onboard(ctx context.Context, community int64, user string, to orchestrator.Return) (orchestrator.OnboardingLink, error) {
	none := orchestrator.OnboardingLink{}
	if g.PartnerID == "" {
		return none, fault.New(fault.Conflict, "no_onboarding", "sellers are not set up at %s; %s", name, Kind().Payee)
	}
	if len(to.Done) > maxAddress || len(to.Again) > maxAddress {
		return none, fault.New(fault.Invalid, "invalid_url", "%s takes return_url and refresh_url of up to %d bytes; use a shorter address", name, maxAddress)
	}
	tracking, err := g.tracking(ctx, community, user)
	if err != nil {
		return none, err
	}
	p, _, err := g.Accounts.Profile(ctx, community, user)
	if err != nil {
		return none, err
	}
	in := newReferral{
		Tracking: tracking, Email: p.Email, Operations: []permission{{Operation: "API_INTEGRATION"}}, Products: []string{"EXPRESS_CHECKOUT"},
		Consents: []legalConsent{{"SHARE_DATA_CONSENT", true}}, Override: override{to.Done, to.Again},
	}
	rest := &in.Operations[0].API.Rest
	rest.Method, rest.Kind, rest.Third.Features = "PAYPAL", "THIRD_PARTY", g.features()
	var out struct {
		Links []link `json:"links"`
	}
	if err := g.api.post(ctx, "/v2/customer/partner-referrals", "", in, &out); err != nil {
		return none, fmt.Errorf("make a referral: %w", err)
	}
	for _, l := range out.Links {
		if l.Rel == "action_url" && gateway.IsSafeURL(l.Href) {
			return orchestrator.OnboardingLink{URL: l.Href}, nil // PayPal does not say when it ends
		}
	}
	return none, errUnreadable
}

// features are what a seller lets the marketplace do.
func (g *Gateway) features() []string {
	all := []string{"PAYMENT", "REFUND", "ACCESS_MERCHANT_INFORMATION"}
	if g.Delayed {
		all = append(all, "PARTNER_FEE", "DELAY_FUNDS_DISBURSEMENT")
	}
	return all
}

// tracking is the tracking id for a link: the one that is kept, or a new one, which is kept unless
// the seller's merchant id is known.
func (g *Gateway) tracking(ctx context.Context, community int64, user string) (string, error) {
	fresh := ownerOf(community, user) + "-" + strings.ToLower(g.NewID())
	stored, found, err := g.Accounts.Account(ctx, community, user, g.Name())
	if err == nil && !found {
		stored, err = g.Accounts.SaveAccount(ctx, community, user, g.Name(), referralMark+fresh)
	}
	kept, waits := strings.CutPrefix(stored, referralMark)
	switch {
	case err != nil:
		return "", err
	case waits:
		return kept, nil
	case !merchantShape.MatchString(stored):
		return "", fault.New(fault.Conflict, "no_onboarding", "staff has linked an e-mail address of this user at %s; take it away first: DELETE /v1/sellers/{user_id}/accounts/%s", name, name)
	}
	return fresh, nil
}

// ownerOf begins a tracking id and says whose it is without naming them.
func ownerOf(community int64, user string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d:%s", community, user))
	return fmt.Sprintf("%x", sum[:16])
}

// merchants is the path of the merchants of this partner.
func (g *Gateway) merchants() string {
	return "/v1/customer/partners/" + url.PathEscape(g.PartnerID) + "/merchant-integrations"
}

// told is the account that what is stored for a user stands for. The merchant that agreed by a
// referral is asked for until it is stored; fault: account_taken, it is another user's here.
func (g *Gateway) told(ctx context.Context, community int64, user, stored string) (id string, waits bool, err error) {
	tracking, waits := strings.CutPrefix(stored, referralMark)
	switch {
	case !waits && kindOf(stored) != "":
		return stored, false, nil
	case !waits || g.PartnerID == "":
		return "", waits, nil
	}
	var agreed integration
	err = g.api.get(ctx, g.merchants()+"?tracking_id="+url.QueryEscape(tracking), &agreed)
	switch {
	case notThere(err):
		return "", true, nil
	case err != nil:
		return "", true, fmt.Errorf("find a merchant: %w", err)
	case !merchantShape.MatchString(agreed.Merchant):
		return "", true, errUnreadable
	case orchestrator.IsDryRun(ctx):
		return agreed.Merchant, false, nil
	}
	if id, err = g.Accounts.ReplaceAccount(ctx, community, user, g.Name(), stored, agreed.Merchant); err != nil {
		return "", true, err
	}
	if kindOf(id) == "" { // staff took it away in this moment
		id = ""
	}
	return id, false, nil
}

// notThere reports whether PayPal itself, and no proxy before it, knows no such object.
func notThere(err error) bool {
	r := asRefusal(err)
	return r.status == http.StatusNotFound && r.name != ""
}

// What PayPal asks of a seller, by the names of its API.
const (
	dueGrant      = "oauth_integrations"
	dueReceivable = "payments_receivable"
	dueEmail      = "primary_email_confirmed"
)

func dueConsent() []orchestrator.SellerDue { return []orchestrator.SellerDue{{What: dueGrant}} }

// standing reads how a merchant stands with this partner, and under which tracking id they agreed.
// One that has not agreed, or has taken it back, waits for the seller.
func (g *Gateway) standing(ctx context.Context, merchant string) (s orchestrator.SellerAccount, tracking string, err error) {
	s = orchestrator.SellerAccount{ID: merchant, Status: orchestrator.SellerPending, Due: dueConsent()}
	var m integration
	switch err := g.api.get(ctx, g.merchants()+"/"+url.PathEscape(merchant), &m); {
	case notThere(err):
		return s, "", nil
	case err != nil:
		return s, "", fmt.Errorf("read a merchant: %w", err)
	case m.Merchant != merchant:
		return s, "", errUnreadable
	case !m.granted(g.ClientID):
		return s, m.Tracking, nil
	}
	s.Status, s.Due = orchestrator.SellerRestricted, nil
	for _, asked := range []struct {
		done bool
		what string
	}{{m.Receivable, dueReceivable}, {m.Confirmed, dueEmail}} {
		if !asked.done {
			s.Due = append(s.Due, orchestrator.SellerDue{What: asked.what})
		}
	}
	if s.Due == nil {
		s.Status, s.CanBePaid, s.GetsPayouts = orchestrator.SellerActive, true, true
	}
	return s, m.Tracking, nil
}
