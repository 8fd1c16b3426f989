package sandbox

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// extras is what callers have stored about the way of a parcel; it is echoed and never acted upon.
type extras struct {
	Shipping   *shippingAddress `json:"shipping,omitempty"`
	Delivery   fields           `json:"delivery,omitempty"`
	PickUp     fields           `json:"pick_up,omitempty"`
	Sender     fields           `json:"sender,omitempty"`
	Recipient  fields           `json:"recipient,omitempty"`
	Parcel     fields           `json:"parcel,omitempty"`
	Customs    fields           `json:"customs,omitempty"`
	ShippoRate string           `json:"shippo_rate,omitempty"`
}

// fields are a JSON object whose values are kept as they were sent.
type fields map[string]json.RawMessage

func (f fields) text(name string) string {
	var s string
	_ = json.Unmarshal(f[name], &s) // anything but a text counts as missing
	return strings.TrimSpace(s)
}

// wants answers empty_<field> for the first text that is missing.
func (f fields) wants(names ...string) *Error {
	for _, name := range names {
		if f.text(name) == "" {
			return refuse("empty_" + name)
		}
	}
	return nil
}

// filled is a copy with an empty text for each missing name, which the answers have always.
func (f fields) filled(names ...string) fields {
	full := maps.Clone(f)
	for _, name := range names {
		if _, ok := full[name]; !ok {
			full[name] = json.RawMessage(`""`)
		}
	}
	return full
}

// carrierHRPost is the one carrier with points where parcels are handed in and out.
const carrierHRPost = "posta_hr"

// setPoint makes the action that stores where a parcel is handed in or out.
func setPoint(center string, at func(*extras) *fields) func(*call, *online, fields) (stage.Value, *Error) {
	return func(c *call, t *online, in fields) (stage.Value, *Error) {
		err := in.wants("full_name", "phone", "email", "street", "house_number", "postal_code", "city", center, "delivery_type", "carrier")
		if err != nil {
			return nil, err
		}
		if in.text("carrier") != carrierHRPost {
			return nil, refuse("unsupported_carrier")
		}
		*at(&t.Hidden.Extras) = in.filled("house_number_suffix")
		c.world.record(c.by, t.ID)
		return *at(&t.Hidden.Extras), nil
	}
}

func setDeliveryPoint() func(*call, *online, fields) (stage.Value, *Error) {
	return setPoint("delivery_center_code", func(e *extras) *fields { return &e.Delivery })
}

func setPickUpPoint() func(*call, *online, fields) (stage.Value, *Error) {
	return setPoint("pick_up_center_code", func(e *extras) *fields { return &e.PickUp })
}

func generateLabel(_ *call, t *online, _ noBody) (stage.Value, *Error) {
	switch {
	case t.Hidden.Extras.PickUp == nil:
		return nil, refuse("pick_up_details_missing")
	case t.Hidden.Extras.Delivery == nil:
		return nil, refuse("drop_off_details_missing")
	}
	return map[string]string{"label": "U2FuZGJveCBsYWJlbA=="}, nil
}

func getFacilities(c *call) (stage.Value, *Error) {
	in, err := stage.Decode[fields](c.body)
	if err != nil {
		return nil, err
	}
	if c.request.PathValue("carrier_id") != carrierHRPost {
		return nil, refuse("invalid_carrier")
	}
	kind := in.text("delivery_type")
	if kind == "" {
		return nil, refuse("invalid_delivery_type")
	}
	return []map[string]string{{"name": "Sandbox Point", "code": "SB-1", "address": "1 Example Street", "city": "Zagreb",
		"postal_code": "10000", "delivery_type": kind}}, nil
}

// withShippo makes an action for transactions that were created with the feature.
func withShippo(act func(*call, *online, fields) (stage.Value, *Error)) func(*call, *online, fields) (stage.Value, *Error) {
	return func(c *call, t *online, in fields) (stage.Value, *Error) {
		if !t.Hidden.has(featureShippo) {
			return nil, refuse("missing_tx_feature")
		}
		return act(c, t, in)
	}
}

func setShippoAddress(c *call, t *online, in fields) (stage.Value, *Error) {
	if err := in.wants("full_name", "phone", "street_1", "city", "state", "zip_code", "country"); err != nil {
		return nil, err
	}
	side := &t.Hidden.Extras.Recipient
	if string(in["is_sender_address"]) == "true" {
		side = &t.Hidden.Extras.Sender
	}
	stored := maps.Clone(in)
	delete(stored, "is_sender_address")
	*side = stored
	c.world.record(c.by, t.ID)
	return stored, nil
}

func setShippoParcel(c *call, t *online, in fields) (stage.Value, *Error) {
	date := in.text("shipment_date")
	if _, err := time.Parse(time.RFC3339, date); err != nil {
		if _, err := time.Parse(time.DateOnly, date); err != nil {
			return nil, refuse("wrong_shipment_date_format")
		}
	}
	for _, name := range []string{"height", "length", "width", "weight"} {
		var n json.Number
		if json.Unmarshal(in[name], &n) != nil || len(in[name]) == 0 || in[name][0] == '"' {
			return nil, refuse("malformed_json")
		}
	}
	t.Hidden.Extras.Parcel = in.filled("distance_unit", "mass_unit")
	c.world.record(c.by, t.ID)
	return t.Hidden.Extras.Parcel, nil
}

// abroad tells whether a parcel crosses a border.
func (e *extras) abroad() bool {
	return !strings.EqualFold(e.Sender.text("country"), e.Recipient.text("country"))
}

func declareCustoms(c *call, t *online, in fields) (stage.Value, *Error) {
	e := &t.Hidden.Extras
	switch {
	case e.Customs != nil:
		return nil, refuse("customs_declaration_already_submitted")
	case !e.abroad():
		return nil, refuse("nothing_to_declare")
	}
	e.Customs = in.filled()
	c.world.record(c.by, t.ID)
	return noBody{}, nil
}

func chooseShippoRate(c *call, t *online, in fields) (stage.Value, *Error) {
	t.Hidden.Extras.ShippoRate = in.text("rate_id")
	c.world.record(c.by, t.ID)
	return noBody{}, nil
}

func viewShippoRates(_ *call, t *online, _ fields) (stage.Value, *Error) {
	e := &t.Hidden.Extras
	switch {
	case e.Sender == nil || e.Recipient == nil || e.Parcel == nil:
		return nil, refuse("missing_shipment_details")
	case e.abroad() && e.Customs == nil:
		return nil, refuse("customs_declaration_required")
	}
	return shippoRates(t.Currency), nil
}

// quoteShippoRates quotes without a transaction.
func quoteShippoRates(c *call) (stage.Value, *Error) {
	in, err := stage.Decode[fields](c.body)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"parcel_height", "parcel_length", "parcel_width", "parcel_weight", "recipient_country"} {
		if _, ok := in[name]; !ok {
			return nil, refuse("missing_shipment_details")
		}
	}
	currency := in.text("currency")
	if !slices.Contains(c.world.cfg.Currencies, currency) {
		return nil, refuse("unsupported_currency")
	}
	return struct {
		Rates    []stage.Members `json:"rates"`
		Shipment string          `json:"shipment_id"`
	}{shippoRates(currency), "shp_sandbox"}, nil
}

func shippoRates(currency string) []stage.Members {
	unit := strings.ToUpper(currency)
	return []stage.Members{{
		"id": "rate_sandbox", "amount": "7.50", "amount_local": "7.50", "currency": unit, "currency_local": unit,
		"attributes": []string{"CHEAPEST"}, "duration_terms": "Within three days", "estimated_days": 3, "provider": "UPS",
		"provider_image": "", "servicelevel": map[string]string{"name": "Ground", "token": "ups_ground", "terms": "", "extended_token": "ups_ground"},
	}}
}

func viewShippoLabel(_ *call, t *online) (stage.Value, *Error) {
	if t.Tracking == nil {
		return nil, refuse("transaction_not_tracked")
	}
	return map[string]string{"label_url": "https://example.invalid/label.pdf", "tracking_code": t.Tracking.TrackingCode,
		"tracking_url": "https://example.invalid/track"}, nil
}
