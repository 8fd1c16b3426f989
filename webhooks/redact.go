package webhooks

import (
	"bytes"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/internal/cards"
)

// hidden stands where a value was.
const hidden = "•••"

// private are the names of members whose values nobody is shown: what lets somebody in, what pays, and who a person is.
var private = regexp.MustCompile(`(?i)secret|token|passw|signature|authori[sz]ation|api_?key|cvc|cvv|iban|bic$|routing|account_?n|fingerprint|e_?mail|phone|address|postal|postcode|(^|_)(number|pan|sig|mac|ip|street|city)$|(^|_|first|last|full|holder)name$|^line[12]$`)

// Readable is the body of a message as people may read it: without card numbers, secrets, and what is known of people.
// What is neither JSON nor a form stays hidden.
func (d Delivery) Readable() string {
	reader := json.NewDecoder(bytes.NewReader(d.Body))
	reader.UseNumber()
	var body any
	if err := reader.Decode(&body); err == nil && !reader.More() {
		var out bytes.Buffer
		writer := json.NewEncoder(&out)
		writer.SetEscapeHTML(false)
		writer.SetIndent("", "  ")
		if err := writer.Encode(redacted(body)); err != nil {
			return hidden
		}
		return strings.TrimSuffix(out.String(), "\n")
	}
	form, err := url.ParseQuery(string(d.Body))
	if err != nil || !strings.Contains(string(d.Body), "=") {
		return hidden
	}
	return redactedForm(form)
}

func redacted(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			if private.MatchString(name) && member != nil {
				v[name] = hidden
			} else {
				v[name] = redacted(member)
			}
		}
	case []any:
		for i, item := range v {
			v[i] = redacted(item)
		}
	case string:
		return cards.Masked(v)
	case json.Number:
		if cards.Held(v.String()) {
			return cards.Masked(v.String())
		}
	}
	return value
}

// redactedForm writes a line for each field.
func redactedForm(form url.Values) string {
	var lines []string
	for name, values := range form {
		for _, value := range values {
			if private.MatchString(name) {
				value = hidden
			}
			lines = append(lines, cards.Masked(name+" = "+value))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
