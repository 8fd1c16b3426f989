package stripe_test

import (
	"testing"

	api "github.com/stripe/stripe-go/v76"

	"github.com/handsel-dev/handsel/sandbox/stripe"
)

func TestConfirm(t *testing.T) {
	t.Parallel()
	const (
		action  = api.PaymentIntentStatusRequiresAction
		method  = api.PaymentIntentStatusRequiresPaymentMethod
		capture = api.PaymentIntentStatusRequiresCapture
		done    = api.PaymentIntentStatusSucceeded
	)
	tests := []struct {
		name, capture, card string
		status              api.PaymentIntentStatus
		code                api.ErrorCode
		decline             api.DeclineCode
		effects             []string
	}{
		{"hold", "manual", "pm_card_visa", capture, "", "", []string{"authorize"}},
		{"charge", "automatic", "pm_card_mastercard", done, "", "", []string{"charge"}},
		{"short name", "automatic", "success", done, "", "", []string{"charge"}},
		{"declined", "manual", "pm_card_chargeDeclined", method, "card_declined", "generic_decline", nil},
		{"no funds", "manual", "pm_card_visa_chargeDeclinedInsufficientFunds", method, "card_declined", "insufficient_funds", nil},
		{"expired", "automatic", "pm_card_chargeDeclinedExpiredCard", method, "expired_card", "expired_card", nil},
		{"code as name", "automatic", "incorrect_cvc", method, "incorrect_cvc", "incorrect_cvc", nil},
		{"stolen", "automatic", "stolen_card", method, "card_declined", "stolen_card", nil},
		{"bank asks", "manual", "pm_card_authenticationRequired", action, "", "", nil},
		{"bank asks too", "manual", "pm_card_threeDSecure2Required", action, "", "", nil},
		{"slow", "manual", "processing", api.PaymentIntentStatusProcessing, "", "", nil},
		{"disputed", "automatic", "pm_card_createDispute", done, "", "", []string{"charge", "dispute"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			x := newTester(t, stripe.Config{})
			created, err := x.client.PaymentIntents.New(payment(1000, test.capture, test.card))
			pi := created
			if test.code != "" {
				r := refusalOf(t, err)
				same(t, "refusal", r, refusal{402, "card_error", test.code, test.decline, "", string(test.status)})
				pi = err.(*api.Error).PaymentIntent
				same(t, "failed charge", err.(*api.Error).ChargeID, pi.LatestCharge.ID)
			} else {
				must(t, err)
			}
			same(t, "status", x.get(pi.ID).Status, test.status)
			same(t, "effects", x.effects(), test.effects)
			if last := x.get(pi.ID).LastPaymentError; test.code != "" && (last == nil || last.Code != test.code) {
				t.Errorf("last payment error: got %v, want %s", last, test.code)
			}
		})
	}
}

func TestHold(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	p := payment(1000, "manual", "pm_card_visa")
	p.TransferGroup, p.Description = api.String("deal_1"), api.String("Boots & laces")
	p.AddMetadata("intent_id", "int_1")
	pi := x.create(p)
	same(t, "capturable", pi.AmountCapturable, int64(1000))
	same(t, "metadata", pi.Metadata, map[string]string{"intent_id": "int_1"})
	same(t, "group", pi.LatestCharge.TransferGroup, "deal_1")
	same(t, "captured", pi.LatestCharge.Captured, false)
	same(t, "capture before", pi.LatestCharge.PaymentMethodDetails.Card.CaptureBefore, start.Add(7*day).Unix())
	same(t, "description", pi.Description, "Boots & laces")

	params := &api.PaymentIntentCaptureParams{AmountToCapture: api.Int64(700)}
	params.AddExpand("latest_charge.balance_transaction")
	pi, err := x.client.PaymentIntents.Capture(pi.ID, params)
	must(t, err)
	same(t, "amounts", []int64{pi.Amount, pi.AmountCapturable, pi.AmountReceived}, []int64{1000, 0, 700})
	same(t, "charge", []int64{pi.LatestCharge.AmountCaptured, pi.LatestCharge.AmountRefunded}, []int64{700, 300})
	same(t, "available on", pi.LatestCharge.BalanceTransaction.AvailableOn, start.Add(2*day).Unix())
	same(t, "fee", pi.LatestCharge.BalanceTransaction.Fee, int64(0))
	same(t, "events", x.events(), []string{"payment_intent.created", "charge.succeeded", "payment_intent.amount_capturable_updated",
		"charge.captured", "payment_intent.succeeded"})
	x.wantBalance("", 0, 700)
	x.advance(2 * day)
	x.wantBalance("", 700, 0)
}

func TestHoldExpires(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	pi := x.at(api.PaymentIntentStatusRequiresCapture)
	x.advance(7*day - 1)
	x.Tick()
	same(t, "in time", x.get(pi.ID).Status, api.PaymentIntentStatusRequiresCapture)

	x.advance(day)
	_, err := x.client.PaymentIntents.Capture(pi.ID, nil)
	same(t, "late", refusalOf(t, err), refusal{Status: 400, Type: "invalid_request_error", Code: "charge_expired_for_capture", Intent: "requires_capture"})

	x.Tick()
	pi = x.get(pi.ID)
	same(t, "status", pi.Status, api.PaymentIntentStatusCanceled)
	same(t, "reason", pi.CancellationReason, api.PaymentIntentCancellationReasonAutomatic)
	same(t, "canceled when it was due", pi.CanceledAt, start.Add(7*day).Unix())
	same(t, "given back", pi.LatestCharge.Refunded, true)
	same(t, "effects", x.effects(), []string{"authorize", "expire"})
	same(t, "events", x.events()[3:], []string{"charge.expired", "payment_intent.canceled"})
	_, err = x.client.Charges.Capture(pi.LatestCharge.ID, nil)
	same(t, "charge", refusalOf(t, err).Code, api.ErrorCodeChargeExpiredForCapture)
}

// TestActs does every act in every status.
func TestActs(t *testing.T) {
	t.Parallel()
	const (
		method    = api.PaymentIntentStatusRequiresPaymentMethod
		confirm   = api.PaymentIntentStatusRequiresConfirmation
		action    = api.PaymentIntentStatusRequiresAction
		slow      = api.PaymentIntentStatusProcessing
		capture   = api.PaymentIntentStatusRequiresCapture
		succeeded = api.PaymentIntentStatusSucceeded
		canceled  = api.PaymentIntentStatusCanceled
	)
	acts := map[string]func(*client76, string) error{
		"confirm": func(c *client76, id string) error {
			_, err := c.PaymentIntents.Confirm(id, &api.PaymentIntentConfirmParams{PaymentMethod: api.String("pm_card_visa")})
			return err
		},
		"capture": func(c *client76, id string) error { _, err := c.PaymentIntents.Capture(id, nil); return err },
		"cancel":  func(c *client76, id string) error { _, err := c.PaymentIntents.Cancel(id, nil); return err },
		"reprice": func(c *client76, id string) error {
			_, err := c.PaymentIntents.Update(id, &api.PaymentIntentParams{Amount: api.Int64(900)})
			return err
		},
	}
	tests := map[api.PaymentIntentStatus]map[string]api.PaymentIntentStatus{ // what is not there is refused
		method:    {"confirm": capture, "cancel": canceled, "reprice": method},
		confirm:   {"confirm": capture, "cancel": canceled, "reprice": confirm},
		action:    {"confirm": capture, "cancel": canceled, "reprice": action},
		slow:      {},
		capture:   {"capture": succeeded, "cancel": canceled},
		succeeded: {},
		canceled:  {},
	}
	for status, allowed := range tests {
		for name, act := range acts {
			t.Run(string(status)+"/"+name, func(t *testing.T) {
				t.Parallel()
				x := newTester(t, stripe.Config{})
				pi := x.at(status)
				err := act(x.client, pi.ID)
				want, ok := allowed[name]
				if !ok {
					same(t, "refusal", refusalOf(t, err), refusal{Status: 400, Type: "invalid_request_error",
						Code: "payment_intent_unexpected_state", Intent: string(status)})
					want = status
				} else {
					must(t, err)
				}
				same(t, "status afterwards", x.get(pi.ID).Status, want)
			})
		}
	}
}

func TestConfirmLater(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	pi := x.at(api.PaymentIntentStatusRequiresConfirmation)
	pi, err := x.client.PaymentIntents.Confirm(pi.ID, nil)
	must(t, err)
	same(t, "with the method it had", pi.Status, api.PaymentIntentStatusRequiresCapture)

	pi = x.at(api.PaymentIntentStatusRequiresPaymentMethod)
	_, err = x.client.PaymentIntents.Confirm(pi.ID, nil)
	same(t, "without a method", refusalOf(t, err).Code, api.ErrorCodePaymentIntentUnexpectedState)
	_, err = x.client.PaymentIntents.Confirm(pi.ID, &api.PaymentIntentConfirmParams{PaymentMethod: api.String("pm_card_visa_chargeDeclined")})
	same(t, "declined", refusalOf(t, err).Decline, api.DeclineCodeGenericDecline)
	pi, err = x.client.PaymentIntents.Confirm(pi.ID, &api.PaymentIntentConfirmParams{PaymentMethod: api.String("pm_card_visa")})
	must(t, err)
	same(t, "another card", pi.Status, api.PaymentIntentStatusRequiresCapture)
	if pi.LastPaymentError != nil {
		t.Errorf("last payment error: got %v, want none", pi.LastPaymentError)
	}
}

func TestCaptureMethod(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	p := payment(1000, "automatic", "pm_card_visa")
	p.PaymentMethodOptions = &api.PaymentIntentPaymentMethodOptionsParams{
		Card: &api.PaymentIntentPaymentMethodOptionsCardParams{CaptureMethod: api.String("manual")}}
	same(t, "of cards", x.create(p).Status, api.PaymentIntentStatusRequiresCapture)

	pi := x.create(payment(1000, "automatic", ""))
	pi, err := x.client.PaymentIntents.Confirm(pi.ID, &api.PaymentIntentConfirmParams{PaymentMethod: api.String("pm_card_visa"), CaptureMethod: api.String("manual")})
	must(t, err)
	same(t, "on confirmation", pi.Status, api.PaymentIntentStatusRequiresCapture)

	pi = x.create(payment(1000, "automatic", ""))
	pi, err = x.client.PaymentIntents.Update(pi.ID, &api.PaymentIntentParams{CaptureMethod: api.String("manual"), Amount: api.Int64(900),
		Currency: api.String("usd"), PaymentMethod: api.String("pm_card_visa")})
	must(t, err)
	same(t, "updated", []any{pi.CaptureMethod, pi.Amount, pi.Currency, pi.Status}, []any{api.PaymentIntentCaptureMethodManual, int64(900),
		api.CurrencyUSD, api.PaymentIntentStatusRequiresConfirmation})
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	p := payment(1000, "manual", "pm_card_visa")
	p.Metadata = map[string]string{"a": "1", "b": "2"}
	pi := x.create(p)
	pi, err := x.client.PaymentIntents.Update(pi.ID, &api.PaymentIntentParams{
		Description: api.String("New"), Metadata: map[string]string{"b": "", "c": "3"}})
	must(t, err)
	same(t, "metadata", pi.Metadata, map[string]string{"a": "1", "c": "3"})
	same(t, "description", pi.Description, "New")
}

func TestChallenge(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	p := payment(1000, "manual", "pm_card_threeDSecure2Required")
	p.ReturnURL = api.String("https://shop.example.com/back?order=7")
	pi := x.create(p)
	next := pi.NextAction.RedirectToURL
	same(t, "page", next.URL, "https://pay.example.com/pay/"+pi.ID+"?client_secret="+pi.ClientSecret)
	same(t, "return", next.ReturnURL, *p.ReturnURL)
	must(t, x.Pay(pi.ID, "approve"))
	pi = x.get(pi.ID)
	same(t, "approved", pi.Status, api.PaymentIntentStatusRequiresCapture)
	same(t, "authenticated", pi.LatestCharge.PaymentMethodDetails.Card.ThreeDSecure.Result, api.ChargePaymentMethodDetailsCardThreeDSecureResultAuthenticated)

	pi = x.at(api.PaymentIntentStatusRequiresAction)
	if x.Pay(pi.ID, "reject") == nil {
		t.Error("a rejected payment was paid")
	}
	pi = x.get(pi.ID)
	same(t, "rejected", pi.Status, api.PaymentIntentStatusRequiresPaymentMethod)
	same(t, "why", pi.LastPaymentError.Code, api.ErrorCodePaymentIntentAuthenticationFailure)

	pi = x.create(payment(1000, "manual", "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds"))
	if x.Pay(pi.ID, "approve") == nil {
		t.Error("a card without money paid")
	}
	same(t, "declined after the question", x.get(pi.ID).LastPaymentError.DeclineCode, api.DeclineCodeInsufficientFunds)

	p = payment(1000, "manual", "pm_card_authenticationRequired")
	p.OffSession = api.Bool(true)
	_, err := x.client.PaymentIntents.New(p)
	same(t, "nobody to ask", refusalOf(t, err), refusal{402, "card_error", "authentication_required", "authentication_required", "", "requires_payment_method"})
}

func TestProcessing(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	good, bad := x.at(api.PaymentIntentStatusProcessing), x.at(api.PaymentIntentStatusProcessing)
	must(t, x.Pay(good.ID, "success"))
	same(t, "ended well", x.get(good.ID).Status, api.PaymentIntentStatusRequiresCapture)
	if x.Pay(bad.ID, "insufficient_funds") == nil {
		t.Error("a card without money paid")
	}
	same(t, "ended badly", x.get(bad.ID).Status, api.PaymentIntentStatusRequiresPaymentMethod)
}
