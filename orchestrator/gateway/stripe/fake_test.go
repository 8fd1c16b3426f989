package stripe_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway/stripe"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// secret must not show in any error.
const secret = "pi_1_secret_abc"

// answering serves one answer for every request.
func answering(t *testing.T, status int, header http.Header, body string) *stripe.Gateway {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for name, values := range header {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	return newGateway(t, server.URL, nil)
}

func failure(kind, more string) string {
	return fmt.Sprintf(`{"error":{"type":%q,"message":"about %s and %s"%s}}`, kind, key, secret, more)
}

// Every kind of answer to the call that counts.
func TestPerform_answers(t *testing.T) {
	t.Parallel()
	payment := func(change string) string {
		return `{"id":"pi_1","object":"payment_intent","amount":1300,"currency":"eur","client_secret":"` + secret + `"` + change + `}`
	}
	left := `,"payment_intent":` + payment(`,"status":"canceled"`)
	tests := map[string]struct {
		status int
		header http.Header
		body   string
		want   process.Status
		code   fault.Reason
	}{
		"fine":                        {200, nil, payment(`,"status":"requires_capture"`), process.Succeeded, ""},
		"captured at once":            {200, nil, payment(`,"status":"succeeded"`), process.Succeeded, ""},
		"status that is new":          {200, nil, payment(`,"status":"requires_thought"`), process.Unknown, "unreadable_answer"},
		"no status":                   {200, nil, payment(``), process.Unknown, "unreadable_answer"},
		"canceled":                    {200, nil, payment(`,"status":"canceled"`), process.Declined, "payment_canceled"},
		"declined without an error":   {200, nil, payment(`,"status":"requires_payment_method","last_payment_error":{"type":"card_error","code":"expired_card"}`), process.Declined, "card_declined"},
		"declined without a reason":   {200, nil, payment(`,"status":"requires_payment_method"`), process.Declined, "card_declined"},
		"no currency":                 {200, nil, `{"id":"pi_1","object":"payment_intent","amount":1300,"currency":"???","status":"requires_capture"}`, process.Unknown, "unreadable_answer"},
		"hundredths of a krona":       {200, nil, `{"id":"pi_1","object":"payment_intent","amount":1301,"currency":"isk","status":"requires_capture"}`, process.Unknown, "unreadable_answer"},
		"empty object":                {200, nil, `{}`, process.Unknown, "unreadable_answer"},
		"only an id":                  {200, nil, `"pi_1"`, process.Unknown, "unreadable_answer"},
		"null":                        {200, nil, `null`, process.Unknown, "unreadable_answer"},
		"another object":              {200, nil, `{"id":"pi_1","object":"charge","status":"succeeded"}`, process.Unknown, "unreadable_answer"},
		"id that leads elsewhere":     {200, nil, `{"id":"pi_1/../../accounts","object":"payment_intent","amount":1300,"currency":"eur","status":"requires_capture"}`, process.Unknown, "unreadable_answer"},
		"half":                        {200, nil, `{"id":"pi_1","client_secret":"` + secret, process.Unknown, "no_clear_answer"},
		"page":                        {200, nil, `<html>` + secret, process.Unknown, "no_clear_answer"},
		"too long":                    {200, nil, payment(`,"description":"` + strings.Repeat("x", 9<<20) + `"`), process.Unknown, "no_clear_answer"},
		"nothing":                     {204, nil, ``, process.Unknown, "no_clear_answer"},
		"redirect":                    {307, http.Header{"Location": {"http://192.0.2.1/"}}, payment(``), process.Unknown, "no_clear_answer"},
		"redirect without a place":    {302, nil, payment(`,"status":"requires_capture"`), process.Unknown, "no_clear_answer"},
		"card declined":               {402, nil, failure("card_error", `,"code":"card_declined","decline_code":"insufficient_funds"`+left), process.Declined, "card_declined"},
		"card error without a code":   {402, nil, failure("card_error", ``), process.Declined, "card_declined"},
		"bad request":                 {400, nil, failure("invalid_request_error", `,"code":"parameter_missing","param":"amount"`), process.Declined, "parameter_missing"},
		"bad request without a code":  {400, nil, failure("invalid_request_error", ``), process.Declined, "invalid_request_error"},
		"code that is no code":        {400, nil, failure("<script>", `,"code":"<script>`+secret+`"`), process.Declined, "declined"},
		"hold lapsed":                 {400, nil, failure("invalid_request_error", `,"code":"charge_expired_for_capture"`), process.Declined, "hold_expired"},
		"balance too low":             {400, nil, failure("invalid_request_error", `,"code":"balance_insufficient"`), process.NotSent, "balance_insufficient"},
		"key used for something else": {400, nil, failure("idempotency_error", ``), process.Unknown, "idempotency_error"},
		"key in use":                  {409, nil, failure("invalid_request_error", `,"code":"idempotency_key_in_use"`), process.Unknown, "idempotency_key_in_use"},
		"conflict":                    {409, nil, failure("invalid_request_error", ``), process.Unknown, "invalid_request_error"},
		"locked":                      {429, nil, failure("invalid_request_error", `,"code":"lock_timeout"`), process.Unknown, "lock_timeout"},
		"too many":                    {429, nil, failure("invalid_request_error", `,"code":"rate_limit"`), process.NotSent, "rate_limit"},
		"wrong key":                   {401, nil, failure("invalid_request_error", ``), process.NotSent, "invalid_request_error"},
		"key may not":                 {403, nil, failure("invalid_request_error", ``), process.NotSent, "invalid_request_error"},
		"failed further on":           {424, nil, failure("api_error", ``), process.Unknown, "api_error"},
		"error":                       {500, nil, failure("api_error", ``), process.Unknown, "api_error"},
		"page of a proxy":             {400, nil, `<html>` + secret, process.Unknown, "no_clear_answer"},
		"refusal without an error":    {400, nil, `{"message":"` + secret + `"}`, process.Unknown, "no_clear_answer"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := answering(t, tc.status, tc.header, tc.body)
			out := g.Perform(t.Context(), operation(process.Authorize, ""))
			if out.Status != tc.want || out.Code != tc.code {
				t.Errorf("outcome %s %q (%v), want %s %q", out.Status, out.Code, out.Err, tc.want, tc.code)
			}
			if out.Err == nil && tc.want == process.Unknown && tc.code != "unreadable_answer" {
				t.Error("no cause")
			}
			if text := fmt.Sprintf("%v %+v", out.Err, out.Err); strings.Contains(text, secret) || strings.Contains(text, key) {
				t.Errorf("a secret in %s", text)
			}
		})
	}
}

// The answers to the other verbs are checked too.
func TestPerform_strangeAnswers(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		verb process.Verb
		body string
	}{
		"capture of another payment": {process.Capture, `{"id":"pi_2","object":"payment_intent","amount":1300,"currency":"eur","status":"succeeded"}`},
		"capture that took nothing":  {process.Capture, `{"id":"pi_1","object":"payment_intent","amount":1300,"currency":"eur","status":"requires_capture"}`},
		"void that is still held":    {process.Void, `{"id":"pi_1","object":"payment_intent","amount":1300,"currency":"eur","status":"requires_capture"}`},
		"refund of nothing":          {process.Refund, `{}`},
		"refund of another amount":   {process.Refund, `{"id":"re_1","object":"refund","amount":1,"status":"succeeded"}`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := answering(t, 200, nil, tc.body)
			if out := g.Perform(t.Context(), operation(tc.verb, "pi_1")); out.Status != process.Unknown {
				t.Errorf("outcome %s %q (%v), want unknown", out.Status, out.Code, out.Err)
			}
		})
	}
}

// A refund that Stripe took and that did not come about is told with the reason.
func TestPerform_undoneRefunds(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]fault.Reason{"failed": "refund_failed", "canceled": "refund_canceled"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer := `{"id":"pi_1","object":"payment_intent","amount":1300,"currency":"eur","status":"succeeded","latest_charge":{"id":"ch_1","object":"charge","amount":1300,"amount_captured":1300,"captured":true,"currency":"eur"}}`
			if r.Method == http.MethodPost {
				answer = fmt.Sprintf(`{"id":"re_1","object":"refund","amount":1234,"status":%q}`, status)
			} else if strings.HasSuffix(r.URL.Path, "s") {
				answer = `{"object":"list","data":[],"has_more":false}`
			}
			_, _ = w.Write([]byte(answer))
		}))
		t.Cleanup(server.Close)
		g := newGateway(t, server.URL, nil)
		if out := g.Perform(t.Context(), operation(process.Refund, "pi_1")); out.Status != process.Declined || out.Code != want {
			t.Errorf("%s: %s %q (%v), want %s", status, out.Status, out.Code, out.Err, want)
		}
	}
}

// The buyer is only ever sent to a web page.
func TestLookup_whereToPay(t *testing.T) {
	t.Parallel()
	ours := "https://shop.example.com/pay/pi_1#" + secret
	for page, want := range map[string]string{
		"https://bank.example.com/3ds?x=1": "https://bank.example.com/3ds?x=1", "javascript:alert(1)": ours, "/3ds": ours, "https://": ours, "%": ours,
	} {
		g := answering(t, 200, nil, fmt.Sprintf(`{"id":"pi_1","object":"payment_intent","amount":1300,"currency":"eur","status":"requires_action",
			"client_secret":%q,"next_action":{"type":"redirect_to_url","redirect_to_url":{"url":%q}}}`, secret, page))
		s, err := g.Lookup(t.Context(), orchestrator.PaymentRef{PaymentID: "pi_1"})
		if err != nil || s.RedirectURL != want {
			t.Errorf("%s: pay at %q, %v; want %q", page, s.RedirectURL, err, want)
		}
	}
}

// A list that cannot be read is no proof that there is nothing.
func TestLookup_strangeLists(t *testing.T) {
	t.Parallel()
	item := `{"id":"pi_1","object":"payment_intent","metadata":{}}`
	for name, body := range map[string]string{
		"null": `null`, "no data": `{"object":"list","has_more":false}`, "data is null": `{"data":null}`, "data is text": `{"data":"none"}`,
		"null in it": `{"data":[null]}`, "no id": `{"data":[{}]}`, "never ends": `{"data":[` + item + `],"has_more":true}`,
		"more of nothing": `{"data":[],"has_more":true}`, "twice the same": `{"data":[` + item + `,` + item + `]}`,
		"page": `<html>`, "found without a body": `{"data":[{"id":"pi_1","metadata":{"intent_id":"x"}}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := answering(t, 200, nil, body)
			if s, err := g.Lookup(t.Context(), orchestrator.PaymentRef{Reference: "x", Since: t0}); err == nil {
				t.Errorf("found %+v without an error", s)
			}
			for _, err := range g.Payments(t.Context(), t0, t0.Add(time.Hour)) {
				if err != nil {
					return
				}
			}
			t.Error("a statement without an error")
		})
	}
}

// Nothing listens: nothing was sent.
func TestPerform_notSent(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	g := newGateway(t, "http://"+address, nil)
	for _, op := range []orchestrator.Operation{
		operation(process.Authorize, ""), operation(process.Capture, "pi_1"), operation(process.Void, "pi_1"),
		operation(process.Refund, "pi_1"), operation(process.Transfer, "pi_1"),
	} {
		out := g.Perform(t.Context(), op)
		if out.Status != process.NotSent || out.Code != "gateway_unreachable" || out.Err == nil {
			t.Errorf("%s: %s %q (%v)", op.Verb, out.Status, out.Code, out.Err)
		}
	}
}
