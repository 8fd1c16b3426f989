package sandbox

import (
	"net/url"
	"slices"
)

const maxImageURL = 2047

// terms is what the three ways to create a transaction have in common. Amounts are minor units of Currency.
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

// open checks the terms and makes a transaction of them that is not in the world yet. The version is looked at before the
// amount, so that a caller with an old quote learns to ask again.
func (w *world) open(in terms) (*online, *Error) {
	if slices.ContainsFunc(in.Features, unknownFeature) {
		return nil, refuse("feature_not_found")
	}
	d := deal{currency: in.Currency, price: in.Price, method: in.PaymentMethod}
	if in.ChargeConfig != nil {
		if d.config = *in.ChargeConfig; d.config == 0 {
			return nil, refuse("invalid_charge_config")
		}
	}
	if slices.Contains(in.Features, featurePostageFee) {
		d.postage = in.PostageFee
	}
	quote, err := w.quote(d)
	switch {
	case err != nil:
		return nil, err
	case in.CalculatorVersion < 1:
		return nil, refuse("invalid_calc_version")
	case in.CalculatorVersion != quote.CalculatorVersion:
		return nil, refuse("incorrect_calc_version")
	case in.Charge != quote.Charge:
		return nil, refuse("incorrect_charge")
	case in.ChargeSeller != quote.ChargeSeller:
		return nil, refuse("incorrect_charge_seller")
	}
	return &online{features: in.Features, Transaction: Transaction{
		Currency: in.Currency, Price: in.Price, Charge: quote.Charge, ChargeSeller: quote.ChargeSeller,
		ChargePostageBuyer: quote.ChargePostageBuyer, Description: in.Description,
	}}, nil
}

func unknownFeature(name string) bool {
	return !slices.Contains([]string{featureSellerAcceptance, featurePostageFee, "use_hr_post", "use_shippo"}, name)
}

func createTransaction(c *call) (any, *Error) {
	in, err := decode[struct {
		terms
		Role string `json:"role"`
	}](c.body)
	if err != nil {
		return nil, err
	}
	if in.Role != seller && in.Role != buyer {
		return nil, refuse("invalid_role")
	}
	t, err := c.world.open(in.terms)
	if err != nil {
		return nil, err
	}
	t.creator = c.user.id
	t.seat(in.Role, c.user.id)
	c.world.add(t, c.by)
	t.JoinCode = c.world.uuid()
	c.world.joinCodes[t.JoinCode] = t
	c.world.record(c.by, t.ID)
	return t.Transaction, nil
}

func createAndJoin(c *call) (any, *Error) {
	in, err := decode[struct {
		terms
		CreatorRole string `json:"creator_role"`
		JoinUserID  string `json:"join_user_id"`
	}](c.body)
	if err != nil {
		return nil, err
	}
	joiner := c.world.users[in.JoinUserID]
	switch {
	case in.CreatorRole != seller && in.CreatorRole != buyer:
		return nil, refuse("invalid_role")
	case joiner == nil:
		return nil, refuse("invalid_join_user_id")
	case joiner == c.user:
		return nil, refuse("duplicate_user_id")
	case !joiner.consent:
		return nil, refuse("user_not_owned_by_client")
	}
	t, err := c.world.open(in.terms)
	if err != nil {
		return nil, err
	}
	t.creator = c.user.id
	t.seat(in.CreatorRole, c.user.id)
	t.seat(other(in.CreatorRole), joiner.id)
	return c.addJoined(t), nil
}

func createWithGuestUser(c *call) (any, *Error) {
	in, err := decode[struct {
		terms
		CreatorRole string `json:"creator_role"`
		SellerID    string `json:"seller_id"`
		BuyerID     string `json:"buyer_id"`
		ImageURL    string `json:"image_url"`
	}](c.body)
	if err != nil {
		return nil, err
	}
	if err := c.checkParties(in.CreatorRole, in.SellerID, in.BuyerID); err != nil {
		return nil, err
	}
	if err := checkImageURL(in.ImageURL); err != nil {
		return nil, err
	}
	t, err := c.world.open(in.terms)
	if err != nil {
		return nil, err
	}
	t.creator = c.user.id
	t.SellerID, t.BuyerID, t.ImageURL = in.SellerID, in.BuyerID, in.ImageURL
	return c.addJoined(t), nil
}

// checkParties wants two known users, one of them a guest, and the creator acting.
func (c *call) checkParties(creatorRole, sellerID, buyerID string) *Error {
	creator := sellerID
	if creatorRole == buyer {
		creator = buyerID
	}
	s, b := c.world.users[sellerID], c.world.users[buyerID]
	switch {
	case creatorRole != seller && creatorRole != buyer:
		return refuse("invalid_role")
	case s == nil || b == nil:
		return refuse("guest_user_not_found")
	case s == b:
		return refuse("duplicate_user_id")
	case creator != c.user.id:
		return refuse("forbidden")
	case !s.guest && !b.guest:
		return refuse("no_guest_user")
	case !s.consent || !b.consent:
		return refuse("user_not_owned_by_client")
	case c.world.apart(s.country, b.country):
		return refuse("incompatible_countries")
	}
	return nil
}

func (w *world) apart(a, b string) bool {
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
func (c *call) addJoined(t *online) Transaction {
	c.world.add(t, c.by)
	by := c.by
	by.user = ""
	c.world.apply(t, onlineJoin, by)
	return t.Transaction
}

func (t *online) seat(role, userID string) {
	if role == seller {
		t.SellerID = userID
	} else {
		t.BuyerID = userID
	}
}

func other(role string) string {
	if role == seller {
		return buyer
	}
	return seller
}
