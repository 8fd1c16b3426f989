package trade

import (
	"context"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
)

// Steps take an ad and bring the order to its end, as both documents of the exchange have it.
type Steps interface {
	Take(ctx context.Context, u exchange.User, in exchange.Take, r exchange.Request) (exchange.Order, *idempotency.Reply, error)
	Order(ctx context.Context, u exchange.User, id int64) (exchange.Order, error)
	ConfirmPaid(ctx context.Context, u exchange.User, id int64, r exchange.Request) (exchange.Order, *idempotency.Reply, error)
	ConfirmReceived(ctx context.Context, u exchange.User, id int64, r exchange.Request) (exchange.Order, *idempotency.Reply, error)
	Cancel(ctx context.Context, u exchange.User, id int64, notPaid bool, r exchange.Request) (exchange.Order, *idempotency.Reply, error)
}
