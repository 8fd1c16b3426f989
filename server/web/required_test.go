package web

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/handsel-dev/handsel/fault"
)

type inner struct {
	Amount *int64 `json:"amount" required:"true"`
	Note   string `json:"note"`
}

type shared struct {
	Reason string `json:"reason" required:"later"`
	Limits []int  `json:"limits" required:"true"`
}

type outer struct {
	shared
	Name  string         `json:"name" required:"true"`
	Price *inner         `json:"price"`
	Rows  []inner        `json:"rows"`
	Any   jsontext.Value `json:"any"`
}

// What the tag says is what is refused, with the whole path, in the order of the type.
func TestDecode_required(t *testing.T) {
	t.Parallel()
	for body, field := range map[string]string{
		`{"limits":[],"name":"a"}`:                       "",
		`{"limits":[],"name":"a","any":{"amount":null}}`: "",
		`{"limits":[],"name":"a","price":{"amount":0}}`:  "",
		`{}`:                         "limits",
		`{"limits":null,"name":"a"}`: "limits",
		`{"limits":[]}`:              "name",
		`{"limits":[],"name":""}`:    "name",
		`{"limits":[],"name":"a","price":{"note":"b"}}`:           "price.amount",
		`{"limits":[],"name":"a","rows":[{"amount":1},{}]}`:       "rows.1.amount",
		`{"limits":[],"name":"a","rows":[{"amount":null}]}`:       "rows.0.amount",
		`{"limits":[],"name":"a","price":null,"rows":null}`:       "",
		`{"reason":"","limits":[1],"name":"a","rows":[],"any":1}`: "",
	} {
		var into outer
		err := Decode([]byte(body), InFreeText, &into)
		f := fault.As(err)
		switch {
		case field == "" && err != nil:
			t.Errorf("%s: %v", body, err)
		case field != "" && (err == nil || f.Reason != "missing_field" || f.Details["field"] != field):
			t.Errorf("%s: %v, want that %s is missing", body, err, field)
		}
	}
}
