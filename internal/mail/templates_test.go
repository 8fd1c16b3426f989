package mail_test

import (
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
		Marketplace: "Example Market", Recipient: "Sam Seller", Counterparty: "Bea Buyer", Amount: "100.00", Currency: "USDT",
		OrderID: "12", Reason: "Changed my mind", Link: "https://market.example.com/orders/12?a=1&b=2",
	}
}

func TestTemplates_Write(t *testing.T) {
	t.Parallel()
	tmpl := templates(t)
	tests := map[mail.Kind][]string{
		mail.OfferCreated:     {"Bea Buyer wants to trade", "100.00 USDT"},
		mail.PaymentIndicated: {"Bea Buyer says", "100.00 USDT"},
		mail.OfferCancelled:   {"Bea Buyer has cancelled", "Changed my mind"},
		mail.FundsReleased:    {"Bea Buyer has released 100.00 USDT to you"},
		mail.OrderExpired:     {"with Bea Buyer was not paid in time"},
		mail.OrderDisputed:    {"with Bea Buyer, 100.00 USDT", "Changed my mind"},
		mail.DisputeResolved:  {"You receive 100.00 USDT", "Changed my mind"},
		mail.ReviewReminder:   {"with Bea Buyer is complete"},
		mail.HoldExpiring:     {"The 100.00 USDT for order 12"},
		mail.OperatorNeeded:   {"Order 12 over 100.00 USDT waits for a decision", "Changed my mind"},
	}
	if len(tests) != len(mail.Kinds()) {
		t.Errorf("%d kinds, %d of them tried", len(mail.Kinds()), len(tests))
	}
	for kind, words := range tests {
		m, err := tmpl.Write(kind, example())
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		if !strings.HasPrefix(m.Subject, "Example Market: ") || !strings.Contains(m.Subject, "order 12") {
			t.Errorf("%s: subject %q", kind, m.Subject)
		}
		for _, word := range append(words, "Hello Sam Seller,", "Example Market") {
			if !strings.Contains(m.Text, word) || !strings.Contains(m.HTML, word) {
				t.Errorf("%s does not say %q in both parts:\n%s\n%s", kind, word, m.Text, m.HTML)
			}
		}
		if !strings.Contains(m.Text, example().Link) || !strings.Contains(m.HTML, `href="https://market.example.com/orders/12?a=1&amp;b=2"`) {
			t.Errorf("%s has no link:\n%s\n%s", kind, m.Text, m.HTML)
		}
		bare, err := tmpl.Write(kind, mail.Data{Marketplace: "Example Market", OrderID: "12"})
		if err != nil || strings.Contains(bare.Text+bare.HTML, "no value") || strings.Contains(bare.HTML, "<a ") || strings.Contains(bare.Text, "  ") {
			t.Errorf("%s with nothing in it: %v\n%s\n%s", kind, err, bare.Text, bare.HTML)
		}
	}
}

func TestTemplates_Write_text(t *testing.T) {
	t.Parallel()
	m, err := templates(t).Write(mail.OfferCancelled, example())
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
	m, err := templates(t).Write(mail.OfferCancelled, d)
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
	if m, err = templates(t).Write(mail.OfferCreated, d); err != nil || m.Subject != "Example Market: a buyer for order 12 Subject: other" {
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
		"no marketplace":      {mail.OfferCreated, func(d *mail.Data) { d.Marketplace = " \n" }},
		"no order":            {mail.OfferCreated, func(d *mail.Data) { d.OrderID = "" }},
		"link with a script":  {mail.OfferCreated, func(d *mail.Data) { d.Link = "javascript:alert(1)" }},
		"link without TLS":    {mail.OfferCreated, func(d *mail.Data) { d.Link = "http://market.example.com/" }},
		"link without a host": {mail.OfferCreated, func(d *mail.Data) { d.Link = "/orders/12" }},
		"link of a name":      {mail.OfferCreated, func(d *mail.Data) { d.Link = "https://market.example.com@evil.example.com/" }},
		"link with a blank":   {mail.OfferCreated, func(d *mail.Data) { d.Link = "https://market.example.com/ x" }},
		"link in two lines":   {mail.OfferCreated, func(d *mail.Data) { d.Link = "https://market.example.com/\nx" }},
		"link turned round":   {mail.OfferCreated, func(d *mail.Data) { d.Link = "https://market.example.com/\u202ex" }},
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
	if _, err := tmpl.Write(mail.OfferCreated, d); err != nil {
		t.Errorf("a link to this machine: %v", err)
	}
}

// FuzzWrite: no text of a stranger brings a header, a control character or markup.
func FuzzWrite(f *testing.F) {
	tmpl := templates(f)
	f.Add("Bea\r\nBcc: v@example.com", "<b>\u202e")
	f.Add("\xff\x00{{", "\u2028")
	f.Fuzz(func(t *testing.T, name, reason string) {
		m, err := tmpl.Write(mail.OrderDisputed, mail.Data{Marketplace: "Market", OrderID: "12", Counterparty: name, Reason: reason})
		if err != nil {
			t.Fatal(err)
		}
		calm, err := tmpl.Write(mail.OrderDisputed, mail.Data{Marketplace: "Market", OrderID: "12", Counterparty: "Bea", Reason: "x"})
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
