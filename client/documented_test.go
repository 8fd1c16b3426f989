package client_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/client"
)

// example has the field names, types and codes of one example of the customer's
// document.
type example struct {
	Op       string          `json:"op"`
	Request  json.RawMessage `json:"request"`
	Response json.RawMessage `json:"response"`
}

func examples(t *testing.T, file string, count int) []example {
	t.Helper()
	var all []example
	if err := json.Unmarshal([]byte(source(t, file)), &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != count {
		t.Fatalf("%d examples in %s, want %d", len(all), file, count)
	}
	return all
}

// methodOf finds the method of a call.
func methodOf(t *testing.T, c *client.Client, call string) reflect.Value {
	t.Helper()
	for _, op := range client.Operations() {
		if op.Method+" "+op.Path == call {
			field, name, _ := strings.Cut(op.GoName, ".")
			return reflect.ValueOf(c).Elem().FieldByName(field).MethodByName(name)
		}
	}
	t.Fatalf("%s has no method", call)
	return reflect.Value{}
}

// exampleArg is a value that belongs to the examples of the customer's document.
func exampleArg(typ reflect.Type) reflect.Value {
	switch typ {
	case reflect.TypeFor[[]int64]():
		return reflect.ValueOf([]int64{1309, 609, 1990, 609})
	case reflect.TypeFor[client.QuoteInput]():
		return reflect.ValueOf(client.QuoteInput{Currency: "eur", Price: 1234})
	case reflect.TypeFor[client.F2FQuoteInput]():
		return reflect.ValueOf(client.F2FQuoteInput{Currency: "eur", Price: 1234})
	}
	return filled(typ)
}

func callExample(t *testing.T, call, answer string) (result any, sent seen) {
	t.Helper()
	rec := record(t, reply(200, answer))
	result, err := callWith(t, methodOf(t, newClient(t, rec.URL), call), exampleArg)
	if err != nil {
		t.Fatalf("%s: %v", call, err)
	}
	return result, rec.last(t)
}

// TestExamples_Decode decodes every answer of the customer's document and finds
// a field that got lost or changed on the way.
func TestExamples_Decode(t *testing.T) {
	t.Parallel()
	for _, e := range examples(t, "testdata/examples.json", 72) {
		t.Run(e.Op, func(t *testing.T) {
			t.Parallel()
			want := tree(t, e.Response)
			if batch, ok := want.([]any); ok && strings.Contains(e.Op, "/batch/") {
				want = batch[0] // the document wraps it once too often
			}
			checkDecoded(t, e, want)
		})
	}
}

// TestOfficial_Decode does the same with one answer for each schema of the
// official descriptions, in which every field is set.
func TestOfficial_Decode(t *testing.T) {
	t.Parallel()
	for _, e := range examples(t, "testdata/official.json", 48) {
		t.Run(e.Op, func(t *testing.T) {
			t.Parallel()
			checkDecoded(t, e, tree(t, e.Response))
		})
	}
}

func checkDecoded(t *testing.T, e example, want any) {
	t.Helper()
	got, _ := callExample(t, e.Op, string(e.Response))
	switch reflect.ValueOf(got).Kind() {
	case reflect.String: // the only field of the answer
		for name := range want.(map[string]any) {
			got = map[string]string{name: reflect.ValueOf(got).String()}
		}
	default:
	}
	encoded, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range lost("", want, tree(t, encoded)) {
		t.Error(problem)
	}
}

// TestExamples_Requests finds a field of a documented request that is not sent.
func TestExamples_Requests(t *testing.T) {
	t.Parallel()
	for _, e := range examples(t, "testdata/examples.json", 72) {
		if e.Request == nil {
			continue
		}
		t.Run(e.Op, func(t *testing.T) {
			t.Parallel()
			_, sent := callExample(t, e.Op, string(e.Response))
			body := object(t, sent.Body)
			for name, want := range object(t, string(e.Request)) {
				if got, found := body[name]; !found || reflect.TypeOf(got) != reflect.TypeOf(want) {
					t.Errorf("%s is sent as %T, the document has %T", name, got, want)
				}
			}
		})
	}
}

func tree(t *testing.T, text []byte) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// renamed are fields of the document that the client may have under another name.
var renamed = map[string]string{
	"accepted_by_listing_creator": "listing_creator_accepted",
	"rejected_by_listing_creator": "listing_creator_rejected",
	"pricing":                     "deposit_pricing",
	"deposit_pricing":             "pricing",
}

// lost lists what want has and got has not.
func lost(at string, want, got any) []string {
	var problems []string
	switch w := want.(type) {
	case map[string]any:
		g, _ := got.(map[string]any)
		for name, value := range w {
			if _, found := g[name]; !found && renamed[name] != "" {
				name = renamed[name]
			}
			problems = append(problems, lost(at+"."+name, value, g[name])...)
		}
		return problems
	case []any:
		g, _ := got.([]any)
		if len(g) != len(w) {
			return []string{fmt.Sprintf("%s: %d values became %d", at, len(w), len(g))}
		}
		for i := range w {
			problems = append(problems, lost(fmt.Sprintf("%s[%d]", at, i), w[i], g[i])...)
		}
		return problems
	}
	if want == "" && got == nil || got == "***" || fmt.Sprint(want) == fmt.Sprint(got) || sameTime(want, got) {
		return nil
	}
	return []string{fmt.Sprintf("%s: %v became %v", at, want, got)}
}

func sameTime(a, b any) bool {
	left, errLeft := time.Parse(time.RFC3339, fmt.Sprint(a))
	right, errRight := time.Parse(time.RFC3339, fmt.Sprint(b))
	return errLeft == nil && errRight == nil && left.Equal(right)
}
