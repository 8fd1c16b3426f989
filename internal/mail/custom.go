package mail

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Custom is a template that a marketplace has put in the place of ours. What is filled in
// are {{names}} of Placeholders and nothing else: nothing in it is called, and it cannot loop.
type Custom struct {
	Subject string `json:"subject"`
	Text    string `json:"text"`
	HTML    string `json:"html"` // empty: our layout with the lines of Text
}

// The bounds of a custom template.
const (
	maxCustomText   = 20_000  // bytes
	maxCustomHTML   = 100_000 // bytes
	maxPlaceholders = 100     // in one part
)

var (
	placeholder = regexp.MustCompile(`\{\{ *([a-z_]+) *\}\}`)
	fieldInside = regexp.MustCompile(`\.[A-Z][A-Za-z]*`)
)

// names are the placeholders, with the field of Data that each shows.
var names = []struct{ name, field string }{
	{"marketplace", ""}, {"recipient", ""}, {"order", ".OrderID"}, {"title", ""}, {"link", ""}, {"stop_link", ""}, {"counterparty", ".Counterparty"},
	{"amount", ".Amount"}, {"reason", ".Reason"}, {"until", ".Until"}, {"minutes", ".Minutes"}, {"count", ".Count"}, {"state", ".State"}, {"days", ".Days"},
}

// Placeholders lists the names that a template of a kind may have; none: it cannot be
// replaced, as it is a list.
func Placeholders(k Kind) []string {
	if !slices.Contains(Kinds(), k) || k == "tasks_waiting" {
		return nil
	}
	text, err := files.ReadFile("templates/" + DefaultLanguage + "/" + string(k) + ".txt")
	if err != nil {
		return nil // NewTemplates says so
	}
	fields := fieldInside.FindAllString(string(text), -1)
	var all []string
	for _, n := range names {
		if n.name == "stop_link" && !Optional(k) || n.field != "" && !slices.Contains(fields, n.field) {
			continue
		}
		all = append(all, n.name)
	}
	return all
}

func (d Data) values() map[string]string {
	number := func(n int64) string {
		if n == 0 {
			return ""
		}
		return strconv.FormatInt(n, 10)
	}
	return map[string]string{
		"marketplace": d.Marketplace, "recipient": d.Recipient, "order": d.OrderID, "title": d.Title, "link": d.Link, "stop_link": d.Stop, "counterparty": d.Counterparty,
		"amount": d.Amount, "reason": d.Reason, "until": d.Until, "minutes": number(d.Minutes), "count": number(d.Count), "state": d.State, "days": number(d.Days),
	}
}

// Check returns the part that cannot be used ("subject", "text" or "html") and why: it has
// a name that the kind does not fill in, or is too long, or does not come out with examples.
func (c Custom) Check(k Kind) (part string, err error) {
	known := Placeholders(k)
	for _, p := range []struct {
		name, text string
		most       int
	}{{"subject", c.Subject, maxSubject}, {"text", c.Text, maxCustomText}, {"html", c.HTML, maxCustomHTML}} {
		if err := checkPart(p.text, p.most, known); err != nil {
			return p.name, err
		}
	}
	switch {
	case plain(c.Subject) == "" || strings.ContainsAny(c.Subject, "\r\n"):
		return "subject", fmt.Errorf("must be one line that is not empty")
	case strings.TrimSpace(c.Text) == "":
		return "text", fmt.Errorf("is needed: some people read e-mails as plain text")
	}
	templates, err := NewTemplates()
	if err != nil {
		return "", err
	}
	for _, d := range []Data{Example(k), {Marketplace: "Market", OrderID: "12"}} {
		if _, err := templates.WriteCustom(k, d, c); err != nil {
			return "html", fmt.Errorf("cannot be filled in: %w", err)
		}
	}
	return "", nil
}

func checkPart(text string, most int, known []string) error {
	if len(text) > most {
		return fmt.Errorf("must have %d bytes at most", most)
	}
	found := placeholder.FindAllStringSubmatch(text, -1)
	if len(found) > maxPlaceholders {
		return fmt.Errorf("must have %d placeholders at most", maxPlaceholders)
	}
	for _, f := range found {
		if !slices.Contains(known, f[1]) {
			return fmt.Errorf("must not have {{%s}}; use {{%s}}", f[1], strings.Join(known, "}}, {{"))
		}
	}
	if rest := placeholder.ReplaceAllString(text, ""); strings.Contains(rest, "{{") || strings.Contains(rest, "}}") {
		return fmt.Errorf("must have {{ and }} around names only, such as {{order}}")
	}
	return nil
}

// WriteCustom writes a message by a template of a marketplace. A line of its text whose
// placeholders are all empty is left out.
func (t *Templates) WriteCustom(k Kind, d Data, c Custom) (Message, error) {
	d, err := t.ready(k, d)
	if err != nil {
		return Message{}, err
	}
	values := d.values()
	var lines []string
	for line := range strings.Lines(c.Text) {
		if line = plain(line); line != "" && !hollow(line, values) {
			lines = append(lines, fill(line, values))
		}
	}
	shown := d
	for _, used := range placeholder.FindAllStringSubmatch(c.Text, -1) {
		switch used[1] { // it stands where the marketplace wants it
		case "link":
			shown.Link = ""
		case "stop_link":
			shown.Stop = ""
		}
	}
	m, err := t.compose(k, shown, shorten(plain(fill(c.Subject, values)), maxSubject), lines)
	if m.Unsubscribe = d.Stop; err != nil || c.HTML == "" {
		return m, err
	}
	m.HTML, err = c.html(values)
	return m, err
}

// hollow reports whether a line has placeholders, and all of them are empty.
func hollow(line string, values map[string]string) bool {
	found := placeholder.FindAllStringSubmatch(line, -1)
	return len(found) > 0 && !slices.ContainsFunc(found, func(f []string) bool { return values[f[1]] != "" })
}

// fill puts values into a text, once: what is put in is not looked at again.
func fill(text string, values map[string]string) string {
	return placeholder.ReplaceAllStringFunc(text, func(p string) string { return values[placeholder.FindStringSubmatch(p)[1]] })
}

// Example fills every placeholder of a kind, for previews.
func Example(k Kind) Data {
	d := Data{
		Marketplace: "Example Market", Recipient: "Bea Buyer", Counterparty: "Sam Seller", Amount: "50.00 EUR", OrderID: "12", Title: "Old city bike",
		Reason: "The bell is missing", Until: "2026-03-02 09:15 UTC", Minutes: 15, State: "on its way", Days: 5, Urgency: "high", Count: 2,
		Link: "https://market.example.com/orders/12", Tasks: []Waiting{{Kind: "stray_payment", Count: 2, Days: 3}},
	}
	if Optional(k) {
		d.Stop = "https://pay.example.com/mail/stop/example"
	}
	return d
}
