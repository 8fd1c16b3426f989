package client_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/client"
)

// For a party there is every call of its model; of two that differ in who acts, one that chooses.
func TestFor_hasEveryCall(t *testing.T) {
	t.Parallel()
	chosen := map[string][]string{
		"OnlineService": {"CancelWithGuestUser", "TrackWithGuestSeller", "ConfirmDeliveryWithGuestBuyer", "ComplainWithGuestBuyer", "ComplainWithDescription", "AcceptPaymentWithGuestSeller"},
		"F2FService": {"AcceptDepositWithGuestSeller", "CancelWithDescription", "CancelWithDescriptionWithGuestUser", "ConfirmHandoverWithGuestUser", "ConfirmDeliveryWithGuestBuyer",
			"ComplainWithGuestBuyer", "EndComplaintPeriodWithGuestBuyer"},
	}
	for service, party := range map[reflect.Type]reflect.Type{
		reflect.TypeFor[*client.OnlineService](): reflect.TypeFor[*client.OnlineParty](),
		reflect.TypeFor[*client.F2FService]():    reflect.TypeFor[*client.F2FParty](),
	} {
		for m := range service.Methods() {
			_, there := party.MethodByName(m.Name)
			if listed := slices.Contains(chosen[service.Elem().Name()], m.Name); !there && !listed && m.Name != "For" {
				t.Errorf("%s has no %s", party, m.Name)
			}
		}
	}
}

// The calls of a party name the user.
func TestFor_namesTheUser(t *testing.T) {
	t.Parallel()
	var users []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		users = append(users, r.Header.Get("Trustap-User")+" "+r.URL.Path)
		_, _ = w.Write([]byte(`{"id":7}`))
	}))
	defer server.Close()
	c, err := client.New(client.WithBaseURL(server.URL+"/api/v1"), client.WithAPIKey("test-key"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Online.For("1-buyer").EndComplaintPeriod(t.Context(), 7)
	_, other := c.F2F.For("1-seller").SkipRemainder(t.Context(), 7)
	if want := []string{"1-buyer /api/v1/transactions/7/end_complaint_period", "1-seller /api/v1/p2p/transactions/7/skip_remainder"}; err != nil || other != nil || !slices.Equal(users, want) {
		t.Errorf("%v, %v: %v", err, other, users)
	}
}

// What a transaction says of its money.
func TestMoneyOfATransaction(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][3]bool{ // paid, paid out, refunded
		`{"id":1}`:                               {},
		`{"id":1,"paid":"2026-01-01T00:00:00Z"}`: {true},
		`{"id":1,"paid":"2026-01-01T00:00:00Z","payment_refunded":"2026-01-02T00:00:00Z"}`:                          {true, false, true},
		`{"id":1,"paid":"2026-01-01T00:00:00Z","funds_released":"2026-01-02T00:00:00Z"}`:                            {true, true, false},
		`{"id":1,"paid":"2026-01-01T00:00:00Z","funds_released":"2026-01-02T00:00:00Z","released_to_seller":true}`:  {true, true, false},
		`{"id":1,"paid":"2026-01-01T00:00:00Z","funds_released":"2026-01-02T00:00:00Z","released_to_seller":false}`: {true, false, true},
	} {
		var tx client.Transaction
		if err := json.Unmarshal([]byte(text), &tx); err != nil {
			t.Fatal(err)
		}
		if got := [3]bool{tx.IsPaid(), tx.PaidOut(), tx.RefundedToBuyer()}; got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
	at := client.Time{Time: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	no := false
	for name, tc := range map[string]struct {
		tx   client.F2FTransaction
		want [3]bool
	}{
		"nothing":       {client.F2FTransaction{}, [3]bool{}},
		"deposit alone": {client.F2FTransaction{DepositPaid: at}, [3]bool{}},
		"all":           {client.F2FTransaction{DepositPaid: at, RemainderSkipped: at}, [3]bool{true}},
		"released":      {client.F2FTransaction{DepositPaid: at, RemainderPaid: at, FundsReleased: at}, [3]bool{true, true, false}},
		"given back":    {client.F2FTransaction{DepositPaid: at, RemainderPaid: at, FundsReleased: at, ReleasedToSeller: &no}, [3]bool{true, false, true}},
		"cancelled":     {client.F2FTransaction{DepositPaid: at, DepositRefunded: at}, [3]bool{false, false, true}},
	} {
		if got := [3]bool{tc.tx.IsPaid(), tc.tx.PaidOut(), tc.tx.RefundedToBuyer()}; got != tc.want {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
	online := client.Transaction{ID: 7, Status: client.StatusPaid, Price: 1234, Currency: "eur", BuyerID: "1-b"}
	f2f := client.F2FTransaction{ID: 8, Status: client.F2FStatusJoined, Currency: "eur", DepositPricing: client.Pricing{Price: 500}, SellerID: "1-s"}
	for _, got := range [][2]string{
		{online.String(), "online transaction 7 (paid, 1234 eur in minor units)"}, {f2f.String(), "face-to-face transaction 8 (joined, 500 eur in minor units)"},
	} {
		if got[0] != got[1] {
			t.Errorf("%q, want %q", got[0], got[1])
		}
	}
	event := client.WebhookEvent{Metadata: map[string]json.RawMessage{"failure_code": json.RawMessage(`"card_declined"`)}}
	if got := event.FailureCode() + (client.WebhookEvent{}).FailureCode(); got != "card_declined" {
		t.Error(got)
	}
}

// Countries and currencies are sent as the API spells them, and what is none is not sent.
func TestCodesAreChecked(t *testing.T) {
	t.Parallel()
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Country  string `json:"country_code"`
			Currency string
			Seller   string `json:"seller_country_code"`
		}
		_ = json.NewDecoder(r.Body).Decode(&body)
		got = append(got, r.URL.Query().Get("currency")+body.Country+body.Currency+body.Seller)
		_, _ = w.Write([]byte(`{"id":"1-a","email":"a@example.com","created_at":"2026-01-01T00:00:00Z","currency":"eur","charge":1,"charge_calculator_version":1,"actions_url":"https://x.example.com"}`))
	}))
	defer server.Close()
	c, err := client.New(client.WithBaseURL(server.URL+"/api/v1"), client.WithAPIKey("test-key"))
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	guest := func(country string) error {
		_, err := c.Users.CreateGuestUser(ctx, client.CreateGuestUserInput{Email: "a@example.com", CountryCode: country})
		return err
	}
	quote := func(currency string) error {
		q, err := c.Online.Quote(ctx, client.QuoteInput{Currency: currency, Price: 1})
		if err == nil && q.Currency != "eur" {
			t.Error(q.Currency)
		}
		return err
	}
	lite := func(currency, country string) error {
		_, err := c.Lite.CreateWithSeller(ctx, client.LiteInput{Currency: currency, SellerCountryCode: country})
		return err
	}
	if err := errors.Join(guest("ie"), guest(""), quote("EUR"), lite("Eur", "at")); err != nil {
		t.Fatal(err)
	}
	if want := []string{"IE", "", "eur", "eurAT"}; !slices.Equal(got, want) {
		t.Errorf("sent %q, want %q", got, want)
	}
	for _, err := range []error{guest("Ireland"), guest("1E"), quote("euro"), quote("€"), lite("eur", "AUT"), lite("e", "at")} {
		if !errors.Is(err, client.ErrInvalidInput) || client.OutcomeOf(err) != client.OutcomeNotSent {
			t.Errorf("%v", err)
		}
	}
	if len(got) != 4 {
		t.Errorf("it sent %d requests", len(got))
	}
}

// An error names the transaction, and never a secret that stands in a path.
func TestErrors_nameTheID(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"code":"already_paid","error":"paid"}`))
	}))
	defer server.Close()
	c, err := client.New(client.WithBaseURL(server.URL+"/api/v1"), client.WithAPIKey("test-key"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Online.Track(t.Context(), 1309, client.Tracking{Carrier: client.CarrierUPS, TrackingCode: "1Z"})
	var refused *client.Error
	if !errors.As(err, &refused) || refused.ID != 1309 || !strings.HasPrefix(err.Error(), "client: POST /transactions/{transaction_id}/track (1309): status 400: already_paid") {
		t.Error(err)
	}
	if _, err := c.Online.ClaimAsBuyer(t.Context(), "a-secret"); err == nil || strings.Contains(err.Error(), "a-secret") {
		t.Error(err)
	}
	page := client.PayPage{Base: client.ActionsStaging, RedirectURI: "https://shop.example.com/back"}
	if link, err := page.F2FRemainder(7); err != nil || link != client.ActionsStaging+"/f2f/transactions/7/pay_remainder?redirect_uri=https%3A%2F%2Fshop.example.com%2Fback" {
		t.Error(link, err)
	}
}
