package client

import (
	"context"
	"errors"
	"net/url"
)

// ShippingService has the calls about parcels of online transactions: the
// buyer's address, the Croatian post ([FeatureUseHRPost]) and Shippo
// ([FeatureUseShippo]). Addresses are personal data.
type ShippingService struct{ client *Client }

// ShippingDetails is where a parcel goes.
type ShippingDetails struct {
	Name    string          `json:"name"`
	Phone   string          `json:"phone,omitempty"`
	Address ShippingAddress `json:"address"`
}

// ShippingAddress is a postal address. Country is ISO 3166-1 alpha-2.
type ShippingAddress struct {
	Line1      string `json:"line1,omitempty"`
	Line2      string `json:"line2,omitempty"`
	City       string `json:"city,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
	State      string `json:"state,omitempty"`
	Country    string `json:"country"`
}

// Details reads the buyer's address. Codes: [CodeNotFound].
//
// op: GET /transactions/{transaction_id}/shipping_details
func (s *ShippingService) Details(ctx context.Context, id int64, opts ...CallOption) (*ShippingDetails, error) {
	return do[*ShippingDetails](ctx, s.client, get("/transactions/{transaction_id}/shipping_details", id), opts)
}

// SetDetails stores the buyer's address. Codes: [CodeEmptyName],
// [CodeEmptyCountry], [CodeNotFound].
//
// op: POST /transactions/{transaction_id}/shipping_details
func (s *ShippingService) SetDetails(ctx context.Context, id int64, in ShippingDetails, opts ...CallOption) (*ShippingDetails, error) {
	r := post("/transactions/{transaction_id}/shipping_details", id).json(struct {
		Name         string `json:"name"`
		Phone        string `json:"phone,omitempty"`
		AddressLine1 string `json:"address_line_1,omitempty"`
		AddressLine2 string `json:"address_line_2,omitempty"`
		City         string `json:"city,omitempty"`
		PostalCode   string `json:"postal_code,omitempty"`
		State        string `json:"state,omitempty"`
		Country      string `json:"country"`
	}{
		in.Name, in.Phone, in.Address.Line1, in.Address.Line2, in.Address.City,
		in.Address.PostalCode, in.Address.State, in.Address.Country,
	})
	return do[*ShippingDetails](ctx, s.client, r, opts)
}

// DeliveryType is where the Croatian post takes or gives a parcel. Unknown values
// survive.
type DeliveryType string

// Delivery types of the official API.
const (
	DeliveryParcelLocker DeliveryType = "parcel_locker"
	DeliveryPostalOffice DeliveryType = "postal_office"
)

// PostPoint is a facility of a carrier and the person who uses it.
type PostPoint struct {
	Carrier           CarrierCode  `json:"carrier"`
	DeliveryType      DeliveryType `json:"delivery_type"`
	FullName          string       `json:"full_name"`
	Phone             string       `json:"phone"`
	Email             string       `json:"email"`
	Street            string       `json:"street"`
	HouseNumber       string       `json:"house_number"`
	HouseNumberSuffix string       `json:"house_number_suffix,omitempty"`
	PostalCode        string       `json:"postal_code"`
	City              string       `json:"city"`
}

// DeliveryPoint is where the buyer takes the parcel.
type DeliveryPoint struct {
	PostPoint
	// DeliveryCenterCode is the Code of a [CarrierFacility].
	DeliveryCenterCode string `json:"delivery_center_code"`
}

// PickUpPoint is where the seller hands in the parcel.
type PickUpPoint struct {
	PostPoint
	// PickUpCenterCode is the Code of a [CarrierFacility].
	PickUpCenterCode string `json:"pick_up_center_code"`
}

// SetDeliveryPoint chooses where the buyer takes the parcel.
// Codes: [CodeEmptyJoinCode], [CodeEmptyName], [CodeEmptyPhone],
// [CodeEmptyEmail], [CodeEmptyStreet], [CodeEmptyHouseNumber],
// [CodeEmptyPostalCode], [CodeEmptyCity], [CodeEmptyDeliveryCenterCode],
// [CodeEmptyDeliveryType], [CodeEmptyCarrier], [CodeUnsupportedCarrier],
// [CodeUnsupportedDeliveryType].
//
// op: POST /transactions/{transaction_id}/delivery_point
func (s *ShippingService) SetDeliveryPoint(ctx context.Context, id int64, in DeliveryPoint, opts ...CallOption) (*DeliveryPoint, error) {
	return do[*DeliveryPoint](ctx, s.client, post("/transactions/{transaction_id}/delivery_point", id).json(in), opts)
}

// SetPickUpPoint chooses where the seller hands in the parcel. Codes: those of
// [ShippingService.SetDeliveryPoint] with [CodeEmptyFullName] and
// [CodeEmptyPickUpCenterCode] in the place of two.
//
// op: POST /transactions/{transaction_id}/pick_up_point
func (s *ShippingService) SetPickUpPoint(ctx context.Context, id int64, in PickUpPoint, opts ...CallOption) (*PickUpPoint, error) {
	return do[*PickUpPoint](ctx, s.client, post("/transactions/{transaction_id}/pick_up_point", id).json(in), opts)
}

// ShipmentLabel is what is stuck on a parcel.
type ShipmentLabel struct {
	// Label is the document as the API sends it.
	Label string `json:"label"`
}

func (l *ShipmentLabel) check() error {
	if l.Label == "" {
		return errors.New("answer has no label")
	}
	return nil
}

// GenerateLabel makes the label of the parcel; the seller does it.
// Codes: [CodePickUpDetailsMissing], [CodeDropOffDetailsMissing],
// [CodeNotSeller], [CodeNotFound].
//
// op: POST /transactions/{transaction_id}/generate_shipment_label
func (s *ShippingService) GenerateLabel(ctx context.Context, id int64, carrier CarrierCode, opts ...CallOption) (*ShipmentLabel, error) {
	r := post("/transactions/{transaction_id}/generate_shipment_label", id)
	return do[*ShipmentLabel](ctx, s.client, r.query(url.Values{"carrier": {string(carrier)}}), opts)
}
