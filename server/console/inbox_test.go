package console_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/console"
	"github.com/handsel-dev/handsel/server/internal/facetest"
	"github.com/handsel-dev/handsel/webhooks"
)

// What gateways reported is listed with the outcome, what strangers sent with why it was refused. A message is
// applied again for a reason, which the audit log keeps, by who may, and in its own community.
func TestInbox(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		vic, sue := signIn(w, t, "vic", console.Viewer), signIn(w, t, "sue", console.Support)
		get := func(query string) facetest.Answer {
			t.Helper()
			a := w.Call(t, "GET", "/console/inbox"+query, nil, facetest.Anonymous, vic).Is(200)
			if regexp.MustCompile(`"<script>|<script>(one|two|three|nobodys)|canary`).MatchString(a.Body) {
				t.Errorf("%s shows what it must not: %s", query, a.Body)
			}
			return a
		}
		says := func(query, sentence string) {
			t.Helper()
			if got := heading(get(query)); got != sentence {
				t.Errorf("%s says %q, want %q", query, got, sentence)
			}
		}
		says("", "No gateway has reported anything yet. No message was refused at the door.")
		id := w.Call(t, "POST", "/v1/transactions", facetest.Sale(), facetest.Once("sale")).Is(201).At("id")
		number, err := w.Ids.Open("txn", id)
		w.Must(err)
		deal, err := w.Engine.Find(t.Context(), facetest.Ours, number, process.Actor{Kind: process.Staff, ID: "olga"})
		w.Must(err)
		put := func(key, payment string) {
			t.Helper()
			_, err := w.Store.Put(t.Context(), webhooks.Delivery{Gateway: deal.Gateway, DedupeKey: key, PaymentID: payment, Code: "<script>" + key, Body: []byte(`{"text":"<script>","client_secret":"canary"}`), ReceivedAt: w.Clock.Now()})
			w.Must(err)
		}
		for _, key := range []string{"one", "two", "three"} {
			put(key, deal.PaymentID)
		}
		put("nobodys", "canary")
		says("", "4 of these 4 messages wait to be applied.")
		due, err := w.Store.Claim(t.Context(), w.Clock.Now(), w.Clock.Now(), 9)
		w.Must(err)
		for _, d := range due {
			note := "applied"
			if strings.HasSuffix(d.Code, "two") {
				note = webhooks.GivenUp + "payment_not_found"
			}
			w.Must(w.Store.Done(t.Context(), d.ID, note))
		}
		says("", "1 of these 4 messages could not be applied: read why, and apply them again.")
		says("?fate=applied", "All of these messages were applied (3).")
		says("?fate=waiting", "No message of a gateway is like that.")
		says("?gateway=paytrail", "No message of a gateway is like that.")
		says("?fate=refused", "No message was refused at the door.")
		w.Must(w.Store.NoteTurnedAway(t.Context(), webhooks.TurnedAway{Gateway: "stripe", Reason: "invalid_signature", At: w.Clock.Now(), Count: 3}))
		says("?fate=refused", "Messages were refused at the door: if they were the gateway's own, its secret here is not the one there.")
		page := get("?fate=given_up")
		if !strings.Contains(page.Body, "given up: payment not found") || !strings.Contains(page.Body, "&lt;script&gt;two") || strings.Contains(page.Body, "<form method=\"post\" action=\"/console/inbox/") {
			t.Errorf("a viewer reads %s", page.Body)
		}
		if body := get("").Body; !strings.Contains(body, "invalid signature") || !strings.Contains(body, "3 messages") || !strings.Contains(body, "about no deal that is known here") {
			t.Errorf("the page is %s", body)
		}
		for _, wrong := range []string{"?fate=lost", "?before=1", "?gateway=%00"} {
			w.Call(t, "GET", "/console/inbox"+wrong, nil, facetest.Anonymous, vic).Is(400)
		}
		for _, query := range []string{"?fate=given_up", "?fate=applied"} {
			shown := w.Call(t, "GET", "/console/inbox"+query, nil, facetest.Anonymous, sue).Is(200)
			path := regexp.MustCompile(`/console/inbox/whi_[a-z2-7]+/replay`).FindString(shown.Body)
			send(w, t, path, nil, sue).Is(400)
			send(w, t, path, map[string]string{"reason": "as vic"}, vic).Is(403)
			theirs := cookie(send(w, t, link(w, t, facetest.Theirs, "olga", console.Admin), nil).Is(303))
			send(w, t, path, map[string]string{"reason": "another's"}, theirs).Is(404)
			send(w, t, path, map[string]string{"reason": "the gateway was away"}, sue).Is(303)
		}
		send(w, t, "/console/inbox/whi_x/replay", map[string]string{"reason": "a guess"}, sue).Is(404)
		says("?fate=waiting", "2 of these 2 messages wait to be applied.")
		if log := w.Call(t, "GET", "/console/audit?act=inbox.replay", nil, facetest.Anonymous, vic).Is(200).Body; strings.Count(log, "the gateway was away") != 2 {
			t.Errorf("the audit log says %s", log)
		}
	})
}

// A page is followed by the next one, and nothing is on two of them.
func TestInbox_pages(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	for i := range 30 {
		_, err := w.Store.Put(t.Context(), webhooks.Delivery{Gateway: "stripe", DedupeKey: string(rune('a' + i)), PaymentID: "pi_x", Code: "one-of-30", ReceivedAt: w.Clock.Now()})
		w.Must(err)
	}
	vic := signIn(w, t, "vic", console.Viewer)
	first := w.Call(t, "GET", "/console/inbox", nil, facetest.Anonymous, vic).Is(200).Body
	next := regexp.MustCompile(`href="(/console/inbox\?[^"]+)"`).FindStringSubmatch(first)
	if next == nil || strings.Count(first, "one-of-30") != 25 {
		t.Fatalf("the first page is %s", first)
	}
	if second := w.Call(t, "GET", strings.ReplaceAll(next[1], "&amp;", "&"), nil, facetest.Anonymous, vic).Is(200).Body; strings.Count(second, "one-of-30") != 5 || strings.Contains(second, "Older messages") {
		t.Errorf("the second page is %s", second)
	}
}
