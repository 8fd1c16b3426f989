package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/handsel-dev/handsel/client"
)

const paidHook = `{"code":"basic_tx.paid","user_id":"feb3","target_id":"1309","time":"2026-01-02T03:04:05.123456789Z",
	"target_preview":{"id":1309,"status":"paid","price":1234},"metadata":{"a":"b"},"later":true}`

func TestParseWebhook(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 123456789, time.UTC)
	tests := map[string]struct {
		body string
		want client.WebhookEvent
	}{
		"full": {paidHook, client.WebhookEvent{
			Code: client.EventOnlinePaid, UserID: "feb3", TargetID: "1309", Time: at,
			TargetPreview: json.RawMessage(`{"id":1309,"status":"paid","price":1234}`),
			Metadata:      map[string]json.RawMessage{"a": json.RawMessage(`"b"`)},
		}},
		"system event": {`{"code":"p2p_tx.priced","user_id":null,"target_id":7,"target_preview":null,"metadata":{},"time":"2026-01-02T03:04:05.123456789Z"}`,
			client.WebhookEvent{Code: client.EventF2FPriced, TargetID: "7", Time: at, Metadata: map[string]json.RawMessage{}}},
		"unknown code": {`{"code":"basic_tx.exploded","target_id":"7"}`, client.WebhookEvent{Code: "basic_tx.exploded", TargetID: "7"}},
	}
	for name, tt := range tests {
		got, err := client.ParseWebhook([]byte(tt.body))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(&tt.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestParseWebhook_NamesWrongShapes(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ body, want string }{
		"empty":         {``, "not a JSON object"},
		"array":         {`[]`, "not a JSON object"},
		"null":          {`null`, "not a JSON object"},
		"form":          {`code=basic_tx.paid`, "not a JSON object"},
		"v2 code":       {`{"code":"tx.paid","target_id":"tx_1"}`, "version 2"},
		"v2 envelope":   {`{"type":"tx.paid","data":{"id":"tx_1"}}`, `"type"`},
		"invented":      {`{"event":"paid","transaction_id":7,"status":"paid"}`, `"event"`},
		"no target":     {`{"code":"basic_tx.paid"}`, "target_id is missing"},
		"code is digit": {`{"code":7,"target_id":"7"}`, "field code"},
		"bad time":      {`{"code":"basic_tx.paid","target_id":"7","time":"noon"}`, "timestamp"},
		"bad metadata":  {`{"code":"basic_tx.paid","target_id":"7","metadata":[]}`, "field metadata"},
		"bad target":    {`{"code":"basic_tx.paid","target_id":1.5}`, "id is neither"},
	} {
		_, err := client.ParseWebhook([]byte(tt.body))
		if !errors.Is(err, client.ErrWebhookShape) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want it to name %q", name, err, tt.want)
		}
	}
}

func TestWebhookEvent_Helpers(t *testing.T) {
	t.Parallel()
	event, err := client.ParseWebhook([]byte(paidHook))
	if err != nil {
		t.Fatal(err)
	}
	if tx, err := event.OnlineTransaction(); err != nil || tx.ID != 1309 || tx.Status != client.StatusPaid {
		t.Errorf("preview: %+v, %v", tx, err)
	}
	if id, err := event.TransactionID(); err != nil || id != 1309 {
		t.Errorf("id: %d, %v", id, err)
	}
	if got, want := event.Key(), "basic_tx.paid|1309|2026-01-02T03:04:05.123456789Z"; got != want {
		t.Errorf("key: %s", got)
	}
	for name, other := range map[string]client.WebhookEvent{
		"face to face": {Code: client.EventF2FJoined, TargetPreview: event.TargetPreview},
		"no preview":   {Code: client.EventOnlinePaid},
		"null preview": {Code: client.EventOnlinePaid, TargetPreview: json.RawMessage("null")},
		"bad preview":  {Code: client.EventOnlinePaid, TargetPreview: json.RawMessage(`{"id":"x"}`)},
		"empty":        {Code: client.EventOnlinePaid, TargetPreview: json.RawMessage(`{}`)},
	} {
		if _, err := other.OnlineTransaction(); !errors.Is(err, client.ErrWebhookShape) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for _, id := range []string{"", "x", "-1", "0", "77f36253-7a43"} {
		if _, err := (&client.WebhookEvent{TargetID: id}).TransactionID(); !errors.Is(err, client.ErrWebhookShape) {
			t.Errorf("%q: got %v", id, err)
		}
	}
}

func TestEventCode(t *testing.T) {
	t.Parallel()
	for code, want := range map[client.EventCode][3]bool{
		client.EventOnlineFundsRefunded:       {true, true, false},
		client.EventF2FRemainderReviewFlagged: {true, false, true},
		"basic_tx.exploded":                   {false, true, false},
		"tx.paid":                             {false, false, false},
	} {
		if got := [3]bool{code.Known(), code.Online(), code.F2F()}; got != want {
			t.Errorf("%s: got %v, want %v", code, got, want)
		}
	}
}

func hookRequest(method, username, password, body string) *http.Request {
	r := httptest.NewRequest(method, "/hooks", strings.NewReader(body))
	if username != "" {
		r.SetBasicAuth(username, password)
	}
	return r
}

func TestWebhookHandler(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		request *http.Request
		status  int
		taken   string
	}{
		"general":           {hookRequest("POST", "shop", "new-password", `{"code":"basic_tx.joined","target_id":"7"}`), 204, "general basic_tx.joined"},
		"of its own":        {hookRequest("POST", "shop", "new-password", paidHook), 204, "own basic_tx.paid"},
		"unknown code":      {hookRequest("POST", "shop", "new-password", `{"code":"x_tx.y","target_id":"7"}`), 204, "general x_tx.y"},
		"old credential":    {hookRequest("POST", "shop-old", "old-password", paidHook), 204, "own basic_tx.paid"},
		"mixed credentials": {hookRequest("POST", "shop", "old-password", paidHook), 401, ""},
		"wrong password":    {hookRequest("POST", "shop", "new-passwor", paidHook), 401, ""},
		"no credential":     {hookRequest("POST", "", "", paidHook), 401, ""},
		"GET":               {hookRequest("GET", "shop", "new-password", paidHook), 405, ""},
		"other shape":       {hookRequest("POST", "shop", "new-password", `{"event":"paid"}`), 400, ""},
		"too large":         {hookRequest("POST", "shop", "new-password", `{"code":"`+strings.Repeat("x", 1000)+`"}`), 413, ""},
		"handler fails":     {hookRequest("POST", "shop", "new-password", `{"code":"fail","target_id":"7"}`), 500, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var logged bytes.Buffer
			taken := ""
			h, err := client.NewWebhookHandler(client.WebhookConfig{
				Credentials: []client.WebhookCredential{{Username: "shop", Password: "new-password"}, {Username: "shop-old", Password: "old-password"}},
				Handle: func(_ context.Context, e *client.WebhookEvent) error {
					if e.Code == "fail" {
						return errors.New("inside detail")
					}
					taken = "general " + string(e.Code)
					return nil
				},
				On: map[client.EventCode]client.WebhookFunc{client.EventOnlinePaid: func(_ context.Context, e *client.WebhookEvent) error {
					taken = "own " + string(e.Code)
					return nil
				}},
				MaxBody: 500,
				Logger:  slog.New(slog.NewTextHandler(&logged, nil)),
			})
			if err != nil {
				t.Fatal(err)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, tt.request)
			if w.Code != tt.status || taken != tt.taken {
				t.Errorf("answered %d and took %q, want %d and %q", w.Code, taken, tt.status, tt.taken)
			}
			if w.Code == 401 && w.Header().Get("WWW-Authenticate") == "" {
				t.Error("401 without WWW-Authenticate")
			}
			if strings.Contains(w.Body.String()+logged.String(), "password") && w.Code != 401 || strings.Contains(w.Body.String(), "inside detail") {
				t.Errorf("shows too much: %s %s", w.Body, logged.String())
			}
			if quiet := w.Code == 204 || w.Code == 405; quiet != (logged.Len() == 0) {
				t.Errorf("logged %q", logged.String())
			}
		})
	}
}

func TestNewWebhookHandler_Refuses(t *testing.T) {
	t.Parallel()
	take := func(context.Context, *client.WebhookEvent) error { return nil }
	good := []client.WebhookCredential{{Username: "u", Password: "p"}}
	for name, cfg := range map[string]client.WebhookConfig{
		"nothing":        {},
		"no handler":     {Credentials: good},
		"no credentials": {Handle: take},
		"empty password": {Handle: take, Credentials: []client.WebhookCredential{{Username: "u"}}},
		"nil function":   {Handle: take, Credentials: good, On: map[client.EventCode]client.WebhookFunc{client.EventOnlinePaid: nil}},
		"negative bound": {Handle: take, Credentials: good, MaxBody: -1},
	} {
		if _, err := client.NewWebhookHandler(cfg); !errors.Is(err, client.ErrInvalidOption) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
