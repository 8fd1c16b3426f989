package mail_test

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/mail"
)

func templates(t testing.TB) *mail.Templates {
	t.Helper()
	tmpl, err := mail.NewTemplates()
	if err != nil {
		t.Fatal(err)
	}
	return tmpl
}

func example() mail.Data {
	return mail.Data{
		Marketplace: "Example Market", Recipient: "Sam Seller", Counterparty: "Bea Buyer", Amount: "100.00 USDT",
		OrderID: "12", Title: "Bike", Reason: "Changed my mind", Until: "2026-03-02 09:15 UTC", Minutes: 15, State: "canceled", Days: 5, Urgency: "high", Link: "https://market.example.com/orders/12?a=1&b=2",
		Count: 12, Tasks: []mail.Waiting{{Kind: "stray_payment", Count: 11, Days: 3}, {Kind: "account_on_hold", Count: 1, Days: 1, Detail: "available:bea:EUR"}},
	}
}

// said are words that some kinds must say, by language; what all say stands in testdata.
var said = map[mail.Kind]map[string][]string{
	"offer_created":     {"en": {"Bea Buyer wants to trade", "100.00 USDT"}, "de": {"Bea Buyer möchte mit Ihnen handeln", "100,00 USDT"}, "es": {"Bea Buyer quiere hacer un trato", "100,00 USDT"}},
	"payment_indicated": {"en": {"Bea Buyer says", "100.00 USDT"}, "de": {"Bea Buyer sagt", "100,00 USDT"}, "es": {"Bea Buyer dice", "100,00 USDT"}},
	"offer_cancelled":   {"en": {"Bea Buyer has cancelled", "Changed my mind"}, "de": {"Bea Buyer hat Bestellung 12 storniert", "Changed my mind"}, "es": {"Bea Buyer ha cancelado", "Changed my mind"}},
	"funds_released":    {"en": {"Bea Buyer has released 100.00 USDT to you"}, "de": {"Bea Buyer hat 100,00 USDT für Sie freigegeben"}, "es": {"Bea Buyer le ha liberado 100,00 USDT"}},
	"order_expired":     {"en": {"with Bea Buyer was not paid in time", "appeal within 15 minutes of its end, by 2026-03-02 09:15 UTC"}, "de": {"bei Bea Buyer wurde nicht rechtzeitig", "innerhalb von 15 Minuten nach ihrem Ende Einspruch, bis 2026-03-02 09:15 UTC"}, "es": {"con Bea Buyer no se ha pagado a tiempo", "en los 15 minutos siguientes a su fin, hasta el 2026-03-02 09:15 UTC"}},
	"offer_expired":     {"en": {"Bea Buyer did not pay", "100.00 USDT", "within 15 minutes"}, "de": {"Bea Buyer hat Bestellung 12 nicht rechtzeitig", "100,00 USDT", "innerhalb von 15 Minuten"}, "es": {"Bea Buyer no ha pagado", "100,00 USDT", "en un plazo de 15 minutos"}},
	"order_disputed":    {"en": {"with Bea Buyer, 100.00 USDT", "Changed my mind"}, "de": {"mit Bea Buyer, 100,00 USDT", "Changed my mind"}, "es": {"con Bea Buyer, 100,00 USDT", "Changed my mind"}},
	"dispute_resolved":  {"en": {"You receive 100.00 USDT", "Changed my mind"}, "de": {"Sie erhalten 100,00 USDT", "Changed my mind"}, "es": {"Usted recibe 100,00 USDT", "Changed my mind"}},
	"review_reminder":   {"en": {"with Bea Buyer is complete"}, "de": {"mit Bea Buyer ist abgeschlossen"}, "es": {"con Bea Buyer está completado"}},
	"hold_expiring":     {"en": {"Accept or decline order 12 with Bea Buyer by 2026-03-02 09:15 UTC", "100.00 USDT"}, "de": {"Bestellung 12 von Bea Buyer bis 2026-03-02 09:15 UTC an oder lehnen", "100,00 USDT"}, "es": {"Acepte o rechace el pedido 12 de Bea Buyer antes del 2026-03-02 09:15 UTC", "100,00 USDT"}},
	"operator_needed":   {"en": {"canceled for 5 days (high priority)", "100.00 USDT"}, "de": {"seit 5 Tagen im Zustand canceled (hohe Priorität)", "100,00 USDT"}, "es": {"lleva 5 días en el estado canceled (prioridad alta)", "100,00 USDT"}},
	"sale_cancelled":    {"en": {"Bea Buyer has cancelled order 12", "100.00 USDT", "appeal within 15 minutes"}, "de": {"Bea Buyer hat Bestellung 12 storniert", "100,00 USDT", "innerhalb von 15 Minuten"}, "es": {"Bea Buyer ha cancelado el pedido 12", "100,00 USDT", "en los 15 minutos"}},
	"payout_failed":     {"en": {"Your bank refused the payout of 100.00 USDT", "Changed my mind"}, "de": {"Ihre Bank hat die Auszahlung von 100,00 USDT abgelehnt", "Changed my mind"}, "es": {"Su banco ha rechazado el pago de 100,00 USDT", "Changed my mind"}},
	"tasks_waiting": {
		"en": {"12 things need a person", "11 × payments that belong to no deal, the oldest for 3 days", "1 × accounts on hold, the oldest for 1 day: available:bea:EUR"},
		"de": {"12 Aufgaben brauchen", "11 × Zahlungen, die zu keiner Bestellung gehören, seit bis zu 3 Tagen", "1 × gesperrte Konten, seit bis zu 1 Tag: available:bea:EUR"},
		"es": {"12 tareas necesitan", "11 × pagos que no pertenecen a ningún pedido, desde hace hasta 3 días", "1 × cuentas retenidas, desde hace hasta 1 día: available:bea:EUR"},
	},
}

// Every kind is written in every language, in both parts, with what it must say, and
// says an amount once.
func TestTemplates_Write(t *testing.T) {
	t.Parallel()
	tmpl := templates(t)
	hello := map[string]string{"en": "Hello Sam Seller,", "de": "Guten Tag Sam Seller,", "es": "Hola, Sam Seller:"}
	for _, language := range mail.Languages() {
		for _, kind := range mail.Kinds() {
			d := example()
			d.Language = language
			m, err := tmpl.Write(kind, d)
			if err != nil {
				t.Errorf("%s, %s: %v", kind, language, err)
				continue
			}
			if !strings.HasPrefix(m.Subject, "Example Market: ") || kind != "payout_failed" && kind != "payout_arrived" && !strings.HasPrefix(string(kind), "endpoint_") && !strings.Contains(m.Subject, " 12") { // which are about no order
				t.Errorf("%s, %s: subject %q", kind, language, m.Subject)
			}
			for _, word := range append(said[kind][language], hello[language], "Example Market") {
				if !strings.Contains(m.Text, word) || !strings.Contains(m.HTML, word) {
					t.Errorf("%s, %s does not say %q in both parts:\n%s\n%s", kind, language, word, m.Text, m.HTML)
				}
			}
			if strings.Count(m.Text, "USDT") > 1 {
				t.Errorf("%s, %s says the amount twice:\n%s", kind, language, m.Text)
			}
			if !strings.Contains(m.HTML, `<html lang="`+language+`">`) || !strings.Contains(m.Text, d.Link) || !strings.Contains(m.HTML, `href="https://market.example.com/orders/12?a=1&amp;b=2"`) {
				t.Errorf("%s, %s has no link or another language:\n%s\n%s", kind, language, m.Text, m.HTML)
			}
			bare, err := tmpl.Write(kind, mail.Data{Language: language, Marketplace: "Example Market", OrderID: "12"})
			if err != nil || strings.Contains(bare.Text+bare.HTML, "no value") || strings.Contains(bare.HTML, "<a ") || strings.Contains(bare.Text, "  ") {
				t.Errorf("%s, %s with nothing in it: %v\n%s\n%s", kind, language, err, bare.Text, bare.HTML)
			}
		}
	}
}

// fieldOf finds what a template says: fields of Data, and nothing else.
var fieldOf = regexp.MustCompile(`\.[A-Z][A-Za-z]*`)

// A text says the same in every language: it names the same fields.
func TestH7_sameFieldsInEveryLanguage(t *testing.T) {
	t.Parallel()
	for _, kind := range append(mail.Kinds(), "words") {
		var first []string
		for _, language := range mail.Languages() {
			text, err := os.ReadFile("templates/" + language + "/" + string(kind) + ".txt")
			if err != nil {
				t.Errorf("%s has no text in %s", kind, language)
				continue
			}
			fields := fieldOf.FindAllString(string(text), -1)
			slices.Sort(fields)
			fields = slices.Compact(fields)
			if first == nil {
				first = fields
			}
			if diff := cmp.Diff(first, fields); diff != "" {
				t.Errorf("%s in %s and in %s (-want +got):\n%s", kind, mail.Languages()[0], language, diff)
			}
		}
	}
	for _, language := range mail.Languages() {
		texts, err := os.ReadDir("templates/" + language)
		if err != nil || len(texts) != len(mail.Kinds())+1 { // and the words that all share
			t.Errorf("%d texts in %s, %d kinds (%v)", len(texts), language, len(mail.Kinds()), err)
		}
	}
	folders, err := os.ReadDir("templates")
	if err != nil || len(folders) != len(mail.Languages()) {
		t.Errorf("%d folders, %d languages (%v)", len(folders), len(mail.Languages()), err)
	}
}

func TestH7_languages(t *testing.T) {
	t.Parallel()
	for _, code := range mail.Languages() {
		if err := mail.CheckLanguage(code); err != nil {
			t.Error(err)
		}
	}
	const want = `unknown language "fr"; use one of de, en, es`
	if err := mail.CheckLanguage("fr"); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	d := example()
	d.Language = "fr"
	if _, err := templates(t).Write("offer_created", d); err == nil {
		t.Error("written in a language that nobody knows")
	}
}

func TestH7_sender(t *testing.T) {
	t.Parallel()
	for _, tc := range [][3]string{
		{"market@example.com", "Example Market", `"Example Market" <market@example.com>`},
		{"Shop <market@example.com>", "Example Market", "Shop <market@example.com>"},
		{"market@example.com", "M\r\nBcc: x@example.com", `"M Bcc: x@example.com" <market@example.com>`},
		{"nonsense", "Example Market", "nonsense"},
	} {
		if got := mail.From(tc[0], tc[1]); got != tc[2] {
			t.Errorf("%q of %q: %s, want %s", tc[0], tc[1], got, tc[2])
		}
	}
	for local, want := range map[string]string{"7.3.order_expired.buyer": "7.3.order_expired.buyer@example.com", "7.3@handsel.invalid": "7.3@example.com"} {
		if got := mail.ID(local, "Shop <market@example.com>"); got != want {
			t.Errorf("id %s, want %s", got, want)
		}
	}
	for address, ok := range map[string]bool{"market@example.com": true, "Shop <market@example.com>": true, "": false, "market": false, "market@localhost": false, "a@example.com, b@example.com": false, "a@example.com\r\nBcc: b@example.com": false} {
		if err := mail.CheckAddress(address); (err == nil) != ok {
			t.Errorf("address %q: %v", address, err)
		}
	}
}

func TestTemplates_Write_text(t *testing.T) {
	t.Parallel()
	m, err := templates(t).Write("offer_cancelled", example())
	if err != nil {
		t.Fatal(err)
	}
	const want = `Hello Sam Seller,

Bea Buyer has cancelled order 12. Your ad takes new offers again.

The reason given: Changed my mind

https://market.example.com/orders/12?a=1&b=2

Example Market
`
	if diff := cmp.Diff(want, m.Text); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

func TestTemplates_Write_foreignText(t *testing.T) {
	t.Parallel()
	d := example()
	d.Counterparty = "<script>alert(1)</script>\r\nBcc: v@example.com {{.Link}}"
	d.Reason = "a\u202eb\u2066c\x1b[31m\x00\u2028</p><img src=x>\xff" + strings.Repeat("y", 600)
	m, err := templates(t).Write("offer_cancelled", d)
	if err != nil {
		t.Fatal(err)
	}
	for _, wanted := range []string{"&lt;script&gt;alert(1)&lt;/script&gt; Bcc: v@example.com {{.Link}}", "abc[31m &lt;/p&gt;&lt;img src=x&gt;\ufffdyyy", "y…"} {
		if !strings.Contains(m.HTML, wanted) {
			t.Errorf("no %q in\n%s", wanted, m.HTML)
		}
	}
	if strings.Contains(m.HTML, "<script") || strings.Contains(m.HTML, "<img") {
		t.Errorf("markup of a stranger:\n%s", m.HTML)
	}
	d = example()
	d.OrderID = "12\nSubject: other"
	if m, err = templates(t).Write("offer_created", d); err != nil || m.Subject != "Example Market: a buyer for order 12 Subject: other" {
		t.Errorf("subject %q, %v", m.Subject, err)
	}
}

func TestTemplates_Write_refusals(t *testing.T) {
	t.Parallel()
	tmpl := templates(t)
	tests := map[string]struct {
		kind  mail.Kind
		spoil func(*mail.Data)
	}{
		"unknown kind":        {"layout", func(*mail.Data) {}},
		"no marketplace":      {"offer_created", func(d *mail.Data) { d.Marketplace = " \n" }},
		"no order":            {"offer_created", func(d *mail.Data) { d.OrderID = "" }},
		"link with a script":  {"offer_created", func(d *mail.Data) { d.Link = "javascript:alert(1)" }},
		"link without TLS":    {"offer_created", func(d *mail.Data) { d.Link = "http://market.example.com/" }},
		"link without a host": {"offer_created", func(d *mail.Data) { d.Link = "/orders/12" }},
		"link of a name":      {"offer_created", func(d *mail.Data) { d.Link = "https://market.example.com@evil.example.com/" }},
		"link with a blank":   {"offer_created", func(d *mail.Data) { d.Link = "https://market.example.com/ x" }},
		"link in two lines":   {"offer_created", func(d *mail.Data) { d.Link = "https://market.example.com/\nx" }},
		"link turned round":   {"offer_created", func(d *mail.Data) { d.Link = "https://market.example.com/\u202ex" }},
	}
	for name, tc := range tests {
		d := example()
		tc.spoil(&d)
		if m, err := tmpl.Write(tc.kind, d); err == nil {
			t.Errorf("%s: wrote %q", name, m.Subject)
		}
	}
	d := example()
	d.Link = "http://127.0.0.1:8080/orders/12"
	if _, err := tmpl.Write("offer_created", d); err != nil {
		t.Errorf("a link to this machine: %v", err)
	}
}

// FuzzWrite: no text of a stranger brings a header, a control character or markup.
func FuzzWrite(f *testing.F) {
	tmpl := templates(f)
	f.Add("Bea\r\nBcc: v@example.com", "<b>\u202e")
	f.Add("\xff\x00{{", "\u2028")
	f.Fuzz(func(t *testing.T, name, reason string) {
		m, err := tmpl.Write("order_disputed", mail.Data{Marketplace: "Market", OrderID: "12", Counterparty: name, Reason: reason})
		if err != nil {
			t.Fatal(err)
		}
		calm, err := tmpl.Write("order_disputed", mail.Data{Marketplace: "Market", OrderID: "12", Counterparty: "Bea", Reason: "x"})
		if err != nil {
			t.Fatal(err)
		}
		if got, most := strings.Count(m.HTML, "<"), strings.Count(calm.HTML, "<"); got > most {
			t.Fatalf("%d tags more than the template has:\n%s", got-most, m.HTML)
		}
		if m.Subject != calm.Subject || strings.Count(m.Text, "\n") > strings.Count(calm.Text, "\n") {
			t.Fatalf("more lines than the template has: %q\n%s", m.Subject, m.Text)
		}
		if i := strings.IndexFunc(m.Text, func(r rune) bool { return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) }); i >= 0 {
			t.Fatalf("a control character: %q", m.Text[i:])
		}
	})
}

func TestMemory(t *testing.T) {
	t.Parallel()
	var box mail.Memory
	for i := range 205 {
		if err := box.Send(t.Context(), note("n"+strconv.Itoa(i)+"@example.com")); err != nil {
			t.Fatal(err)
		}
	}
	again := note("n100@example.com")
	again.Subject = "Once more"
	if err := box.Send(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	kept := box.Messages()
	if len(kept) != 200 || kept[0].Subject != "Once more" || kept[1].To != "n204@example.com" || kept[199].To != "n5@example.com" {
		t.Errorf("%d kept, from %q to %q", len(kept), kept[0].To, kept[len(kept)-1].To)
	}
	kept[0].Subject = "changed by a caller"
	if box.Messages()[0].Subject != "Once more" {
		t.Error("a caller can change what is kept")
	}
}
