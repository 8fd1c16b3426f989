package native_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

const endpoints = "/v1/webhook-endpoints"

// A marketplace looks after its endpoints; a secret is shown when it is made and never again.
func TestEndpoints(t *testing.T) {
	t.Parallel()
	w := facetest.NewShop(t)
	got := make(chan http.Header, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(a http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if !strings.Contains(string(body), `"webhook_endpoint.test"`) {
			t.Errorf("got %s", body)
		}
		got <- r.Header
		_, _ = a.Write([]byte("thanks"))
	}))
	defer receiver.Close()

	made := w.Call(t, "POST", endpoints, facetest.Object{"url": receiver.URL, "types": []string{"transaction.*"}, "description": "ERP"}).Is(201)
	made.Has(map[string]string{"payload": "full", "signature": "hmac-sha256", "status": "enabled", "api_version": "2026-12-01", "types.0": "transaction.*"})
	id, secret := made.At("id"), made.At("secret")
	if !strings.HasPrefix(id, "whe_") || !strings.HasPrefix(secret, "whsec_") {
		t.Fatalf("made %s with %s", id, secret)
	}
	if key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_")); err != nil || len(key) != 32 {
		t.Errorf("the secret has %d bytes, %v", len(key), err)
	}
	one := endpoints + "/" + id
	for _, path := range []string{one, endpoints} {
		if a := w.Call(t, "GET", path, nil).Is(200); strings.Contains(a.Body, "whsec_") {
			t.Errorf("%s shows a secret: %s", path, a.Body)
		}
	}
	w.Call(t, "PATCH", one, facetest.Object{"types": []string{"*"}, "payload": "thin"}).Is(200).Has(map[string]string{"types.0": "*", "payload": "thin", "description": "ERP"})
	w.Call(t, "POST", one+"/rotate-secret", facetest.Object{"old_valid_seconds": 60}).Is(200)
	w.Call(t, "POST", one+"/test", facetest.Object{}).Is(200).Has(map[string]string{"status": "200", "answer": "thanks"})
	if h := <-got; len(strings.Fields(h.Get("webhook-signature"))) != 2 || !strings.HasPrefix(h.Get("webhook-id"), "evt_") {
		t.Errorf("headers %v", h)
	}
	w.Call(t, "POST", one+"/disable", facetest.Object{}).Is(200).Has(map[string]string{"status": "disabled", "disabled_reason": "by_staff"})
	w.Call(t, "POST", one+"/enable", facetest.Object{"from": "now"}).Is(200).Has(map[string]string{"status": "enabled"})
	w.Call(t, "GET", one+"/deliveries", nil).Is(200).Has(map[string]string{"items": "[]"})
	w.Call(t, "GET", "/v1/operator/audit?act=webhook_endpoint.rotate_secret", nil).Is(200).Has(map[string]string{"items.1": "absent"})

	w.Call(t, "POST", endpoints, facetest.Object{"url": receiver.URL, "signature": "ed25519"}).Is(201)
	if a := w.Call(t, "GET", endpoints, nil); !strings.Contains(a.Body, "whpk_") || strings.Contains(a.Body, "whsk_") {
		t.Errorf("of ed25519 is shown %s", a.Body)
	}
	w.Call(t, "DELETE", one, nil).Is(204)
	w.Call(t, "GET", one, nil).Refused(404, "endpoint_not_found")
}

func TestEndpoints_refused(t *testing.T) {
	t.Parallel()
	w := facetest.NewShop(t)
	good := facetest.Object{"url": "https://shop.example.com/webhooks"}
	for _, test := range []struct {
		member string
		value  any
		reason string
	}{
		{"url", "https://169.254.169.254/", "url_not_allowed"}, {"url", "http://shop.example.com/", "invalid_url"}, {"types", []string{"deal.paid"}, "unknown_event_type"},
		{"types", []string{"transaction.pai*"}, "unknown_event_type"}, {"payload", "fat", "invalid_endpoint"}, {"signature", "md5", "invalid_endpoint"}, {"api_version", "2020-01-01", "invalid_endpoint"},
		{"description", strings.Repeat("x", 501), "invalid_endpoint"}, {"types", []string{}, "invalid_endpoint"},
	} {
		body := facetest.Object{"url": good["url"], test.member: test.value}
		w.Call(t, "POST", endpoints, body).Refused(400, test.reason)
	}
	w.Call(t, "POST", endpoints, good, facetest.WithKey(w.Scopes(apikey.Read, apikey.Write))).Refused(403, "missing_scope")
	id := w.Call(t, "POST", endpoints, good).Is(201).At("id")
	one := endpoints + "/" + id
	w.Call(t, "GET", one, nil, facetest.WithKey(w.Other)).Refused(404, "endpoint_not_found")
	w.Call(t, "DELETE", one, nil, facetest.WithKey(w.Other)).Refused(404, "endpoint_not_found")
	w.Call(t, "POST", one+"/replay", facetest.Object{}).Refused(400, "invalid_replay")
	w.Call(t, "POST", one+"/replay", facetest.Object{"from_sequence": 1}).Refused(400, "invalid_replay")
	w.Call(t, "POST", one+"/deliveries/evt_x/resend", facetest.Object{}).Refused(404, "delivery_not_found")
	w.Call(t, "POST", one+"/rotate-secret", facetest.Object{"old_valid_seconds": -1}).Refused(400, "invalid_endpoint")
	w.Call(t, "GET", one+"/deliveries?status=lost", nil).Refused(400, "validation_error")
	for range 2 {
		w.Call(t, "POST", one+"/rotate-secret", facetest.Object{}).Is(200)
	}
	w.Call(t, "POST", one+"/rotate-secret", facetest.Object{}).Refused(400, "invalid_endpoint") // the first secret is to be valid for a day
	w.Call(t, "POST", one+"/rotate-secret", facetest.Object{"old_valid_seconds": 0}).Is(200)
	w.Call(t, "POST", one+"/rotate-secret", facetest.Object{}).Is(200)
	for range 19 {
		w.Call(t, "POST", endpoints, good).Is(201)
	}
	w.Call(t, "POST", endpoints, good).Refused(409, "too_many_endpoints")
}
