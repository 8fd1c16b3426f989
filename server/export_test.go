package server

import "github.com/handsel-dev/handsel/internal/apikey"

// ReadDeal reads and checks the body of a create like the route does, for a key
// of community 501.
func ReadDeal(body []byte) error {
	var in start
	if err := decode(body, inEveryString, &in); err != nil {
		return err
	}
	if _, err := in.check(caller{key: apikey.Key{CommunityID: 501}}); err != nil {
		return err
	}
	_, err := in.GatewayFields.values()
	return err
}

// HoldsCardNumber and ContentHash are tested on their own.
var (
	HoldsCardNumber = holdsCardNumber
	ContentHash     = contentHash
)
