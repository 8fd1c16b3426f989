package stripe

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// form is a decoded set of parameters: name, or name[key], or name[key][key]..., as sent.
type form map[string][]string

// parseForm reads a form-encoded text.
func parseForm(raw string) (form, *Error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, malformed("", "", "Invalid form encoding.")
	}
	for name := range values {
		if !wellFormed(name) {
			return nil, malformed("parameter_unknown", name, "Received unknown parameter: %s", name)
		}
	}
	return form(values), nil
}

// wellFormed reports whether a name is a word that any number of bracketed keys follow.
func wellFormed(name string) bool {
	head, rest, nested := strings.Cut(name, "[")
	if head == "" || strings.Contains(head, "]") {
		return false
	}
	for nested {
		key, after, closed := strings.Cut(rest, "]")
		if !closed || strings.Contains(key, "[") {
			return false
		}
		if after == "" {
			return true
		}
		rest, nested = strings.CutPrefix(after, "[")
		if !nested {
			return false
		}
	}
	return true
}

// requestForm reads the parameters of a call: from the body of a POST, else from the query.
func requestForm(r *http.Request, body []byte) (form, *Error) {
	if r.Method != http.MethodPost {
		return parseForm(r.URL.RawQuery)
	}
	if strings.HasPrefix(r.URL.Path, version2) {
		return parseJSON(body)
	}
	if len(body) == 0 {
		return form{}, nil
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/x-www-form-urlencoded" {
		return nil, malformed("", "", "Invalid request: send the parameters as application/x-www-form-urlencoded.")
	}
	return parseForm(string(body))
}

// only refuses parameters whose first word is not in the list.
func (f form) only(known []string) *Error {
	for _, name := range f.names() {
		head, _, _ := strings.Cut(name, "[")
		if head != "expand" && !slices.Contains(known, head) {
			return malformed("parameter_unknown", name, "Received unknown parameter: %s", name)
		}
	}
	return nil
}

// names returns all names in alphabetical order.
func (f form) names() []string {
	names := make([]string, 0, len(f))
	for name := range f {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// has reports whether a parameter was sent, be it empty.
func (f form) has(name string) bool { return len(f[name]) > 0 }

// text returns the last value of a parameter; "" when it was not sent.
func (f form) text(name string) string {
	values := f[name]
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

// integer returns a parameter as a whole number; fallback when it was not sent.
func (f form) integer(name string, fallback int64) (int64, *Error) {
	if f.text(name) == "" {
		return fallback, nil
	}
	n, err := strconv.ParseInt(f.text(name), 10, 64)
	if err != nil {
		return 0, malformed("parameter_invalid_integer", name, "Invalid integer: %s", f.text(name))
	}
	return n, nil
}

// flag returns a parameter as a boolean; false when it was not sent.
func (f form) flag(name string) (bool, *Error) {
	switch f.text(name) {
	case "true":
		return true, nil
	case "false", "":
		return false, nil
	}
	return false, malformed("", name, "Invalid boolean: %s", f.text(name))
}

// oneOf returns a parameter that must be one of the words; "" when it was not sent.
func (f form) oneOf(name string, words ...string) (string, *Error) {
	value := f.text(name)
	if value != "" && !slices.Contains(words, value) {
		return "", malformed("", name, "Invalid %s: must be one of %s", name, strings.Join(words, ", "))
	}
	return value, nil
}

// list returns the values of name[] and of name[0], name[1]..., in the order of their names.
func (f form) list(name string) []string {
	values := slices.Clone(f[name+"[]"])
	type item struct {
		index int
		value string
	}
	var numbered []item
	for full, sent := range f {
		key, ok := strings.CutPrefix(full, name+"[")
		if !ok {
			continue
		}
		if i, err := strconv.Atoi(strings.TrimSuffix(key, "]")); err == nil {
			numbered = append(numbered, item{i, sent[len(sent)-1]})
		}
	}
	slices.SortFunc(numbered, func(a, b item) int { return a.index - b.index })
	for _, n := range numbered {
		values = append(values, n.value)
	}
	return values
}

// hash returns the entries name[key]. sent tells whether the parameter was there at all.
func (f form) hash(name string) (entries map[string]string, sent bool) {
	entries = map[string]string{}
	for full := range f {
		key, ok := strings.CutPrefix(full, name+"[")
		if ok && strings.HasSuffix(key, "]") {
			entries[strings.TrimSuffix(key, "]")] = f.text(full)
		}
	}
	return entries, len(entries) > 0 || f.has(name)
}

// The limits of metadata in the official API.
const (
	maxMetadata      = 50
	maxMetadataKey   = 40
	maxMetadataValue = 500
)

// metadata merges the sent entries into old: an empty value unsets one key, an empty parameter all of them.
func (f form) metadata(old map[string]string) (map[string]string, *Error) {
	entries, sent := f.hash("metadata")
	merged := map[string]string{}
	if !sent || len(entries) > 0 {
		for k, v := range old {
			merged[k] = v
		}
	}
	for k, v := range entries {
		if len(k) > maxMetadataKey || len(v) > maxMetadataValue {
			return nil, malformed("", "metadata", "Metadata keys can have %d and values %d characters.", maxMetadataKey, maxMetadataValue)
		}
		merged[k] = v
		if v == "" {
			delete(merged, k)
		}
	}
	if len(merged) > maxMetadata {
		return nil, malformed("", "metadata", "Metadata can have %d keys.", maxMetadata)
	}
	return merged, nil
}

// amount returns a positive number of minor units; fallback when it was not sent.
func (f form) amount(name string, fallback int64) (int64, *Error) {
	n, err := f.integer(name, fallback)
	if err != nil {
		return 0, err
	}
	if n < 1 {
		return 0, malformed("parameter_invalid_integer", name, "This value must be greater than or equal to 1.")
	}
	return n, nil
}

// currency returns a required currency in lower case. Any three letters are accepted.
func (f form) currency() (string, *Error) {
	c := strings.ToLower(f.text("currency"))
	if c == "" {
		return "", missing("currency")
	}
	if len(c) != 3 || strings.Trim(c, "abcdefghijklmnopqrstuvwxyz") != "" {
		return "", malformed("", "currency", "Invalid currency: %s.", c)
	}
	return c, nil
}
