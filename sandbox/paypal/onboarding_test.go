package paypal_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/sandbox/paypal"
)

// referralOf is the body of a referral.
func referralOf(tracking, back string) string {
	return `{"tracking_id":"` + tracking + `","email":"` + tracking + `@example.com","operations":[{"operation":"API_INTEGRATION","api_integration_preference":{"rest_api_integration":
		{"integration_method":"PAYPAL","integration_type":"THIRD_PARTY","third_party_details":{"features":["PAYMENT"]}}}}],"products":["EXPRESS_CHECKOUT"],
		"legal_consents":[{"type":"SHARE_DATA_CONSENT","granted":true}],"partner_config_override":{"return_url":"` + back + `"}}`
}

// refer makes a referral and answers the address of its page.
func (s *shop) refer(tracking string) string {
	s.t.Helper()
	page := s.post("/v2/customer/partner-referrals", referralOf(tracking, "https://shop.example.com/done")).is(s.t, 201).links["action_url"]
	return strings.TrimPrefix(page, "http://paypal.example.com")
}

// press plays a button of a page, and answers where it leads.
func (s *shop) press(page, how string) string {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), http.MethodPost, page, strings.NewReader(url.Values{"card": {how}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Header().Get("Location")
}

const partner = "/v1/customer/partners/PARTNER222222/merchant-integrations"

// A seller agrees on the page, or not, and takes it back; the partner reads how they stand, and is told.
func TestOnboarding(t *testing.T) {
	t.Parallel()
	for how, want := range map[string][]string{
		"success":        {`"payments_receivable":true`, `"primary_email_confirmed":true`, `"partner_client_id":"shop"`},
		"unconfirmed":    {`"payments_receivable":true`, `"primary_email_confirmed":false`, `"partner_client_id":"shop"`},
		"not_receivable": {`"payments_receivable":false`, `"primary_email_confirmed":true`, `"partner_client_id":"shop"`},
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, nil)
			page := s.refer("sam")
			if back := s.press(page, "cancel"); back != "https://shop.example.com/done" {
				t.Errorf("left to %q", back)
			}
			s.get(partner+"?tracking_id=sam").is(t, 404)
			back, err := url.Parse(s.press(page, how))
			if err != nil || back.Query().Get("merchantId") != "sam" {
				t.Fatalf("led back to %v, %v", back, err)
			}
			id := back.Query().Get("merchantIdInPayPal")
			if found := s.get(partner+"?tracking_id=sam").is(t, 200); !strings.Contains(found.raw, `"merchant_id":"`+id+`"`) {
				t.Errorf("found %s, want %s", found.raw, id)
			}
			stands := s.get(partner+"/"+id).is(t, 200).raw
			for _, part := range want {
				if !strings.Contains(stands, part) {
					t.Errorf("%s lacks %s", stands, part)
				}
			}
			s.SetSeller(id, paypal.Seller{Receivable: true, Confirmed: true})
			if stands := s.get(partner+"/"+id).is(t, 200).raw; strings.Contains(stands, "oauth_integrations") {
				t.Errorf("consent was taken back: %s", stands)
			}
			var told []string
			for _, d := range s.Deliveries() {
				told = append(told, d.Type)
			}
			if got := strings.Join(told, " "); got != "MERCHANT.ONBOARDING.COMPLETED MERCHANT.PARTNER-CONSENT.REVOKED" {
				t.Errorf("told %s", got)
			}
			if s.press(s.refer("sam"), "success"); !strings.Contains(s.get(partner+"?tracking_id=sam").raw, id) {
				t.Error("the same address got another account")
			}
		})
	}
}

func TestOnboarding_refused(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	good := referralOf("sam", "https://shop.example.com/done")
	for name, body := range map[string]string{
		"no operation":      `{"tracking_id":"sam"}`,
		"no consent":        strings.Replace(good, "SHARE_DATA_CONSENT", "OTHER", 1),
		"another operation": strings.Replace(good, "API_INTEGRATION", "BANK_ADDITION", 1),
		"a long tracking":   strings.Replace(good, `"sam"`, `"`+strings.Repeat("s", 128)+`"`, 1),
		"a long address":    strings.Replace(good, "/done", "/"+strings.Repeat("d", 127), 1),
		"no web address":    strings.Replace(good, "https://shop.example.com/done", "mailto:sam@example.com", 1),
	} {
		if got := s.post("/v2/customer/partner-referrals", body); got.status != 400 {
			t.Errorf("%s: %d %s", name, got.status, got.raw)
		}
	}
	s.get(partner).is(t, 400)
	s.get(partner+"/NOBODY2222222").is(t, 404)
	if back := s.press(s.refer("sam"), "gold"); !strings.Contains(back, "chosen=gold") {
		t.Errorf("an unknown button led to %s", back)
	}
}
