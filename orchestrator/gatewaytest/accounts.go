package gatewaytest

import (
	"context"
	"slices"
	"sync"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
)

// Accounts is orchestrator.Accounts in memory, of one community and one gateway, for the tests
// of an adapter. Nobody has a profile; embed it where users need one. It is safe for concurrent
// use once it is handed over.
type Accounts struct {
	IDs map[string]string // of the users at the gateway; nil: nobody has one, and nobody may get one

	mu     sync.Mutex
	former map[string][]string
}

var _ orchestrator.Accounts = (*Accounts)(nil)

// Account implements orchestrator.Accounts.
func (a *Accounts) Account(_ context.Context, _ int64, user, _ string) (string, bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	id, found := a.IDs[user]
	return id, found, nil
}

// SaveAccount implements orchestrator.Accounts.
func (a *Accounts) SaveAccount(_ context.Context, _ int64, user, _, id string) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if first, found := a.IDs[user]; found {
		return first, nil
	}
	a.IDs[user] = id
	return id, nil
}

// ReplaceAccount implements orchestrator.Accounts.
func (a *Accounts) ReplaceAccount(_ context.Context, _ int64, user, _, was, id string) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for other, theirs := range a.IDs {
		if theirs == id && other != user {
			return "", fault.New(fault.Conflict, "account_taken", "the account is linked to another user")
		}
	}
	if a.IDs[user] == was {
		a.link(user, id)
	}
	return a.IDs[user], nil
}

// Link gives a user another account, as if nobody had asked whose it is.
func (a *Accounts) Link(user, id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.link(user, id)
}

// Unlink takes a user's account away, which is a former one from then on.
func (a *Accounts) Unlink(user string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.link(user, "")
	delete(a.IDs, user)
}

func (a *Accounts) link(user, id string) {
	if was := a.IDs[user]; was != "" {
		if a.former == nil {
			a.former = map[string][]string{}
		}
		a.former[user] = append(a.former[user], was)
	}
	a.IDs[user] = id
}

// FormerAccounts implements orchestrator.Accounts.
func (a *Accounts) FormerAccounts(_ context.Context, _ int64, user, _ string) ([]string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.former[user]), nil
}

// Profile implements orchestrator.Accounts.
func (*Accounts) Profile(context.Context, int64, string) (orchestrator.Profile, bool, error) {
	return orchestrator.Profile{}, false, nil
}

// SaveProfile implements orchestrator.Accounts.
func (*Accounts) SaveProfile(context.Context, orchestrator.Profile) error { return nil }
