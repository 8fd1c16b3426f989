package app

import (
	"context"
	"fmt"
	"hash/fnv"
	"net/http"

	"github.com/handsel-dev/handsel/orchestrator/gateway"
	plug "github.com/handsel-dev/handsel/orchestrator/gateway/paytrail"
	"github.com/handsel-dev/handsel/sandbox/paytrail"
)

func paytrailEmulator() Emulator {
	return Emulator{
		Gateway: "paytrail", Title: "Paytrail", Usual: "127.0.0.1:8425", Setting: "HANDSEL_PAYTRAIL_SANDBOX_ADDR",
		Flag: func() Address { return &paytrailAddress{} }, start: (*Testbed).emulatePaytrail,
		alone: func(c Alone) (Standing, error) {
			return paytrail.New(paytrail.Config{PublicURL: c.URL, Seed: c.Seed, Logger: c.Log})
		},
	}
}

type paytrailAddress struct {
	PaytrailAddr string `env:"HANDSEL_PAYTRAIL_SANDBOX_ADDR" placeholder:"ADDRESS" help:"Address of the Paytrail emulator; 127.0.0.1:8425, or any free port where that is taken."`
}

// Address implements Address.
func (a *paytrailAddress) Address() string { return a.PaytrailAddr }

func (w *Testbed) emulatePaytrail(url string, again http.Handler) (*emulated, error) {
	c := w.Config
	e, ok := again.(*paytrail.Emulator)
	if !ok {
		var err error
		e, err = paytrail.New(paytrail.Config{PublicURL: url, SharedWorld: true, Clock: w.Sandbox, Seed: c.Seed, FaultTimeout: c.CallTimeout, Logger: c.Log})
		if err != nil {
			return nil, err
		}
	}
	platform := aggregate()
	settings := &plug.Settings{
		PaytrailURL: url, PaytrailMerchant: platform.ID, PaytrailSecret: platform.Secret, PaytrailLanguage: "EN",
		PaytrailCallbackURL: c.URL + "/gateways/paytrail/webhooks", PaytrailReturnURL: c.URL + "/docs", PaytrailCommission: "695875",
	}
	return &emulated{
		emulator: e, gateway: "paytrail",
		connection: Connection{settings, gateway.Surroundings{Transport: c.Transport, Stranger: w.stranger, OpenAccount: subMerchant}},
		effects:    func() int { return len(e.Effects()) },
	}, nil
}

// aggregate is the public test account that sells for others.
func aggregate() paytrail.Merchant {
	for _, m := range paytrail.Public() {
		if m.Aggregate {
			return m
		}
	}
	return paytrail.Merchant{}
}

// subMerchant lets every author be paid except one: the emulator takes any merchant's number
// in the items of an aggregate.
func subMerchant(_ context.Context, community int64, user string) (id string, ok bool, err error) {
	if user == NoAccount {
		return "", false, nil
	}
	h := fnv.New32a()
	_, _ = fmt.Fprintf(h, "%d %s", community, user) // never fails
	return fmt.Sprintf("7%09d", h.Sum32()), true, nil
}
