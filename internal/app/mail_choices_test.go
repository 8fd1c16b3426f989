package app_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/mail"
	"github.com/handsel-dev/handsel/internal/testkit"
)

// lastOf is the newest e-mail of a kind to a user.
func (s *stageOf) lastOf(kind mail.Kind, user string) (mail.Message, int) {
	var last mail.Message
	n := 0
	for _, m := range s.Mailbox.Messages() {
		if m.Kind == kind && strings.HasPrefix(m.To, user+"@") {
			if n++; n == 1 {
				last = m
			}
		}
	}
	return last, n
}

// visit asks for a page as a browser or a mail program does, without credentials.
func (s *stageOf) visit(method, address, form string) *httptest.ResponseRecorder {
	s.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		s.t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(s.t.Context(), method, u.Path, strings.NewReader(form))
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer := httptest.NewRecorder()
	s.Handler.ServeHTTP(answer, r)
	return answer
}

// A person stops a kind of e-mail by its link and without logging in: by one click of their
// mail program, or on a page that does nothing when it is only read. It holds for them, for
// that kind and in that community; receipts still come, and have no link.
func TestMailStop(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		s := &stageOf{testkit.New(t, testkit.Options{DatabaseURL: url}), t, 0}
		deal := id(t, s.call("/v1/transactions", reserve, "Handsel-Actor", "bea"), "id")
		say := func(who string) {
			t.Helper()
			s.call("/v1/transactions/"+deal+"/messages", `{"content":"Hello","sender_id":"`+who+`"}`, "Handsel-Actor", who)
			s.Advance(time.Hour)
		}
		receipt, _ := s.lastOf("money_reserved", "bea")
		if receipt.Unsubscribe != "" || strings.Contains(receipt.Text, "/mail/stop/") {
			t.Errorf("a receipt may be stopped: %s", receipt.Text)
		}
		say("bea")
		m, n := s.lastOf("messages_waiting", "sam")
		if n != 1 || !strings.HasPrefix(m.Unsubscribe, s.URL+"/mail/stop/") || !strings.Contains(m.Text, m.Unsubscribe) || !strings.Contains(m.HTML, m.Unsubscribe) {
			t.Fatalf("%d e-mails, %q:\n%s", n, m.Unsubscribe, m.Text)
		}
		page := s.visit("GET", m.Unsubscribe, "")
		if page.Code != http.StatusOK || !strings.Contains(page.Body.String(), "Stop them") || !strings.Contains(page.Header().Get("Content-Security-Policy"), "default-src 'none'") || page.Header().Get("Referrer-Policy") != "no-referrer" {
			t.Fatalf("%d %v %s", page.Code, page.Header(), page.Body)
		}
		say("bea")
		if _, n := s.lastOf("messages_waiting", "sam"); n != 2 {
			t.Errorf("reading the page stopped them: %d", n)
		}
		for range 2 { // as often as the mail program likes
			if done := s.visit("POST", m.Unsubscribe, "List-Unsubscribe=One-Click"); done.Code != http.StatusOK || !strings.Contains(done.Body.String(), "You get no more") {
				t.Fatalf("%d %s", done.Code, done.Body)
			}
		}
		say("bea")
		say("sam")
		if _, n := s.lastOf("messages_waiting", "sam"); n != 2 {
			t.Errorf("sam gets %d, and has stopped them", n)
		}
		if _, n := s.lastOf("messages_waiting", "bea"); n != 1 {
			t.Errorf("bea gets %d, and has stopped nothing", n)
		}
		if stopped, err := s.Store.MailStopped(t.Context(), app.SampleCommunity+1, "sam", "messages_waiting"); stopped || err != nil {
			t.Errorf("stopped in another community: %t, %v", stopped, err)
		}
		again := strings.Replace(m.Unsubscribe, "/stop/", "/resume/", 1)
		if done := s.visit("POST", again, ""); done.Code != http.StatusOK || !strings.Contains(done.Body.String(), "Stop them") {
			t.Fatalf("%d %s", done.Code, done.Body)
		}
		say("bea")
		if _, n := s.lastOf("messages_waiting", "sam"); n != 3 {
			t.Errorf("sam gets %d, and lets them come again", n)
		}
		for name, link := range map[string]string{
			"cut off":       m.Unsubscribe[:len(m.Unsubscribe)-3],
			"another's":     strings.Replace(m.Unsubscribe, m.Unsubscribe[len(m.Unsubscribe)-4:], "AAAA", 1),
			"nothing":       s.URL + "/mail/stop/x",
			"without a MAC": s.URL + "/mail/stop/NTAxCm1lc3NhZ2VzX3dhaXRpbmcKc2Ft",
			"very long":     s.URL + "/mail/stop/" + strings.Repeat("A", 2000),
		} {
			if a := s.visit("POST", link, "List-Unsubscribe=One-Click"); a.Code != http.StatusNotFound || !strings.Contains(a.Body.String(), "mail_link_invalid") {
				t.Errorf("%s: %d %s", name, a.Code, a.Body)
			}
		}
	})
}

// A community writes an e-mail in its own words: they are checked when they are saved, hold
// for its e-mails alone, and end when they are dropped.
func TestMailTemplates(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		s := &stageOf{testkit.New(t, testkit.Options{DatabaseURL: url}), t, 0}
		const path = "/v1/community/mail-templates/"
		staff := []string{"Handsel-Operator", "olga"}
		for body, code := range map[string]string{
			`{"subject":"x","text":"{{.Reason}}","reason":"x"}`:                              "invalid_mail_template",
			`{"subject":"x","text":"{{range .Tasks}}{{end}}","reason":"x"}`:                  "invalid_mail_template",
			`{"subject":"x","text":"{{call}}","reason":"x"}`:                                 "must not have {{call}}",
			`{"subject":"x","text":"{{reason}}","reason":"x"}`:                               "must not have {{reason}}",
			`{"subject":"{{order","text":"y","reason":"x"}`:                                  "invalid_mail_template",
			`{"subject":"x","text":"y","html":"<script>1</script>","reason":"x"}`:            "no scripts",
			`{"subject":"x","text":"y","html":"<b onclick='x()'>z</b>","reason":"x"}`:        "no scripts",
			`{"subject":"x","text":"y","html":"<a href='{{link}}","reason":"x"}`:             "invalid_mail_template",
			`{"subject":"x","text":"` + strings.Repeat("{{order}}", 101) + `","reason":"x"}`: "100 placeholders",
			`{"subject":"x","text":"` + strings.Repeat("y", 20_001) + `","reason":"x"}`:      "20000 bytes",
			`{"subject":" ","text":"y","reason":"x"}`:                                        "must be one line",
			`{"subject":"x","text":"y"}`:                                                     "reason",
		} {
			if r := s.Call("PUT", path+"money_reserved", body, staff...); r.Status != http.StatusBadRequest || !strings.Contains(string(r.Body), code) {
				t.Errorf("%s: %d %s, want %s", body, r.Status, r.Body, code)
			}
		}
		for _, name := range []string{"tasks_waiting", "nothing", "..%2f..%2fen"} {
			if r := s.Call("GET", path+name, "", staff...); r.Status != http.StatusNotFound {
				t.Errorf("%s: %d %s", name, r.Status, r.Body)
			}
		}
		own := `{"subject":"{{marketplace}} – {{title}}","text":"Moin {{recipient}}\n{{amount}} für {{title}}.\nBis {{until}}","html":"<p title='{{title}}'>{{amount}} für <b>{{title}}</b> <a href='{{link}}'>hier</a></p>","reason":"our words"}`
		if r := s.Call("PUT", path+"money_reserved", own, staff...); r.Status != http.StatusOK || !strings.Contains(string(r.Body), "50.00 EUR für Old city bike") {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
		open := strings.Replace(reserve, "Bike", "<b>Bike's</b>", 1)
		s.call("/v1/transactions", open, "Handsel-Actor", "bea")
		m, _ := s.lastOf("money_reserved", "bea")
		if m.Subject != "Sample marketplace – <b>Bike's</b>" || !strings.HasPrefix(m.Text, "50.00 EUR für <b>Bike's</b>.\n\nBis 2026-03-") {
			t.Errorf("%s\n%s", m.Subject, m.Text)
		}
		if !strings.Contains(m.HTML, "<b>&lt;b&gt;Bike&#39;s&lt;/b&gt;</b>") || !strings.Contains(m.HTML, `href="http://127.0.0.1`) || strings.Contains(m.HTML, "<b>Bike") {
			t.Errorf("not escaped: %s", m.HTML)
		}
		s.Call("POST", "/v1/transactions", open, "Handsel-Actor", "bea", "Idempotency-Key", "theirs", "Authorization", "Bearer "+s.OtherKey)
		s.MustSettle()
		if m, n := s.lastOf("money_reserved", "bea"); n != 2 || strings.Contains(m.Text, "für") {
			t.Errorf("%d e-mails, the other community's says %s", n, m.Text)
		}
		if r := s.Call("DELETE", path+"money_reserved?reason=back", "", staff...); r.Status != http.StatusNoContent {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
		s.call("/v1/transactions", reserve, "Handsel-Actor", "bea")
		if m, _ := s.lastOf("money_reserved", "bea"); !strings.Contains(m.Text, "is reserved") {
			t.Errorf("after it was dropped: %s", m.Text)
		}
		audit := string(s.Call("GET", "/v1/operator/audit?act=mail_template.set", "").Body)
		if !strings.Contains(audit, "our words") || !strings.Contains(audit, "operator:olga") {
			t.Errorf("not in the audit log: %s", audit)
		}
	})
}
