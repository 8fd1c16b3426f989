package native_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// What people say along with a step is kept with it and shown to both sides.
func TestH4_whatIsSaidIsKept(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		call := func(method, path, body string, headers ...string) facetest.Answer {
			t.Helper()
			r := w.Call(method, path, body, headers...)
			return facetest.Answer{T: t, Status: r.Status, Header: r.Header, Body: string(r.Body)}
		}
		keys := 0
		take := func(tx int64, actor, body string) facetest.Answer {
			t.Helper()
			keys++
			id := w.Server.IDs.Seal(publicid.Transaction, tx)
			return call("POST", "/v1/transactions/"+id+"/transitions", body, "Idempotency-Key", strconv.Itoa(keys), "Handsel-Actor", actor)
		}
		tx := w.BringTo(escrowonline.Paid)
		take(tx.ID, "sam", `{"transition":"track","input":{"carrier":"an-post","tracking_code":"4111111111111111","reason":"as agreed"}}`).Is(200)
		take(tx.ID, "bea", `{"transition":"confirm_delivery"}`).Is(200)
		take(tx.ID, "bea", `{"transition":"complain","input":{"description":"the bell \"rings\" not","category":"item_not_as_described"}}`).Is(200)
		take(tx.ID, "sam", `{"transition":"accept_complaint","input":{"reason":"sorry"}}`).Is(200)
		cancelled := w.Open()
		take(cancelled.ID, "bea", `{"transition":"cancel","input":{"reason":"broken"}}`).Is(200)

		id := w.Server.IDs.Seal(publicid.Transaction, tx.ID)
		for _, who := range [][]string{{"Handsel-Actor", "bea"}, {"Handsel-Actor", "sam"}, nil} {
			timeline := call("GET", "/v1/transactions/"+id+"/timeline", "", who...).Is(200)
			for _, path := range []string{"", "/explain"} {
				shown := call("GET", "/v1/transactions/"+id+path, "", who...).Is(200)
				for _, want := range []string{`"an-post"`, `"4111111111111111"`, `"as agreed"`, `"the bell \"rings\" not"`, `"item_not_as_described"`, `"sorry"`} {
					if !strings.Contains(timeline.Body, want) || strings.Count(shown.Body, want) != 1 {
						t.Errorf("%q: %s is not in the timeline, or not once in the deal%s", who, want, path)
					}
				}
			}
			call("GET", "/v1/transactions/"+w.Server.IDs.Seal(publicid.Transaction, cancelled.ID), "", who...).Is(200).
				Has(map[string]string{"said.0.transition": "cancel", "said.0.actor": "user:bea", "said.0.said.reason": "broken"})
		}
		call("GET", "/v1/transactions/"+id+"/timeline", "", "Handsel-Actor", "eve").Refused(404, "transaction_not_found")
	})
}

// What cannot be kept as it was said is refused, and so is what nobody asked for.
func TestH4_refused(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	id := w.Sell(t, "1")
	for name, tc := range map[string]struct{ input, value, code string }{
		"too long":     {"reason", strings.Repeat("x", 2001), "too_long"},
		"control":      {"reason", "a\u0007b", "invalid_text"},
		"card number":  {"reason", "my card is 4242 4242 4242 4242", "card_data_not_accepted"},
		"unknown name": {"excuse", "rain", "unknown_input"},
	} {
		body := map[string]any{"transition": "cancel", "input": map[string]string{tc.input: tc.value}}
		w.Call(t, "POST", "/v1/transactions/"+id+"/transitions", body, facetest.Once(name), facetest.As("bea")).Refused(400, tc.code)
	}
}
