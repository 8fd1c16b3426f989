package labels_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/labels"
)

// TestWith changes what it names and leaves the rest.
func TestWith(t *testing.T) {
	t.Parallel()
	before := labels.Labels{ExternalReference: "order-1", Metadata: map[string]string{"shop": "a", "old": "b"}}
	for name, c := range map[string]struct {
		change labels.Change
		want   labels.Labels
	}{
		"nothing":       {labels.Change{}, before},
		"another":       {labels.Change{ExternalReference: new("order-2")}, labels.Labels{ExternalReference: "order-2", Metadata: before.Metadata}},
		"taken away":    {labels.Change{ExternalReference: new("")}, labels.Labels{Metadata: before.Metadata}},
		"null removes":  {labels.Change{Metadata: map[string]*string{"old": nil, "never": nil, "new": new("")}}, labels.Labels{ExternalReference: "order-1", Metadata: map[string]string{"shop": "a", "new": ""}}},
		"none are left": {labels.Change{ExternalReference: new(""), Metadata: map[string]*string{"old": nil, "shop": nil}}, labels.Labels{}},
	} {
		got, err := before.With(c.change)
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
		if !got.Equal(c.want) || got.None() != (name == "none are left") {
			t.Errorf("%s: Equal or None is wrong", name)
		}
	}
	if len(before.Metadata) != 2 {
		t.Error("a change reached what was before it")
	}
}

// TestCheck refuses one more than each limit allows.
func TestCheck(t *testing.T) {
	t.Parallel()
	many := func(n int) map[string]string {
		all := map[string]string{}
		for i := range n {
			all[fmt.Sprint("key", i)] = "x"
		}
		return all
	}
	one := func(key, value string) labels.Labels { return labels.Labels{Metadata: map[string]string{key: value}} }
	for name, c := range map[string]struct {
		labels labels.Labels
		want   fault.Reason
	}{
		"nothing":              {labels.Labels{}, ""},
		"50 names":             {labels.Labels{Metadata: many(50)}, ""},
		"51 names":             {labels.Labels{Metadata: many(51)}, "invalid_metadata"},
		"40 characters":        {one(strings.Repeat("ä", 40), strings.Repeat("ö", 500)), ""},
		"41 characters":        {one(strings.Repeat("a", 41), ""), "invalid_metadata"},
		"501 characters":       {one("a", strings.Repeat("b", 501)), "invalid_metadata"},
		"no name":              {one(" ", ""), "invalid_metadata"},
		"a zero byte":          {one("a", "\x00"), "invalid_metadata"},
		"no text":              {one("a", "\xff"), "invalid_metadata"},
		"a line end in a name": {one("a\n", ""), "invalid_metadata"},
		"lines in a value":     {one("a", "b\nc"), ""},
		"200 characters":       {labels.Labels{ExternalReference: strings.Repeat("ß", 200)}, ""},
		"201 characters":       {labels.Labels{ExternalReference: strings.Repeat("a", 201)}, "invalid_external_reference"},
		"spaces around":        {labels.Labels{ExternalReference: " a"}, "invalid_external_reference"},
		"two lines":            {labels.Labels{ExternalReference: "a\nb"}, "invalid_external_reference"},
	} {
		if err := c.labels.Check(); err == nil && c.want != "" || err != nil && fault.ReasonOf(err) != c.want {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
