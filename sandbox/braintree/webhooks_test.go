package braintree_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/sandbox/braintree"
)

// sign is the signature as Braintree's SDK makes it, written once more.
func sign(private, text string) string {
	key := sha1.Sum([]byte(private))
	mac := hmac.New(sha1.New, key[:])
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

// A webhook is a form whose payload is signed as it is sent, and faults hit it like those of every emulator.
func TestWebhooks(t *testing.T) {
	t.Parallel()
	if got := sign("integration_private_key", "payload"); got != "a9094267ddc49823cf74e9947461cc17c8428ed8" {
		t.Fatalf("the example of the SDK is signed %s", got)
	}
	for kind, want := range map[string]int{"": 1, "lose": 0, "duplicate": 2, "delay": 0} {
		h := &heard{}
		shop := httptest.NewServer(h)
		b := newBank(t, func(c *braintree.Config) { c.WebhookURL = shop.URL })
		if kind != "" {
			b.fault("webhook", kind)
		}
		b.Check()
		if err := b.WaitDelivered(t.Context()); err != nil {
			t.Fatal(err)
		}
		shop.Close()
		if len(h.all) != want {
			t.Errorf("%s: %d came, want %d", kind, len(h.all), want)
		}
		for _, form := range h.all {
			values, err := url.ParseQuery(form)
			if err != nil {
				t.Fatal(err)
			}
			if got := values.Get("bt_signature"); got != "integration_public_key|"+sign("integration_private_key", values.Get("bt_payload")) {
				t.Errorf("%s: signed %s", kind, got)
			}
			if !strings.HasSuffix(values.Get("bt_payload"), "\n") {
				t.Errorf("the payload has no line end: %q", values.Get("bt_payload"))
			}
		}
	}
}

// An address is the merchant's when it signs what it is asked.
func TestChallenge(t *testing.T) {
	t.Parallel()
	b := newBank(t, nil)
	for name, tc := range map[string]struct {
		answer func(asked string) string
		status int
		ours   bool
	}{
		"signed":         {func(asked string) string { return "integration_public_key|" + sign("integration_private_key", asked) }, 200, true},
		"another key":    {func(asked string) string { return "integration_public_key|" + sign("guessed", asked) }, 200, false},
		"only repeated":  {func(asked string) string { return asked }, 200, false},
		"another status": {func(asked string) string { return "integration_public_key|" + sign("integration_private_key", asked) }, 404, false},
		"nothing at all": {func(string) string { return "" }, 200, false},
		"more than asked": {func(asked string) string {
			return "integration_public_key|" + sign("integration_private_key", asked) + strings.Repeat("x", 2000)
		}, 200, false},
	} {
		shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(tc.status)
			_, _ = w.Write([]byte(tc.answer(r.URL.Query().Get("bt_challenge"))))
		}))
		if err := b.Challenge(t.Context(), shop.URL+"/hooks?a=b"); (err == nil) != tc.ours {
			t.Errorf("%s: %v", name, err)
		}
		shop.Close()
		if b.Challenge(t.Context(), shop.URL) == nil || b.Challenge(t.Context(), "mailto:me") == nil {
			t.Error("nobody answers")
		}
	}
}

// The controls do what the methods do, and refuse in the same words.
func TestControls(t *testing.T) {
	t.Parallel()
	b := newBank(t, nil)
	control := func(path, body string) (status int, member func(string) string) {
		status, raw := b.send(http.MethodPost, "/_sandbox"+path, []byte(body))
		var all map[string]any
		if err := json.Unmarshal(raw, &all); err != nil {
			t.Fatalf("%s: %d %s", path, status, raw)
		}
		return status, func(name string) string { s, _ := all[name].(string); return s }
	}
	_, made := control("/cards", `{"card":"mastercard"}`)
	s, _ := b.pay("chargePaymentMethod", made("nonce"), "10.00", nil)
	if s.Status != "SUBMITTED_FOR_SETTLEMENT" {
		t.Fatalf("%+v", s)
	}
	control("/payments/"+s.LegacyID+"/settle", `{"state":"settled"}`)
	_, d := control("/payments/"+s.LegacyID+"/dispute", `{"amount":300,"reason":"duplicate"}`)
	if status, _ := control("/disputes/"+d("id")+"/close", `{"outcome":"won"}`); status != http.StatusOK || b.read(s.ID).Status != "SETTLED" {
		t.Errorf("%d, %+v", status, b.read(s.ID))
	}
	for path, tc := range map[string]struct {
		body   string
		status int
		code   string
	}{
		"/cards":                              {`{"card":"gold"}`, 400, "invalid_card"},
		"/payments/nobody/settle":             {`{"state":"settled"}`, 404, "not_found"},
		"/payments/" + s.LegacyID + "/settle": {`{"state":"lost"}`, 409, "illegal_state"},
		"/disputes/" + d("id") + "/close":     {`{"outcome":"won"}`, 409, "illegal_state"},
		"/webhooks/challenge":                 {`{"url":"x"}`, 422, "challenge_failed"},
	} {
		if status, of := control(path, tc.body); status != tc.status || of("code") != tc.code {
			t.Errorf("%s: %d %s, want %d %s", path, status, of("code"), tc.status, tc.code)
		}
	}
	for _, name := range braintree.RouteNames() {
		if err := b.SetFaults([]braintree.Fault{{Route: name, Kind: braintree.FaultKinds()[0]}}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
