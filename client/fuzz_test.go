package client_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/client"
)

func FuzzTime(f *testing.F) {
	for _, seed := range []string{`"2019-12-25T09:00:00.000Z"`, `"2019-12-25T09:00:00Z"`, `"2026-01-02T03:04:05.123456789+02:00"`,
		`null`, `""`, `7`, `"0000-01-01T00:00:00+23:59"`, `"2019-12-25t09:00:00,5z"`, `"\u0032019-12-25T09:00:00Z"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var first, again client.Time
		if json.Unmarshal([]byte(text), &first) != nil {
			return
		}
		encoded, err := json.Marshal(first)
		if err != nil {
			t.Fatalf("%s was read but cannot be written: %v", text, err)
		}
		if err := json.Unmarshal(encoded, &again); err != nil || !again.Equal(first.Time) {
			t.Errorf("%s became %s: %v", text, encoded, err)
		}
		if first.Location() != time.UTC {
			t.Errorf("%s is not in UTC", text)
		}
	})
}

func FuzzResponse(f *testing.F) {
	for _, seed := range []string{`{"id":7,"status":"created"}`, `{}`, `null`, `[]`, `{"id":7,"price":1.5}`, `{"id":7,"listing_id":3}`,
		`{"code":"not_buyer","error":"e"}`, `<html>`, "\xff\x00", `{"id":7}}`, `{"ID":7,"id":8}`, `{"id":7,"refunds":[null]}`} {
		f.Add(200, seed)
		f.Add(400, seed)
		f.Add(503, seed)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return
		}
		sent := 0
		rt := roundTrip(func(*http.Request) (*http.Response, error) {
			sent++
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
		})
		c := newClient(t, "http://example.invalid", client.WithTransport(rt))
		tx, err := c.Online.Cancel(t.Context(), 7)
		if sent != 1 {
			t.Errorf("a POST was sent %d times", sent)
		}
		if err == nil {
			if tx == nil || tx.ID <= 0 || status/100 != 2 {
				t.Errorf("status %d gave %+v without an error", status, tx)
			}
			return
		}
		var failure *client.Error
		if !errors.As(err, &failure) || tx != nil {
			t.Fatalf("got %+v, %v", tx, err)
		}
		if failure.Outcome == client.OutcomeNotSent || failure.Outcome == client.OutcomeKnown && status/100 != 4 {
			t.Errorf("status %d has outcome %v", status, failure.Outcome)
		}
		if strings.ContainsAny(failure.Error(), "\n\r") || len(failure.Error()) > 2000 {
			t.Errorf("error text is not one short line: %q", failure.Error())
		}
	})
}

func FuzzParseWebhook(f *testing.F) {
	for _, seed := range []string{paidHook, `{}`, `null`, `{"code":"tx.paid","target_id":"1"}`, `{"event":"paid"}`,
		`{"code":"basic_tx.paid","target_id":1}`, `{"code":"p2p_tx.x","target_id":"a","target_preview":[],"metadata":null,"user_id":null}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		event, err := client.ParseWebhook(body)
		if err != nil {
			if event != nil || !errors.Is(err, client.ErrWebhookShape) {
				t.Errorf("got %+v, %v", event, err)
			}
			return
		}
		if event.Code == "" || event.TargetID == "" || bytes.Equal(event.TargetPreview, []byte("null")) {
			t.Errorf("incomplete event %+v", event)
		}
		if tx, err := event.OnlineTransaction(); err == nil && tx.ID <= 0 {
			t.Errorf("preview without an id: %+v", tx)
		}
		_ = event.Key()
	})
}

// FuzzF2FTransaction and its listing never fail on what they wrote themselves.
func FuzzF2FTransaction(f *testing.F) {
	for _, seed := range []string{`{"id":48,"status":"joined","deposit_pricing":{"price":1234,"charge":78}}`, `{"id":1,"complaint":"x","metadata":{"a":1}}`,
		`{"id":"77f3","pricing":{"price":1},"deposit_pricing":null}`, `{"id":1,"deposit_pricing":{"deposit_fee_multiplier":{"fee_multiplier":1.50}}}`,
		`{"id":1,"metadata":null,"complaint":{"description":7}}`, `{}`, `[]`, `null`, `{"id":1,"Metadata":{"":""}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		roundTripJSON[client.F2FTransaction](t, data)
		roundTripJSON[client.F2FListing](t, data)
		roundTripJSON[client.OnlineListing](t, data)
	})
}

func roundTripJSON[T any](t *testing.T, data []byte) {
	t.Helper()
	var first, again T
	if json.Unmarshal(data, &first) != nil {
		return
	}
	encoded, err := json.Marshal(first)
	if err != nil {
		t.Fatalf("%s was read but cannot be written: %v", data, err)
	}
	if err := json.Unmarshal(encoded, &again); err != nil {
		t.Fatalf("%s became %s: %v", data, encoded, err)
	}
	twice, err := json.Marshal(again)
	if err != nil || !bytes.Equal(encoded, twice) {
		t.Errorf("%s became %s and then %s: %v", data, encoded, twice, err)
	}
}
