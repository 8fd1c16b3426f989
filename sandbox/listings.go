package sandbox

import (
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// listing is goods on offer, from which transactions are made. Amounts are minor units of Currency.
type listing struct {
	ID            string    `json:"id"`
	F2F           bool      `json:"p2p"`
	Multi         bool      `json:"multi"`
	CreatorID     string    `json:"creator_id"`
	CreatorRole   string    `json:"creator_role"`
	Description   *string   `json:"description,omitempty"`
	Currency      string    `json:"currency,omitempty"`
	Pricing       *Pricing  `json:"pricing,omitempty"`
	Config        int64     `json:"config,omitempty"`
	SkipRemainder bool      `json:"skip_remainder"`
	Created       time.Time `json:"created"`
	Disabled      time.Time `json:"disabled,omitzero"`
}

// listingAnswer is a listing as the API shows it: the models name the price in two ways, and two flags are face to face only.
type listingAnswer struct {
	ID             string    `json:"id"`
	CreatorID      string    `json:"creator_id"`
	CreatorRole    string    `json:"creator_role,omitempty"`
	Description    *string   `json:"description,omitempty"`
	Currency       string    `json:"currency,omitempty"`
	Pricing        *Pricing  `json:"pricing,omitempty"`
	DepositPricing *Pricing  `json:"deposit_pricing,omitempty"`
	SkipRemainder  *bool     `json:"skip_remainder,omitempty"`
	AllowsMultiUse *bool     `json:"allows_multi_use,omitempty"`
	Created        time.Time `json:"created"`
	Disabled       time.Time `json:"disabled,omitzero"`
}

// show leaves the creator's role out where the customer's document is played: its examples never have it.
func (l *listing) show(profile string) listingAnswer {
	a := listingAnswer{ID: l.ID, CreatorID: l.CreatorID, CreatorRole: l.CreatorRole, Description: l.Description, Currency: l.Currency,
		Pricing: l.Pricing, Created: l.Created, Disabled: l.Disabled}
	if l.F2F {
		a.Pricing, a.DepositPricing = nil, l.Pricing
		a.SkipRemainder, a.AllowsMultiUse = new(l.SkipRemainder), new(l.Multi)
	}
	if profile == ProfileSeed {
		a.CreatorRole = ""
	}
	return a
}

func (l *listing) kind() string {
	if l.Multi {
		return "multi_use"
	}
	return "single_use"
}

// closeListing disables a single-use listing whose goods are sold.
func (w *state) closeListing(id string, at time.Time) {
	if l := w.listings[id]; l != nil && !l.Multi && l.Disabled.IsZero() {
		l.Disabled = at
	}
}

// listingKind is one of the four kinds.
type listingKind struct{ f2f, multi bool }

// listingInput is the body of all calls that write a listing; absent fields stay as they are.
type listingInput struct {
	Role          string  `json:"role"`
	Description   *string `json:"description"`
	Currency      *string `json:"currency"`
	Price         *int64  `json:"price"`
	Charge        *int64  `json:"charge"`
	ChargeSeller  *int64  `json:"charge_seller"`
	DepositPrice  *int64  `json:"deposit_price"`
	DepositCharge *int64  `json:"deposit_charge"`
	SkipRemainder *bool   `json:"skip_remainder"`
}

func (in listingInput) prices(f2f bool) (price, charge *int64) {
	if f2f {
		return in.DepositPrice, in.DepositCharge
	}
	return in.Price, in.Charge
}

// setPricing takes over currency and price after checking the charge. No version is checked: no such call lists an error
// for it, and the customer's document mixes versions in its examples.
func (w *state) setPricing(l *listing, in listingInput) *Error {
	old := Pricing{}
	if l.Pricing != nil {
		old = *l.Pricing
	}
	price, charge := in.prices(l.F2F)
	d := deal{f2f: l.F2F, currency: pick(in.Currency, l.Currency), price: pick(price, old.Price)}
	quote, err := w.agree(offer{deal: d, charge: pick(charge, old.Charge), seller: in.ChargeSeller, unversioned: true})
	if err != nil {
		return err
	}
	l.Currency, l.Pricing = d.currency, new(quote.pricing())
	return nil
}

// setCurrency gives a listing without a price a currency alone. That a listing can have one without the other is our guess:
// the customer's document has a code for it and no call that leads there.
func (w *state) setCurrency(l *listing, currency string) *Error {
	if !slices.Contains(w.cfg.Currencies, currency) {
		return refuse("unsupported_currency")
	}
	l.Currency = currency
	return nil
}

func (k listingKind) create(c *call) (stage.Value, *Error) {
	in, err := stage.Decode[listingInput](c.body)
	if err != nil {
		return nil, err
	}
	if !isRole(in.Role) {
		return nil, refuse("invalid_role")
	}
	l := &listing{CreatorRole: in.Role, Description: new(pick(in.Description, "")), SkipRemainder: pick(in.SkipRemainder, false)}
	l.F2F = k.f2f
	if err := c.world.setPricing(l, in); err != nil {
		return nil, err
	}
	return k.keep(c, l), nil
}

// createBare is the deprecated call without parameters. A face-to-face listing starts with the deposit of the customer's
// document, whose charge has no flat part.
func (k listingKind) createBare(c *call) (stage.Value, *Error) {
	if _, err := stage.Decode[noBody](c.body); err != nil {
		return nil, err
	}
	l := &listing{CreatorRole: seller}
	if k.f2f {
		l.Description, l.Currency, l.Pricing = new(""), "eur", &Pricing{Price: 5000, Charge: 150}
	}
	return k.keep(c, l), nil
}

func (k listingKind) keep(c *call, l *listing) listingAnswer {
	l.ID, l.F2F, l.Multi, l.CreatorID, l.Created = c.world.uuid(), k.f2f, k.multi, c.user.ID, c.by.at
	c.world.listings[l.ID] = l
	c.world.record(c.by, 0)
	return l.show(c.world.cfg.Profile)
}

// find looks up the listing in the path among those of this kind.
func (k listingKind) find(c *call) (*listing, *Error) {
	l := c.world.listings[c.request.PathValue("listing_id")]
	if l == nil || l.F2F != k.f2f || l.Multi != k.multi {
		return nil, refuse("not_found")
	}
	return l, nil
}

func (k listingKind) get(c *call) (stage.Value, *Error) {
	l, err := k.find(c)
	if err != nil {
		return nil, err
	}
	return l.show(c.world.cfg.Profile), nil
}

// edit makes a handler with which the creator changes a listing; to everybody else the listing is not there.
func (k listingKind) edit(act func(*call, *listing, listingInput) *Error) handler {
	return func(c *call) (stage.Value, *Error) {
		in, err := stage.Decode[listingInput](c.body)
		if err != nil {
			return nil, err
		}
		l, err := k.find(c)
		if err != nil {
			return nil, err
		}
		if l.CreatorID != c.user.ID {
			return nil, refuse("not_found")
		}
		if err := act(c, l, in); err != nil {
			return nil, err
		}
		c.world.record(c.by, 0)
		return l.show(c.world.cfg.Profile), nil
	}
}

// deleteListing leaves transactions that were made from it as they are.
func deleteListing(c *call, l *listing, _ listingInput) *Error {
	delete(c.world.listings, l.ID)
	return nil
}

func describeListing(_ *call, l *listing, in listingInput) *Error {
	l.Description = new(pick(in.Description, ""))
	return nil
}

func priceListing(c *call, l *listing, in listingInput) *Error {
	price, charge := in.prices(l.F2F)
	if in.Currency == nil {
		return refuse("currency_missing")
	}
	if price == nil && charge == nil && l.Pricing == nil {
		return c.world.setCurrency(l, *in.Currency)
	}
	in.Price, in.Charge = new(pick(price, 0)), new(pick(charge, 0))
	in.DepositPrice, in.DepositCharge = in.Price, in.Charge
	return c.world.setPricing(l, in)
}

func patchListing(c *call, l *listing, in listingInput) *Error {
	price, charge := in.prices(l.F2F)
	priced := in.Currency != nil || price != nil || charge != nil
	switch {
	case !priced && in.Description == nil && in.SkipRemainder == nil:
		return refuse("empty_body")
	case !l.F2F && priced && (in.Currency == nil || price == nil || charge == nil):
		return refuse("partial_pricing")
	}
	if priced {
		if err := c.world.setPricing(l, in); err != nil {
			return err
		}
	}
	if in.Description != nil {
		l.Description = in.Description
	}
	l.SkipRemainder = pick(in.SkipRemainder, l.SkipRemainder)
	return nil
}

func disableListing(c *call, l *listing, _ listingInput) *Error {
	if l.Disabled.IsZero() {
		l.Disabled = c.by.at
	}
	return nil
}

func enableListing(_ *call, l *listing, _ listingInput) *Error {
	l.Disabled = time.Time{}
	return nil
}

func skipListing(_ *call, l *listing, in listingInput) *Error {
	l.SkipRemainder = pick(in.SkipRemainder, false)
	return nil
}

// complete is what an online listing lacks to make transactions; face to face even a bare one does.
func (l *listing) complete() *Error {
	switch {
	case l.F2F:
		return nil
	case l.Currency == "":
		return refuse("no_listing_currency")
	case l.Pricing == nil:
		return refuse("no_listing_price")
	case l.Description == nil || strings.TrimSpace(*l.Description) == "":
		return refuse("no_listing_descr")
	}
	return nil
}
