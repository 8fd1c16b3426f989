package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"regexp"
	"testing"

	"github.com/handsel-dev/handsel/client"
)

// eventCodes reads the constants, so that a new one cannot be forgotten.
func eventCodes(t *testing.T) []client.EventCode {
	t.Helper()
	found := regexp.MustCompile(`EventCode = "([a-z0-9_.]+)"`).FindAllStringSubmatch(source(t, "webhook_events.go"), -1)
	var codes []client.EventCode
	for _, match := range found {
		codes = append(codes, client.EventCode(match[1]))
	}
	if len(codes) != 38 {
		t.Fatalf("%d codes, the official API has 18 and 20", len(codes))
	}
	return codes
}

func TestWebhook_EveryCode(t *testing.T) {
	t.Parallel()
	codes := eventCodes(t)
	var own, general []client.EventCode
	on := map[client.EventCode]client.WebhookFunc{}
	for _, code := range codes {
		on[code] = func(_ context.Context, e *client.WebhookEvent) error {
			own = append(own, e.Code)
			online, onlineErr := e.OnlineTransaction()
			f2f, f2fErr := e.F2FTransaction()
			switch {
			case e.Code.Online() == e.Code.F2F(), !e.Code.Known():
				return errors.New("neither model or both")
			case e.Code.Online() && (onlineErr != nil || online.ID != 7 || !errors.Is(f2fErr, client.ErrWebhookShape)),
				e.Code.F2F() && (f2fErr != nil || f2f.ID != 7 || !errors.Is(onlineErr, client.ErrWebhookShape)):
				return fmt.Errorf("%v, %v", onlineErr, f2fErr)
			}
			return nil
		}
	}
	h, err := client.NewWebhookHandler(client.WebhookConfig{
		Credentials: []client.WebhookCredential{{Username: "shop", Password: "p"}},
		On:          on,
		Handle: func(_ context.Context, e *client.WebhookEvent) error {
			general = append(general, e.Code)
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range append(codes, "p2p_tx.exploded") {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, hookRequest("POST", "shop", "p", fmt.Sprintf(`{"code":%q,"target_id":"7","target_preview":{"id":7}}`, code)))
		if w.Code != 204 {
			t.Errorf("%s: %d %s", code, w.Code, w.Body)
		}
	}
	if len(own) != 38 || len(general) != 1 {
		t.Errorf("%d events by their codes, others %v", len(own), general)
	}
}

func TestWebhookEvent_F2FTransaction(t *testing.T) {
	t.Parallel()
	event, err := client.ParseWebhook([]byte(`{"code":"p2p_tx.deposit_paid","target_id":"48","user_id":null,"time":"2026-01-02T03:04:05Z","metadata":{"ad_id":"a"},
		"target_preview":{"id":48,"status":"deposit_paid","deposit_pricing":{"price":1234,"charge":118},"deposit_paid":"2026-01-02T03:04:05Z"}}`))
	if err != nil {
		t.Fatal(err)
	}
	tx, err := event.F2FTransaction()
	if err != nil || tx.DepositPaid.IsZero() || tx.DepositPricing.Charge != 118 || tx.Status != client.F2FStatusDepositPaid {
		t.Errorf("got %+v, %v", tx, err)
	}
	for _, body := range []string{`{"code":"p2p_tx.paid","target_id":"1"}`, `{"code":"p2p_tx.paid","target_id":"1","target_preview":{}}`} {
		event, err := client.ParseWebhook([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := event.F2FTransaction(); !errors.Is(err, client.ErrWebhookShape) {
			t.Errorf("%s: got %v", body, err)
		}
	}
}
