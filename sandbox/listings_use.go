package sandbox

import (
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// createTransaction makes a transaction between the listing's creator and the acting user.
func (k listingKind) createTransaction(c *call) (stage.Value, *Error) {
	if _, err := stage.Decode[noBody](c.body); err != nil {
		return nil, err
	}
	l, err := k.find(c)
	if err != nil {
		return nil, err
	}
	switch {
	case l.CreatorID == c.user.ID:
		return nil, refuse("is_listing_creator")
	case !l.Disabled.IsZero():
		return nil, refuse("listing_is_disabled")
	}
	if err := l.complete(); err != nil {
		return nil, err
	}
	pricing, quantity, err := k.asked(c, l)
	if err != nil {
		return nil, err
	}
	if k.f2f {
		t := &f2f{F2FTransaction: F2FTransaction{Currency: l.Currency, DepositPricing: pricing, SkipRemainder: l.SkipRemainder}}
		return fromListing(c, t, l, quantity), nil
	}
	t := &online{Transaction: Transaction{Currency: l.Currency, Price: pricing.Price, Charge: pricing.Charge, ChargeSeller: pricing.ChargeSeller}}
	return fromListing(c, t, l, quantity), nil
}

// createTransactionAsGuest is for guest buyers of a seller's listing.
func (k listingKind) createTransactionAsGuest(c *call) (stage.Value, *Error) {
	l, err := k.find(c)
	if err != nil {
		return nil, err
	}
	if l.CreatorRole != seller {
		return nil, refuse("invalid_role")
	}
	return k.createTransaction(c)
}

// asked is the price, which a multi-use listing lets the caller choose together with the quantity.
func (k listingKind) asked(c *call, l *listing) (Pricing, int64, *Error) {
	q := c.request.URL.Query()
	quantity, ok := intParam(q, "quantity", 1)
	if !ok || quantity < 1 {
		return Pricing{}, 0, refuse("invalid_price")
	}
	if !k.multi || !q.Has("price") && !q.Has("charge") {
		return *l.Pricing, quantity, nil
	}
	price, ok := intParam(q, "price", 0)
	if !ok {
		return Pricing{}, 0, refuse("invalid_price")
	}
	charge, ok := intParam(q, "charge", -1)
	if !ok {
		return Pricing{}, 0, refuse("incorrect_charge")
	}
	config, ok := intParam(q, "charge_config", 1)
	if !ok || config == 0 {
		return Pricing{}, 0, refuse("invalid_charge_config")
	}
	d := deal{f2f: k.f2f, currency: l.Currency, price: price, config: config, method: q.Get("payment_method")}
	quote, err := c.world.agree(offer{deal: d, charge: charge, unversioned: true})
	return quote.pricing(), quantity, err
}

func fromListing[T escrow[T]](c *call, t T, l *listing, quantity int64) stage.Value {
	f := t.facts()
	t.inside().Creator = l.CreatorID
	*f.description, *f.quantity, *f.listingID, *f.listingType = pick(l.Description, ""), quantity, l.ID, l.kind()
	*f.party(l.CreatorRole), *f.party(other(l.CreatorRole)) = l.CreatorID, c.user.ID
	add(c.world, t, c.by)
	apply(c.world, t, t.book(c.world).join, c.by)
	return show(c, t)
}

// decideListing makes the action with which the listing's creator accepts or rejects a transaction made from it. Both
// spellings of the time are set.
func decideListing(m *onlineMove, other func(*online) *time.Time) func(*call, *online, noBody) *Error {
	return func(c *call, t *online, _ noBody) *Error {
		if t.ListingID == "" {
			return refuse("no_listing")
		}
		if t.Hidden.Creator != c.user.ID {
			return refuse("not_creator")
		}
		if err := check(t, m); err != nil {
			return err
		}
		if code := t.decided(); code != "" {
			return refuse(code)
		}
		*other(t) = c.by.at
		apply(c.world, t, m, c.by)
		return nil
	}
}

func acceptListing() func(*call, *online, noBody) *Error {
	return decideListing(onlineCreatorAccepts, func(t *online) *time.Time { return &t.AcceptedByListingCreator })
}

func rejectListing() func(*call, *online, noBody) *Error {
	return decideListing(onlineCreatorRejects, func(t *online) *time.Time { return &t.RejectedByListingCreator })
}

// createWithSeller is the shortcut of the product Lite: the client names a seller by e-mail, and gets the page where a buyer
// pays the deposit.
func createWithSeller(c *call) (stage.Value, *Error) {
	in, err := stage.Decode[struct {
		AdID        string `json:"ad_id"`
		Currency    string `json:"currency"`
		Description string `json:"description"`
		ImageURL    string `json:"image_url"`
		Country     string `json:"seller_country_code"`
		Email       string `json:"seller_email"`
		Value       int64  `json:"value"`
	}](c.body)
	if err != nil {
		return nil, err
	}
	switch {
	case in.Email == "":
		return nil, refuse("email_missing")
	case !isEmail(in.Email):
		return nil, refuse("invalid_email")
	}
	if _, known := country(in.Country); !known || in.Country == "" {
		return nil, refuse("invalid_country_code")
	}
	if err := checkImageURL(in.ImageURL); err != nil {
		return nil, err
	}
	quote, err := c.world.quote(deal{f2f: true, currency: in.Currency, price: in.Value})
	if err != nil {
		return nil, err
	}
	u := c.world.addGuest(user{Email: in.Email, Country: in.Country})
	t := &f2f{F2FTransaction: F2FTransaction{Currency: in.Currency, DepositPricing: quote.pricing(), Description: in.Description,
		ImageURL: in.ImageURL, SkipRemainder: true, SellerID: u.ID}, Hidden: hidden{Creator: u.ID, AdID: in.AdID}}
	t.JoinCode = c.world.uuid()
	add(c.world, t, c.by)
	enterF2F(c.world, t, c.by.at)
	c.world.record(c.by, t.ID)
	return struct {
		ActionsURL string `json:"actions_url"`
	}{c.world.cfg.link(c.world.Number, "/f2f/transactions/", t.ID, "/created_pay_deposit")}, nil
}
