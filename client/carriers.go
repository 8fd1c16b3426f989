package client

import "context"

// CarrierService has the calls about postal carriers.
type CarrierService struct{ client *Client }

// CarrierCode names a carrier. Unknown values survive; [CarrierService.List] has
// those of today.
type CarrierCode string

// Carriers that the sources name.
const (
	CarrierAnPost  CarrierCode = "an-post"
	CarrierFedEx   CarrierCode = "fedex"
	CarrierUPS     CarrierCode = "ups"
	CarrierUSPS    CarrierCode = "usps"
	CarrierPostaHR CarrierCode = "posta_hr"
)

// Carrier is a carrier whose parcels the API follows by itself.
type Carrier struct {
	// Code is what [Tracking] takes.
	Code string `json:"code"`
	// Name is for people.
	Name string `json:"name"`
}

// List reads the supported carriers. It needs no acting user.
//
// op: GET /supported_carriers
func (s *CarrierService) List(ctx context.Context, opts ...CallOption) ([]Carrier, error) {
	return do[[]Carrier](ctx, s.client, get("/supported_carriers"), opts)
}

// FacilitySearch looks for places of a carrier.
type FacilitySearch struct {
	// CountryCode is ISO 3166-1 alpha-2.
	CountryCode  string       `json:"country_code"`
	DeliveryType DeliveryType `json:"delivery_type"`
	SearchText   string       `json:"search_text"`
}

// CarrierFacility is a place of a carrier.
type CarrierFacility struct {
	// Code is what [DeliveryPoint] and [PickUpPoint] take.
	Code         string       `json:"code,omitempty"`
	Name         string       `json:"name"`
	DeliveryType DeliveryType `json:"delivery_type"`
	Address      string       `json:"address"`
	City         string       `json:"city"`
	PostalCode   string       `json:"postal_code"`
}

// Facilities finds places of a carrier. It sends a body with a GET, as the API
// wants it. Codes: [CodeInvalidCarrier], [CodeInvalidDeliveryType].
//
// op: GET /me/carriers/{carrier_id}/facilities
func (s *CarrierService) Facilities(ctx context.Context, carrier CarrierCode, in FacilitySearch, opts ...CallOption) ([]CarrierFacility, error) {
	r := get("/me/carriers/{carrier_id}/facilities", string(carrier)).json(in)
	return do[[]CarrierFacility](ctx, s.client, r, opts)
}
