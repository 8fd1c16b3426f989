package mail

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// DefaultLanguage is that of who has chosen none.
const DefaultLanguage = "en"

// decimals are the languages that e-mails are written in, as ISO 639-1 codes, and how
// each writes the decimal point. Every kind has a text in each of them.
var decimals = map[string]string{"en": ".", "de": ",", "es": ","}

// Languages lists the languages that e-mails are written in, in a fixed order.
func Languages() []string {
	all := make([]string, 0, len(decimals))
	for code := range decimals {
		all = append(all, code)
	}
	slices.Sort(all)
	return all
}

// CheckLanguage returns an error that names the known languages for any other one.
func CheckLanguage(code string) error {
	if _, known := decimals[code]; known {
		return nil
	}
	return fmt.Errorf("unknown language %q; use one of %s", code, strings.Join(Languages(), ", "))
}

// tagShape is that of a tag of BCP 47, as far as one can tell without its registry (RFC 5646, section 2.1).
var tagShape = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,6}$`)

// CheckTag returns an error for what cannot be a tag of BCP 47, such as de-AT.
func CheckTag(tag string) error {
	if tagShape.MatchString(tag) {
		return nil
	}
	return fmt.Errorf("not a language tag such as de or de-AT (BCP 47)")
}

// LanguageOf is which of our languages is that of a tag of BCP 47; empty: none is.
func LanguageOf(tag string) string {
	code, _, _ := strings.Cut(strings.ToLower(tag), "-")
	if CheckLanguage(code) != nil {
		return ""
	}
	return code
}

// CheckAddress returns an error for what cannot be the address of a sender or of a
// recipient, with or without a name. It does not show the address.
func CheckAddress(text string) error {
	if a, err := parseAddress(text); err != nil || !strings.Contains(domain(a.Address), ".") {
		return fmt.Errorf("not an e-mail address such as name@example.com or Name <name@example.com>")
	}
	return nil
}

// domain is what stands behind the @ of an address.
func domain(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

// From makes the sender of a marketplace's messages: its address, under the
// marketplace's name unless it has a name of its own. Malformed addresses stay as
// they are, for Send to refuse.
func From(address, marketplace string) string {
	a, err := parseAddress(address)
	if err != nil || a.Name != "" {
		return address
	}
	a.Name = shorten(plain(marketplace), maxWord)
	return a.String()
}

// ID makes the Message-ID of a message: the same for every repeat of it, in the
// domain of its sender.
func ID(local, sender string) string {
	a, err := parseAddress(sender)
	if err != nil {
		return local
	}
	local, _, _ = strings.Cut(local, "@")
	return local + "@" + domain(a.Address)
}
