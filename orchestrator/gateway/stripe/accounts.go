package stripe

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	sdk "github.com/stripe/stripe-go/v76"

	"github.com/handsel-dev/handsel/orchestrator"
)

// CanReceive reports whether the user has a connected account that transfers can
// be made to. A yes is remembered for five minutes.
func (g *Gateway) CanReceive(ctx context.Context, community int64, user string) (bool, error) {
	account, found, err := g.account(ctx, community, user)
	if found && account == "" {
		return true, err // a dry run: it would be opened
	}
	if err != nil || !found {
		return false, err
	}
	if g.receivers.knows(account) {
		return true, nil
	}
	there, known, err := g.read(ctx, account)
	if err != nil || !known || !there.CanBePaid {
		return false, err
	}
	g.receivers.add(account)
	return true, nil
}

// read tells how a connected account is; false: there is none that is the platform's.
func (g *Gateway) read(ctx context.Context, account string) (orchestrator.SellerAccount, bool, error) {
	a, known, err := g.fetch(ctx, account)
	if err != nil || a == nil {
		return orchestrator.SellerAccount{}, false, err
	}
	return sellerOf(a), known, nil
}

// fetch asks for a connected account, which may have been deleted.
func (g *Gateway) fetch(ctx context.Context, account string) (*sdk.Account, bool, error) {
	if !accountShape.MatchString(account) {
		return nil, false, nil
	}
	a, err := g.api.Accounts.GetByID(account, &sdk.AccountParams{Params: sdk.Params{Context: ctx}})
	if err != nil {
		err = readable(err)
		var r *refusal
		if errors.As(err, &r) && (r.code == sdk.ErrorCodeAccountInvalid || r.code == sdk.ErrorCodeResourceMissing) {
			return nil, false, nil
		}
		return nil, false, fmt.Errorf("read connected account: %w", err)
	}
	if a.ID != account {
		return nil, false, errUnreadable
	}
	return a, !a.Deleted, nil
}

// account finds the user's connected account or has one opened. Of two opened at
// the same moment the first stored is used.
func (g *Gateway) account(ctx context.Context, community int64, user string) (id string, found bool, err error) {
	id, found, err = g.Accounts.Account(ctx, community, user, g.Name())
	if found || err != nil || g.OpenAccount == nil {
		return id, found, err
	}
	id, ok, err := g.OpenAccount(ctx, community, user)
	if err != nil || !ok {
		return "", false, err
	}
	if orchestrator.IsDryRun(ctx) {
		return "", true, nil
	}
	id, err = g.Accounts.SaveAccount(ctx, community, user, g.Name(), id)
	return id, err == nil, err
}

const (
	receiverAge  = 5 * time.Minute
	maxReceivers = 10_000 // then all are forgotten, so that the memory stays bounded
)

// receivers remembers accounts that can be paid.
type receivers struct {
	now   func() time.Time
	mu    sync.Mutex
	until map[string]time.Time
}

func newReceivers(now func() time.Time) *receivers {
	return &receivers{now: now, until: map[string]time.Time{}}
}

func (r *receivers) knows(account string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now().Before(r.until[account])
}

func (r *receivers) add(account string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.until) >= maxReceivers {
		clear(r.until)
	}
	r.until[account] = r.now().Add(receiverAge)
}

// forget lets an account be read again: Stripe has told of a change.
func (r *receivers) forget(account string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.until, account)
}
