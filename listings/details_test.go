package listings_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/listings"
)

func parse(t testing.TB, text string) listings.Details {
	t.Helper()
	d, err := listings.ParseDetails([]byte(text))
	must(t, err)
	return d
}

func TestParseDetails(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "{}", "null": "{}", "{ }": "{}", ` {"a": 1,  "b": [true]} `: `{"a":1,"b":[true]}`,
	} {
		d := parse(t, text)
		same(t, text, string(d.Reveal()), want)
		same(t, text+" is empty", d.IsEmpty(), want == "{}")
	}
	for _, bad := range []string{"[]", `"hunter2"`, "{", `{"a":hunter2}`, "{}{}", `{"a":"` + strings.Repeat("x", 4096) + `"}`, "{\"a\":\"\xff\"}"} {
		_, err := listings.ParseDetails([]byte(bad))
		refused(t, bad, err, "validation_error", "payment_details")
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error repeats the details: %v", err)
		}
	}
}

func TestDetails_Masked(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{}`:                                 `{}`,
		`{"card_number":"2200000000000004"}`: `{"card_number":"****0004"}`,
		`{"card_number":2200000000000004}`:   `{"card_number":"****0004"}`,
		`{"pin":"1234567"}`:                  `{"pin":"****"}`,
		`{"a":{"b":["2200000000000004",7]}}`: `{"a":{"b":["****0004","****"]}}`,
		`{"name":"Дарья Александровна","n":0}`: `{"n":"****","name":"****овна"}`,
		`{"a":null,"b":true}`: `{"a":"****","b":"****"}`,
	} {
		same(t, text, string(parse(t, text).Masked()), want)
	}
}

func TestDetails_areHidden(t *testing.T) {
	t.Parallel()
	d := parse(t, `{"card_number":"2200000000000004"}`)
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "details", d, "terms", listings.AdTerms{Details: d})
	encoded, err := json.Marshal(map[string]any{"d": d})
	must(t, err)
	for _, got := range []string{fmt.Sprintf("%v %+v %#v %s %q", d, d, d, d, d), fmt.Sprintf("%+v %#v", listings.AdTerms{Details: d}, []any{d}), log.String(), string(encoded)} {
		if strings.Contains(got, "220000") {
			t.Errorf("the details get out: %s", got)
		}
	}
}

func FuzzDetails(f *testing.F) {
	f.Add([]byte(`{"card_number":"2200000000000004"}`))
	f.Add([]byte(`{"a":{"b":[1e999,null]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := listings.ParseDetails(text)
		if err != nil {
			return
		}
		if !json.Valid(d.Reveal()) || !json.Valid(d.Masked()) {
			t.Errorf("%q: %s, %s", text, d.Reveal(), d.Masked())
		}
		again, err := listings.ParseDetails(d.Reveal())
		if err != nil || !bytes.Equal(again.Reveal(), d.Reveal()) {
			t.Errorf("%q is not the same after a second pass: %v", text, err)
		}
	})
}

func TestMethods(t *testing.T) {
	t.Parallel()
	m := listings.DefaultMethods()
	for name, want := range map[string]string{
		"card": "card", "sber": "sber", " SBER ": "sber", "bank_transfer": "bank_transfer", "sbp": "sbp", "barter": "", "": "",
	} {
		if got, ok := m.Known(name); got != want || ok != (want != "") {
			t.Errorf("Known(%q) = %q, %t", name, got, ok)
		}
	}
	for name, bad := range map[string][]listings.Method{
		"twice": {{Name: "card"}, {Name: "card"}}, "alias of two": {{Name: "a", Aliases: []string{"c"}}, {Name: "b", Aliases: []string{"c"}}},
		"capitals": {{Name: "Card"}}, "nothing": {{}}, "a comma": {{Name: "a,b"}},
	} {
		if _, err := listings.NewMethods(bad...); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
