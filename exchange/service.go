package exchange

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/p2porder"
)

// Config of a Service. Engine, Books, Ads, Store, Conversations and Sealer are required.
type Config struct {
	Engine        *orchestrator.Engine
	Books         Books
	Ads           *listings.Ads
	Store         Stores
	Conversations Conversations
	Sealer        listings.Sealer  // of payment details
	Asset         money.Currency   // of balances where none is named; default RUB
	Listed        []money.Currency // may be traded in addition to Asset
	Assets        money.Assets     // the decimals of those that are not of ISO 4217
	// MinDeposit and Wagering decide whether a user may sell by taking an ad; both
	// admit everybody by default.
	MinDeposit Gate
	Wagering   Gate
	// Defaults are the rules of communities that have set none; default DefaultRules.
	Defaults Rules
	// ReleaseEarly lets a seller release before the buyer has marked the payment.
	ReleaseEarly bool
	Now          func() time.Time // the engine's clock by default
	NewID        func() string    // random, at least 128 bits; default crypto/rand
	Log          *slog.Logger     // default: discards
}

// Service is the exchange. It is safe for concurrent use, and any number of
// replicas may work on one store. Refusals are faults whose reasons are the
// customer's codes in lower case: ad_not_active, own_ad,
// active_deposit_order_exists, active_withdraw_order_exists,
// min_deposit_required, wagering_requirement_not_met, amount_too_low,
// amount_too_high, amount_exceeds_available, amount_too_small,
// invalid_payment_method, seller_insufficient_balance (checked in this order),
// order_not_found (also for strangers), invalid_order_status (detail
// current_status), order_expired, role_not_allowed, rating_not_allowed,
// already_rated, chat_closed, ad_changed, banned, too_many_expired_orders (also
// cancelled and lost ones; detail retry_after, in seconds), appeal_window_over,
// not_assigned, already_assigned, user_not_found, not_found (an operator's call
// by somebody else).
type Service struct {
	Config
}

// New checks the configuration and returns a service.
func New(c Config) (*Service, error) {
	if c.Engine == nil || c.Books == nil || c.Ads == nil || !c.Store.complete() || c.Conversations == nil || c.Sealer == nil {
		return nil, errors.New("exchange: Engine, Books, Ads, Store, Conversations and Sealer are required")
	}
	if c.Asset == "" {
		c.Asset = "RUB"
	}
	for _, asset := range append(slices.Clone(c.Listed), c.Asset) {
		if _, known := c.Assets.Scale(asset); !known {
			return nil, fmt.Errorf("exchange: %w: %q", money.ErrUnknownCurrency, asset)
		}
	}
	if c.MinDeposit == nil {
		c.MinDeposit = Everybody{}
	}
	if c.Wagering == nil {
		c.Wagering = Everybody{}
	}
	if c.Defaults == (Rules{}) {
		c.Defaults = DefaultRules()
	}
	if err := c.Defaults.Validate(); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = c.Engine.Now
	}
	if c.NewID == nil {
		c.NewID = rand.Text
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{c}, nil
}

// processName is the process whose deals are orders; orders is its table.
const processName = p2porder.Name

var orders = sync.OnceValue(p2porder.V1)

// trades reports whether an asset may be traded.
func (s *Service) trades(c money.Currency) bool { return c == s.Asset || slices.Contains(s.Listed, c) }

// rate is the price of an asset for money outside; rates are those of ads.
func (s *Service) rate(asset, fiat money.Currency, rate int64) (money.Rate, error) {
	from, known := s.Assets.Scale(asset)
	to, iso := s.Assets.Scale(fiat)
	if !known || !iso {
		return money.Rate{}, fmt.Errorf("the decimals of %s for %s are not known", asset, fiat)
	}
	return money.Rate{Price: rate, From: from, To: to}, nil
}

func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Microsecond) }

func (u User) actor() process.Actor { return process.Actor{Kind: process.User, ID: u.ID} }

// load reads an order, whoever asks.
func (s *Service) load(ctx context.Context, community, id int64) (orchestrator.Transaction, error) {
	tx, err := s.Books.Transaction(ctx, community, id)
	if fault.CodeOf(err) == fault.NotFound || err == nil && !isOrder(tx) {
		return tx, errNoOrder
	}
	return tx, err
}

// mine reads an order of a party. To everybody else it does not exist, but for
// its operator, whose part it is not.
func (s *Service) mine(ctx context.Context, u User, id int64) (orchestrator.Transaction, error) {
	tx, err := s.load(ctx, u.Community, id)
	if err != nil || isParty(tx, u.ID) {
		return tx, err
	}
	if holder, err := s.holder(ctx, tx.ID); err != nil || u.Operator && holder == u.ID {
		return tx, errors.Join(err, errRole)
	}
	return tx, errNoOrder
}

// look lets a party read an order, or the operator who has the case, which is
// audited. The actor is who the reader is to the engine.
func (s *Service) look(ctx context.Context, u User, id int64, why Action) (orchestrator.Transaction, process.Actor, error) {
	tx, err := s.load(ctx, u.Community, id)
	switch {
	case err != nil:
		return tx, process.Actor{}, err
	case isParty(tx, u.ID):
		return tx, u.actor(), nil
	case !u.Operator:
		return tx, process.Actor{}, errNoOrder
	}
	if err := s.handles(ctx, u, tx); err != nil {
		return tx, process.Actor{}, err
	}
	return tx, process.Actor{Kind: process.Staff, ID: u.ID}, s.audit(ctx, u.Community, u.ID, why, subject(tx.ID), "")
}

// Admit tells as whom a user may look at an order's evidence: as a party, or as
// the operator who has the case, which is audited. Faults: order_not_found,
// not_assigned.
func (s *Service) Admit(ctx context.Context, u User, id int64) (process.Actor, error) {
	_, actor, err := s.look(ctx, u, id, ReadEvidence)
	return actor, err
}

func subject(order int64) string { return "order:" + strconv.FormatInt(order, 10) }

func (s *Service) audit(ctx context.Context, community int64, actor string, what Action, subject, detail string) error {
	return s.Store.AddAudit(ctx, Audit{CommunityID: community, Actor: actor, Action: what, Subject: subject, Detail: detail, At: s.now()})
}

// once carries a command out under the request's key, which the engine's commit stores.
func once[T any](ctx context.Context, s *Service, k *orchestrator.Key, run func() (T, *idempotency.Reply, error)) (T, *idempotency.Reply, error) {
	return idempotency.Repeatable(func() (*idempotency.Reply, error) { return s.Engine.Answered(ctx, k) }, run)
}
