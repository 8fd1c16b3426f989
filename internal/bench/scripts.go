package bench

import (
	"context"
	"fmt"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	deposits "github.com/handsel-dev/handsel/orchestrator/process/balance"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
	noPayment "github.com/handsel-dev/handsel/orchestrator/process/none"
	"github.com/handsel-dev/handsel/orchestrator/process/postpay"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

// Script is the life of one kind of deal, played over HTTP.
type Script struct {
	Name string
	// prepare is called once before; default: nothing.
	prepare func(ctx context.Context, p *plant, workers int) error
	play    func(ctx context.Context, p *plant, worker, n int) error
}

func nothing(context.Context, *plant, int) error { return nil }

// Floor is the script that all others are held against: a deal without any gateway.
const Floor = "none on none"

// Scripts are the lives that are measured, one per pair of process and gateway. The floor is first.
func Scripts() []Script {
	const (
		accept, complete = `{"transition":"complete_preauthorization"}`, `{"transition":"complete"}`
		invoice, pay     = `{"transition":"invoice","input":{"total_sum":"5000"}}`, `{"transition":"pay_invoice"}`
		visa             = `{"transition":"pay_invoice","input":{"payment_method":"pm_card_visa"}}`
		nonce            = `{"transition":"pay_invoice","input":{"payment_method":"fake-valid-visa-nonce"}}`
	)
	return []Script{
		{Floor, nothing, native(noPayment.Name, "none", "", string(noPayment.Free))},
		{"preauthorize on stripe", nothing, native(preauthorize.Name, "stripe", `,"input":{"payment_method":"pm_card_visa"}`, string(settlement.Confirmed), accept, complete)},
		{"postpay on stripe", nothing, native(postpay.Name, "stripe", "", string(settlement.Confirmed), invoice, visa, complete)},
		{"preauthorize on balance", fund, native(preauthorize.Name, "balance", "", string(settlement.Confirmed), accept, complete)},
		{"postpay on balance", fund, native(postpay.Name, "balance", "", string(settlement.Confirmed), invoice, pay, complete)},
		{"preauthorize on paypal", nothing, paged(string(preauthorize.Preauthorized), preauthorize.Name, "paypal", "", string(settlement.Confirmed), accept, complete)},
		{"preauthorize on braintree", nothing, native(preauthorize.Name, "braintree", `,"input":{"payment_method":"fake-valid-visa-nonce"}`, string(settlement.Confirmed), accept, complete)},
		{"postpay on braintree", nothing, native(postpay.Name, "braintree", "", string(settlement.Confirmed), invoice, nonce, complete)},
		{"postpay on paytrail", nothing, paged(string(settlement.Paid), postpay.Name, "paytrail", "", string(settlement.Confirmed), invoice, pay, complete)},
		{"escrow_online on trustap", nothing, playTrustap},
		exchangeScript("exchange, distinct sellers", false),
		exchangeScript("exchange, one seller", true),
	}
}

// native plays a deal by calls of the native API alone.
func native(name, gateway, input, end string, steps ...string) func(context.Context, *plant, int, int) error {
	return paged("", name, gateway, input, end, steps...)
}

// paged is native where the buyer pays on the gateway's page, which brings the deal into a state.
func paged(paid, name, gateway, input, end string, steps ...string) func(context.Context, *plant, int, int) error {
	return func(ctx context.Context, p *plant, worker, n int) error {
		key := fmt.Sprintf("%d-%d", worker, n)
		deal, err := p.post(ctx, "/v1/transactions", key, fmt.Sprintf(`{"process":"%s","gateway":"%s","starter_id":"buyer-%d",
			"author_id":"seller-%d","listing":{"title":"Bench"},"unit_price":{"amount":5000,"currency":"EUR"}%s}`, name, gateway, worker, worker, input))
		if err != nil {
			return err
		}
		for i, step := range steps {
			if err := p.page(ctx, deal, paid); err != nil {
				return err
			}
			if deal, err = p.post(ctx, "/v1/transactions/"+deal.ID+"/transitions", fmt.Sprint(key, "-", i), step); err != nil {
				return err
			}
		}
		if deal.State != end {
			return fmt.Errorf("the deal is %s, not %s", deal.State, end)
		}
		return nil
	}
}

// fund gives every buyer money for a very long run.
func fund(ctx context.Context, p *plant, workers int) error {
	for i := range workers {
		user := fmt.Sprintf("buyer-%d", i)
		_, err := p.Engine.Create(ctx, orchestrator.CreateInput{
			CommunityID: app.SampleCommunity, Process: deposits.DepositName, Gateway: "balance", Actor: process.Actor{Kind: process.Staff, ID: "bench"},
			Starter: user, Author: user, Title: deposits.DepositName, UnitPrice: money.New(1_000_000_000_000, "EUR"), Input: map[string]string{"reason": "to be spent"},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// playTrustap takes a shipped deal through its life, the buyer paying on the
// gateway's page and the engine hearing of it by webhook.
func playTrustap(ctx context.Context, p *plant, worker, n int) error {
	name := fmt.Sprintf("%d-%d", worker, n)
	deal, err := p.post(ctx, "/v1/transactions", name+"-create", `{"process":"escrow_online","gateway":"trustap","starter_id":"buyer-`+name+`",
		"author_id":"seller","listing":{"title":"Bench"},"unit_price":{"amount":5000,"currency":"EUR"}}`)
	if err != nil {
		return err
	}
	var payment int64
	if _, err := fmt.Sscan(deal.PaymentID, &payment); err != nil {
		return fmt.Errorf("payment id %q: %w", deal.PaymentID, err)
	}
	if _, err := p.Sandbox.Pay(payment, "success"); err != nil {
		return err
	}
	path := "/v1/transactions/" + deal.ID
	if err := p.await(ctx, path, string(escrowonline.Paid)); err != nil {
		return err
	}
	for i, step := range []string{
		`{"transition":"track","input":{"carrier":"ups","tracking_code":"1Z"}}`, `{"transition":"confirm_delivery"}`, `{"transition":"end_complaint_period"}`,
	} {
		if _, err := p.post(ctx, path+"/transitions", fmt.Sprint(name, "-", i), step); err != nil {
			return err
		}
	}
	return p.await(ctx, path, string(escrow.FundsReleased))
}
