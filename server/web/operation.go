package web

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// Operation is the stable name of the route in descriptions and clients: what it is about, and what
// it does, "transactions.list". It follows from method and path where the route names none.
func (r Route) Operation() string {
	if r.Name != "" {
		return r.Name
	}
	var words []string
	for _, part := range strings.Split(r.Path, "/") {
		if part != "" && !slices.Contains([]string{"v1", "api", "p2p"}, part) && !strings.HasPrefix(part, "{") {
			words = append(words, part)
		}
	}
	group := camel(r.group())
	if len(words) > 1 && (words[0] == r.tag() || words[0] == "operator" || words[0] == "transactions") {
		words = words[1:]
	} else if len(words) == 1 && words[0] == r.tag() {
		words = nil
	}
	return group + "." + r.does(words)
}

// group is what an operation is about: the first word of its path, or the face that it belongs to.
func (r Route) group() string {
	if strings.HasPrefix(r.Path, "/v1/") {
		return strings.Split(r.Path, "/")[2]
	}
	return r.tag()
}

// verbs are what methods do to one thing that a path names.
var verbs = map[string]string{http.MethodGet: "get", http.MethodPut: "set", http.MethodDelete: "delete", http.MethodPost: "create", http.MethodPatch: "update"}

// does is what an operation does to what the words of its path name.
func (r Route) does(words []string) string {
	one := strings.HasSuffix(r.Path, "}")
	last := ""
	if len(words) > 0 {
		last = words[len(words)-1]
	}
	verb := verbs[r.Method]
	switch {
	case r.Method == http.MethodGet && !one && r.lists():
		verb = "list"
	case r.Method == http.MethodPost && !one && len(words) > 0 && !strings.HasSuffix(last, "s"):
		return camel(strings.Join(append([]string{last}, singular(words[:len(words)-1])...), "-"))
	case one || r.Method == http.MethodPost:
		words = singular(words)
	}
	return camel(strings.Join(append([]string{verb}, words...), "-"))
}

// lists reports whether the answer is a list.
func (r Route) lists() bool {
	if r.Answer == nil || r.Answer.schema == nil {
		return false
	}
	name, _, generic := strings.Cut(r.Answer.schema.Name(), "[")
	return generic || strings.HasSuffix(name, "age")
}

func singular(words []string) []string {
	all := slices.Clone(words)
	for i, word := range all {
		if stem, ok := strings.CutSuffix(word, "ies"); ok {
			all[i] = stem + "y"
			continue
		}
		all[i] = strings.TrimSuffix(word, "s")
	}
	return all
}

// camel joins words with capitals: "blocked-dates" is "blockedDates".
func camel(text string) string {
	words := strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune("-_. ", c) })
	for i := range words[min(1, len(words)):] {
		words[i+1] = capital(words[i+1])
	}
	return strings.Join(words, "")
}

// about says who may call the route and what makes it special, which its summary does not.
func (r Route) about() string {
	text := []string{cmp.Or(r.Text, r.Summary) + "."}
	switch {
	case r.byKey():
		text = append(text, "Takes an API key with the scope "+string(r.Access)+".")
	case r.Access == Users:
		text = append(text, "Takes a token of a user.")
	case r.Visitors:
		text = append(text, "Anybody may call it; with a token it answers for that user.")
	default:
		text = append(text, "Anybody may call it.")
	}
	if r.Keying == KeyRequired {
		text = append(text, "Needs an Idempotency-Key.")
	}
	if r.Repeats != "" {
		text = append(text, "No Idempotency-Key is needed: "+r.Repeats+".")
	}
	if r.Dry {
		text = append(text, "With dry_run=true nothing is done, and the answer says what would be.")
	}
	if r.awaits() {
		text = append(text, "Above the community's limit another operator has to approve it first.")
	}
	return strings.Join(text, " ")
}
