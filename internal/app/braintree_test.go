package app_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/sandbox/braintree"
)

// cardDeal plays a deal at Braintree over the customer's API.
type cardDeal struct {
	*dealing
	bank   *braintree.Emulator
	wire   *wire
	author string // sam unless a test says otherwise
}

// wire carries calls to the gateways. Right before one with a text in it is sent, something else happens, once.
type wire struct {
	mu     sync.Mutex
	before string
	happen func()
	last   string // body that was sent
	alter  *strings.Replacer
}

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		w.mu.Lock()
		if w.alter != nil {
			r.Body = io.NopCloser(strings.NewReader(w.alter.Replace(string(body))))
		}
		w.last = string(body)
		happen := w.happen
		if happen != nil && strings.Contains(string(body), w.before) {
			w.happen = nil
		} else {
			happen = nil
		}
		w.mu.Unlock()
		if happen != nil {
			happen()
		}
	}
	return http.DefaultTransport.RoundTrip(r)
}

// meanwhile has something happen right before a call.
func (d *cardDeal) meanwhile(before string, happen func()) {
	d.wire.mu.Lock()
	defer d.wire.mu.Unlock()
	d.wire.before, d.wire.happen = before, happen
}

func atBraintree(t *testing.T, databaseURL string) *cardDeal {
	t.Helper()
	return atBraintreeWith(t, testkit.Options{DatabaseURL: databaseURL})
}

func atBraintreeWith(t *testing.T, o testkit.Options) *cardDeal {
	t.Helper()
	d := &cardDeal{wire: &wire{}, author: "sam"}
	o.Transport = d.wire
	w := testkit.New(t, o)
	bank, ok := w.Emulator("braintree").(*braintree.Emulator)
	if !ok {
		t.Fatal("the world has no Braintree")
	}
	d.bank = bank
	d.dealing = &dealing{Testbed: w, t: t, till: bank, moved: func() map[string]int64 {
		sums := map[string]int64{}
		for _, e := range bank.Effects() {
			sums[e.Operation] += e.Amount
		}
		return sums
	}}
	return d
}

// told is the state of the deal that an answer shows, or the code of a refusal.
func (d *cardDeal) told(r testkit.Response) string {
	d.t.Helper()
	var refused struct{ Code string }
	r.JSON(d.t, &refused)
	return d.shown(r).Transaction.CurrentState + refused.Code
}

// nonce is one that is used up by one payment.
func (d *cardDeal) nonce(card string) string {
	d.t.Helper()
	id, err := d.bank.Card(card)
	if err != nil {
		d.t.Fatal(err)
	}
	return id
}

// open opens a deal in a process; fields are those of the gateway.
func (d *cardDeal) open(process, fields string, status int) string {
	d.t.Helper()
	r := d.call("POST", "/transactions/v1/create", "bea", `{"transaction":{"payment_process":"`+process+`","payment_gateway":"braintree","community_id":501,
		"starter_id":"bea","listing_id":1234,"listing_title":"Old city-bike","listing_price":{"amount":5000,"currency":"EUR"},"listing_author_id":"`+d.author+`","listing_quantity":1},
		"gateway_fields":{`+fields+`}}`, status)
	d.id = jsonNumber(d.shown(r).Transaction.ID)
	return d.told(r)
}

// preauthorized opens a deal whose money is reserved.
func (d *cardDeal) preauthorized() {
	d.t.Helper()
	if got := d.open("preauthorize", `"cardholder_name":"Mikko Koski","payment_method_nonce":"`+d.nonce("success")+`"`, 201); got != "preauthorized" {
		d.t.Fatalf("the deal is %s", got)
	}
}

// step takes a step and returns the state that follows, or why it was refused.
func (d *cardDeal) step(name, actor, body string, status int) string {
	d.t.Helper()
	return d.told(d.call("POST", "/transactions/v1/"+d.id+"/"+name, actor, body, status))
}

// A deal as the customer's documents have it, with a nonce in the place of the card.
func TestBraintree_preauthorize(t *testing.T) {
	t.Parallel()
	type sums = map[string]int64
	for name, tc := range map[string]struct {
		play func(d *cardDeal)
		is   string
		want sums
	}{
		"accepted and completed": {func(d *cardDeal) {
			if got := d.step("complete_preauthorization", "sam", "", 200); got != "paid" {
				d.t.Errorf("accepted: %s", got)
			}
			d.Advance(24 * time.Hour)
			d.step("complete", "bea", "", 200)
		}, "completed", sums{"authorize": 5000, "capture": 5000}},
		"rejected":       {func(d *cardDeal) { d.step("reject", "sam", "", 200) }, "rejected", sums{"authorize": 5000, "void": 5000}},
		"nobody decides": {func(d *cardDeal) { d.Advance(8 * 24 * time.Hour) }, "rejected", sums{"authorize": 5000, "void": 5000}},
		"cancelled and refunded before it settles": {func(d *cardDeal) {
			d.step("complete_preauthorization", "sam", "", 200)
			d.step("cancel", "bea", "", 200)
			d.staff("refund", "", 200)
		}, "refunded", sums{"authorize": 5000, "capture": 5000, "void": 5000}},
		"cancelled and refunded after it has settled": {func(d *cardDeal) {
			d.step("complete_preauthorization", "sam", "", 200)
			d.Advance(24 * time.Hour)
			d.step("cancel", "bea", "", 200)
			d.staff("refund", "", 200)
		}, "refunded", sums{"authorize": 5000, "capture": 5000, "refund": 5000}},
		"split, at first too early": {func(d *cardDeal) {
			d.step("complete_preauthorization", "sam", "", 200)
			d.step("cancel", "bea", "", 200)
			if r := d.staff("split", `"refund":"1000","release":"4000",`, 409); !strings.Contains(string(r.Body), `"not_settled_yet"`) {
				d.t.Errorf("before it settles: %s", r.Body)
			}
			d.Advance(24 * time.Hour)
			d.staff("split", `"refund":"1000","release":"4000",`, 200)
		}, "settled", sums{"authorize": 5000, "capture": 5000, "refund": 1000}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testkit.OnEither(t, func(t *testing.T, url string) {
				d := atBraintree(t, url)
				d.preauthorized()
				tc.play(d)
				d.is(tc.is)
				if diff := cmp.Diff(tc.want, d.moved()); diff != "" {
					t.Errorf("at Braintree (-want +got):\n%s", diff)
				}
				d.CheckBooks()
			})
		})
	}
}

// An invoice is paid with a nonce, the amount of the invoice and no other, and a declined card leaves it open.
func TestBraintree_postpay(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		d := atBraintree(t, url)
		if got := d.open("postpay", "", 201); got != "pending" {
			t.Fatalf("the deal is %s", got)
		}
		if got := d.step("invoice", "sam", `{"gateway_fields":{"total_sum":{"amount":6000,"currency":"EUR"}}}`, 200); got != "accepted" {
			t.Fatalf("the deal is %s", got)
		}
		if got := d.step("pay_invoice", "bea", `{"gateway_fields":{"payment_method":"`+d.nonce("2001")+`"}}`, 402); got != "card_declined" {
			t.Errorf("a declined card: %s", got)
		}
		d.is("accepted")
		d.fault("chargePaymentMethod", "cut_after")
		if got := d.step("pay_invoice", "bea", `{"gateway_fields":{"payment_method":"`+d.nonce("success")+`"}}`, 502); got != "outcome_unknown" {
			t.Errorf("a lost answer: %s", got)
		}
		d.Advance(time.Minute)
		d.is("paid")
		d.step("complete", "bea", "", 200)
		if diff := cmp.Diff(map[string]int64{"authorize": 6000, "capture": 6000}, d.moved()); diff != "" {
			t.Error(diff)
		}
		d.CheckBooks()
	})
}

// Who cannot be paid, and what is no nonce, is refused before anything is booked.
func TestBraintree_refused(t *testing.T) {
	t.Parallel()
	d := atBraintree(t, "")
	for author, want := range map[string]string{"sam": "true", "no-account": "false"} {
		r := d.Call("GET", "/transactions/v1/can_start_transaction?payment_gateway=braintree&community_id=501&listing_author_id="+author, "")
		if !strings.Contains(string(r.Body), `"result":`+want) {
			t.Errorf("%s: %d %s", author, r.Status, r.Body)
		}
	}
	for fields, want := range map[string]struct {
		status int
		code   string
	}{
		`"credit_card_number":"4000 5000 6000 7000 9","cvv":"1234"`: {400, "card_data_not_accepted"},
		`"payment_method":"fake-processor-declined-visa-nonce"`:     {402, "card_declined"},
		`"payment_method":"fake-gateway-rejected-fraud-nonce"`:      {402, "declined"},
		`"payment_method_nonce":"fake-consumed-nonce"`:              {402, "invalid_payment_method"},
		``: {402, "invalid_payment_method"},
	} {
		if got := d.open("preauthorize", fields, want.status); got != want.code {
			t.Errorf("%s: %s, want %s", fields, got, want.code)
		}
	}
	if got := d.moved(); len(got) != 0 {
		t.Errorf("moved %v", got)
	}
}
