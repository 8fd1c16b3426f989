package client_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/handsel-dev/handsel/client"
)

func TestShipping_Sends(t *testing.T) {
	t.Parallel()
	address := client.ShippoAddress{FullName: "N", Street1: "S", ZipCode: "Z", City: "C", State: "ST", Country: "US", Phone: "1"}
	parcel := client.ShippoParcel{DistanceUnit: client.DistanceCentimetre, Length: "10", Width: "10.5", Height: "1", MassUnit: client.MassKilogram, Weight: "0.25",
		ShipmentDate: client.Millis{Time: time.Date(2026, 1, 2, 3, 4, 5, 6_700_000, time.FixedZone("", 3600))}}
	customs := client.ShippoCustoms{Certify: true, CertifySigner: "N", Description: "d", NonDelivery: client.NonDeliveryReturn,
		OriginCountry: "US", Quantity: 2, MassUnit: client.MassPound, NetWeight: "5", ValueAmount: "200", ValueCurrency: "USD"}
	checkWire(t, `{"label":"l","rates":[]}`, map[string]wire{
		"details": {func(c *client.Client) error {
			_, err := c.Shipping.SetDetails(t.Context(), 7, client.ShippingDetails{Name: "N", Address: client.ShippingAddress{Line1: "L", Country: "IE"}})
			return err
		}, "", `{"name":"N","address_line_1":"L","country":"IE"}`},
		"delivery point": {func(c *client.Client) error {
			_, err := c.Shipping.SetDeliveryPoint(t.Context(), 7, client.DeliveryPoint{DeliveryCenterCode: "D",
				PostPoint: client.PostPoint{Carrier: client.CarrierPostaHR, DeliveryType: client.DeliveryParcelLocker}})
			return err
		}, "", `{"carrier":"posta_hr","delivery_type":"parcel_locker","delivery_center_code":"D","full_name":"","phone":"","email":"","street":"","house_number":"","postal_code":"","city":""}`},
		"pick-up point": {func(c *client.Client) error {
			_, err := c.Shipping.SetPickUpPoint(t.Context(), 7, client.PickUpPoint{PickUpCenterCode: "P"})
			return err
		}, "", `{"carrier":"","delivery_type":"","pick_up_center_code":"P","full_name":"","phone":"","email":"","street":"","house_number":"","postal_code":"","city":""}`},
		"label": {func(c *client.Client) error {
			_, err := c.Shipping.GenerateLabel(t.Context(), 7, client.CarrierPostaHR)
			return err
		}, "carrier=posta_hr", ""},
		"address": {func(c *client.Client) error {
			_, err := c.Shipping.SetShippoAddress(t.Context(), 7, client.ShippoAddressInput{ShippoAddress: address})
			return err
		}, "", `{"is_sender_address":false,"full_name":"N","street_1":"S","zip_code":"Z","city":"C","state":"ST","country":"US","phone":"1"}`},
		"parcel": {func(c *client.Client) error { _, err := c.Shipping.SetShippoParcel(t.Context(), 7, parcel); return err },
			"", `{"distance_unit":"cm","length":10,"width":10.5,"height":1,"mass_unit":"kg","weight":0.25,"shipment_date":"2026-01-02T02:04:05.006Z"}`},
		"customs": {func(c *client.Client) error { return c.Shipping.DeclareShippoCustoms(t.Context(), 7, customs) },
			"", `{"certify":true,"certify_signer":"N","description":"d","non_delivery_option":"return","origin_country":"US","quantity":2,"mass_unit":"lb","net_weight":5,"value_amount":"200","value_currency":"USD"}`},
		"choice": {func(c *client.Client) error {
			return c.Shipping.ChooseShippoRate(t.Context(), 7, client.ShippoChoice{RateID: "r"})
		}, "", `{"rate_id":"r"}`},
		"rates before a transaction": {func(c *client.Client) error {
			_, err := c.Shipping.ShippoRates(t.Context(), client.ShippoRatesInput{Currency: "usd", Sender: address, Recipient: address, Parcel: parcel, Customs: &customs})
			return err
		}, "", `{"currency":"usd","sender_full_name":"N","sender_street_1":"S","sender_zip_code":"Z","sender_city":"C","sender_state":"ST","sender_country":"US","sender_phone":"1",
			"recipient_full_name":"N","recipient_street_1":"S","recipient_zip_code":"Z","recipient_city":"C","recipient_state":"ST","recipient_country":"US","recipient_phone":"1",
			"parcel_distance_unit":"cm","parcel_length":10,"parcel_width":10.5,"parcel_height":1,"parcel_mass_unit":"kg","parcel_weight":0.25,
			"customs_certify":true,"customs_certify_signer":"N","customs_description":"d","customs_non_delivery_option":"return","customs_origin_country":"US",
			"customs_quantity":2,"customs_mass_unit":"lb","customs_net_weight":5,"customs_value_amount":"200","customs_value_currency":"USD"}`},
	})
}

func TestUsersAndPersonal_Send(t *testing.T) {
	t.Parallel()
	checkWire(t, `{"status":"due","actions_url":"https://example.com"}`, map[string]wire{
		"instant payouts off": {func(c *client.Client) error { _, err := c.Users.SetInstantPayouts(t.Context(), false); return err }, "", `{"enabled":false}`},
		"details": {func(c *client.Client) error {
			_, err := c.Personal.SetDetails(t.Context(), client.PersonalUpdate{NameFirst: ptr(""), DateOfBirth: &client.Date{Year: 2000, Month: 2, Day: 29}})
			return err
		}, "", `{"name_first":"","dob":{"year":2000,"month":2,"day":29}}`},
		"bank account": {func(c *client.Client) error {
			_, err := c.Personal.SetDebitAccount(t.Context(), client.DebitAccountInput{Type: client.DebitAccountBank,
				BankDetails: &client.BankDetails{AccountNumber: "1", CountryCode: "IE", Currency: "eur"}})
			return err
		}, "", `{"type":"bank","bank_details":{"account_number":"1","country_code":"IE","currency":"eur"}}`},
		"bank link":       {func(c *client.Client) error { _, err := c.Personal.AddBankLink(t.Context(), "pm"); return err }, "", `{"payment_method_id":"pm"}`},
		"bank link owner": {func(c *client.Client) error { _, err := c.Personal.BankLinkOwner(t.Context(), "si&"); return err }, "setup_intent_id=si%26", ""},
		"payout status":   {func(c *client.Client) error { _, err := c.Personal.PayoutStatus(t.Context()); return err }, "", ""},
		"lite": {func(c *client.Client) error {
			_, err := c.Lite.CreateWithSeller(t.Context(), client.LiteInput{AdID: "a", Description: "d", Currency: "eur", Value: 1, SellerCountryCode: "IE", SellerEmail: "s@example.com"})
			return err
		}, "", `{"ad_id":"a","description":"d","currency":"eur","value":1,"seller_country_code":"IE","seller_email":"s@example.com"}`},
	})
	checkWire(t, `[]`, map[string]wire{
		"facilities, a GET with a body": {func(c *client.Client) error {
			_, err := c.Carriers.Facilities(t.Context(), client.CarrierPostaHR, client.FacilitySearch{CountryCode: "HR", DeliveryType: client.DeliveryPostalOffice, SearchText: "Z"})
			return err
		}, "", `{"country_code":"HR","delivery_type":"postal_office","search_text":"Z"}`},
	})
}

func TestPersonal_Details(t *testing.T) {
	t.Parallel()
	rec := record(t, reply(200, `{"name_first":{"status":"verified","type":"string","required_now":false,"value":"A","validation":{"max_length":9}},
		"dob":{"status":"unset","type":"date","required_now":true,"value":null,"validation":{}},
		"phone":{"status":"invalid","type":"phone","value":{"dial_code":"1","number":"2"},"invalid_reason":{"code":"c"},"validation":{"number_min_length":3}},
		"id_number":{"status":"new","value":{"provided":true}}}`))
	got, err := newClient(t, rec.URL).Personal.Details(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := &client.PersonalDetails{
		NameFirst: client.VerifiableText{Verifiable: client.Verifiable{Status: client.VerificationVerified, Type: "string"}, Value: "A",
			Validation: client.TextValidation{MaxLength: ptr(int64(9))}},
		DateOfBirth: client.VerifiableDate{Verifiable: client.Verifiable{Status: client.VerificationUnset, Type: "date", RequiredNow: true}},
		Phone: client.VerifiablePhone{Verifiable: client.Verifiable{Status: client.VerificationInvalid, Type: "phone", InvalidReason: &client.InvalidReason{Code: "c"}},
			Value: &client.PhoneNumber{DialCode: "1", Number: "2"}},
	}
	want.Phone.Validation.NumberMinLength = ptr(int64(3))
	want.IDNumber.Status, want.IDNumber.Value.Provided = "new", true
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Which calls may be repeated is not visible in their HTTP methods alone.
func TestRepeats(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		call func(c *client.Client) error
		want int
	}{
		"a page is read with POST": {func(c *client.Client) error {
			_, err := c.Clients.OnlineTransactions(t.Context(), "shop", client.OnlineClientFilter{}, client.NumberedPage{})
			return err
		}, 3},
		"a session is opened with GET": {func(c *client.Client) error { _, err := c.Personal.VerificationSession(t.Context()); return err }, 1},
		"an account session":           {func(c *client.Client) error { _, err := c.Personal.AccountSession(t.Context()); return err }, 1},
		"a PATCH": {func(c *client.Client) error {
			_, err := c.Online.Update(t.Context(), 7, client.UpdateInput{})
			return err
		}, 1},
		"a shipment": {func(c *client.Client) error {
			_, err := c.Shipping.ShippoRates(t.Context(), client.ShippoRatesInput{})
			return err
		}, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := record(t, reply(503, ``))
			err := tt.call(newClient(t, rec.URL))
			if n := len(rec.all()); n != tt.want || err == nil {
				t.Errorf("sent %d times, want %d: %v", n, tt.want, err)
			}
		})
	}
}

// numbered serves pages of two transactions; the counts are left out on demand.
func numbered(pages int, counted bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		page := 1
		_, _ = fmt.Sscan(r.URL.Query().Get("page"), &page)
		data := "[]"
		if page <= pages {
			data = fmt.Sprintf(`[{"id":%d},{"id":%d}]`, 2*page-1, 2*page)
		}
		counts := ""
		if counted {
			counts = fmt.Sprintf(`,"page":%d,"page_size":2,"total_count":%d,"total_pages":%d`, page, 2*pages, pages)
		}
		_, _ = io.WriteString(w, `{"data":`+data+counts+`}`)
	}
}

func TestClients_Pages(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		pages   int
		counted bool
		start   client.NumberedPage
		want    int
		calls   int
	}{
		"nothing":        {0, true, client.NumberedPage{}, 0, 1},
		"three pages":    {3, true, client.NumberedPage{PageSize: 2}, 6, 3},
		"without counts": {3, false, client.NumberedPage{}, 6, 4},
		"from the third": {3, true, client.NumberedPage{Page: 3}, 2, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := record(t, numbered(tt.pages, tt.counted))
			c := newClient(t, rec.URL)
			count := 0
			for tx, err := range c.Clients.AllF2FTransactions(t.Context(), "shop", client.F2FClientFilter{SkipRemainder: ptr(false)}, tt.start) {
				if err != nil || tx == nil {
					t.Fatal(tx, err)
				}
				count++
			}
			if count != tt.want || len(rec.all()) != tt.calls {
				t.Errorf("got %d in %d calls", count, len(rec.all()))
			}
			if body := rec.last(t).Body; body != `{"skip_remainder":false}` {
				t.Errorf("sent %s", body)
			}
		})
	}
}

func TestClients_PagesStop(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"at a page that repeats": `{"data":[{"id":1}],"page":1,"total_pages":5}`,
		"at a null":              `{"data":[null],"page":1}`,
		"at something else":      `{"data":{}}`,
	} {
		rec := record(t, reply(200, answer))
		var last error
		for _, err := range newClient(t, rec.URL).Clients.AllOnlineTransactions(t.Context(), "shop", client.OnlineClientFilter{}, client.NumberedPage{}) {
			last = err
		}
		if !errors.Is(last, client.ErrUnexpectedAnswer) || len(rec.all()) > 2 {
			t.Errorf("%s: got %v after %d calls", name, last, len(rec.all()))
		}
	}
	rec := record(t, numbered(3, true))
	for range newClient(t, rec.URL).Clients.AllOnlineTransactions(t.Context(), "shop", client.OnlineClientFilter{}, client.NumberedPage{}) {
		break
	}
	if n := len(rec.all()); n != 1 {
		t.Errorf("%d calls after a break", n)
	}
}

func TestOnline_QuoteFor(t *testing.T) {
	t.Parallel()
	rec := record(t, reply(200, `{"currency":"eur","charge":9,"charge_calculator_version":5}`))
	c := newClient(t, rec.URL)
	in := client.QuoteInput{Price: 1234, PaymentMethod: client.PaymentBankTransfer, UseHRPost: true, PostageFee: ptr(int64(1))}
	got, err := c.Online.QuoteFor(t.Context(), 7, in)
	want := &client.Quote{Currency: "eur", Price: 1234, Charge: 9, ChargeCalculatorVersion: 5, PaymentMethod: client.PaymentBankTransfer}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if uri := rec.last(t).URI; uri != "/api/v1/transactions/7/charge?payment_method=bank_transfer&price=1234" {
		t.Errorf("sent %s", uri)
	}
	in.Currency = "usd"
	if _, err := c.Online.QuoteFor(t.Context(), 7, in); !errors.Is(err, client.ErrUnexpectedAnswer) {
		t.Errorf("got %v", err)
	}
}

func TestNotification_Targets(t *testing.T) {
	t.Parallel()
	type ids struct{ online, f2f int64 }
	for target, want := range map[string]ids{
		"basic/1309": {online: 1309}, "p2p/7": {f2f: 7}, "basic/": {}, "basic/x": {}, "basic/-1": {}, "other/1": {}, "1309": {}, "": {},
	} {
		n := client.Notification{Target: target}
		online, isOnline := n.OnlineTransactionID()
		f2f, isF2F := n.F2FTransactionID()
		if (ids{online, f2f}) != want || isOnline != (online > 0) || isF2F != (f2f > 0) {
			t.Errorf("%q: got %d %v, %d %v", target, online, isOnline, f2f, isF2F)
		}
	}
}

func TestPayPage(t *testing.T) {
	t.Parallel()
	page := client.PayPage{Base: client.ActionsStaging + "/", RedirectURI: "https://shop.example.com/back?a=b&c=d", State: "x:y="}
	const query = "?redirect_uri=https%3A%2F%2Fshop.example.com%2Fback%3Fa%3Db%26c%3Dd&state=x%3Ay%3D"
	tests := map[string]struct {
		got  func() (string, error)
		want string
	}{
		"full buyer":  {func() (string, error) { return page.Online(7, false) }, "/online/transactions/7/pay"},
		"guest buyer": {func() (string, error) { return page.Online(7, true) }, "/online/transactions/7/guest_pay"},
		"deposit":     {func() (string, error) { return page.F2FDeposit(7) }, "/f2f/transactions/7/pay_deposit"},
	}
	for name, tt := range tests {
		if got, err := tt.got(); err != nil || got != client.ActionsStaging+tt.want+query {
			t.Errorf("%s: got %s, %v", name, got, err)
		} else if _, err := url.Parse(got); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, bad := range []client.PayPage{{}, {Base: client.ActionsStaging}, {Base: "actions", RedirectURI: "r"}, {Base: ":", RedirectURI: "r"}} {
		if got, err := bad.F2FDeposit(7); !errors.Is(err, client.ErrInvalidInput) {
			t.Errorf("%+v: got %s, %v", bad, got, err)
		}
	}
	if _, err := page.Online(0, true); !errors.Is(err, client.ErrInvalidInput) {
		t.Errorf("got %v", err)
	}
}

// Secrets of answers must not show themselves.
func TestSecretsOfAnswers(t *testing.T) {
	t.Parallel()
	rec := record(t, reply(201, `{"verification_session_client_secret":"s3cret","client_secret":"s3cret","ephemeral_key":"s3cret","verification_session_id":"v",
		"setup_intent_id":"i","setup_intent_client_secret":"s3cret"}`))
	c := newClient(t, rec.URL)
	for name, call := range map[string]func() (any, error){
		"verification": func() (any, error) { return c.Personal.VerificationSession(t.Context()) },
		"account":      func() (any, error) { return c.Personal.AccountSession(t.Context()) },
		"deposit":      func() (any, error) { return c.F2F.DepositStripeClientSecret(t.Context(), 7) },
		"remainder":    func() (any, error) { return c.F2F.RemainderStripeClientSecret(t.Context(), 7) },
		"native":       func() (any, error) { return c.Personal.VerificationSessionNative(t.Context()) },
		"bank link":    func() (any, error) { return c.Personal.PrepareBankLink(t.Context()) },
	} {
		got, err := call()
		if err != nil {
			t.Fatal(name, err)
		}
		encoded, err := json.Marshal(got)
		if text := fmt.Sprintf("%v %+v %#v %s", got, got, got, encoded); err != nil || text == "" || containsSecret(text) {
			t.Errorf("%s shows its secret: %s", name, text)
		}
	}
}
