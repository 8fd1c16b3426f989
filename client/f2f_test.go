package client_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/handsel-dev/handsel/client"
)

func f2fQuote() client.F2FQuote { return client.F2FQuote{Quote: quote()} }

// wire is a call and the query and body that it must send.
type wire struct {
	call  func(c *client.Client) error
	query string
	body  string
}

// checkWire makes the calls against a server that answers body.
func checkWire(t *testing.T, answer string, tests map[string]wire) {
	t.Helper()
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := record(t, reply(200, answer))
			if err := tt.call(newClient(t, rec.URL)); err != nil {
				t.Fatal(err)
			}
			sent := rec.last(t)
			uri, err := url.Parse(sent.URI)
			if err != nil {
				t.Fatal(err)
			}
			if got := uri.Query().Encode(); got != tt.query {
				t.Errorf("query %q, want %q", got, tt.query)
			}
			if tt.body == "" {
				if sent.Body != "" {
					t.Errorf("body %s, want none", sent.Body)
				}
				return
			}
			if diff := cmp.Diff(object(t, tt.body), object(t, sent.Body)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestF2F_Sends(t *testing.T) {
	t.Parallel()
	full := f2fQuote()
	full.ChargeSeller, full.ChargeConfig, full.PaymentMethod, full.FeeMultiplier = ptr(int64(0)), 2, client.PaymentBankTransfer, "1.50"
	checkWire(t, `{"id":7}`, map[string]wire{
		"create": {func(c *client.Client) error {
			_, err := c.F2F.Create(t.Context(), client.F2FCreateInput{Role: client.RoleBuyer, Description: "d", Quote: f2fQuote(), ClientID: "shop"})
			return err
		}, "", `{"role":"buyer","description":"d","skip_remainder":false,"client_id":"shop","currency":"eur","deposit_price":1234,"deposit_charge":78,"charge_calculator_version":5}`},
		"create and join": {func(c *client.Client) error {
			_, err := c.F2F.CreateAndJoin(t.Context(), client.F2FCreateAndJoinInput{CreatorRole: client.RoleSeller, JoinUserID: "u", Description: "d", Quote: full, SkipRemainder: true})
			return err
		}, "", `{"creator_role":"seller","join_user_id":"u","description":"d","skip_remainder":true,"currency":"eur","deposit_price":1234,"deposit_charge":78,
			"deposit_charge_seller":0,"charge_calculator_version":5,"deposit_charge_config":2,"deposit_payment_method":"bank_transfer","deposit_fee_multiplier":1.50}`},
		"create with guest": {func(c *client.Client) error {
			_, err := c.F2F.CreateWithGuestUser(t.Context(), client.F2FCreateWithGuestUserInput{
				CreatorRole: client.RoleSeller, BuyerID: "1-b", SellerID: "s", Description: "d", Quote: f2fQuote(), ImageURL: "https://example.com/a.png"})
			return err
		}, "", `{"creator_role":"seller","buyer_id":"1-b","seller_id":"s","description":"d","skip_remainder":false,"image_url":"https://example.com/a.png",
			"currency":"eur","deposit_price":1234,"deposit_charge":78,"charge_calculator_version":5}`},
		"update the text": {func(c *client.Client) error {
			_, err := c.F2F.Update(t.Context(), 7, client.F2FUpdateInput{Description: ptr("")})
			return err
		}, "", `{"description":""}`},
		"update the price": {func(c *client.Client) error {
			q := full
			_, err := c.F2F.Update(t.Context(), 7, client.F2FUpdateInput{Quote: &q})
			return err
		}, "", `{"currency":"eur","deposit_price":1234,"deposit_charge":78}`},
		"set price": {func(c *client.Client) error { _, err := c.F2F.SetPrice(t.Context(), 7, full); return err },
			"", `{"currency":"eur","price":1234,"charge":78,"charge_calculator_version":5}`},
		"set deposit payment method": {func(c *client.Client) error {
			_, err := c.F2F.SetDepositPaymentMethod(t.Context(), 7, full)
			return err
		}, "", `{"payment_method":"bank_transfer","currency":"eur","deposit_price":1234,"deposit_charge":78,"deposit_charge_seller":0,"charge_config":2}`},
		"complain": {func(c *client.Client) error {
			_, err := c.F2F.Complain(t.Context(), 7, client.F2FComplaint{Description: "d"})
			return err
		}, "", `{"description":"d"}`},
		"complain with a category": {func(c *client.Client) error {
			_, err := c.F2F.ComplainWithGuestBuyer(t.Context(), 7, client.F2FComplaint{Description: "d", Category: client.ComplaintOther})
			return err
		}, "", `{"description":"d","category":"other"}`},
		"metadata": {func(c *client.Client) error {
			_, err := c.F2F.SetMetadata(t.Context(), 7, client.Metadata{"order": "17"})
			return err
		}, "", `{"order":"17"}`},
		"accept deposit": {func(c *client.Client) error { _, err := c.F2F.AcceptDeposit(t.Context(), 7); return err }, "", ""},
		"pay deposit":    {func(c *client.Client) error { _, err := c.F2F.PayDeposit(t.Context(), 7, "tok"); return err }, "", `{"stripe_token":"tok"}`},
	})
}

func TestF2F_Quote(t *testing.T) {
	t.Parallel()
	rec := record(t, reply(200, `{"charge":78,"charge_calculator_version":2}`))
	c := newClient(t, rec.URL)
	in := client.F2FQuoteInput{Currency: "eur", Price: 1234, PaymentMethod: client.PaymentCard, ChargeConfig: 3, FeeMultiplier: "1.5"}
	want := &client.F2FQuote{FeeMultiplier: "1.5", Quote: client.Quote{
		Currency: "eur", Price: 1234, Charge: 78, ChargeCalculatorVersion: 2, ChargeConfig: 3, PaymentMethod: "card"}}
	got, err := c.F2F.Quote(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if uri := rec.last(t).URI; uri != "/api/v1/p2p/charge?charge_config=3&currency=eur&fee_multiplier=1.5&payment_method=card&price=1234" {
		t.Errorf("sent %s", uri)
	}
	_, err = c.F2F.QuoteFor(t.Context(), 7, client.F2FQuoteForInput{F2FQuoteInput: in, PriceExtra: ptr(int64(0)), PricePostage: ptr(int64(5))})
	if err != nil {
		t.Fatal(err)
	}
	if uri := rec.last(t).URI; uri != "/api/v1/p2p/transactions/7/charge?charge_config=3&currency=eur&fee_multiplier=1.5&payment_method=card&price=1234&price_extra=0&price_postage=5" {
		t.Errorf("sent %s", uri)
	}
	if _, err = c.F2F.QuoteFor(t.Context(), 7, client.F2FQuoteForInput{F2FQuoteInput: client.F2FQuoteInput{Price: 1234}}); err != nil {
		t.Fatal(err)
	}
	if uri := rec.last(t).URI; uri != "/api/v1/p2p/transactions/7/charge?price=1234" {
		t.Errorf("sent %s", uri)
	}
	stored, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var again client.F2FQuote
	if err := json.Unmarshal(stored, &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, &again); diff != "" {
		t.Errorf("storage: %s", diff)
	}
}

func TestF2F_RefusesHandMadeQuotes(t *testing.T) {
	t.Parallel()
	rec := record(t, reply(200, `{"id":7}`))
	c := newClient(t, rec.URL)
	bad := client.F2FQuote{Quote: client.Quote{Currency: "eur", Price: 1234, Charge: 78}}
	for name, call := range map[string]func() error{
		"create":    func() error { _, err := c.F2F.Create(t.Context(), client.F2FCreateInput{Quote: bad}); return err },
		"update":    func() error { _, err := c.F2F.Update(t.Context(), 7, client.F2FUpdateInput{Quote: &bad}); return err },
		"set price": func() error { _, err := c.F2F.SetPrice(t.Context(), 7, bad); return err },
		"method":    func() error { _, err := c.F2F.SetDepositPaymentMethod(t.Context(), 7, bad); return err },
		"listing": func() error {
			_, err := c.F2FMultiUseListings.Create(t.Context(), client.F2FListingInput{Quote: bad})
			return err
		},
		"listing update": func() error {
			_, err := c.F2FMultiUseListings.Update(t.Context(), "l", client.F2FListingUpdate{Quote: &bad})
			return err
		},
		"listing price": func() error { _, err := c.F2FMultiUseListings.SetDepositPricing(t.Context(), "l", bad); return err },
		"purchase": func() error {
			_, err := c.F2FMultiUseListings.CreateTransaction(t.Context(), "l", client.ListingPurchase[client.F2FQuote]{Quote: &bad})
			return err
		},
		"online update": func() error {
			_, err := c.Online.Update(t.Context(), 7, client.UpdateInput{Quote: &bad.Quote})
			return err
		},
		"online method": func() error { _, err := c.Online.SetPaymentMethod(t.Context(), 7, bad.Quote); return err },
		"online listing": func() error {
			_, err := c.OnlineMultiUseListings.Create(t.Context(), client.OnlineListingInput{Quote: bad.Quote})
			return err
		},
		"online listing update": func() error {
			_, err := c.OnlineMultiUseListings.Update(t.Context(), "l", client.OnlineListingUpdate{Quote: &bad.Quote})
			return err
		},
		"online listing price": func() error { _, err := c.OnlineMultiUseListings.SetPricing(t.Context(), "l", bad.Quote); return err },
		"online purchase": func() error {
			_, err := c.OnlineMultiUseListings.CreateTransaction(t.Context(), "l", client.ListingPurchase[client.Quote]{Quote: &bad.Quote})
			return err
		},
	} {
		if err := call(); !errors.Is(err, client.ErrInvalidInput) || client.OutcomeOf(err) != client.OutcomeNotSent {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if n := len(rec.all()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestF2FTransaction_Decoding(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		body string
		want client.F2FTransaction
	}{
		"multiplied fee": {`{"id":47,"deposit_pricing":{"price":1234,"charge":118,"charge_seller":0,"deposit_fee_multiplier":{"fee_multiplier":1.50}},"buyer_is_guest":false}`,
			client.F2FTransaction{ID: 47, BuyerIsGuest: ptr(false), DepositPricing: client.Pricing{Price: 1234, Charge: 118,
				DepositFeeMultiplier: &client.FeeMultiplier{FeeMultiplier: "1.50"}}}},
		"complaint as text":   {`{"id":1,"complaint":"broken"}`, client.F2FTransaction{ID: 1, Complaint: &client.F2FComplaint{Description: "broken"}}},
		"complaint as object": {`{"id":1,"complaint":{"description":"broken","category":"new"}}`, client.F2FTransaction{ID: 1, Complaint: &client.F2FComplaint{Description: "broken", Category: "new"}}},
		"odd metadata":        {`{"id":1,"metadata":{"a":"x","b":7,"c":null}}`, client.F2FTransaction{ID: 1, Metadata: client.Metadata{"a": "x", "b": "7", "c": ""}}},
		"live null":           {`{"id":1,"deposit_payment_capture":null,"metadata":null,"cancellation":null}`, client.F2FTransaction{ID: 1}},
		"empty reason":        {`{"id":1,"cancellation":{"reason":""}}`, client.F2FTransaction{ID: 1, Cancellation: &client.Cancellation{}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := record(t, reply(200, tt.body))
			got, err := newClient(t, rec.URL).F2F.Get(t.Context(), 1)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestF2F_BatchAndAll(t *testing.T) {
	t.Parallel()
	rec := record(t, batchServer)
	ids := make([]int64, 60)
	for i := range ids {
		ids[i] = int64(970 + i)
	}
	got, err := newClient(t, rec.URL).F2F.Batch(t.Context(), ids)
	if err != nil || len(got) != 60 || len(rec.all()) != 2 {
		t.Fatalf("%d transactions in %d requests, %v", len(got), len(rec.all()), err)
	}
	for i, tx := range got {
		if missing := ids[i] > 1000; missing != (tx == nil) || tx != nil && tx.ID != ids[i] {
			t.Errorf("place %d of id %d has %+v", i, ids[i], tx)
		}
	}
	list := record(t, history(70, 50))
	c := newClient(t, list.URL)
	count := 0
	for _, err := range c.F2F.All(t.Context(), client.PageOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		count++
	}
	for _, err := range c.Notifications.All(t.Context(), client.PageOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		count++
	}
	if count != 140 {
		t.Errorf("got %d records, want 140", count)
	}
}

func TestF2F_ForPicksTheTwin(t *testing.T) {
	t.Parallel()
	rec := record(t, reply(200, `{"id":7}`))
	f2f := newClient(t, rec.URL).F2F
	ctx := t.Context()
	tests := map[string]struct {
		call func(*client.F2FParty) error
		want [2]string
	}{
		"accept":   {func(p *client.F2FParty) error { _, err := p.AcceptDeposit(ctx, 7); return err }, [2]string{"accept_deposit", "accept_deposit_with_guest_seller"}},
		"cancel":   {func(p *client.F2FParty) error { _, err := p.Cancel(ctx, 7, client.Description{}); return err }, [2]string{"cancel_with_description", "cancel_with_description_with_guest_user"}},
		"handover": {func(p *client.F2FParty) error { _, err := p.ConfirmHandover(ctx, 7); return err }, [2]string{"confirm_handover", "confirm_handover_with_guest_user"}},
		"delivery": {func(p *client.F2FParty) error { _, err := p.ConfirmDelivery(ctx, 7); return err }, [2]string{"confirm_delivery", "confirm_delivery_with_guest_buyer"}},
		"complain": {func(p *client.F2FParty) error { _, err := p.Complain(ctx, 7, client.F2FComplaint{}); return err }, [2]string{"complain", "complain_with_guest_buyer"}},
		"end":      {func(p *client.F2FParty) error { _, err := p.EndComplaintPeriod(ctx, 7); return err }, [2]string{"end_complaint_period", "end_complaint_period_with_guest_buyer"}},
	}
	for name, tt := range tests {
		for i, user := range []string{"feb33a87", "1-feb33a87"} {
			if err := tt.call(f2f.For(user)); err != nil {
				t.Fatal(err)
			}
			sent := rec.last(t)
			if sent.URI != "/api/v1/p2p/transactions/7/"+tt.want[i] || sent.Header.Get("Trustap-User") != user {
				t.Errorf("%s as %s: sent %s as %s", name, user, sent.URI, sent.Header.Get("Trustap-User"))
			}
		}
	}
}

// The API answers one code with 400 here and 403 there.
func TestF2F_CodesDoNotDependOnStatus(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 403} {
		rec := record(t, reply(status, `{"code":"deposit_not_paid","error":"e"}`))
		_, err := newClient(t, rec.URL).F2F.AcceptDepositWithGuestSeller(t.Context(), 7)
		if !errors.Is(err, client.CodeDepositNotPaid) || client.OutcomeOf(err) != client.OutcomeKnown {
			t.Errorf("status %d: got %v", status, err)
		}
	}
}

func TestF2FStatus_Terminal(t *testing.T) {
	t.Parallel()
	for status, want := range map[client.F2FStatus]bool{
		client.F2FStatusCreated: false, client.F2FStatusCancelledWithDeposit: false, "orbiting": false,
		client.F2FStatusRejected: true, client.F2FStatusCancelled: true, client.F2FStatusDepositRefunded: true, client.F2FStatusFundsReleased: true,
	} {
		if status.Terminal() != want {
			t.Errorf("%s: got %v", status, !want)
		}
	}
}
