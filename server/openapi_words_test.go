package server_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/handsel-dev/handsel/server/internal/facetest"
	"github.com/handsel-dev/handsel/server/vocabulary"
)

// Every name of the description is explained, by server/vocabulary/members.txt, and nothing in it is
// just anything.
func TestDescription_explainsEveryName(t *testing.T) {
	t.Parallel()
	d, err := facetest.Spec()
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range d.Components.Schemas {
		for member, m := range s.Value.Properties {
			switch {
			case m.Ref == "" && m.Value.Description == "":
				t.Errorf("%s.%s is not explained", name, member)
			case anything(m):
				t.Errorf("%s.%s may be anything", name, member)
			}
		}
	}
	for path, item := range d.Paths.Map() {
		for method, o := range item.Operations() {
			for _, p := range o.Parameters {
				if p.Value.Description == "" || p.Value.Description == p.Value.Name {
					t.Errorf("%s %s: the parameter %s is not explained", method, path, p.Value.Name)
				}
			}
		}
	}
	for _, tag := range d.Tags {
		if tag.Description == tag.Name {
			t.Errorf("the tag %s is not explained", tag.Name)
		}
	}
}

// anything reports whether a schema, or what is in it, says nothing of its values.
func anything(s *openapi3.SchemaRef) bool {
	v := s.Value
	all := slices.Concat(v.AnyOf, v.OneOf, v.AllOf)
	if v.Items != nil {
		all = append(all, v.Items)
	}
	if slices.ContainsFunc(all, anything) {
		return true
	}
	return v.Type == nil && len(all) == 0 && v.Const == nil
}

// Words that explain nothing are wishes, and what refuses a route that is not there is a leftover.
func TestDescription_explainsNothingElse(t *testing.T) {
	t.Parallel()
	d, err := facetest.Spec()
	if err != nil {
		t.Fatal(err)
	}
	text, err := facetest.WholeSpec()
	if err != nil {
		t.Fatal(err)
	}
	words, err := vocabulary.Words()
	if err != nil {
		t.Fatal(err)
	}
	for name, w := range words.Members {
		if !strings.Contains(string(text), firstWords(w.Text)) {
			t.Errorf("%s is explained and not there", name)
		}
	}
	operations := map[string]bool{}
	for _, item := range d.Paths.Map() {
		for _, o := range item.Operations() {
			operations[o.OperationID] = true
			if o.OperationID != url.PathEscape(o.OperationID) {
				t.Errorf("the operation %q cannot stand in a URL", o.OperationID)
			}
		}
	}
	for operation := range words.Refused {
		if !operations[operation] {
			t.Errorf("there is no operation %s", operation)
		}
	}
}

// firstWords is as much of a text as stands on one line of the file, whatever is escaped in it.
func firstWords(text string) string {
	words := strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(`"':.`, c) })
	return strings.TrimSpace(words[0])
}
