// Package exchangeapi is the exchange's API under /api/v1/p2p, of the customer's
// exchange document.
package exchangeapi

import (
	"slices"

	"github.com/handsel-dev/handsel/server/trade"
	"github.com/handsel-dev/handsel/server/web"
)

// face is the exchange's face under /api/v1/p2p: names, codes and shapes are those
// of the customer's exchange document, amounts are integers.
type face struct{ *trade.Kit }

const base = "/api/v1/p2p/"

// Face is the face with all its routes.
func Face(k *trade.Kit) web.Face {
	p := face{k}
	return web.Face{
		Tag: "exchange", Under: []string{base}, Refusal: web.Refusing("ExchangeFault", renderExchangeFault, web.JSON[exchangeFault]()),
		Routes: slices.Concat(p.adRoutes(), p.orderRoutes(), p.chatRoutes(), p.operatorRoutes(), p.evidenceRoutes()),
	}
}
