// Package exchangeapi is the exchange's API under /api/v1/p2p, of the customer's
// exchange document.
package exchangeapi

import (
	"context"
	"slices"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/server/trade"
	"github.com/handsel-dev/handsel/server/web"
)

// trading is what this face asks of the exchange, by role.
type trading struct {
	trade.Steps
	disputing
	chats
	traders
	operators
}

// disputing is what the parties of an order do who disagree.
type disputing interface {
	CallOperator(ctx context.Context, u exchange.User, id int64, reason string, r exchange.Request) (exchange.Order, *idempotency.Reply, error)
	Appeal(ctx context.Context, u exchange.User, id int64, reason string, r exchange.Request) (exchange.Order, *idempotency.Reply, error)
}

// chats are what the parties of orders say.
type chats interface {
	Say(ctx context.Context, u exchange.User, id int64, text string, r exchange.MessageRequest) (orchestrator.Message, *idempotency.Reply, error)
	Messages(ctx context.Context, u exchange.User, id int64, p listings.Page) ([]orchestrator.Message, int64, error)
	Chats(ctx context.Context, u exchange.User, p listings.Page) ([]exchange.Chat, int64, error)
}

// traders is what a user has, and thinks of others.
type traders interface {
	Orders(ctx context.Context, u exchange.User, f exchange.OrderFilter) ([]exchange.Order, int64, error)
	Balance(ctx context.Context, u exchange.User, currency string) (available, frozen int64, err error)
	Rate(ctx context.Context, u exchange.User, id int64, stars int) error
	Block(ctx context.Context, u exchange.User, other string, blocked bool) error
}

// operators is what operators alone may do.
type operators interface {
	Disputes(ctx context.Context, operator exchange.User, p listings.Page) ([]exchange.Dispute, int64, error)
	Assign(ctx context.Context, operator exchange.User, id int64) (exchange.Order, error)
	Preview(ctx context.Context, operator exchange.User, id int64, v exchange.Verdict) (orchestrator.Preview, error)
	Resolve(ctx context.Context, operator exchange.User, id int64, v exchange.Verdict, r exchange.Request) (exchange.Order, *idempotency.Reply, error)
	Ban(ctx context.Context, operator exchange.User, user, reason string) error
	Unban(ctx context.Context, operator exchange.User, user, reason string) error
}

// face is the exchange's face under /api/v1/p2p: names, codes and shapes are those
// of the customer's exchange document, amounts are integers.
type face struct {
	*trade.Kit
	trading trading
}

const base = "/api/v1/p2p/"

// Face is the face with all its routes.
func Face(k *trade.Kit) web.Face {
	s := k.Trading
	p := face{k, trading{s, s, s, s, s}}
	return web.Face{
		Tag: "exchange", Under: []string{base}, Pages: true, Refusal: web.Refusing("ExchangeFault", renderExchangeFault, web.JSON[exchangeFault]()),
		Routes: slices.Concat(p.adRoutes(), p.orderRoutes(), p.chatRoutes(), p.operatorRoutes(), p.evidenceRoutes()),
	}
}
