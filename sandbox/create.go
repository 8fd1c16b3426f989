package sandbox

import (
	"net/url"
	"slices"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

const maxImageURL = 2047

// offer is what a caller believes that a deal costs. A nil seller's charge is not compared, and neither is the version of
// an unversioned offer: no call on listings knows an error for it.
type offer struct {
	deal
	charge      int64
	seller      *int64
	version     int64
	unversioned bool
}

// agree quotes the deal and compares. The version is looked at before the amount, so that a caller with an old quote learns
// to ask again.
func (w *state) agree(o offer) (Charge, *Error) {
	quote, err := w.quote(o.deal)
	switch {
	case err != nil:
		return Charge{}, err
	case !o.unversioned && o.version < 1:
		return Charge{}, refuse("invalid_calc_version")
	case !o.unversioned && o.version != quote.CalculatorVersion:
		return Charge{}, refuse("incorrect_calc_version")
	case o.charge != quote.Charge:
		return Charge{}, refuse("incorrect_charge")
	case o.seller != nil && *o.seller != quote.ChargeSeller:
		return Charge{}, refuse("incorrect_charge_seller")
	}
	return quote, nil
}

// configOf reads an optional charge config, for which 0 is not a way to leave it out.
func configOf(given *int64) (int64, *Error) {
	if given == nil {
		return 0, nil
	}
	if *given == 0 {
		return 0, refuse("invalid_charge_config")
	}
	return *given, nil
}

// terms is what the three ways to create an online transaction have in common. Amounts are minor units of Currency.
type terms struct {
	Currency          string   `json:"currency"`
	Price             int64    `json:"price"`
	Description       string   `json:"description"`
	Charge            int64    `json:"charge"`
	ChargeSeller      int64    `json:"charge_seller"`
	CalculatorVersion int64    `json:"charge_calculator_version"`
	ChargeConfig      *int64   `json:"charge_config"`
	PaymentMethod     string   `json:"payment_method"`
	PostageFee        int64    `json:"postage_fee"`
	Features          []string `json:"features"`
}

// open checks the terms and makes a transaction of them that is not in the world yet.
func (in terms) open(w *state) (*online, *Error) {
	if slices.ContainsFunc(in.Features, unknownFeature) {
		return nil, refuse("feature_not_found")
	}
	config, err := configOf(in.ChargeConfig)
	if err != nil {
		return nil, err
	}
	d := deal{currency: in.Currency, price: in.Price, method: in.PaymentMethod, config: config}
	if slices.Contains(in.Features, featurePostageFee) {
		d.postage = in.PostageFee
	}
	quote, err := w.agree(offer{deal: d, charge: in.Charge, seller: &in.ChargeSeller, version: in.CalculatorVersion})
	if err != nil {
		return nil, err
	}
	return &online{
		Hidden: hidden{Features: in.Features, Method: in.PaymentMethod, Config: config},
		Transaction: Transaction{
			Currency: in.Currency, Price: in.Price, Charge: quote.Charge, ChargeSeller: quote.ChargeSeller,
			ChargePostageBuyer: quote.ChargePostageBuyer, Description: in.Description,
		},
	}, nil
}

func unknownFeature(name string) bool {
	return !slices.Contains([]string{featureSellerAcceptance, featurePostageFee, featureHRPost, featureShippo}, name)
}

// opener is the terms of one model.
type opener[T any] interface {
	open(w *state) (T, *Error)
}

// seats is who takes part in a new transaction.
type seats struct {
	Role        string `json:"role"`
	CreatorRole string `json:"creator_role"`
	JoinUserID  string `json:"join_user_id"`
	SellerID    string `json:"seller_id"`
	BuyerID     string `json:"buyer_id"`
	ImageURL    string `json:"image_url"`
}

func isRole(role string) bool { return role == seller || role == buyer }

// input reads both halves of a body that creates a transaction.
func input[In any](c *call) (In, seats, *Error) {
	in, err := stage.Decode[In](c.body)
	if err != nil {
		return in, seats{}, err
	}
	who, err := stage.Decode[seats](c.body)
	return in, who, err
}

// create opens a transaction that somebody else may join.
func create[In opener[T], T escrow[T]](c *call) (stage.Value, *Error) {
	in, who, err := input[In](c)
	if err != nil {
		return nil, err
	}
	if !isRole(who.Role) {
		return nil, refuse("invalid_role")
	}
	t, err := in.open(c.world)
	if err != nil {
		return nil, err
	}
	f := t.facts()
	t.inside().Creator = c.user.ID
	*f.party(who.Role) = c.user.ID
	*f.joinCode = c.world.uuid()
	add(c.world, t, c.by)
	t.book(c.world).enter(c.world, t, c.by.at)
	c.world.record(c.by, *f.id)
	return show(c, t), nil
}

// createAndJoin opens a transaction together with its second party.
func createAndJoin[In opener[T], T escrow[T]](c *call) (stage.Value, *Error) {
	in, who, err := input[In](c)
	if err != nil {
		return nil, err
	}
	joiner := c.world.users[who.JoinUserID]
	switch {
	case !isRole(who.CreatorRole):
		return nil, refuse("invalid_role")
	case joiner == nil:
		return nil, refuse("invalid_join_user_id")
	case joiner == c.user:
		return nil, refuse("duplicate_user_id")
	case !joiner.Consent:
		return nil, refuse("user_not_owned_by_client")
	case joiner.Unfinished:
		return nil, refuse("account_not_finished")
	}
	t, err := in.open(c.world)
	if err != nil {
		return nil, err
	}
	f := t.facts()
	*f.party(who.CreatorRole) = c.user.ID
	*f.party(other(who.CreatorRole)) = joiner.ID
	return addJoined(c, t), nil
}

// createWithGuestUser opens a transaction between two users of the client.
func createWithGuestUser[In opener[T], T escrow[T]](c *call) (stage.Value, *Error) {
	in, who, err := input[In](c)
	if err != nil {
		return nil, err
	}
	var none T
	model := none.book(c.world)
	c.actAsCreator(who)
	if err := c.checkParties(who, model.apart); err != nil {
		return nil, err
	}
	if s := c.world.users[who.SellerID]; model.stateless != "" && s.Guest && s.Country == "" {
		return nil, refuse(model.stateless)
	}
	if err := checkImageURL(who.ImageURL); err != nil {
		return nil, err
	}
	t, err := in.open(c.world)
	if err != nil {
		return nil, err
	}
	f := t.facts()
	*f.sellerID, *f.buyerID, *f.imageURL = who.SellerID, who.BuyerID, who.ImageURL
	return addJoined(c, t), nil
}

// actAsCreator lets the one whom the role names act where the API key names nobody, as programs of others have it.
func (c *call) actAsCreator(who seats) {
	if c.user != nil || !isRole(who.CreatorRole) {
		return
	}
	id := who.SellerID
	if who.CreatorRole == buyer {
		id = who.BuyerID
	}
	if c.user = c.world.users[id]; c.user != nil {
		c.by.user = id
	}
}

// checkParties wants two known users, one of them a guest, and the creator acting. Parties whose countries do not go
// together get the code apart.
func (c *call) checkParties(who seats, apart string) *Error {
	creator := who.SellerID
	if who.CreatorRole == buyer {
		creator = who.BuyerID
	}
	s, b := c.world.users[who.SellerID], c.world.users[who.BuyerID]
	switch {
	case !isRole(who.CreatorRole):
		return refuse("invalid_role")
	case s == nil || b == nil:
		return refuse("guest_user_not_found")
	case s == b:
		return refuse("duplicate_user_id")
	case c.user == nil || creator != c.user.ID:
		return refuse("forbidden")
	case !s.Guest && !b.Guest:
		return refuse("no_guest_user")
	case !s.Consent || !b.Consent:
		return refuse("user_not_owned_by_client")
	case s.Unfinished || b.Unfinished:
		return refuse("account_not_finished")
	case c.world.apart(s.Country, b.Country):
		return refuse(apart)
	}
	return nil
}

func (w *state) apart(a, b string) bool {
	return slices.ContainsFunc(w.cfg.IncompatibleCountries, func(pair [2]string) bool {
		return pair == [2]string{a, b} || pair == [2]string{b, a}
	})
}

func checkImageURL(raw string) *Error {
	if raw == "" {
		return nil
	}
	if len(raw) > maxImageURL {
		return refuse("image_url_too_long")
	}
	if u, err := url.Parse(raw); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return refuse("invalid_image_url")
	}
	return nil
}

// addJoined puts a transaction with both parties into the world. The client made the join, so the webhook names no user.
func addJoined[T escrow[T]](c *call, t T) stage.Value {
	t.inside().Creator = c.user.ID
	add(c.world, t, c.by)
	by := c.by
	by.user = ""
	apply(c.world, t, t.book(c.world).join, by)
	return show(c, t)
}

func other(role string) string {
	if role == seller {
		return buyer
	}
	return seller
}
