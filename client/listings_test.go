package client_test

import (
	"errors"
	"testing"

	"github.com/handsel-dev/handsel/client"
)

func TestListings_Send(t *testing.T) {
	t.Parallel()
	full := quote()
	full.ChargeSeller, full.ChargeConfig, full.PaymentMethod = ptr(int64(3)), 2, client.PaymentCard
	deposit := client.F2FQuote{Quote: full}
	const price = `"currency":"eur","price":1234,"charge":78,"charge_seller":3,"charge_calculator_version":5`
	const depositPrice = `"currency":"eur","deposit_price":1234,"deposit_charge":78,"charge_calculator_version":5`
	checkWire(t, `{"id":"l1"}`, map[string]wire{
		"create online": {func(c *client.Client) error {
			_, err := c.OnlineSingleUseListings.Create(t.Context(), client.OnlineListingInput{Role: client.RoleSeller, Description: "d", Quote: full})
			return err
		}, "", `{"role":"seller","description":"d",` + price + `}`},
		"create empty": {func(c *client.Client) error { _, err := c.OnlineSingleUseListings.CreateEmpty(t.Context()); return err }, "", ""},
		"update online": {func(c *client.Client) error {
			_, err := c.OnlineMultiUseListings.Update(t.Context(), "l1", client.OnlineListingUpdate{Quote: &full})
			return err
		}, "", `{` + price + `}`},
		"update online text": {func(c *client.Client) error {
			_, err := c.OnlineMultiUseListings.Update(t.Context(), "l1", client.OnlineListingUpdate{Description: ptr("d")})
			return err
		}, "", `{"description":"d"}`},
		"create f2f": {func(c *client.Client) error {
			_, err := c.F2FSingleUseListings.Create(t.Context(), client.F2FListingInput{Role: client.RoleBuyer, Description: "d", Quote: deposit, SkipRemainder: true})
			return err
		}, "", `{"role":"buyer","description":"d","skip_remainder":true,"charge_seller":3,` + depositPrice + `}`},
		"update f2f": {func(c *client.Client) error {
			_, err := c.F2FMultiUseListings.Update(t.Context(), "l1", client.F2FListingUpdate{Quote: &deposit, SkipRemainder: ptr(false)})
			return err
		}, "", `{"skip_remainder":false,` + depositPrice + `}`},
		"deposit pricing": {func(c *client.Client) error {
			_, err := c.F2FMultiUseListings.SetDepositPricing(t.Context(), "l1", deposit)
			return err
		}, "", `{` + depositPrice + `}`},
		"skip remainder": {func(c *client.Client) error {
			_, err := c.F2FMultiUseListings.SetSkipRemainder(t.Context(), "l1", false)
			return err
		},
			"", `{"skip_remainder":false}`},
	})
	checkWire(t, `{"id":7}`, map[string]wire{
		"online purchase": {func(c *client.Client) error {
			_, err := c.OnlineMultiUseListings.CreateTransaction(t.Context(), "l1", client.ListingPurchase[client.Quote]{Quantity: 10, Quote: &full})
			return err
		}, "charge=78&charge_config=2&payment_method=card&price=1234&quantity=10", ""},
		"online purchase of one": {func(c *client.Client) error {
			_, err := c.OnlineMultiUseListings.CreateTransaction(t.Context(), "l1", client.ListingPurchase[client.Quote]{})
			return err
		}, "", ""},
		"f2f purchase": {func(c *client.Client) error {
			_, err := c.F2FMultiUseListings.CreateTransaction(t.Context(), "l1", client.ListingPurchase[client.F2FQuote]{Quantity: 2, Quote: &deposit})
			return err
		}, "charge=78&price=1234&quantity=2", ""},
		"f2f purchase of one": {func(c *client.Client) error {
			_, err := c.F2FMultiUseListings.CreateTransaction(t.Context(), "l1", client.ListingPurchase[client.F2FQuote]{})
			return err
		}, "", ""},
	})
}

func TestListings_IDs(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"id":"77f3"}`, `{"id":1990}`} {
		rec := record(t, reply(200, body))
		c := newClient(t, rec.URL)
		listing, err := c.F2FMultiUseListings.Get(t.Context(), "a/b")
		if err != nil || listing.ID == "" {
			t.Fatalf("%s: %+v, %v", body, listing, err)
		}
		if uri := rec.last(t).URI; uri != "/api/v1/p2p/multi_use_listings/a%2Fb" {
			t.Errorf("sent %s", uri)
		}
	}
	rec := record(t, reply(200, `{}`))
	c := newClient(t, rec.URL)
	if _, err := c.OnlineSingleUseListings.Get(t.Context(), "a"); !errors.Is(err, client.ErrUnexpectedAnswer) {
		t.Errorf("got %v", err)
	}
	if _, err := c.OnlineSingleUseListings.Get(t.Context(), ""); !errors.Is(err, client.ErrInvalidInput) {
		t.Errorf("got %v", err)
	}
}

func TestListings_Delete(t *testing.T) {
	t.Parallel()
	for _, answer := range []struct {
		status int
		body   string
	}{{204, ""}, {200, "OK"}} {
		rec := record(t, reply(answer.status, answer.body))
		if err := newClient(t, rec.URL).F2FSingleUseListings.Delete(t.Context(), "l1"); err != nil {
			t.Errorf("%d %q: %v", answer.status, answer.body, err)
		}
	}
	rec := record(t, reply(404, ``))
	if err := newClient(t, rec.URL).OnlineMultiUseListings.Delete(t.Context(), "l1"); !errors.Is(err, client.CodeNotFound) {
		t.Errorf("got %v", err)
	}
	broken := record(t, reply(503, ``))
	err := newClient(t, broken.URL).OnlineMultiUseListings.Delete(t.Context(), "l1")
	if n := len(broken.all()); n != 1 || client.OutcomeOf(err) != client.OutcomeUnknown {
		t.Errorf("a DELETE was sent %d times: %v", n, err)
	}
}
