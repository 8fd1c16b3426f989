package app_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/mail"
	"github.com/handsel-dev/handsel/internal/testkit"
)

// The e-mails of a world are on a page, as mail programs show them, and nothing in them runs.
func TestWorld_mailPage(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	page := func() string {
		t.Helper()
		answer := httptest.NewRecorder()
		w.Handler.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/_dev/mail", nil))
		if policy := answer.Header().Get("Content-Security-Policy"); answer.Code != http.StatusOK || !strings.Contains(policy, "default-src 'none'") {
			t.Errorf("%d, with the policy %q", answer.Code, policy)
		}
		return answer.Body.String()
	}
	if text := page(); !strings.Contains(text, "None yet") || !strings.Contains(text, "as soon as somebody has paid") {
		t.Errorf("without e-mails: %s", text)
	}
	for _, m := range []mail.Message{
		{From: "=?utf-8?q?M=C3=A4rkte?= <hello@example.com>", To: "bea@example.com", Subject: "Your order", Text: "<script>alert(1)</script>", ID: "1@example.com"},
		{From: "hello@example.com", To: "sam@example.com", Subject: "Sold", Text: "It is sold.", ID: "2@example.com"},
	} {
		if err := w.Mailbox.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	text := page()
	for _, want := range []string{"From Märkte &lt;hello@example.com&gt;", "To bea@example.com", "Your order", "&lt;script&gt;", "It is sold."} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s on the page:\n%s", want, text)
		}
	}
	if strings.Contains(text, "None yet") || strings.Contains(text, "<script>") || strings.Index(text, "Sold") > strings.Index(text, "Your order") {
		t.Errorf("the page is not right:\n%s", text)
	}
}

// What is due at an emulator happens when its list of work runs, also where nobody moves
// the clock for it.
func TestWorld_emulatorsTick(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{Manual: true})
	if r := w.Call("POST", "/v1/transactions", `{"process":"preauthorize","gateway":"stripe","starter_id":"bea","author_id":"sam","listing":{"title":"Bike"},
		"unit_price":{"amount":5000,"currency":"EUR"},"input":{"payment_method":"pm_card_visa"}}`, "Idempotency-Key", "1"); r.Status >= 300 {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	due, any := w.Stripe.Next()
	if !any {
		t.Fatal("nothing is due at the emulator")
	}
	w.Sandbox.Advance(due.Sub(w.Sandbox.Now()) + time.Second)
	if at, any := w.Stripe.Next(); !any || !at.Equal(due) {
		t.Errorf("it happened before anybody asked: next is %s, %t", at, any)
	}
	if _, err := w.Emulators.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	if at, any := w.Stripe.Next(); any && !at.After(due) {
		t.Errorf("%s is still due at the emulator", at)
	}
	if e := w.Emulator("giro"); e != nil {
		t.Errorf("%T stands in for a gateway without an emulator", e)
	}
}

// Pages and the clock of a world answer although its database is gone, and the log says
// what did not happen.
func TestWorld_databaseGone(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		var log bytes.Buffer
		w := testkit.New(t, testkit.Options{DatabaseURL: url, Log: slog.New(slog.NewTextHandler(&log, nil))})
		if err := w.App.Close(); err != nil {
			t.Fatal(err)
		}
		page := w.Prompt(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("X-Page", r.Method)
			rw.WriteHeader(http.StatusTeapot)
			_, _ = io.WriteString(rw, "paid")
		}))
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			answer := httptest.NewRecorder()
			page.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), method, "/pay/1", nil))
			if answer.Code != http.StatusTeapot || answer.Header().Get("X-Page") != method || answer.Body.String() != "paid" {
				t.Errorf("%s: %d %v %s", method, answer.Code, answer.Header(), answer.Body)
			}
		}
		w.Sandbox.Advance(time.Hour)
		if now := w.Sandbox.Now(); !now.Equal(testkit.Start.Add(time.Hour)) {
			t.Errorf("it is %s", now)
		}
		for _, want := range []string{"what is due next", "after the clock moved", "after a sandbox's page"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log does not say %q:\n%s", want, log.String())
			}
		}
	})
}

// Each template is shown with examples in each language, as text and as HTML in a frame as wide as a phone, and in the
// words of the community that has its own.
func TestWorld_mailTemplates(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	get := func(path string, status int) string {
		t.Helper()
		answer := httptest.NewRecorder()
		w.Handler.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/_dev/mail"+path, nil))
		if answer.Code != status {
			t.Errorf("%s: %d %s", path, answer.Code, answer.Body)
		}
		if policy := answer.Header().Get("Content-Security-Policy"); status == http.StatusOK && !strings.HasPrefix(policy, "default-src 'none'") {
			t.Errorf("%s has the policy %q", path, policy)
		}
		return answer.Body.String()
	}
	list := get("/templates", http.StatusOK)
	if html := get("/templates/money_reserved/html", http.StatusOK); !strings.Contains(html, `<html lang="en">`) {
		t.Errorf("without a language it is not English: %s", html)
	}
	for _, kind := range mail.Kinds() {
		for _, language := range mail.Languages() {
			path := "/templates/" + string(kind) + "?language=" + language
			if !strings.Contains(list, `href="/_dev/mail`+path+`"`) {
				t.Errorf("%s is not listed", path)
			}
			inFrame := "/templates/" + string(kind) + "/html?language=" + language
			page, html := get(path, http.StatusOK), get(inFrame, http.StatusOK)
			for _, want := range []string{"<h1>Example Market", "<pre>", `<iframe sandbox title="HTML" src="/_dev/mail` + inFrame + `"`} {
				if !strings.Contains(page, want) {
					t.Errorf("%s has no %s", path, want)
				}
			}
			if !strings.Contains(html, `<html lang="`+language+`">`) || !strings.Contains(html, "Example Market") {
				t.Errorf("%s: %s", inFrame, html)
			}
		}
	}
	for _, path := range []string{"/templates/nothing", "/templates/money_reserved?language=xx", "/templates/nothing/html", "/templates/..%2fen"} {
		get(path, http.StatusNotFound)
	}
	own := `{"subject":"Moin","text":"{{title}} ist bezahlt","html":"<p>{{title}} <b>ist bezahlt</b></p>","reason":"our words"}`
	if r := w.Call(http.MethodPut, "/v1/community/mail-templates/money_reserved", own, "Handsel-Operator", "olga"); r.Status != http.StatusOK {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if page := get("/templates/money_reserved", http.StatusOK); !strings.Contains(page, "in the words of the sample community") || !strings.Contains(page, "Old city bike ist bezahlt") {
		t.Errorf("our own words are not shown: %s", page)
	}
	if html := get("/templates/money_reserved/html", http.StatusOK); !strings.Contains(html, "<b>ist bezahlt</b>") {
		t.Errorf("our own words are not shown: %s", html)
	}
}
