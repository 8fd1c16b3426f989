package app

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/big"
	"net/http"
	"strings"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	plug "github.com/handsel-dev/handsel/orchestrator/gateway/paypal"
	"github.com/handsel-dev/handsel/sandbox/paypal"
)

func paypalEmulator() Emulator {
	return Emulator{
		Gateway: "paypal", Title: "PayPal", Usual: "127.0.0.1:8423", Setting: "HANDSEL_PAYPAL_SANDBOX_ADDR",
		Flag: func() Address { return &paypalAddress{} }, start: (*Testbed).emulatePaypal,
		alone: func(c Alone) (Standing, error) {
			return paypal.New(paypal.Config{PublicURL: c.URL, Seed: c.Seed, Logger: c.Log})
		},
	}
}

type paypalAddress struct {
	PaypalAddr string `env:"HANDSEL_PAYPAL_SANDBOX_ADDR" placeholder:"ADDRESS" help:"Address of the PayPal emulator; 127.0.0.1:8423, or any free port where that is taken."`
}

// Address implements Address.
func (a *paypalAddress) Address() string { return a.PaypalAddr }

// The emulator's only app, and its webhook.
const (
	paypalClient  = "handsel-sandbox"
	paypalSecret  = "sandbox-secret"
	paypalWebhook = "WH-HANDSEL-SANDBOX"
	paypalPartner = "HANDSELSANDBX"
)

func (w *Testbed) emulatePaypal(url string, again http.Handler) (*emulated, error) {
	c := w.Config
	e, ok := again.(*paypal.Emulator)
	if !ok {
		var err error
		e, err = paypal.New(paypal.Config{
			PublicURL: url, WebhookURL: c.URL + "/gateways/paypal/webhooks", WebhookID: paypalWebhook,
			SharedWorld: true, Clock: w.Sandbox, Seed: c.Seed, FaultTimeout: c.CallTimeout, Logger: c.Log,
		})
		if err != nil {
			return nil, err
		}
	}
	settings := &plug.Settings{PaypalURL: url, PaypalClientID: paypalClient, PaypalSecret: paypalSecret, PaypalWebhookID: paypalWebhook, PaypalPartnerID: paypalPartner, PaypalReturnURL: c.URL + "/docs"}
	if c.PayPalDelays {
		settings.PaypalDisbursement = "DELAYED"
	}
	return &emulated{
		emulator: e, gateway: "paypal",
		connection: Connection{settings, gateway.Surroundings{Transport: c.Transport, OpenAccount: paypalPayees(e)}},
		effects:    func() int { return len(e.Effects()) },
	}, nil
}

// paypalPayees lets every author be paid except one: their PayPal account agrees when it is first
// asked for.
func paypalPayees(e *paypal.Emulator) func(ctx context.Context, community int64, user string) (id string, ok bool, err error) {
	return func(ctx context.Context, community int64, user string) (id string, ok bool, err error) {
		if user == NoAccount {
			return "", false, nil
		}
		id = paypalPayee(community, user)
		if !orchestrator.IsDryRun(ctx) {
			e.SetSeller(id, paypal.ReadySeller())
		}
		return id, true, nil
	}
}

func paypalPayee(community int64, user string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", community, user))
	const letters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
	var b strings.Builder
	for n := new(big.Int).SetBytes(sum[:]); b.Len() < 13; n.Rsh(n, 5) {
		b.WriteByte(letters[new(big.Int).And(n, big.NewInt(31)).Int64()])
	}
	return b.String()
}
