package braintree_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/gateway/braintree"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// paid is an answer about a payment in a status, which no emulator gives at will.
func paid(status string) string {
	return `{"id":"dHJhbnNhY3Rpb25fYWJjZDEyMzQ","legacyId":"abcd1234","orderId":"5f1c0e0a-authorize","status":"` + status + `","createdAt":"2026-03-02T09:00:00.000000Z",
		"amount":{"value":"51.50","currencyCode":"EUR"},"statusHistory":[],"refunds":[],"disputes":[]}`
}

// What Braintree may answer, and what is believed of it.
func TestAnswers(t *testing.T) {
	t.Parallel()
	failed := func(class, path string) string {
		return `{"data":{"authorizePaymentMethod":null},"errors":[{"message":"no","path":[` + path + `],"extensions":{"errorClass":"` + class + `"}}]}`
	}
	made := func(p string) string { return `{"data":{"authorizePaymentMethod":{"transaction":` + p + `}}}` }
	for name, tc := range map[string]struct {
		http   int
		body   string
		status process.Status
		code   fault.Reason
	}{
		"authorized":                    {200, made(paid("AUTHORIZED")), process.Succeeded, ""},
		"the processor takes its time":  {200, made(paid("AUTHORIZING")), process.Pending, ""},
		"captured at once":              {200, made(paid("SUBMITTED_FOR_SETTLEMENT")), process.Succeeded, ""},
		"a status that is new":          {200, made(paid("THINKING")), process.Unknown, "unreadable_answer"},
		"no payment":                    {200, made("null"), process.Unknown, "unreadable_answer"},
		"no data":                       {200, `{}`, process.Unknown, "unreadable_answer"},
		"an id that is none":            {200, made(strings.Replace(paid("AUTHORIZED"), "abcd1234", "../x", 1)), process.Unknown, "unreadable_answer"},
		"an amount that is none":        {200, made(strings.Replace(paid("AUTHORIZED"), "51.50", "51.505", 1)), process.Unknown, "unreadable_answer"},
		"a currency that is none":       {200, made(strings.Replace(paid("AUTHORIZED"), "EUR", "euro", 1)), process.Unknown, "unreadable_answer"},
		"refused":                       {200, failed("VALIDATION", `"authorizePaymentMethod"`), process.Declined, "declined"},
		"refused before it was read":    {200, failed("VALIDATION", ""), process.Declined, "declined"},
		"a key without the right":       {200, failed("AUTHORIZATION", `"authorizePaymentMethod"`), process.NotSent, "gateway_unreachable"},
		"a wrong key":                   {200, failed("AUTHENTICATION", ""), process.NotSent, "gateway_unreachable"},
		"too often":                     {200, failed("RESOURCE_LIMIT", ""), process.NotSent, "gateway_unreachable"},
		"it broke":                      {200, failed("INTERNAL", `"authorizePaymentMethod"`), process.Unknown, "no_clear_answer"},
		"made, and a part is not shown": {200, failed("AUTHORIZATION", `"authorizePaymentMethod","transaction","disputes"`), process.Unknown, "unreadable_answer"},
		"a class that is new":           {200, failed("WEATHER", ""), process.Unknown, "no_clear_answer"},
		"a proxy wants a key":           {401, "", process.NotSent, "gateway_unreachable"},
		"a proxy is busy":               {429, "", process.NotSent, "gateway_unreachable"},
		"a proxy's error":               {502, "<h1>502</h1>", process.Unknown, "no_clear_answer"},
		"led elsewhere":                 {302, "", process.Unknown, "no_clear_answer"},
		"not found":                     {404, "", process.Unknown, "no_clear_answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := answering(t, func(string) (int, string) { return tc.http, tc.body })
			if out := g.Perform(t.Context(), operation(process.Authorize, "")); out.Status != tc.status || out.Code != tc.code {
				t.Errorf("%s %s (%v), want %s %s", out.Status, out.Code, out.Err, tc.status, tc.code)
			} else if out.Err != nil && strings.Contains(out.Err.Error(), "fake-valid") {
				t.Errorf("the error repeats what was sent: %v", out.Err)
			}
		})
	}
}

// Nothing is asked for a payment of which the processor has not said yet whether it is authorized.
func TestCapture_tooEarly(t *testing.T) {
	t.Parallel()
	g := answering(t, func(query string) (int, string) {
		if strings.Contains(query, "idFromLegacyId") {
			return 200, `{"data":{"idFromLegacyId":"dHJhbnNhY3Rpb25fYWJjZDEyMzQ"}}`
		}
		return 200, `{"data":{"node":` + strings.Replace(paid("AUTHORIZING"), "{", `{"__typename":"Transaction",`, 1) + `}}`
	})
	if out := g.Perform(t.Context(), operation(process.Capture, "abcd1234")); out.Status != process.NotSent {
		t.Errorf("%+v", out)
	}
}

// answering is a gateway whose Braintree answers what a test says.
func answering(t *testing.T, answer func(query string) (int, string)) *braintree.Gateway {
	t.Helper()
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		status, text := answer(string(body))
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text))
	}))
	t.Cleanup(front.Close)
	g, err := braintree.New(braintree.Config{Public: "key", Private: "secret", BaseURL: front.URL, Accounts: map[money.Currency]string{"EUR": "shop_eur"}})
	if err != nil {
		t.Fatal(err)
	}
	return g
}
