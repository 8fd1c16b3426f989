package client

import (
	"context"
	"encoding/json"
	"errors"
)

// DistanceUnit is the unit of a parcel's sides. Unknown values survive.
type DistanceUnit string

// MassUnit is the unit of a parcel's weight. Unknown values survive.
type MassUnit string

// NonDeliveryOption is what happens to a parcel that cannot be delivered. Unknown
// values survive.
type NonDeliveryOption string

// Units and options of the official API.
const (
	DistanceInch       DistanceUnit      = "in"
	DistanceCentimetre DistanceUnit      = "cm"
	MassPound          MassUnit          = "lb"
	MassKilogram       MassUnit          = "kg"
	NonDeliveryReturn  NonDeliveryOption = "return"
	NonDeliveryAbandon NonDeliveryOption = "abandon"
)

// ShippoAddress is the sender's or the recipient's address. Country is ISO 3166-1
// alpha-2.
type ShippoAddress struct {
	FullName string `json:"full_name"`
	Street1  string `json:"street_1"`
	Street2  string `json:"street_2,omitempty"`
	ZipCode  string `json:"zip_code"`
	City     string `json:"city"`
	State    string `json:"state"`
	Country  string `json:"country"`
	Phone    string `json:"phone"`
	Email    string `json:"email,omitempty"`
}

// ShippoAddressInput is an address and whose it is.
type ShippoAddressInput struct {
	ShippoAddress
	// IsSenderAddress is false for the recipient's.
	IsSenderAddress bool `json:"is_sender_address"`
}

// SetShippoAddress stores where the parcel comes from or goes. Codes:
// [CodeMissingTxFeature].
//
// op: POST /transactions/{transaction_id}/shippo_address
func (s *ShippingService) SetShippoAddress(ctx context.Context, id int64, in ShippoAddressInput, opts ...CallOption) (*ShippoAddress, error) {
	return do[*ShippoAddress](ctx, s.client, post("/transactions/{transaction_id}/shippo_address", id).json(in), opts)
}

// ShippoParcel is the size of a parcel. The numbers are decimal text such as
// "12.5", in the units beside them.
type ShippoParcel struct {
	DistanceUnit DistanceUnit `json:"distance_unit"`
	Length       json.Number  `json:"length"`
	Width        json.Number  `json:"width"`
	Height       json.Number  `json:"height"`
	MassUnit     MassUnit     `json:"mass_unit"`
	Weight       json.Number  `json:"weight"`
	// ShipmentDate is when the parcel is handed in; the API wants milliseconds
	// and gets them.
	ShipmentDate Millis `json:"shipment_date"`
}

// SetShippoParcel stores the size of the parcel. Codes: [CodeMissingTxFeature],
// [CodeWrongShipmentDateFormat].
//
// op: POST /transactions/{transaction_id}/shippo_parcel_details
func (s *ShippingService) SetShippoParcel(ctx context.Context, id int64, in ShippoParcel, opts ...CallOption) (*ShippoParcel, error) {
	return do[*ShippoParcel](ctx, s.client, post("/transactions/{transaction_id}/shippo_parcel_details", id).json(in), opts)
}

// ShippoCustoms declares goods that cross a border.
type ShippoCustoms struct {
	Certify       bool              `json:"certify"`
	CertifySigner string            `json:"certify_signer"`
	Description   string            `json:"description"`
	EELPFC        string            `json:"eel_pfc,omitempty"`
	Incoterm      string            `json:"incoterm,omitempty"`
	NonDelivery   NonDeliveryOption `json:"non_delivery_option"`
	OriginCountry string            `json:"origin_country"`
	Quantity      int64             `json:"quantity"`
	MassUnit      MassUnit          `json:"mass_unit"`
	NetWeight     json.Number       `json:"net_weight"`
	// ValueAmount is decimal text in ValueCurrency, not minor units.
	ValueAmount   string `json:"value_amount"`
	ValueCurrency string `json:"value_currency"`
}

// DeclareShippoCustoms sends a customs declaration. Codes:
// [CodeMissingTxFeature], [CodeCustomsDeclarationAlreadySubmitted],
// [CodeNothingToDeclare].
//
// op: POST /transactions/{transaction_id}/shippo_customs_declaration
func (s *ShippingService) DeclareShippoCustoms(ctx context.Context, id int64, in ShippoCustoms, opts ...CallOption) error {
	return doEmpty(ctx, s.client, post("/transactions/{transaction_id}/shippo_customs_declaration", id).json(in), opts)
}

// ShippoRate is the offer of one carrier. The amounts are decimal text in the
// currency beside them, not minor units.
type ShippoRate struct {
	ID            string      `json:"id"`
	Amount        string      `json:"amount"`
	Currency      string      `json:"currency"`
	AmountLocal   string      `json:"amount_local"`
	CurrencyLocal string      `json:"currency_local"`
	Provider      string      `json:"provider"`
	ProviderImage string      `json:"provider_image"`
	ServiceLevel  ShippoLevel `json:"servicelevel"`
	Attributes    []string    `json:"attributes"`
	EstimatedDays int64       `json:"estimated_days"`
	DurationTerms string      `json:"duration_terms"`
	ArrivesBy     string      `json:"arrives_by,omitempty"`
}

// ShippoLevel names the product of a carrier.
type ShippoLevel struct {
	Name          string `json:"name"`
	Terms         string `json:"terms"`
	Token         string `json:"token"`
	ExtendedToken string `json:"extended_token"`
}

// ShippoRatesFor asks what the parcel of a transaction costs. Codes:
// [CodeMissingTxFeature], [CodeMissingShipmentDetails],
// [CodeCustomsDeclarationRequired].
//
// op: GET /transactions/{transaction_id}/shippo_shipping_rates
func (s *ShippingService) ShippoRatesFor(ctx context.Context, id int64, opts ...CallOption) ([]ShippoRate, error) {
	return do[[]ShippoRate](ctx, s.client, get("/transactions/{transaction_id}/shippo_shipping_rates", id), opts)
}

// ChooseShippoRate takes one of the rates. ShipmentID is empty for a rate of
// [ShippingService.ShippoRatesFor]. Codes: [CodeMissingTxFeature].
//
// op: POST /transactions/{transaction_id}/shippo_shipping_rate
func (s *ShippingService) ChooseShippoRate(ctx context.Context, id int64, in ShippoChoice, opts ...CallOption) error {
	return doEmpty(ctx, s.client, post("/transactions/{transaction_id}/shippo_shipping_rate", id).json(in), opts)
}

// ShippoChoice is a chosen rate.
type ShippoChoice struct {
	RateID     string `json:"rate_id"`
	ShipmentID string `json:"shipment_id,omitempty"`
}

// ShippoLabel is the label that was bought and where the parcel can be followed.
type ShippoLabel struct {
	LabelURL     string `json:"label_url"`
	QRCodeURL    string `json:"qr_code_url,omitempty"`
	TrackingCode string `json:"tracking_code"`
	TrackingURL  string `json:"tracking_url"`
}

func (l *ShippoLabel) check() error {
	if l.LabelURL == "" {
		return errors.New("answer has no label_url")
	}
	return nil
}

// ShippoLabel reads the label of a tracked transaction. Codes:
// [CodeTransactionNotTracked].
//
// op: GET /transactions/{transaction_id}/shippo_shipping_label
func (s *ShippingService) ShippoLabel(ctx context.Context, id int64, opts ...CallOption) (*ShippoLabel, error) {
	return do[*ShippoLabel](ctx, s.client, get("/transactions/{transaction_id}/shippo_shipping_label", id), opts)
}
