package client_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/handsel-dev/handsel/client"
)

func ptr[T any](v T) *T { return &v }

func TestOnline_Quote(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		in     client.QuoteInput
		answer string
		query  url.Values
		want   client.Quote
	}{
		"customer's document": {
			in:     client.QuoteInput{Currency: "eur", Price: 1234},
			answer: `{"currency":"eur","charge":78,"charge_calculator_version":5}`,
			query:  url.Values{"currency": {"eur"}, "price": {"1234"}},
			want:   client.Quote{Currency: "eur", Price: 1234, Charge: 78, ChargeCalculatorVersion: 5},
		},
		"official API": {
			in: client.QuoteInput{Currency: "eur", Price: 5000, Quantity: 2, PaymentMethod: client.PaymentCard, ChargeConfig: 1, PostageFee: ptr(int64(0)), UseHRPost: true},
			answer: `{"currency":"eur","price":10000,"charge":340,"charge_seller":0,"charge_calculator_version":5,
				"charge_config":1,"payment_method":"card","charge_postage_buyer":1000,"new_field":{}}`,
			query: url.Values{"currency": {"eur"}, "price": {"5000"}, "quantity": {"2"}, "payment_method": {"card"},
				"charge_config": {"1"}, "postage_fee": {"0"}, "use_hr_post": {"true"}},
			want: client.Quote{Currency: "eur", Price: 10000, Charge: 340, ChargeSeller: ptr(int64(0)), ChargeCalculatorVersion: 5,
				ChargeConfig: 1, PaymentMethod: "card", ChargePostageBuyer: ptr(int64(1000)), PostageFee: ptr(int64(0))},
		},
		"short answer to a long question": {
			in:     client.QuoteInput{Currency: "usd", Price: 300, Quantity: 3, PaymentMethod: client.PaymentBankTransfer, ChargeConfig: 4},
			answer: `{"charge":9,"charge_calculator_version":6}`,
			query:  url.Values{"currency": {"usd"}, "price": {"300"}, "quantity": {"3"}, "payment_method": {"bank_transfer"}, "charge_config": {"4"}},
			want:   client.Quote{Currency: "usd", Price: 900, Charge: 9, ChargeCalculatorVersion: 6, PaymentMethod: "bank_transfer", ChargeConfig: 4},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := record(t, reply(200, tt.answer))
			got, err := newClient(t, rec.URL).Online.Quote(t.Context(), tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&tt.want, got); diff != "" {
				t.Error(diff)
			}
			sent, err := url.Parse(rec.last(t).URI)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.query, sent.Query()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOnline_QuoteRefusesOtherAnswers(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{
		`{"currency":"usd","charge":78,"charge_calculator_version":5}`,
		`{"currency":"eur","price":1235,"charge":78,"charge_calculator_version":5}`,
		`{"currency":"eur","charge":78}`,
	} {
		rec := record(t, reply(200, answer))
		_, err := newClient(t, rec.URL).Online.Quote(t.Context(), client.QuoteInput{Currency: "eur", Price: 1234})
		if !errors.Is(err, client.ErrUnexpectedAnswer) {
			t.Errorf("%s: got %v", answer, err)
		}
	}
}

func TestOnline_CreateSendsTheQuoteWhole(t *testing.T) {
	t.Parallel()
	full := quote()
	full.ChargeSeller, full.ChargeConfig, full.PaymentMethod, full.PostageFee = ptr(int64(0)), 2, client.PaymentCard, ptr(int64(500))
	rec := record(t, reply(201, `{"id":1309,"status":"joined"}`))
	c := newClient(t, rec.URL)
	tests := map[string]struct {
		call func() error
		want string
	}{
		"create": {func() error {
			_, err := c.Online.Create(t.Context(), client.CreateInput{Role: client.RoleSeller, Description: "Ticket <1>", Quote: quote()})
			return err
		}, `{"role":"seller","description":"Ticket <1>","currency":"eur","price":1234,"charge":78,"charge_calculator_version":5}`},
		"create and join": {func() error {
			_, err := c.Online.CreateAndJoin(t.Context(), client.CreateAndJoinInput{
				CreatorRole: client.RoleBuyer, JoinUserID: "u2", Description: "d", Quote: full,
				Features: []client.Feature{client.FeatureRequireSellerAcceptance}, ClientID: "shop",
			})
			return err
		}, `{"creator_role":"buyer","join_user_id":"u2","description":"d","features":["require_seller_acceptance"],"client_id":"shop",
			"currency":"eur","price":1234,"charge":78,"charge_seller":0,"charge_calculator_version":5,"charge_config":2,"payment_method":"card","postage_fee":500}`},
		"create with guest": {func() error {
			_, err := c.Online.CreateWithGuestUser(t.Context(), client.CreateWithGuestUserInput{
				CreatorRole: client.RoleSeller, BuyerID: "1-b", SellerID: "s", Description: "d", Quote: quote(), ImageURL: "https://example.com/a.png",
			}, client.AsUser("s"))
			return err
		}, `{"creator_role":"seller","buyer_id":"1-b","seller_id":"s","description":"d","image_url":"https://example.com/a.png",
			"currency":"eur","price":1234,"charge":78,"charge_calculator_version":5}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if err := tt.call(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(object(t, tt.want), object(t, rec.last(t).Body)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func object(t *testing.T, text string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return m
}

func TestOnline_QuoteSurvivesStorage(t *testing.T) {
	t.Parallel()
	want := quote()
	want.ChargeSeller, want.PostageFee, want.ChargeConfig = ptr(int64(3)), ptr(int64(0)), 9
	stored, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got client.Quote
	if err := json.Unmarshal(stored, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTransaction_Decoding(t *testing.T) {
	t.Parallel()
	at := func(hour int) client.Time { return client.Time{Time: time.Date(2019, 12, 25, hour, 0, 0, 0, time.UTC)} }
	base := client.Transaction{ID: 1309, Status: "x", Currency: "eur", Price: 1234, Charge: 78}
	with := func(change func(*client.Transaction)) client.Transaction {
		changed := base
		change(&changed)
		return changed
	}
	tests := map[string]struct {
		fields string
		want   client.Transaction
	}{
		"nothing yet":      {``, base},
		"nulls":            {`,"paid":null,"buyer_id":null,"tracking":null,"refunds":null`, base},
		"unknown field":    {`,"brand_new":{"a":[1,{"b":null}]}`, base},
		"unknown status":   {`,"status":"orbiting"`, with(func(x *client.Transaction) { x.Status = "orbiting" })},
		"timestamps":       {`,"created":"2019-12-25T09:00:00.000Z","joined":"2019-12-25T11:00:00+01:00"`, with(func(x *client.Transaction) { x.Created, x.Joined = at(9), at(10) })},
		"listing as text":  {`,"listing_id":"77f3"`, with(func(x *client.Transaction) { x.ListingID = "77f3" })},
		"listing as digit": {`,"listing_id":1990`, with(func(x *client.Transaction) { x.ListingID = "1990" })},
		"decision, official": {`,"listing_creator_accepted":"2019-12-25T11:00:00Z","listing_creator_rejected":"2019-12-25T12:00:00Z"`,
			with(func(x *client.Transaction) { x.ListingCreatorAccepted, x.ListingCreatorRejected = at(11), at(12) })},
		"decision, customer's": {`,"accepted_by_listing_creator":"2019-12-25T11:00:00Z","rejected_by_listing_creator":"2019-12-25T12:00:00Z"`,
			with(func(x *client.Transaction) { x.ListingCreatorAccepted, x.ListingCreatorRejected = at(11), at(12) })},
		"money and refunds": {`,"amount_refunded":0,"released_to_seller":false,"refunds":[{"id":"r1","amount":5,"refunded":"2019-12-25T09:00:00Z"}]`,
			with(func(x *client.Transaction) {
				x.AmountRefunded, x.ReleasedToSeller = ptr(int64(0)), ptr(false)
				x.Refunds = []client.Refund{{ID: "r1", Amount: 5, Refunded: at(9)}}
			})},
		"nested": {`,"tracking":{"carrier":"ups","tracking_code":"T"},"complaint":{"description":"fake"},"review":{"approved":true}`,
			with(func(x *client.Transaction) {
				x.Tracking = &client.Tracking{Carrier: "ups", TrackingCode: "T"}
				x.Complaint = &client.Description{Description: "fake"}
				x.Review = &client.Review{Approved: ptr(true)}
			})},
		"largest amount": {`,"price":9223372036854775807`, with(func(x *client.Transaction) { x.Price = 1<<63 - 1 })},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := `{"id":1309,"status":"x","currency":"eur","price":1234,"charge":78` + tt.fields + `}`
			rec := record(t, reply(200, body))
			got, err := newClient(t, rec.URL).Online.Get(t.Context(), 1309)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&tt.want, got); diff != "" {
				t.Error(diff)
			}
			encoded, err := json.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			var again client.Transaction
			if err := json.Unmarshal(encoded, &again); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got, &again); diff != "" {
				t.Errorf("round trip: %s", diff)
			}
		})
	}
}

func TestStatus_Terminal(t *testing.T) {
	t.Parallel()
	for status, want := range map[client.Status]bool{
		client.StatusCreated: false, client.StatusPaid: false, client.StatusCancelledWithPayment: false, "orbiting": false,
		client.StatusRejected: true, client.StatusCancelled: true, client.StatusPaymentRefunded: true, client.StatusFundsReleased: true,
	} {
		if status.Terminal() != want {
			t.Errorf("%s: got %v", status, !want)
		}
	}
}

func TestOnline_ForPicksTheTwin(t *testing.T) {
	t.Parallel()
	rec := record(t, reply(200, `{"id":7}`))
	online := newClient(t, rec.URL).Online
	ctx := t.Context()
	calls := map[string]func(*client.OnlineParty) error{
		"cancel": func(p *client.OnlineParty) error { _, err := p.Cancel(ctx, 7); return err },
		"track":  func(p *client.OnlineParty) error { _, err := p.Track(ctx, 7, client.Tracking{}); return err },
		"confirm": func(p *client.OnlineParty) error {
			_, err := p.ConfirmDelivery(ctx, 7)
			return err
		},
		"accept": func(p *client.OnlineParty) error { _, err := p.AcceptPayment(ctx, 7); return err },
		"complain": func(p *client.OnlineParty) error {
			_, err := p.Complain(ctx, 7, client.Description{Description: "d"})
			return err
		},
	}
	want := map[string][2]string{
		"cancel":   {"cancel", "cancel_with_guest_user"},
		"track":    {"track", "track_with_guest_seller"},
		"confirm":  {"confirm_delivery", "confirm_delivery_with_guest_buyer"},
		"accept":   {"accept_payment", "accept_payment_with_guest_seller"},
		"complain": {"complain_with_description", "complain_with_guest_buyer"},
	}
	for name, call := range calls {
		for i, user := range []string{"feb33a87", "1-feb33a87"} {
			if err := call(online.For(user)); err != nil {
				t.Fatal(err)
			}
			sent := rec.last(t)
			if sent.URI != "/api/v1/transactions/7/"+want[name][i] || sent.Header.Get("Trustap-User") != user {
				t.Errorf("%s as %s: sent %s as %s", name, user, sent.URI, sent.Header.Get("Trustap-User"))
			}
		}
	}
}

func TestOnline_JoinCodesAreEscaped(t *testing.T) {
	t.Parallel()
	rec := record(t, reply(200, `{"id":7}`))
	online := newClient(t, rec.URL).Online
	const code = "a/../b?c#d&e f%2F"
	if _, err := online.RejectByJoinCode(t.Context(), code); err != nil {
		t.Fatal(err)
	}
	if got, want := rec.last(t).URI, "/api/v1/transactions-by-join-code/a%2F..%2Fb%3Fc%23d&e%20f%252F/reject"; got != want {
		t.Errorf("sent %s, want %s", got, want)
	}
	if _, err := online.Join(t.Context(), code); err != nil {
		t.Fatal(err)
	}
	if got, want := rec.last(t).URI, "/api/v1/transactions?join_code="+url.QueryEscape(code); got != want {
		t.Errorf("sent %s, want %s", got, want)
	}
}

func TestOnline_StripeClientSecret(t *testing.T) {
	t.Parallel()
	rec := record(t, reply(200, `{"client_secret":"pi_1_secret_2"}`))
	got, err := newClient(t, rec.URL).Online.StripeClientSecret(t.Context(), 7)
	if err != nil || string(got) != "pi_1_secret_2" || got.String() != "***" {
		t.Errorf("got %q (%v), %v", string(got), got, err)
	}
	empty := record(t, reply(200, `{}`))
	if _, err := newClient(t, empty.URL).Online.StripeClientSecret(t.Context(), 7); !errors.Is(err, client.ErrUnexpectedAnswer) {
		t.Errorf("got %v", err)
	}
}
