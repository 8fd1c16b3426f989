package stripe_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/orchestrator/gateway/stripe"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

const whsec = "whsec_old"

func newWebhook() stripe.Webhook {
	return stripe.Webhook{Secrets: []string{"whsec_new", whsec}, Now: func() time.Time { return t0 }}
}

// signed is a header as Stripe makes it.
func signed(body, secret string, at time.Time) string {
	return webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: []byte(body), Secret: secret, Timestamp: at}).Header
}

func header(signature string) http.Header {
	h := http.Header{}
	if signature != "" {
		h.Set("Stripe-Signature", signature)
	}
	return h
}

func eventOf(kind, object string) string {
	return fmt.Sprintf(`{"id":"evt_1","object":"event","api_version":"2030-01-01.tree","type":%q,"data":{"object":%s}}`, kind, object)
}

func TestWebhook_payment(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ kind, object, payment string }{
		"payment":              {"payment_intent.succeeded", `{"object":"payment_intent","id":"pi_1","metadata":{"intent_id":"x"}}`, "pi_1"},
		"payment of others":    {"payment_intent.succeeded", `{"object":"payment_intent","id":"pi_1","metadata":{}}`, ""},
		"charge":               {"charge.refunded", `{"object":"charge","id":"ch_1","payment_intent":"pi_1"}`, "pi_1"},
		"charge of before":     {"charge.refunded", `{"object":"charge","id":"ch_1","payment_intent":null}`, ""},
		"refund":               {"charge.refund.updated", `{"object":"refund","id":"re_1","payment_intent":"pi_1"}`, "pi_1"},
		"dispute":              {"charge.dispute.closed", `{"object":"dispute","id":"dp_1","payment_intent":{"object":"payment_intent","id":"pi_1"}}`, "pi_1"},
		"transfer":             {"transfer.reversed", `{"object":"transfer","id":"tr_1","metadata":{"payment_intent":"pi_1"}}`, "pi_1"},
		"transfer of others":   {"transfer.created", `{"object":"transfer","id":"tr_1","metadata":{}}`, ""},
		"payout of ours":       {"payout.paid", `{"object":"payout","id":"po_1"}`, ""},
		"account":              {"account.updated", `{"object":"account","id":"acct_1"}`, "seller:acct_1"},
		"id that leads away":   {"charge.refunded", `{"object":"charge","payment_intent":"pi_1/../x"}`, ""},
		"another type's field": {"customer.created", `{"object":"customer","id":"pi_1"}`, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := eventOf(tc.kind, tc.object)
			got, err := newWebhook().Read(header(signed(body, whsec, t0)), []byte(body))
			want := gateway.Message{DedupeKey: "evt_1", PaymentID: tc.payment, Code: tc.kind}
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestWebhook_connectedAccount(t *testing.T) {
	t.Parallel()
	body := `{"id":"evt_1","type":"payment_intent.succeeded","account":"acct_1","data":{"object":{"object":"payment_intent","id":"pi_1","metadata":{"intent_id":"x"}}}}`
	got, err := newWebhook().Read(header(signed(body, whsec, t0)), []byte(body))
	if err != nil || got.PaymentID != "" {
		t.Errorf("delivery %+v, %v", got, err)
	}
}

// What happened to a connected account makes the seller be asked for.
func TestWebhook_sellers(t *testing.T) {
	t.Parallel()
	g := newGateway(t, "http://127.0.0.1:1", nil)
	for body, want := range map[string]string{
		`{"id":"evt_1","type":"account.updated","account":"acct_1","data":{"object":{"object":"account","id":"acct_1"}}}`:                     "acct_1",
		`{"id":"evt_1","type":"account.external_account.deleted","account":"acct_1","data":{"object":{"object":"bank_account","id":"ba_1"}}}`: "acct_1",
		`{"id":"evt_1","type":"account.updated","data":{"object":{"object":"account","id":"../1"}}}`:                                          "",
	} {
		m, err := newWebhook().Read(header(signed(body, whsec, t0)), []byte(body))
		if err != nil || (m.PaymentID == "") != (want == "") {
			t.Errorf("%s: %+v, %v", body, m, err)
		}
		news, ok := g.SellerTold(m.PaymentID)
		if got := strings.Join(news.Accounts, " "); ok != (want != "") || got != want || news.Instead != "" {
			t.Errorf("%s tells of %q", body, got)
		}
	}
	if _, ok := g.SellerTold("acct_1/po_1"); ok {
		t.Error("a payout was taken for a seller")
	}
}

func TestWebhook_signature(t *testing.T) {
	t.Parallel()
	const body = `{"id":"evt_1","type":"ping"}`
	unauthenticated, invalid := fault.New(fault.Unauthenticated, "invalid_webhook_signature", ""), fault.New(fault.Invalid, "invalid_webhook", "")
	good := signed(body, whsec, t0)
	tests := map[string]struct {
		signature, body string
		secrets         []string
		want            error
	}{
		"good":                   {good, body, nil, nil},
		"new secret":             {signed(body, "whsec_new", t0), body, nil, nil},
		"two signatures":         {good + ",v1=00", body, nil, nil},
		"almost too old":         {signed(body, whsec, t0.Add(-300*time.Second)), body, nil, nil},
		"too old":                {signed(body, whsec, t0.Add(-301*time.Second)), body, nil, unauthenticated},
		"from the future":        {signed(body, whsec, t0.Add(301*time.Second)), body, nil, unauthenticated},
		"old with a fresh time":  {fmt.Sprintf("t=%d,", t0.Unix()) + signed(body, whsec, t0.Add(-time.Hour)), body, nil, unauthenticated},
		"flipped byte":           {good, `{"id":"evt_2","type":"ping"}`, nil, unauthenticated},
		"written anew":           {good, `{"id": "evt_1","type":"ping"}`, nil, unauthenticated},
		"unknown secret":         {signed(body, "whsec_other", t0), body, nil, unauthenticated},
		"no secret":              {good, body, []string{}, unauthenticated},
		"empty secret":           {signed(body, "", t0), body, []string{""}, unauthenticated},
		"no signature":           {"", body, nil, unauthenticated},
		"no time":                {strings.SplitN(good, ",", 2)[1], body, nil, unauthenticated},
		"time is no number":      {"t=now,v1=00", body, nil, unauthenticated},
		"another scheme":         {strings.Replace(good, "v1=", "v0=", 1), body, nil, unauthenticated},
		"no JSON":                {signed("ping", whsec, t0), "ping", nil, invalid},
		"no id":                  {signed(`{"type":"ping"}`, whsec, t0), `{"type":"ping"}`, nil, invalid},
		"id that is none":        {signed(`{"id":"x","type":"ping"}`, whsec, t0), `{"id":"x","type":"ping"}`, nil, invalid},
		"type that is none":      {signed(`{"id":"evt_1","type":"a b"}`, whsec, t0), `{"id":"evt_1","type":"a b"}`, nil, invalid},
		"payment that is number": {signed(eventOf("x", `{"payment_intent":5}`), whsec, t0), eventOf("x", `{"payment_intent":5}`), nil, invalid},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWebhook()
			if tc.secrets != nil {
				w.Secrets = tc.secrets
			}
			d, err := w.Read(header(tc.signature), []byte(tc.body))
			if !errors.Is(err, tc.want) {
				t.Fatalf("error %v, want %v", err, tc.want)
			}
			if (err == nil) != (d.DedupeKey == "evt_1") {
				t.Errorf("delivery %+v", d)
			}
			if err != nil && strings.Contains(err.Error(), "whsec") {
				t.Errorf("a secret in %v", err)
			}
		})
	}
}

// The scheme itself, with a value computed elsewhere.
func TestWebhook_vector(t *testing.T) {
	t.Parallel()
	w := stripe.Webhook{Secrets: []string{"whsec_test"}, Now: func() time.Time { return time.Unix(1700000000, 0) }}
	signature := "t=1700000000,v1=c89214b5b5da833daed6f0b8c5bb6bd58cea9022bd80ccc78230f3942d632925"
	if _, err := w.Read(header(signature), []byte(`{"id":"evt_1"}`)); !errors.Is(err, fault.New(fault.Invalid, "invalid_webhook", "")) {
		t.Errorf("%v, want the signature accepted and the missing type refused", err)
	}
	if printed := fmt.Sprintf("%v %+v %#v", w, w, w); strings.Contains(printed, "whsec_test") || w.Name() != "stripe" {
		t.Errorf("printed %s", printed)
	}
}

func TestWebhook_realTime(t *testing.T) {
	t.Parallel()
	const body = `{"id":"evt_1","type":"ping"}`
	w := stripe.Webhook{Secrets: []string{whsec}}
	if _, err := w.Read(header(signed(body, whsec, time.Time{})), []byte(body)); err != nil {
		t.Errorf("signed now: %v", err)
	}
	if _, err := w.Read(header(signed(body, whsec, t0)), []byte(body)); err == nil {
		t.Error("signed at another time: no error")
	}
}

// All events of whole deals lead to their payments.
func TestWebhook_ofTheSandbox(t *testing.T) {
	t.Parallel()
	w := newTestbed(t, nil)
	id := w.captured(t)
	w.must(t, operation(process.Refund, id), process.Succeeded)
	w.must(t, operation(process.Transfer, id), process.Succeeded)
	if _, err := w.sandbox.Dispute(id, ""); err != nil {
		t.Fatal(err)
	}
	hook, kinds := newWebhook(), map[string]bool{}
	for _, d := range w.sandbox.Deliveries() {
		read, err := hook.Read(header(signed(string(d.Body), whsec, t0)), d.Body)
		if err != nil || read.PaymentID != id || read.DedupeKey != d.EventID || read.Code != d.Type {
			t.Errorf("%s: %+v, %v", d.Type, read, err)
		}
		kinds[d.Type] = true
	}
	for _, kind := range []string{"payment_intent.succeeded", "charge.refunded", "transfer.created", "charge.dispute.created"} {
		if !kinds[kind] {
			t.Errorf("no %s among %v", kind, kinds)
		}
	}
}

func FuzzWebhook_Read(f *testing.F) {
	for _, body := range []string{
		eventOf("payment_intent.succeeded", `{"object":"payment_intent","id":"pi_1","metadata":{"intent_id":"x"}}`),
		eventOf("charge.refunded", `{"object":"charge","payment_intent":{"id":"pi_1"}}`),
		`{"id":"evt_1","type":"ping"}`, `[]`, `null`, ``,
	} {
		f.Add(body, signed(body, whsec, t0), false)
		f.Add(body, "t=1,v1=00", true)
	}
	f.Fuzz(func(t *testing.T, body, signature string, sign bool) {
		genuine := signed(body, whsec, t0)
		if sign {
			signature = genuine
		}
		d, err := newWebhook().Read(header(signature), []byte(body))
		if err != nil {
			if c := fault.CodeOf(err); c != fault.Unauthenticated && c != fault.Invalid {
				t.Fatalf("%v is no refusal", err)
			}
			return
		}
		if _, proof, _ := strings.Cut(genuine, "v1="); !strings.Contains(strings.ToLower(signature), proof) {
			t.Fatalf("forged: %s", signature)
		}
		if !strings.HasPrefix(d.DedupeKey, "evt_") || d.PaymentID != "" && !strings.HasPrefix(d.PaymentID, "pi_") {
			t.Fatalf("delivery %+v", d)
		}
	})
}

// A payout of a connected account is named with that account, and nothing else is.
func TestWebhook_payout(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ account, object, about string }{
		"of a seller":    {"acct_1", `{"object":"payout","id":"po_1"}`, "acct_1/po_1"},
		"a charge":       {"acct_1", `{"object":"charge","id":"ch_1","payment_intent":"pi_1"}`, ""},
		"no account":     {"1", `{"object":"payout","id":"po_1"}`, ""},
		"it leads away":  {"acct_1", `{"object":"payout","id":"po_1/../x"}`, ""},
		"account's, too": {"acct_1/x", `{"object":"payout","id":"po_1"}`, ""},
	} {
		body := strings.Replace(eventOf("payout.paid", tc.object), `"object":"event"`, `"account":"`+tc.account+`"`, 1)
		d, err := newWebhook().Read(header(signed(body, whsec, t0)), []byte(body))
		if err != nil || d.PaymentID != tc.about {
			t.Errorf("%s: about %q, %v", name, d.PaymentID, err)
		}
		g := &stripe.Gateway{}
		if ref, alone, told := g.PayoutTold(d.PaymentID); told != (tc.about != "") || told && (!alone || ref.Account != "acct_1" || ref.ID != "po_1") {
			t.Errorf("%s: %+v, alone %t, told %t", name, ref, alone, told)
		}
	}
}
