package braintree_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway/braintree"
	sandbox "github.com/handsel-dev/handsel/sandbox/braintree"
)

// accounts is orchestrator.Accounts in memory: sam is a sub-merchant.
type accounts struct {
	orchestrator.Accounts
	mu  sync.Mutex
	ids map[string]string
}

func (a *accounts) Account(_ context.Context, _ int64, user, _ string) (string, bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	id, found := a.ids[user]
	return id, found, nil
}

func (a *accounts) SaveAccount(_ context.Context, _ int64, user, _, id string) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if first, found := a.ids[user]; found {
		return first, nil
	}
	a.ids[user] = id
	return id, nil
}

func (a *accounts) ReplaceAccount(_ context.Context, _ int64, user, _, was, id string) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for other, theirs := range a.ids {
		if theirs == id && other != user {
			return "", fault.New(fault.Conflict, "account_taken", "the account is linked to another user")
		}
	}
	if a.ids[user] == was {
		a.ids[user] = id
	}
	return a.ids[user], nil
}

// newEscrow is a world in which Braintree holds money for sam, who is the sub-merchant sam_1.
func newEscrow(t testing.TB, change func(*braintree.Config)) *world {
	t.Helper()
	w := newWorldWith(t, func(c *braintree.Config) {
		c.Merchant, c.Escrow, c.Accounts = sandbox.Example().ID, true, map[money.Currency]string{"EUR": "shop_eur"}
		c.Sellers = &accounts{ids: map[string]string{"sam": "sam_1"}}
		if change != nil {
			change(c)
		}
	})
	w.subMerchant("sam_1", "approve_me")
	w.later(time.Hour)
	return w
}

// subMerchant makes one at the emulator, as Braintree's SDK does.
func (w *world) subMerchant(id, first string) {
	w.t.Helper()
	body := fmt.Sprintf(`{"merchant_account":{"id":%q,"tos_accepted":true,"master_merchant_account_id":"shop_eur",
		"individual":{"first_name":%q,"last_name":"Doe","email":"jane@example.com","date_of_birth":"1981-11-19",
			"address":{"street_address":"111 Main St","locality":"Chicago","region":"IL","postal_code":"60622"}},
		"funding":{"destination":"email","email":"jane@example.com"}}}`, id, first)
	w.old(http.MethodPost, "/merchant_accounts/create_via_api", body)
}

// old makes a call of the classic API that nobody here knows of.
func (w *world) old(method, path, body string) {
	w.t.Helper()
	m := sandbox.Example()
	r, err := http.NewRequestWithContext(context.Background(), method, w.url+"/merchants/"+m.ID+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.SetBasicAuth(m.Public, m.Private)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		w.t.Fatalf("%s %s: %d", method, path, resp.StatusCode)
	}
}
