package client_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/handsel-dev/handsel/client"
)

func TestError_Decoding(t *testing.T) {
	t.Parallel()
	huge := `{"code":"already_paid","error":"` + strings.Repeat("x", 5<<20) + `"}`
	tests := map[string]struct {
		status int
		body   string
		want   client.Error
	}{
		"envelope":           {400, `{"code":"already_paid","error":"payment already made"}`, client.Error{Code: client.CodeAlreadyPaid, Message: "payment already made", Outcome: client.OutcomeKnown}},
		"same code, 403":     {403, `{"code":"already_paid","error":"no"}`, client.Error{Code: client.CodeAlreadyPaid, Message: "no", Outcome: client.OutcomeKnown}},
		"unknown code":       {400, `{"code":"moon_phase","error":"wait"}`, client.Error{Code: "moon_phase", Message: "wait", Outcome: client.OutcomeKnown}},
		"extra fields":       {400, `{"code":"not_paid","error":"e","trace":{"a":[1]}}`, client.Error{Code: client.CodeNotPaid, Message: "e", Outcome: client.OutcomeKnown}},
		"bare 401":           {401, "", client.Error{Code: client.CodeUnauthorized, Outcome: client.OutcomeKnown}},
		"bare 403":           {403, "", client.Error{Code: client.CodeForbidden, Outcome: client.OutcomeKnown}},
		"bare 404":           {404, "\n", client.Error{Code: client.CodeNotFound, Outcome: client.OutcomeKnown}},
		"bare 400":           {400, "", client.Error{Outcome: client.OutcomeKnown}},
		"page of a proxy":    {404, "<html>not here</html>", client.Error{Message: "answer is not an error of the API", Outcome: client.OutcomeKnown}},
		"code of wrong type": {400, `{"code":7,"error":"e"}`, client.Error{Message: "answer is not an error of the API", Outcome: client.OutcomeKnown}},
		"array":              {409, `[]`, client.Error{Message: "answer is not an error of the API", Outcome: client.OutcomeKnown}},
		"null":               {409, `null`, client.Error{Outcome: client.OutcomeKnown}},
		"huge":               {400, huge, client.Error{Outcome: client.OutcomeKnown}},
		"forged log line":    {400, `{"code":"a\nb","error":"c\r\nd\u0000e"}`, client.Error{Code: "a b", Message: "c  d e", Outcome: client.OutcomeKnown}},
		"request timeout":    {408, "", client.Error{Outcome: client.OutcomeUnknown}},
		"too many":           {429, "", client.Error{Outcome: client.OutcomeKnown}},
		"500 with envelope":  {500, `{"code":"oops","error":"e"}`, client.Error{Code: "oops", Message: "e", Outcome: client.OutcomeUnknown}},
		"502":                {502, "<html>", client.Error{Message: "answer is not an error of the API", Outcome: client.OutcomeUnknown}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := record(t, reply(tt.status, tt.body))
			_, err := newClient(t, rec.URL).Online.Cancel(t.Context(), 7)
			var got *client.Error
			if !errors.As(err, &got) {
				t.Fatalf("got %v", err)
			}
			tt.want.Op = "POST /transactions/{transaction_id}/cancel"
			tt.want.ID = 7
			tt.want.StatusCode = tt.status
			tt.want.Attempts = 1
			if diff := cmp.Diff(&tt.want, got, cmpopts.IgnoreUnexported(client.Error{}), cmpopts.IgnoreFields(client.Error{}, "Body")); diff != "" {
				t.Error(diff)
			}
			if len(got.Body) > 4<<10 || len(got.Message) > 500 {
				t.Errorf("keeps %d bytes of body and %d of message", len(got.Body), len(got.Message))
			}
			if len(rec.all()) != 1 {
				t.Errorf("sent %d times", len(rec.all()))
			}
		})
	}
}

func TestError_LongTextIsCut(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 1000)
	rec := record(t, reply(400, `{"code":"`+long+`","error":"`+long+`"}`))
	_, err := newClient(t, rec.URL).Online.Cancel(t.Context(), 7)
	var got *client.Error
	if !errors.As(err, &got) {
		t.Fatalf("got %v", err)
	}
	if len(got.Code) != 64 || len(got.Message) != 500 || strings.ContainsRune(got.Error(), '\uFFFD') {
		t.Errorf("code has %d bytes, message %d", len(got.Code), len(got.Message))
	}
}

func TestError_MatchesByCode(t *testing.T) {
	t.Parallel()
	rec := record(t, reply(403, `{"code":"not_buyer","error":"current user is not buyer"}`))
	_, err := newClient(t, rec.URL).Online.ConfirmDelivery(t.Context(), 7)
	if !errors.Is(err, client.CodeNotBuyer) {
		t.Errorf("%v is not CodeNotBuyer", err)
	}
	if errors.Is(err, client.CodeNotSeller) || errors.Is(err, client.ErrorCode("")) {
		t.Errorf("%v matches another code", err)
	}
	want := "client: POST /transactions/{transaction_id}/confirm_delivery (7): status 403: not_buyer: current user is not buyer"
	if err.Error() != want {
		t.Errorf("got text %q, want %q", err, want)
	}
}

func TestOutcomeOf(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err  error
		want client.Outcome
	}{
		"success":       {nil, client.OutcomeKnown},
		"foreign error": {errors.New("x"), client.OutcomeUnknown},
		"not sent":      {&client.Error{Outcome: client.OutcomeNotSent}, client.OutcomeNotSent},
		"zero error":    {&client.Error{}, client.OutcomeUnknown},
	}
	for name, tt := range tests {
		if got := client.OutcomeOf(tt.err); got != tt.want {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
}

func TestError_UnusableSuccess(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"empty":          "",
		"html":           "<html>",
		"null":           "null",
		"no id":          "{}",
		"cut":            `{"id":7,"status":"crea`,
		"fraction":       `{"id":7,"price":12.34}`,
		"exponent":       `{"id":7,"price":1e3}`,
		"bad time":       `{"id":7,"created":"yesterday"}`,
		"too large":      `{"id":7,"description":"` + strings.Repeat("x", 4<<20) + `"}`,
		"overflow":       `{"id":7,"price":9223372036854775808}`,
		"price is text":  `{"id":7,"price":"1234"}`,
		"trailing bytes": `{"id":7} {"id":8}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := record(t, reply(201, body))
			_, err := newClient(t, rec.URL).Online.Create(t.Context(), client.CreateInput{Role: client.RoleSeller, Quote: quote()})
			if client.OutcomeOf(err) != client.OutcomeUnknown || err == nil {
				t.Errorf("got %v with outcome %v, want an unknown outcome", err, client.OutcomeOf(err))
			}
			if len(rec.all()) != 1 {
				t.Errorf("a create was sent %d times", len(rec.all()))
			}
		})
	}
}

func TestError_HoldsNoSecret(t *testing.T) {
	t.Parallel()
	const joinCode = "join-code-that-must-not-show"
	encoded := base64.StdEncoding.EncodeToString([]byte(apiKey + ":"))
	var logged bytes.Buffer
	echo := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", r.Header.Get("Authorization"))
		w.WriteHeader(503)
		_, _ = w.Write([]byte(`{"code":"` + apiKey + `","error":"` + r.Header.Get("Authorization") + apiKey + `"}`))
	}
	up := record(t, echo)
	down := record(t, echo)
	down.Close()
	for _, base := range []string{up.URL, down.URL} {
		c := newClient(t, base, client.WithLogger(slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))))
		for _, call := range []func() error{
			func() error { _, err := c.Online.GetByJoinCode(t.Context(), joinCode); return err },
			func() error { _, err := c.Online.RejectByJoinCode(t.Context(), joinCode); return err },
		} {
			var failure *client.Error
			if err := call(); !errors.As(err, &failure) {
				t.Fatalf("got %v", err)
			}
			shown := failure.Error() + failure.RequestID + string(failure.Body) + string(failure.Code) + logged.String()
			for _, secret := range []string{apiKey, encoded, joinCode} {
				if strings.Contains(shown, secret) {
					t.Errorf("%q shows in %s", secret, shown)
				}
			}
		}
	}
	if !strings.Contains(logged.String(), "outcome=not_sent") {
		t.Errorf("log lacks the outcome:\n%s", logged.String())
	}
}

func TestError_RequestID(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ answered, want string }{
		"server's": {"srv-1", "srv-1"},
		"ours":     {"", "mine"},
	} {
		rec := record(t, func(w http.ResponseWriter, _ *http.Request) {
			if tt.answered != "" {
				w.Header().Set("X-Request-Id", tt.answered)
			}
			w.WriteHeader(400)
		})
		_, err := newClient(t, rec.URL).Online.Get(t.Context(), 7, client.WithRequestID("mine"))
		var failure *client.Error
		if !errors.As(err, &failure) || failure.RequestID != tt.want {
			t.Errorf("%s: got %+v, want id %q", name, failure, tt.want)
		}
	}
}

func TestError_InvalidInput(t *testing.T) {
	t.Parallel()
	rec := record(t, reply(200, `{"id":7}`))
	c := newClient(t, rec.URL)
	ctx := t.Context()
	for name, call := range map[string]func() error{
		"id zero":          func() error { _, err := c.Online.Get(ctx, 0); return err },
		"empty code":       func() error { _, err := c.Online.RejectByJoinCode(ctx, ""); return err },
		"climbing code":    func() error { _, err := c.Online.RejectByJoinCode(ctx, ".."); return err },
		"no quote":         func() error { _, err := c.Online.Create(ctx, client.CreateInput{}); return err },
		"empty user":       func() error { _, err := c.Online.Get(ctx, 7, client.AsUser("")); return err },
		"user with line":   func() error { _, err := c.Online.Get(ctx, 7, client.AsUser("a\r\nb")); return err },
		"empty request id": func() error { _, err := c.Online.Get(ctx, 7, client.WithRequestID("")); return err },
		"price overflow": func() error {
			_, err := c.Online.Quote(ctx, client.QuoteInput{Currency: "eur", Price: 1 << 62, Quantity: 4})
			return err
		},
	} {
		err := call()
		if !errors.Is(err, client.ErrInvalidInput) || client.OutcomeOf(err) != client.OutcomeNotSent {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if n := len(rec.all()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestError_Temporary(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]bool{400: false, 429: true, 500: false, 503: true, 0: true} {
		if got := (&client.Error{StatusCode: status}).Temporary(); got != want {
			t.Errorf("status %d: got %v", status, got)
		}
	}
	invalid := &client.Error{Outcome: client.OutcomeNotSent, Err: client.ErrInvalidInput}
	if invalid.Temporary() {
		t.Error("invalid input is temporary")
	}
}

func TestError_RetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"":                              0,
		"7":                             7 * time.Second,
		"-7":                            0,
		"soon":                          0,
		"9223372036854775807":           24 * time.Hour,
		"Fri, 02 Jan 2026 03:04:35 GMT": 30 * time.Second,
		"Fri, 02 Jan 2026 03:04:00 GMT": 0,
		"Sat, 02 Jan 2027 03:04:00 GMT": 24 * time.Hour,
	} {
		rec := record(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", header)
			w.WriteHeader(503)
		})
		c := newClient(t, rec.URL, client.WithClock(func() time.Time { return now }))
		_, err := c.Online.Cancel(t.Context(), 7)
		var failure *client.Error
		if !errors.As(err, &failure) || failure.RetryAfter != want {
			t.Errorf("%q: got %v, want %v", header, failure.RetryAfter, want)
		}
	}
}
