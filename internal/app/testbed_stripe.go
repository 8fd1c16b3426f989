package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	plug "github.com/handsel-dev/handsel/orchestrator/gateway/stripe"
	"github.com/handsel-dev/handsel/sandbox/stripe"
)

const stripeKey, stripeSecret = "sk_test_handsel", "whsec_handsel_dev"

func stripeEmulator() Emulator {
	return Emulator{
		Gateway: "stripe", Title: "Stripe", Usual: "127.0.0.1:8422", Setting: "HANDSEL_STRIPE_SANDBOX_ADDR",
		Flag: func() Address { return &stripeAddress{} }, start: (*Testbed).emulateStripe,
		alone: func(c Alone) (Standing, error) {
			return stripe.New(stripe.Config{PublicURL: c.URL, Seed: c.Seed, Logger: c.Log})
		},
	}
}

type stripeAddress struct {
	StripeAddr string `env:"HANDSEL_STRIPE_SANDBOX_ADDR" placeholder:"ADDRESS" help:"Address of the Stripe emulator; 127.0.0.1:8422, or any free port where that is taken."`
}

// Address implements Address.
func (a *stripeAddress) Address() string { return a.StripeAddr }

func (w *Testbed) emulateStripe(url string, again http.Handler) (*emulated, error) {
	c := w.Config
	e, ok := again.(*stripe.Emulator)
	if !ok {
		var err error
		e, err = stripe.New(stripe.Config{
			PublicURL: url, WebhookURL: c.URL + "/gateways/stripe/webhooks", WebhookSecret: stripeSecret,
			SharedWorld: true, Clock: w.Sandbox, Seed: c.Seed, FaultTimeout: c.CallTimeout, Logger: c.Log,
		})
		if err != nil {
			return nil, err
		}
	}
	settings := &plug.Settings{
		StripeURL: url, StripeSecretKey: stripeKey, StripeWebhookSecrets: []string{stripeSecret},
		StripePublishableKey: "pk_test_handsel",
	}
	return &emulated{
		emulator: e, gateway: "stripe", page: "/pay/{payment}",
		connection: Connection{settings, gateway.Surroundings{Transport: c.Transport, OpenAccount: openAccounts(url)}},
		effects:    func() int { return len(e.Effects()) },
	}, nil
}

// openAccounts lets every author be paid except one: their connected account is
// made when it is first asked for.
func openAccounts(url string) func(ctx context.Context, community int64, user string) (id string, ok bool, err error) {
	return func(ctx context.Context, community int64, user string) (id string, ok bool, err error) {
		switch {
		case user == NoAccount:
			return "", false, nil
		case orchestrator.IsDryRun(ctx):
			return "", true, nil
		}
		id, err = openAccount(ctx, url, fmt.Sprintf("account-%d-%s", community, user))
		return id, err == nil, err
	}
}

func openAccount(ctx context.Context, url, key string) (id string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/accounts", strings.NewReader("type=custom&external_account=btok_ie&tos_acceptance[date]=1"))
	if err != nil {
		return "", err
	}
	r.SetBasicAuth(stripeKey, "")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Idempotency-Key", key)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", fmt.Errorf("open a connected account: %w", err)
	}
	defer resp.Body.Close()
	var account struct {
		ID string `json:"id"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&account); err != nil || account.ID == "" {
		return "", fmt.Errorf("open a connected account: status %d, %w", resp.StatusCode, err)
	}
	return account.ID, nil
}
