package stripe_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	api "github.com/stripe/stripe-go/v76"

	"github.com/handsel-dev/handsel/sandbox/stripe"
)

func (x *tester) session(change func(*api.CheckoutSessionParams)) (*api.CheckoutSession, error) {
	p := &api.CheckoutSessionParams{
		Mode: api.String("payment"), SuccessURL: api.String("https://shop.example.com/done?session={CHECKOUT_SESSION_ID}"), CancelURL: api.String("https://shop.example.com/cart"),
		LineItems: []*api.CheckoutSessionLineItemParams{
			{Quantity: api.Int64(2), PriceData: &api.CheckoutSessionLineItemPriceDataParams{Currency: api.String("eur"), UnitAmount: api.Int64(1500),
				ProductData: &api.CheckoutSessionLineItemPriceDataProductDataParams{Name: api.String("Bell")}}},
			{Quantity: api.Int64(1), PriceData: &api.CheckoutSessionLineItemPriceDataParams{Currency: api.String("eur"), UnitAmount: api.Int64(7000),
				ProductData: &api.CheckoutSessionLineItemPriceDataProductDataParams{Name: api.String("Bike")}}},
		},
		PaymentIntentData: &api.CheckoutSessionPaymentIntentDataParams{CaptureMethod: api.String("manual"), TransferGroup: api.String("deal_7")},
	}
	p.PaymentIntentData.AddMetadata("deal", "7")
	if change != nil {
		change(p)
	}
	return x.client.CheckoutSessions.New(p)
}

// press presses a button on the page of a session, and tells where the buyer is led.
func (x *tester) press(n *api.CheckoutSession, card string) (status int, to, page string) {
	x.t.Helper()
	r, err := http.NewRequestWithContext(x.t.Context(), http.MethodPost, x.url+strings.TrimPrefix(n.URL, "https://pay.example.com"), strings.NewReader("card="+card))
	must(x.t, err)
	r.Header.Set("Content-Type", formKind)
	c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := c.Do(r)
	must(x.t, err)
	must(x.t, answer.Body.Close())
	if to = answer.Header.Get("Location"); strings.HasPrefix(to, "/") {
		_, b := x.send("GET", to, "", "")
		page = string(b)
	}
	return answer.StatusCode, to, page
}

// A buyer pays on the page of a session, after a card that was declined; the payment is as the shop asked for.
func TestCheckout(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	n, err := x.session(nil)
	must(t, err)
	same(t, "made", []any{n.AmountTotal, n.Status, n.PaymentStatus, n.PaymentIntent == nil, n.ExpiresAt}, []any{int64(10_000), api.CheckoutSessionStatusOpen,
		api.CheckoutSessionPaymentStatusUnpaid, true, start.Add(day).Unix()})
	status, to, page := x.press(n, "insufficient_funds")
	same(t, "declined", []any{status, to, strings.Contains(page, "Bike")}, []any{303, "/c/pay/" + n.ID + "?chosen=insufficient_funds", true})
	status, to, _ = x.press(n, "success")
	same(t, "paid", []any{status, to}, []any{303, "https://shop.example.com/done?session=" + n.ID})
	params := &api.CheckoutSessionParams{}
	params.AddExpand("payment_intent")
	n, err = x.client.CheckoutSessions.Get(n.ID, params)
	must(t, err)
	same(t, "afterwards", []any{n.Status, n.URL, n.PaymentIntent.Status, n.PaymentIntent.TransferGroup, n.PaymentIntent.Metadata["deal"], n.PaymentIntent.AmountCapturable},
		[]any{api.CheckoutSessionStatusComplete, "", api.PaymentIntentStatusRequiresCapture, "deal_7", "7", int64(10_000)})
	same(t, "events", x.events(), []string{"payment_intent.created", "charge.failed", "payment_intent.payment_failed", "charge.succeeded",
		"payment_intent.amount_capturable_updated", "checkout.session.completed"})
	_, err = x.client.PaymentIntents.Capture(n.PaymentIntent.ID, nil)
	must(t, err)
	n, err = x.client.CheckoutSessions.Get(n.ID, nil)
	must(t, err)
	same(t, "captured", n.PaymentStatus, api.CheckoutSessionPaymentStatusPaid)
	if x.PayCheckout(n.ID, "success") == nil {
		t.Error("paid twice")
	}
	var names []string
	for i := x.client.CheckoutSessions.ListLineItems(&api.CheckoutSessionListLineItemsParams{Session: &n.ID}); i.Next(); {
		names = append(names, i.LineItem().Description)
	}
	same(t, "line items", names, []string{"Bell", "Bike"})
}

// A session ends when its time is over or the shop says so; the bank's question and the way back are on the page.
func TestCheckoutEnds(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	late, err := x.session(func(p *api.CheckoutSessionParams) { p.ExpiresAt = api.Int64(start.Add(time.Hour).Unix()) })
	must(t, err)
	_, _, page := x.press(late, "authentication_required")
	same(t, "the bank asks", strings.Contains(page, "approve"), true)
	_, to, _ := x.press(late, "cancel")
	same(t, "back", to, "https://shop.example.com/cart")
	image, err := x.Snapshot()
	must(t, err)
	must(t, x.Restore(image))
	must(t, x.Advance(2*time.Hour))
	shut, err := x.session(nil)
	must(t, err)
	shut, err = x.client.CheckoutSessions.Expire(shut.ID, nil)
	must(t, err)
	_, err = x.client.CheckoutSessions.Expire(shut.ID, nil)
	same(t, "once", refusalOf(t, err).Status, 400)
	var ends []api.CheckoutSessionStatus
	for i := x.client.CheckoutSessions.List(nil); i.Next(); {
		ends = append(ends, i.CheckoutSession().Status)
	}
	same(t, "both", ends, []api.CheckoutSessionStatus{api.CheckoutSessionStatusExpired, api.CheckoutSessionStatusExpired})
	if x.PayCheckout(late.ID, "approve") == nil || x.PayCheckout("cs_test_0", "success") == nil {
		t.Error("paid after the end, or without a session")
	}
	for name, change := range map[string]func(*api.CheckoutSessionParams){
		"mode":        func(p *api.CheckoutSessionParams) { p.Mode = api.String("subscription") },
		"line_items":  func(p *api.CheckoutSessionParams) { p.LineItems = nil },
		"success_url": func(p *api.CheckoutSessionParams) { p.SuccessURL = api.String("shop") },
		"expires_at":  func(p *api.CheckoutSessionParams) { p.ExpiresAt = api.Int64(start.Unix()) },
	} {
		_, err := x.session(change)
		same(t, name, refusalOf(t, err).Param, name)
	}
}
