package server

import "slices"

// p2p is the exchange's face under /api/v1/p2p: names, codes and shapes are those
// of the customer's exchange document, amounts are integers.
type p2p struct{ *tradeKit }

const p2pBase = "/api/v1/p2p/"

// ExchangeFace is the face with all its routes.
func ExchangeFace(k *tradeKit) Face {
	p := p2p{k}
	return Face{
		Tag: "exchange", Under: []string{p2pBase}, Refusal: refusal("ExchangeFault", renderExchangeFault, is[exchangeFault]()),
		Routes: slices.Concat(p.adRoutes(), p.orderRoutes(), p.chatRoutes(), p.operatorRoutes(), p.evidenceRoutes()),
	}
}
