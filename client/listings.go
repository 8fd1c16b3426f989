package client

import (
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
)

// OnlineListing is goods offered for online transactions. Amounts are in minor
// units of Currency.
type OnlineListing struct {
	ID        ID     `json:"id"`
	CreatorID string `json:"creator_id,omitempty"`
	// CreatorRole is the creator's side; whoever buys or sells from the listing
	// takes the other one.
	CreatorRole Role     `json:"creator_role,omitempty"`
	Description string   `json:"description,omitempty"`
	Currency    string   `json:"currency,omitempty"`
	Pricing     *Pricing `json:"pricing,omitempty"`
	Created     Time     `json:"created,omitzero"`
	// Disabled is zero while the listing can be used.
	Disabled Time `json:"disabled,omitzero"`
}

// UnmarshalJSON also reads the price under the name of the other model, which one
// example of each document has.
func (l *OnlineListing) UnmarshalJSON(data []byte) error {
	type plain OnlineListing
	wire := struct {
		*plain
		Swapped *Pricing `json:"deposit_pricing"`
	}{plain: (*plain)(l)}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	if l.Pricing == nil {
		l.Pricing = wire.Swapped
	}
	return nil
}

func (l *OnlineListing) check() error { return checkListing(l.ID) }

// F2FListing is goods offered for face-to-face transactions. Amounts are in minor
// units of Currency.
type F2FListing struct {
	ID             ID       `json:"id"`
	CreatorID      string   `json:"creator_id,omitempty"`
	CreatorRole    Role     `json:"creator_role,omitempty"`
	Description    string   `json:"description,omitempty"`
	Currency       string   `json:"currency,omitempty"`
	DepositPricing *Pricing `json:"deposit_pricing,omitempty"`
	SkipRemainder  bool     `json:"skip_remainder"`
	AllowsMultiUse bool     `json:"allows_multi_use"`
	Created        Time     `json:"created,omitzero"`
	// Disabled is zero while the listing can be used.
	Disabled Time `json:"disabled,omitzero"`
}

// UnmarshalJSON is lenient like that of [OnlineListing].
func (l *F2FListing) UnmarshalJSON(data []byte) error {
	type plain F2FListing
	wire := struct {
		*plain
		Swapped *Pricing `json:"pricing"`
	}{plain: (*plain)(l)}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	if l.DepositPricing == nil {
		l.DepositPricing = wire.Swapped
	}
	return nil
}

func (l *F2FListing) check() error { return checkListing(l.ID) }

func checkListing(id ID) error {
	if id == "" {
		return errors.New("listing has no id")
	}
	return nil
}

// listings is the part that the four services share: where their calls are.
type listings struct {
	client *Client
	// model is "" or "/p2p", kind the first word of the paths, id the parameter.
	model string
	kind  ListingType
	id    string
}

// mine is a path under the acting user, one a path under a listing.
func (l listings) mine(call string) string {
	return l.model + "/me/" + string(l.kind) + "_listings" + call
}

func (l listings) one(call string) string {
	return l.model + "/" + string(l.kind) + "_listings/" + l.id + call
}

// ListingPurchase takes several pieces from a multi-use listing in one
// transaction.
type ListingPurchase[Q any] struct {
	// Quantity is for information; 0 leaves it out.
	Quantity int64
	// Quote of the total is the answer of a quote call with the same Quantity,
	// unchanged; nil takes the listing's own price.
	Quote *Q
}

// purchaseValues is empty for the listing's own price.
func purchaseValues(quantity int64, q *Quote) url.Values {
	values := url.Values{}
	setInt(values, "quantity", quantity)
	if q != nil {
		values.Set("price", strconv.FormatInt(q.Price, 10))
		values.Set("charge", strconv.FormatInt(q.Charge, 10))
	}
	return values
}
