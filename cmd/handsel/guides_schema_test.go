package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/handsel-dev/handsel/notices/events"
)

// fitsSchema fails where a body or an answer is not what the description of the API says. The description lets answers have
// more members, as programs must; a document must not show one that is not described.
func fitsSchema(b *block) error {
	if b.schema == "Schema" {
		var s openapi3.Schema
		if err := json.Unmarshal([]byte(b.text), &s); err != nil {
			return err
		}
		return s.Validate(context.Background())
	}
	all, err := describedSchemas()
	if err != nil {
		return err
	}
	s := all[b.schema]
	if s == nil {
		return fmt.Errorf("server/openapi.yaml has no schema %s", b.schema)
	}
	var v any
	if err := json.Unmarshal([]byte(b.text), &v); err != nil {
		return err
	}
	return s.Value.VisitJSON(v)
}

// describedSchemas are the schemas of server/openapi.yaml, without other members than theirs, and those of events' data by
// the name of the event.
var describedSchemas = sync.OnceValues(func() (openapi3.Schemas, error) {
	text, err := os.ReadFile("../../server/openapi.yaml")
	if err != nil {
		return nil, err
	}
	d, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, err
	}
	all := d.Components.Schemas
	for _, k := range events.Catalogue() {
		text, err := json.Marshal(k.Schema())
		if err != nil {
			return nil, err
		}
		var s openapi3.Schema
		if err := json.Unmarshal(text, &s); err != nil {
			return nil, err
		}
		all[string(k.Name)] = openapi3.NewSchemaRef("", &s)
	}
	seen := map[*openapi3.Schema]bool{}
	for _, s := range all {
		closeSchema(s, seen)
	}
	return all, nil
})

func closeSchema(s *openapi3.SchemaRef, seen map[*openapi3.Schema]bool) {
	if s == nil || s.Value == nil || seen[s.Value] {
		return
	}
	seen[s.Value] = true
	v := s.Value
	if more := v.AdditionalProperties; len(v.Properties) > 0 && more.Schema == nil && more.Has == nil {
		no := false
		v.AdditionalProperties.Has = &no
	}
	closeSchema(v.Items, seen)
	closeSchema(v.AdditionalProperties.Schema, seen)
	for _, p := range v.Properties {
		closeSchema(p, seen)
	}
	for _, several := range []openapi3.SchemaRefs{v.AllOf, v.AnyOf, v.OneOf} {
		for _, one := range several {
			closeSchema(one, seen)
		}
	}
}

// A body that its schema does not have is found.
func TestGuides_schema(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ schema, text, want string }{
		{"Money", `{"amount": 1, "currency": "EUR"}`, ""},
		{"Money", `{"amount": "1", "currency": "EUR"}`, "value must be an integer"},
		{"Money", `{"amount": 1}`, `property "currency" is missing`},
		{"Money", `{"amount": 1, "currency": "EUR", "cents": 1}`, `property "cents" is unsupported`},
		{"Money", `{"amount": 1`, "unexpected end"},
		{"Gold", `{}`, "no schema Gold"},
		{"Schema", `{"type": "object"}`, ""},
		{"Schema", `{"type": "thing"}`, "unsupported 'type' value"},
	} {
		err := fitsSchema(&block{schema: test.schema, text: test.text})
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s %s: %v, want %s", test.schema, test.text, err, test.want)
		}
	}
}
