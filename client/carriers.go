package client

import "context"

// CarrierService has the calls about postal carriers.
type CarrierService struct{ client *Client }

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
