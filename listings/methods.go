package listings

import (
	"fmt"
	"slices"
	"strings"
)

// Method is a way to pay fiat money, with the other names it goes by. Names are
// lower case letters, digits and underscores.
type Method struct {
	Name    string
	Aliases []string
}

// Methods is a catalogue of payment methods. The zero value knows none.
type Methods struct {
	canonical map[string]string
}

// NewMethods makes a catalogue. It fails if a name is malformed or used twice.
func NewMethods(all ...Method) (Methods, error) {
	m := Methods{canonical: map[string]string{}}
	for _, method := range all {
		for _, name := range append([]string{method.Name}, method.Aliases...) {
			if _, taken := m.canonical[name]; taken || !isMethodName(name) {
				return Methods{}, fmt.Errorf("payment method %q is malformed or named twice", name)
			}
			m.canonical[name] = method.Name
		}
	}
	return m, nil
}

// Canonical is the catalogue's own name of a method or alias in any letter case.
func (m Methods) Canonical(name string) (string, bool) {
	canonical, ok := m.canonical[strings.ToLower(strings.TrimSpace(name))]
	return canonical, ok
}

// DefaultMethods is the catalogue of an exchange that names none: card and
// bank_transfer are the customer's documents' own; sber, which they use where
// card stands elsewhere, is a card of that bank. The others are our choice.
func DefaultMethods() Methods {
	m, _ := NewMethods(defaultMethods()...)
	return m
}

func defaultMethods() []Method {
	return []Method{
		{"card", []string{"bank_card", "sber", "sberbank", "tinkoff", "tbank", "alfa", "alfabank", "vtb", "raiffeisen"}},
		{"bank_transfer", []string{"bank", "wire", "swift"}},
		{"sbp", []string{"fps"}},
		{"sepa", []string{"sepa_instant"}},
		{"revolut", nil},
		{"wise", nil},
		{"paypal", nil},
		{"cash", nil},
	}
}

// clean checks the methods of an ad and returns them as the maker writes them,
// in lower case, beside their canonical names.
func (m Methods) clean(names []string) (written, canonical []string, err error) {
	const most = 20
	if len(names) == 0 || len(names) > most {
		return nil, nil, invalid("payment_methods", "give 1 to %d payment methods", most)
	}
	for _, name := range names {
		lower := strings.ToLower(strings.TrimSpace(name))
		c, ok := m.Canonical(lower)
		if !ok {
			return nil, nil, invalid("payment_methods", "payment method %q is not known", name)
		}
		if slices.Contains(written, lower) {
			return nil, nil, invalid("payment_methods", "payment method %q is given twice", name)
		}
		written = append(written, lower)
		if !slices.Contains(canonical, c) {
			canonical = append(canonical, c)
		}
	}
	return written, canonical, nil
}

func isMethodName(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 40
}
