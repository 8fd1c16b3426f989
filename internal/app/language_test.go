package app_test

import (
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit"
)

// A user is written to in their own language, where there are e-mails in it, and else in the
// community's. What cannot be a language is refused.
func TestMails_ownLanguage(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		profile := func(user, language string) testkit.Response {
			return w.Call("PUT", "/v1/users/"+user, `{"email":"`+user+`@example.com","first_name":"A","last_name":"B","country_code":"IE","language":"`+language+`"}`)
		}
		for _, wrong := range []string{"d", "german!", "de_AT", "de-", strings.Repeat("de-", 40) + "x"} {
			if r := profile("bea", wrong); r.Status != 400 || !strings.Contains(string(r.Body), `"invalid_language"`) {
				t.Errorf("%q: %d %s", wrong, r.Status, r.Body)
			}
		}
		for user, language := range map[string]string{"bea": "de-AT", "sam": "fr"} {
			if r := profile(user, language); r.Status != 200 || !strings.Contains(string(r.Body), `"language":"`+language+`"`) {
				t.Fatalf("%d %s", r.Status, r.Body)
			}
		}
		sell := func(key string) {
			t.Helper()
			r := w.Call("POST", "/v1/transactions", `{"process":"preauthorize","gateway":"stripe","starter_id":"bea","author_id":"sam","listing":{"title":"Bike"},"unit_price":{"amount":5000,"currency":"EUR"},"input":{"payment_method":"pm_card_visa"}}`, "Idempotency-Key", key)
			if r.Status != 201 {
				t.Fatalf("%d %s", r.Status, r.Body)
			}
			w.MustSettle()
		}
		expect := func(kind, to, text string) {
			t.Helper()
			for _, m := range w.Mailbox.Messages() { // the newest first
				if string(m.Kind) == kind && m.To == to {
					if !strings.Contains(m.Text, text) {
						t.Errorf("%s to %s does not say %q:\n%s", kind, to, text, m.Text)
					}
					return
				}
			}
			t.Errorf("%s has no %s", to, kind)
		}
		sell("one")
		expect("money_reserved", "bea@example.com", "Guten Tag")
		expect("decision_needed", "sam@example.com", "Hello")
		if r := profile("bea", ""); r.Status != 200 || !strings.Contains(string(r.Body), `"language":null`) {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
		sell("two")
		expect("money_reserved", "bea@example.com", "Hello")
	})
}
