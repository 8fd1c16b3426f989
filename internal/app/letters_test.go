package app_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/mail"
	"github.com/handsel-dev/handsel/internal/testkit"
)

// The addresses of the people of a testbed, and of the operators of its community.
var (
	aliceMail, bobMail = app.Alice.ID + "@example.invalid", app.Bob.ID + "@example.invalid"
	beaMail            = "bea@example.invalid"
	samMail            = "sam@example.invalid"
	staffMail          = "staff@wheels.example.com"
)

// posted is who gets each kind of e-mail of the exchange and to operators, and what its subject and its amount are in
// each language.
var posted = map[mail.Kind]struct {
	to         []string
	en, de, es string // of its subject
	amount     string // in English
}{
	"order_to_pay":      {[]string{bobMail}, "please pay order", "Bitte bezahlen Sie Bestellung", "pague el pedido", "500.00 RUB"},
	"payment_claimed":   {[]string{bobMail}, "reported order", "als bezahlt gemeldet", "comunicado el pago", "500.00 RUB"},
	"offer_completed":   {[]string{aliceMail}, "released the funds", "Guthaben von Bestellung", "liberado los fondos", "500.00 RUB"},
	"sale_stopped":      {[]string{aliceMail}, "your funds are free", "Ihr Guthaben ist frei", "sus fondos están libres", "500.00 RUB"},
	"order_cancelled":   {[]string{bobMail}, "was cancelled", "wurde storniert", "se ha cancelado", ""},
	"offer_created":     {[]string{aliceMail}, "a buyer for order", "ein Käufer für Bestellung", "un comprador para el pedido", "500.00 RUB"},
	"payment_indicated": {[]string{aliceMail}, "payment reported for order", "Zahlung für Bestellung", "pago comunicado del pedido", "500.00 RUB"},
	"offer_cancelled":   {[]string{aliceMail}, "was cancelled", "storniert", "se ha cancelado", ""},
	"funds_released":    {[]string{bobMail}, "funds released", "freigegeben", "fondos liberados", "500.00 RUB"},
	"order_expired":     {[]string{bobMail}, "has expired", "ist abgelaufen", "ha caducado", "500.00 RUB"},
	"offer_expired":     {[]string{aliceMail}, "was not paid", "wurde nicht bezahlt", "no se ha pagado", "500.00 RUB"},
	"order_disputed":    {[]string{aliceMail, bobMail}, "dispute about order", "Streit um Bestellung", "disputa sobre el pedido", "500.00 RUB"},
	"dispute_resolved":  {[]string{aliceMail, bobMail}, "is settled", "entschieden", "está resuelta", "00.00 RUB"},
	"review_reminder":   {[]string{aliceMail, bobMail, beaMail, samMail}, "how was order", "Wie war Bestellung", "¿qué tal el pedido", ""},
	"hold_expiring":     {[]string{samMail}, "waits for your decision", "wartet auf Ihre Entscheidung", "espera su decisión", "5000 JPY"},
	"operator_needed":   {[]string{staffMail}, "waits for an operator", "wartet auf einen Mitarbeiter", "espera a un operador", "500.00 RUB"},
	"sale_cancelled":    {[]string{bobMail}, "cancelled by the seller", "vom Verkäufer storniert", "el vendedor ha cancelado", "500.00 RUB"},
	"payout_failed":     {[]string{samMail}, "refused a payout", "eine Auszahlung abgelehnt", "ha rechazado un pago", "50.00 EUR"},
	"tasks_waiting":     {[]string{staffMail}, "a person", "Aufgabe", "a una persona", ""},
}

// occasions plays what gives occasion to every kind of e-mail.
func occasions(w *trial) {
	alice, bob, olga := w.as(app.Alice), w.as(app.Bob), w.as(app.Olga)
	must := func(method, path, body string, header ...string) testkit.Response {
		w.t.Helper()
		r := w.Call(method, path, body, header...)
		if r.Status >= 300 {
			w.t.Fatalf("%s %s: %d %s", method, path, r.Status, r.Body)
		}
		return r
	}
	ad := w.ad(alice)
	const orders = "/api/v1/p2p/orders"
	order := func() string {
		w.t.Helper()
		return orders + "/" + id(w.t, must("POST", orders, `{"ad_id":`+ad+`,"usdt_amount":50000,"payment_method":"card"}`, bob...), "id")
	}
	must("POST", order()+"/cancel", "", bob...)
	must("POST", order()+"/cancel", "", alice...)
	done := order()
	must("POST", done+"/confirm-paid", "", bob...)
	must("POST", done+"/confirm-received", "", alice...)
	disputed := order()
	must("POST", disputed+"/confirm-paid", "", bob...)
	must("POST", disputed+"/call-operator", `{"reason":"no money came"}`, alice...)
	must("POST", "/v1/transactions", `{"process":"preauthorize","gateway":"stripe","starter_id":"bea","author_id":"sam","listing":{"title":"Bike"},
		"unit_price":{"amount":5000,"currency":"JPY"},"input":{"payment_method":"pm_card_visa"}}`, "Idempotency-Key", "hold")
	sold := id(w.t, must("POST", "/v1/transactions", `{"process":"preauthorize","gateway":"stripe","starter_id":"bea","author_id":"sam","listing":{"title":"Bell"},
		"unit_price":{"amount":5000,"currency":"EUR"},"input":{"payment_method":"pm_card_visa"}}`, "Idempotency-Key", "bell"), "id")
	for _, step := range []string{"complete_preauthorization", "complete"} {
		must("POST", "/v1/transactions/"+sold+"/transitions", `{"transition":"`+step+`"}`, "Idempotency-Key", step)
	}
	w.refuseAtBank("sam")     // when its payout comes
	w.Advance(25 * time.Hour) // operators are reminded
	staff := strings.Replace(disputed, "/orders/", "/operator/orders/", 1)
	must("POST", staff+"/assign", "", olga...)
	must("POST", staff+"/resolve", `{"outcome":"split","buyer_amount":30000,"seller_amount":20000,"reason":"half"}`, olga...)
	order() // which nobody pays
	w.Advance(11 * 24 * time.Hour)
	w.MustSettle()
}

// Every such e-mail goes to who is concerned, in the community's language, under its
// name, from its address, with its link, and says its amount once.
func TestH7_everyMail(t *testing.T) {
	t.Parallel()
	for _, language := range mail.Languages() {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			w := &trial{testkit.New(t, testkit.Options{}), t, "", nil, 0}
			head := `{"marketplace":"Wheels","sender":"hello@wheels.example.com","reply_to":"help@wheels.example.com","link":"https://wheels.example.com/orders/{order}","language":"` + language + `","operators":"` + staffMail + `","reason":"ours"}`
			if r := w.Call("PUT", "/v1/community/letterhead", head, "Handsel-Operator", "olga"); r.Status != http.StatusOK {
				t.Fatalf("%d %s", r.Status, r.Body)
			}
			occasions(w)
			seen := map[mail.Kind][]string{}
			for _, m := range w.Mailbox.Messages() {
				seen[m.Kind] = append(seen[m.Kind], m.To)
				if _, known := posted[m.Kind]; known {
					checkLetter(t, m, language)
				}
			}
			for kind, want := range posted {
				slices.Sort(seen[kind])
				if diff := cmp.Diff(want.to, slices.Compact(seen[kind])); diff != "" {
					t.Errorf("who gets %s (-want +got):\n%s", kind, diff)
				}
			}
		})
	}
}

func checkLetter(t *testing.T, m mail.Message, language string) {
	t.Helper()
	kind := m.Kind
	if subject := map[string]string{"en": posted[kind].en, "de": posted[kind].de, "es": posted[kind].es}[language]; !strings.Contains(m.Subject, subject) {
		t.Errorf("%s has the subject %q, without %q", kind, m.Subject, subject)
	}
	if m.From != `"Wheels" <hello@wheels.example.com>` || !strings.HasPrefix(m.Subject, "Wheels: ") || m.ReplyTo != "help@wheels.example.com" || !strings.HasSuffix(m.ID, "@wheels.example.com") {
		t.Errorf("%s is %q from %s with the id %s", kind, m.Subject, m.From, m.ID)
	}
	if strings.Contains(m.Text, "https://wheels.example.com/orders/") == (kind == "tasks_waiting" || kind == "payout_failed") || strings.Contains(m.Text+m.HTML+m.ID, "Handsel") {
		t.Errorf("%s has another link or name:\n%s", kind, m.Text)
	}
	amount := posted[kind].amount
	if language != "en" {
		amount = strings.Replace(amount, ".", ",", 1)
	}
	currencies := strings.Count(m.Text, "RUB") + strings.Count(m.Text, "JPY") + strings.Count(m.Text, "EUR")
	if !strings.Contains(m.Text, amount) || amount == "" && currencies != 0 || amount != "" && currencies != 1 {
		t.Errorf("%s should say %q once:\n%s", kind, amount, m.Text)
	}
}

// A letterhead is checked, kept per community, and audited.
func TestH7_letterhead(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		put := func(body string, header ...string) testkit.Response {
			return w.Call("PUT", "/v1/community/letterhead", body, append(header, "Handsel-Operator", "olga")...)
		}
		for body, code := range map[string]string{
			`{"language":"fr","reason":"x"}`:                                        `unknown language \"fr\"; use one of de, en, es`,
			`{"sender":"nobody","reason":"x"}`:                                      "invalid_letterhead",
			`{"reply_to":"help","reason":"x"}`:                                      "invalid_letterhead",
			`{"operators":"a@example.com,b@example.com","reason":"x"}`:              "invalid_letterhead",
			`{"link":"http://market.example.com/{order}","reason":"x"}`:             "invalid_letterhead",
			`{"link":"https://market.example.com/orders","reason":"x"}`:             "invalid_letterhead",
			`{"link":"javascript:{order}","reason":"x"}`:                            "invalid_letterhead",
			`{"marketplace":"two\nlines","reason":"x"}`:                             "invalid",
			`{"marketplace":"Wheels"}`:                                              "reason_missing",
			`{"marketplace":"` + strings.Repeat("x", 61) + `","reason":"too long"}`: "invalid_letterhead",
		} {
			if r := put(body); r.Status != http.StatusBadRequest || !strings.Contains(string(r.Body), code) {
				t.Errorf("%s: %d %s, want %s", body, r.Status, r.Body, code)
			}
		}
		if r := put(`{"sender":"Wheels <hello@wheels.example.com>","language":"de","reason":"we speak German"}`); r.Status != http.StatusOK {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
		own, other := w.Call("GET", "/v1/community/letterhead", ""), w.Call("GET", "/v1/community/letterhead", "", "Authorization", "Bearer "+w.OtherKey)
		var got, theirs struct {
			Sender, Language, Operators string
			InEffect                    struct{ Marketplace, Sender, Language, Operators string } `json:"in_effect"`
		}
		own.JSON(t, &got)
		other.JSON(t, &theirs)
		if got.Language != "de" || got.Operators != "" || got.InEffect.Marketplace != "Sample marketplace" || got.InEffect.Operators != "operators@example.com" {
			t.Errorf("ours: %s", own.Body)
		}
		if theirs.Language != "" || theirs.InEffect.Language != "en" || theirs.InEffect.Marketplace != "Other marketplace" || theirs.InEffect.Sender != "market@example.com" {
			t.Errorf("the other community's: %s", other.Body)
		}
		if r := w.Call("POST", "/v1/balances//deposits", `{"amount":1,"currency":"EUR"}`); r.Status != http.StatusBadRequest {
			t.Errorf("a path without a user answers %d %s", r.Status, r.Body)
		}
		w.Call("POST", "/v1/operator/holds/end", `{"object":"community"}`)
		lines := w.Call("GET", "/v1/operator/audit", "")
		var log struct {
			Items []struct {
				Act string
				At  time.Time
			}
		}
		lines.JSON(t, &log)
		for _, line := range log.Items {
			if now := w.Sandbox.Now(); line.At.Before(now.Add(-time.Hour)) || line.At.After(now) {
				t.Errorf("%s is dated %s, and it is %s here", line.Act, line.At, now)
			}
		}
		audit := string(w.Call("GET", "/v1/operator/audit?act=letterhead.set", "").Body)
		for _, part := range []string{"letterhead.set", "operator:olga", "we speak German", "hello@wheels.example.com"} {
			if !strings.Contains(audit, part) {
				t.Errorf("no %s in the audit log: %s", part, audit)
			}
		}
		for _, community := range []int64{0, 99} {
			if _, _, err := w.Store.Letterhead(t.Context(), community); err == nil {
				t.Error(fmt.Sprint("a letterhead of community ", community))
			}
		}
	})
}
