package app

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	plug "github.com/handsel-dev/handsel/orchestrator/gateway/braintree"
	"github.com/handsel-dev/handsel/sandbox/braintree"
)

func braintreeEmulator() Emulator {
	return Emulator{
		Gateway: "braintree", Title: "Braintree", Usual: "127.0.0.1:8424", Setting: "HANDSEL_BRAINTREE_SANDBOX_ADDR",
		Flag: func() Address { return &braintreeAddress{} }, start: (*Testbed).emulateBraintree,
		alone: func(c Alone) (Standing, error) {
			return braintree.New(braintree.Config{PublicURL: c.URL, Seed: c.Seed, Logger: c.Log})
		},
	}
}

type braintreeAddress struct {
	BraintreeAddr string `env:"HANDSEL_BRAINTREE_SANDBOX_ADDR" placeholder:"ADDRESS" help:"Address of the Braintree emulator; 127.0.0.1:8424, or any free port where that is taken."`
}

// Address implements Address.
func (a *braintreeAddress) Address() string { return a.BraintreeAddr }

func (w *Testbed) emulateBraintree(url string, again http.Handler) (*emulated, error) {
	c := w.Config
	e, ok := again.(*braintree.Emulator)
	if !ok {
		var err error
		e, err = braintree.New(braintree.Config{
			PublicURL: url, SharedWorld: true, Clock: w.Sandbox, Seed: c.Seed, FaultTimeout: c.CallTimeout, Logger: c.Log,
			WebhookURL: c.URL + "/gateways/braintree/webhooks",
		})
		if err != nil {
			return nil, err
		}
	}
	m := braintree.Example()
	settings := &plug.Settings{BraintreeURL: url, BraintreePublicKey: m.Public, BraintreePrivateKey: m.Private}
	for _, a := range m.Accounts {
		settings.BraintreeAccounts = append(settings.BraintreeAccounts, a.Currency+"="+a.ID)
	}
	open := anybodyElse
	if c.BraintreeEscrow {
		settings.BraintreeMerchantID, settings.BraintreeEscrow, settings.BraintreeAccounts = m.ID, "on", settings.BraintreeAccounts[:1]
		open = subMerchants(e, m.Accounts[0].ID)
	}
	return &emulated{
		emulator: e, gateway: "braintree",
		connection: Connection{settings, gateway.Surroundings{Transport: c.Transport, OpenAccount: open}},
		effects:    func() int { return len(e.Effects()) },
	}, nil
}

// anybodyElse lets every author be paid except one.
func anybodyElse(_ context.Context, _ int64, user string) (id string, ok bool, err error) {
	return "", user != NoAccount, nil
}

// subMerchants lets every author be paid except one, who has to be set up: their sub-merchant is approved when it is first asked for.
func subMerchants(e *braintree.Emulator, account string) func(ctx context.Context, community int64, user string) (id string, ok bool, err error) {
	return func(ctx context.Context, community int64, user string) (id string, ok bool, err error) {
		if user == NoAccount {
			return "", false, nil
		}
		sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", community, user))
		id = fmt.Sprintf("seller_%x", sum[:8])
		if !orchestrator.IsDryRun(ctx) {
			e.SubMerchant(id, account)
		}
		return id, true, nil
	}
}
