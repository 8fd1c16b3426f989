package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const anything = "…"

// asShown fails where what was printed is not what a document shows: all of it for text, the last objects for JSON. Ids
// and times differ from run to run, and so may what … stands for.
func (b *block) asShown(printed string) error {
	if b.kind == "json" {
		return lastObjects(b.text, printed)
	}
	if !textPattern(b.text, "$").MatchString(asLines(printed)) {
		return fmt.Errorf("shown is\n%s\nprinted was\n%s", b.text, printed)
	}
	return nil
}

// beginsAsShown tells whether what was printed so far begins as a document shows.
func (b *block) beginsAsShown(printed string) bool {
	return textPattern(b.text, "").MatchString(asLines(printed))
}

// asLines is a text whose ids and times are samples, each line between two ends of lines.
func asLines(text string) string {
	for _, s := range idsAndTimes {
		text = s.is.ReplaceAllString(text, s.text)
	}
	return "\n" + strings.TrimSpace(text) + "\n"
}

// textPattern finds a text. A line that is … stands for any lines, … elsewhere for the rest of a word or of a line.
func textPattern(shown, end string) *regexp.Regexp {
	pattern := regexp.QuoteMeta(asLines(shown))
	pattern = strings.ReplaceAll(pattern, "\n"+anything+"\n", "\n(?s:.*\n)?")
	return regexp.MustCompile("^" + strings.ReplaceAll(pattern, anything, "[^\n]*") + end)
}

// lastObjects fails where the objects shown are not the last ones printed.
func lastObjects(shown, printed string) error {
	want, got := objects(shown), objects(printed)
	if len(want) == 0 {
		return fmt.Errorf("this is no JSON: %s", shown)
	}
	if len(got) < len(want) {
		return fmt.Errorf("%d objects are shown, and %d were printed:\n%s", len(want), len(got), printed)
	}
	for i, g := range got[len(got)-len(want):] {
		if err := alike("", want[i], g); err != nil {
			return fmt.Errorf("%w, in\n%s", err, printed)
		}
	}
	return nil
}

// objects are the JSON objects and lists in a text, whatever stands between them.
func objects(text string) (all []any) {
	for {
		at := strings.IndexAny(text, "{[")
		if at < 0 {
			return all
		}
		text = text[at:]
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		var v any
		switch err := d.Decode(&v); err {
		case nil:
			all, text = append(all, v), text[d.InputOffset():]
		case io.EOF:
			return all
		default:
			text = text[1:]
		}
	}
}

// alike fails where a value is not as shown. A member or an item … stands for any others.
func alike(at string, shown, got any) error {
	switch shown := shown.(type) {
	case map[string]any:
		return membersAlike(at, shown, got)
	case []any:
		return itemsAlike(at, shown, got)
	case string:
		if text, ok := got.(string); ok && textPattern(shown, "$").MatchString(asLines(text)) {
			return nil
		}
	case json.Number: // ids begin with the day
		number, ok := got.(json.Number)
		if _, varies := sampled[at[strings.LastIndex(at, "/")+1:]]; ok && (varies || number == shown || len(number) > 9) {
			return nil
		}
	default: // true, false and null
		if shown == got {
			return nil
		}
	}
	return fmt.Errorf("%s is shown as %v and was %v", at, shown, got)
}

func membersAlike(at string, shown map[string]any, got any) error {
	object, ok := got.(map[string]any)
	if !ok {
		return fmt.Errorf("%s is shown as an object and was %v", at, got)
	}
	_, open := shown[anything]
	for _, name := range slices.Sorted(maps.Keys(shown)) {
		if name == anything {
			continue
		}
		value, there := object[name]
		if !there {
			return fmt.Errorf("%s has no %s", at, name)
		}
		if err := alike(at+"/"+name, shown[name], value); err != nil {
			return err
		}
	}
	for name := range object {
		if _, there := shown[name]; !there && !open {
			return fmt.Errorf("%s has %s, which is not shown", at, name)
		}
	}
	return nil
}

func itemsAlike(at string, shown []any, got any) error {
	list, ok := got.([]any)
	if !ok {
		return fmt.Errorf("%s is shown as a list and was %v", at, got)
	}
	if n := len(shown); n > 0 && shown[n-1] == anything && len(list) >= n-1 {
		shown, list = shown[:n-1], list[:n-1]
	}
	if len(shown) != len(list) {
		return fmt.Errorf("%s is shown with %d items and had %d", at, len(shown), len(list))
	}
	for i := range shown {
		if err := alike(fmt.Sprintf("%s/%d", at, i), shown[i], list[i]); err != nil {
			return err
		}
	}
	return nil
}

// What is shown is compared, but for what differs from run to run.
func TestGuides_asShown(t *testing.T) {
	t.Parallel()
	const day = `2026-12-01T10:00:00Z`
	for _, test := range []struct {
		kind, shown, printed string
		same                 bool
	}{
		{"text", "paid", "paid\n", true},
		{"text", "paid", "not paid", false},
		{"text", "paid", "paid\nagain", false},
		{"text", "a\n…\nb", "a\nb", true},
		{"text", "a\n…\nb", "a\n1\n2\nb", true},
		{"text", "a … b", "a 1 b\nc", false},
		{"text", "key hsk_…", "key hsk_test_1", true},
		{"text", "txn_1 at " + day, "txn_2 at 2027-01-01T00:00:00.5Z", true},
		{"text", "txn_1", "evt_2", false},
		{"json", `{"a":1}`, `{"b":2} {"a":1}`, true},
		{"json", `{"a":1}`, `{"a":1} {"b":2}`, false},
		{"json", `{"a":1}`, `{"a":1,"b":2}`, false},
		{"json", `{"a":1,"…":"…"}`, `{"a":1,"b":2}`, true},
		{"json", `{"a":1,"…":"…"}`, `{"b":2}`, false},
		{"json", `{"sequence":1}`, `{"sequence":2}`, true},
		{"json", `{"amount":1}`, `{"amount":2}`, false},
		{"json", `{"number_of_ad":15}`, `{"number_of_ad":14428859010}`, true},
		{"json", `[1,"…"]`, `[1,2,3]`, true},
		{"json", `[1]`, `[1,2]`, false},
		{"json", `{"id":"txn_…","no":null}`, `answer: {"id":"txn_17","no":null}`, true},
		{"json", `{"id":"txn_…"}`, `{"id":null}`, false},
		{"json", `{"a":1}`, ``, false},
		{"json", `nothing`, `{"a":1}`, false},
	} {
		if err := (&block{kind: test.kind, text: test.shown}).asShown(test.printed); (err == nil) != test.same {
			t.Errorf("%s %s, printed %s: %v", test.kind, test.shown, test.printed, err)
		}
	}
}
