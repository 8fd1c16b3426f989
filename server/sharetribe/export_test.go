package sharetribe

import (
	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// ReadDeal reads and checks the body of a create like the route does, for a key
// of community 501.
func ReadDeal(body []byte) error {
	var in start
	if err := web.Decode(body, web.InEveryString, &in); err != nil {
		return err
	}
	if _, err := in.check(deal.Caller{Key: apikey.Key{CommunityID: 501}}); err != nil {
		return err
	}
	_, err := in.GatewayFields.values()
	return err
}
