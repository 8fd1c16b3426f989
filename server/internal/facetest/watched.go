package facetest

import (
	"context"
	"sync"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
)

// watched are stores of the exchange where something can happen before a call is carried
// out: it fails, or somebody else is faster.
type watched struct {
	exchange.Books
	exchange.RuleBook

	mu     sync.Mutex
	before map[string]func() error // by call
}

func watch(store *sqlstore.DB) *watched {
	return &watched{Books: store, RuleBook: store.ForExchange().RuleBook, before: map[string]func() error{}}
}

func (w *watched) set(call string, do func() error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.before[call] = do
}

func (w *watched) called(call string) error {
	w.mu.Lock()
	do := w.before[call]
	w.mu.Unlock()
	if do == nil {
		return nil
	}
	return do()
}

func (w *watched) Transaction(ctx context.Context, community, id int64) (orchestrator.Transaction, error) {
	if err := w.called("Transaction"); err != nil {
		return orchestrator.Transaction{}, err
	}
	return w.Books.Transaction(ctx, community, id)
}

func (w *watched) Balance(ctx context.Context, community int64, account ledger.Account, c money.Currency) (int64, error) {
	if err := w.called("Balance"); err != nil {
		return 0, err
	}
	return w.Books.Balance(ctx, community, account, c)
}

func (w *watched) ExchangeRules(ctx context.Context, community int64) (exchange.Rules, bool, error) {
	if err := w.called("ExchangeRules"); err != nil {
		return exchange.Rules{}, false, err
	}
	return w.RuleBook.ExchangeRules(ctx, community)
}
