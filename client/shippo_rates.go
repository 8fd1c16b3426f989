package client

import (
	"context"
	"encoding/json"
	"errors"
)

// ShippoRatesInput asks what a parcel costs before there is a transaction.
type ShippoRatesInput struct {
	// Currency is the lower-case ISO 4217 code that the rates are wanted in.
	Currency  string
	Sender    ShippoAddress
	Recipient ShippoAddress
	// Parcel has no ShipmentDate here.
	Parcel ShippoParcel
	// Customs is nil when the parcel crosses no border.
	Customs *ShippoCustoms
}

// ShippoRates is the answer; ShipmentID belongs to the choice of a rate.
type ShippoRates struct {
	ShipmentID string       `json:"shipment_id"`
	Rates      []ShippoRate `json:"rates"`
}

func (r *ShippoRates) check() error {
	if r.Rates == nil {
		return errors.New("answer has no rates")
	}
	return nil
}

// ShippoRates asks what a parcel costs. It is not repeated by itself, because it
// opens a shipment. Codes: [CodeMissingShipmentDetails].
//
// op: POST /shippo_shipping_rates
func (s *ShippingService) ShippoRates(ctx context.Context, in ShippoRatesInput, opts ...CallOption) (*ShippoRates, error) {
	body := shippoRatesBody{
		Currency:           in.Currency,
		shippoSender:       shippoSender(flatten(in.Sender)),
		shippoRecipient:    shippoRecipient(flatten(in.Recipient)),
		ParcelDistanceUnit: in.Parcel.DistanceUnit,
		ParcelLength:       in.Parcel.Length,
		ParcelWidth:        in.Parcel.Width,
		ParcelHeight:       in.Parcel.Height,
		ParcelMassUnit:     in.Parcel.MassUnit,
		ParcelWeight:       in.Parcel.Weight,
	}
	if c := in.Customs; c != nil {
		body.shippoCustomsBody = &shippoCustomsBody{
			c.Certify, c.CertifySigner, c.Description, c.EELPFC, c.Incoterm, c.MassUnit, c.NetWeight,
			c.NonDelivery, c.OriginCountry, c.Quantity, c.ValueAmount, c.ValueCurrency,
		}
	}
	return do[*ShippoRates](ctx, s.client, post("/shippo_shipping_rates").json(body), opts)
}

type shippoRatesBody struct {
	Currency string `json:"currency"`
	shippoSender
	shippoRecipient
	ParcelDistanceUnit DistanceUnit `json:"parcel_distance_unit"`
	ParcelLength       json.Number  `json:"parcel_length"`
	ParcelWidth        json.Number  `json:"parcel_width"`
	ParcelHeight       json.Number  `json:"parcel_height"`
	ParcelMassUnit     MassUnit     `json:"parcel_mass_unit"`
	ParcelWeight       json.Number  `json:"parcel_weight"`
	*shippoCustomsBody
}

// shippoFlat has the fields of the two address types in their order, so that one
// function fills both.
type shippoFlat struct{ FullName, Street1, Street2, ZipCode, City, State, Country, Phone string }

func flatten(a ShippoAddress) shippoFlat {
	return shippoFlat{a.FullName, a.Street1, a.Street2, a.ZipCode, a.City, a.State, a.Country, a.Phone}
}

type shippoSender struct {
	FullName string `json:"sender_full_name"`
	Street1  string `json:"sender_street_1"`
	Street2  string `json:"sender_street_2,omitempty"`
	ZipCode  string `json:"sender_zip_code"`
	City     string `json:"sender_city"`
	State    string `json:"sender_state"`
	Country  string `json:"sender_country"`
	Phone    string `json:"sender_phone"`
}

type shippoRecipient struct {
	FullName string `json:"recipient_full_name"`
	Street1  string `json:"recipient_street_1"`
	Street2  string `json:"recipient_street_2,omitempty"`
	ZipCode  string `json:"recipient_zip_code"`
	City     string `json:"recipient_city"`
	State    string `json:"recipient_state"`
	Country  string `json:"recipient_country"`
	Phone    string `json:"recipient_phone"`
}

type shippoCustomsBody struct {
	Certify       bool              `json:"customs_certify"`
	CertifySigner string            `json:"customs_certify_signer"`
	Description   string            `json:"customs_description"`
	EELPFC        string            `json:"customs_eel_pfc,omitempty"`
	Incoterm      string            `json:"customs_incoterm,omitempty"`
	MassUnit      MassUnit          `json:"customs_mass_unit"`
	NetWeight     json.Number       `json:"customs_net_weight"`
	NonDelivery   NonDeliveryOption `json:"customs_non_delivery_option"`
	OriginCountry string            `json:"customs_origin_country"`
	Quantity      int64             `json:"customs_quantity"`
	ValueAmount   string            `json:"customs_value_amount"`
	ValueCurrency string            `json:"customs_value_currency"`
}
