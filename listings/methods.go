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

// Methods is a catalogue of payment methods. Who takes a method by its own name
// takes it by every alias; who names an alias, such as one bank, takes that one
// only. The zero value knows none.
type Methods struct {
	covers map[string][]string // every name and what it stands for
}

// NewMethods makes a catalogue. It fails if a name is malformed or used twice.
func NewMethods(all ...Method) (Methods, error) {
	m := Methods{covers: map[string][]string{}}
	for _, method := range all {
		for _, name := range append([]string{method.Name}, method.Aliases...) {
			if _, taken := m.covers[name]; taken || !isMethodName(name) {
				return Methods{}, fmt.Errorf("payment method %q is malformed or named twice", name)
			}
			m.covers[name] = []string{name}
		}
		m.covers[method.Name] = append([]string{method.Name}, method.Aliases...)
	}
	return m, nil
}

// Known is a name or alias as the catalogue writes it, from any letter case.
func (m Methods) Known(name string) (string, bool) {
	name = strings.ToLower(strings.TrimSpace(name))
	if _, ok := m.covers[name]; !ok {
		return "", false
	}
	return name, true
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

// clean checks the methods of an ad and returns them in lower case, beside all
// names that they stand for.
func (m Methods) clean(names []string) (written, covered []string, err error) {
	const most = 20
	if len(names) == 0 || len(names) > most {
		return nil, nil, invalid("payment_methods", "give 1 to %d payment methods", most)
	}
	for _, name := range names {
		lower, ok := m.Known(name)
		if !ok {
			return nil, nil, invalid("payment_methods", "payment method %q is not known", name)
		}
		if slices.Contains(written, lower) {
			return nil, nil, invalid("payment_methods", "payment method %q is given twice", name)
		}
		written = append(written, lower)
		for _, c := range m.covers[lower] {
			if !slices.Contains(covered, c) {
				covered = append(covered, c)
			}
		}
	}
	return written, covered, nil
}

func isMethodName(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 40
}
