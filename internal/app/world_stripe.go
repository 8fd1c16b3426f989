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

// emulateStripe starts the Stripe emulator, or takes the one that was given.
func (w *World) emulateStripe() (*emulated, error) {
	c := w.Config
	if w.Stripe = c.Stripe; w.Stripe == nil && c.StripeURL != "" {
		var err error
		w.Stripe, err = stripe.New(stripe.Config{
			PublicURL: c.StripeURL, WebhookURL: c.URL + "/gateways/stripe/webhooks", WebhookSecret: stripeSecret,
			SharedWorld: true, Clock: w.Sandbox, Seed: c.Seed, FaultTimeout: c.CallTimeout, Logger: c.Log,
		})
		if err != nil {
			return nil, err
		}
	}
	if w.Stripe == nil {
		return nil, nil
	}
	settings := &plug.Settings{
		StripeURL: c.StripeURL, StripeSecretKey: stripeKey, StripeWebhookSecrets: []string{stripeSecret},
		StripePublishableKey: "pk_test_handsel", PublicURL: c.URL,
	}
	return &emulated{
		emulator: w.Stripe, gateway: "stripe", given: c.Stripe != nil, page: "/pay/{payment}",
		connection: Connection{settings, gateway.Surroundings{Transport: c.Transport, OpenAccount: w.openAccount}},
		effects:    func() int { return len(w.Stripe.Effects()) },
	}, nil
}

// openAccount lets every author be paid except one: their connected account is
// made when it is first asked for.
func (w *World) openAccount(ctx context.Context, community int64, user string) (id string, ok bool, err error) {
	if user == NoAccount {
		return "", false, nil
	}
	if orchestrator.IsDryRun(ctx) {
		return "", true, nil
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.Config.StripeURL+"/v1/accounts", strings.NewReader("type=express"))
	if err != nil {
		return "", false, err
	}
	r.SetBasicAuth(stripeKey, "")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Idempotency-Key", fmt.Sprintf("account-%d-%s", community, user))
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", false, fmt.Errorf("open a connected account: %w", err)
	}
	defer resp.Body.Close()
	var account struct {
		ID string `json:"id"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&account); err != nil || account.ID == "" {
		return "", false, fmt.Errorf("open a connected account: status %d, %w", resp.StatusCode, err)
	}
	return account.ID, true, nil
}
