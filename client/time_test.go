package client_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/handsel-dev/handsel/client"
)

func TestTime_Spellings(t *testing.T) {
	t.Parallel()
	at := func(ns int) time.Time { return time.Date(2019, 12, 25, 9, 0, 0, ns, time.UTC) }
	tests := map[string]struct {
		json string
		want time.Time
	}{
		"milliseconds": {`"2019-12-25T09:00:00.000Z"`, at(0)},
		"seconds":      {`"2019-12-25T09:00:00Z"`, at(0)},
		"nanoseconds":  {`"2019-12-25T09:00:00.123456789Z"`, at(123456789)},
		"microseconds": {`"2019-12-25T09:00:00.134539Z"`, at(134539000)},
		"offset":       {`"2019-12-25T10:30:00+01:30"`, at(0)},
		"null":         {`null`, time.Time{}},
		"empty":        {`""`, time.Time{}},
	}
	for name, tt := range tests {
		var got client.Time
		if err := json.Unmarshal([]byte(tt.json), &got); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !got.Equal(tt.want) || got.Location() != time.UTC {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
}

func TestTime_Refuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`1577264400`, `true`, `{}`, `"2019-12-25"`, `"09:00:00Z"`, `"2019-12-25 09:00:00"`,
		`"2019-13-25T09:00:00Z"`, `"0000-01-01T00:00:00+23:59"`, `"9999-12-31T23:59:59-23:59"`,
	} {
		got := client.Time{Time: time.Unix(1, 0)}
		if err := json.Unmarshal([]byte(text), &got); err == nil {
			t.Errorf("%s: got %v", text, got)
		}
	}
}

func TestID_Forms(t *testing.T) {
	t.Parallel()
	var got []client.ID
	if err := json.Unmarshal([]byte(`["a", 7, null, "", -3]`), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]client.ID{"a", "7", "", "", "-3"}, got); diff != "" {
		t.Error(diff)
	}
	for _, text := range []string{`1.5`, `1e3`, `{}`, `[]`, `true`, `9223372036854775808`} {
		var id client.ID
		if err := json.Unmarshal([]byte(text), &id); err == nil {
			t.Errorf("%s: got %q", text, id)
		}
	}
}
