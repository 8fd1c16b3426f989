package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// block is a fenced block of a document. The first line of the fence says what kind of block it is, and how it is tried:
//
//	sh              is pasted into the terminal of the document
//	sh lasts        is pasted into a terminal of its own, where it runs until the document ends; what it prints at first is shown.
//	                So may a program be, go lasts
//	text            right behind a sh or go block: what that prints
//	json            right behind a sh or go block: the last objects that it prints
//	json schema=X   a body or an answer that the schema X of server/openapi.yaml has, or the data of an event X; X is Schema
//	                for a JSON schema
//	go              a file of Go: a program and a test run, anything else compiles
//	ts              a file of TypeScript that the compiler finds nothing wrong with
//	ini             settings that "handsel config check" takes
//	mermaid         a drawing of states, each of which can be reached
//
// A sh or go block that cannot be tried here has needs=X, with X one of needs.
//
// In what is shown, … stands for anything.
type block struct {
	line   int // of the fence, counted from 1
	kind   string
	lasts  bool
	needs  string
	schema string
	text   string
	shown  *block // what it prints
}

// needs are why a block is not tried.
var needs = map[string]string{
	"production": "a server, an account or a key of the reader's own",
	"minutes":    "it takes minutes",
}

// kinds are the words that may begin a fence, and what may follow each.
var kinds = map[string][]string{
	"sh": {"lasts", "needs"}, "go": {"lasts", "needs"}, "json": {"schema"}, "text": nil, "ts": nil, "ini": nil, "mermaid": nil,
}

// prints tells whether a block can have its output behind it.
func (b *block) prints() bool { return b.kind == "sh" || b.kind == "go" }

var fence = regexp.MustCompile("^( *)```+(.*)$")

// parsed are the blocks of a document in their order. What a block prints is part of it.
func parsed(document string) ([]*block, error) {
	var all []*block
	var open, before *block // before: the block that ended last, if nothing but empty lines came since
	indent := ""
	for i, line := range strings.Split(document, "\n") {
		m := fence.FindStringSubmatch(line)
		switch {
		case m == nil && open != nil:
			open.text += strings.TrimPrefix(line, indent) + "\n"
		case m == nil:
			if strings.TrimSpace(line) != "" {
				before = nil
			}
		case open != nil:
			if open.isShown(before) {
				before.shown, before = open, nil
			} else {
				all, before = append(all, open), open
			}
			open = nil
		default:
			var err error
			if open, err = opened(m[2]); err != nil {
				return nil, fmt.Errorf("line %d: %w", i+1, err)
			}
			open.line, indent = i+1, m[1]
		}
	}
	if open != nil {
		return nil, fmt.Errorf("line %d: the block does not end", open.line)
	}
	for _, b := range all {
		if err := b.whole(); err != nil {
			return nil, fmt.Errorf("line %d: %w", b.line, err)
		}
	}
	return all, nil
}

// isShown tells whether a block is what the one before it prints.
func (b *block) isShown(before *block) bool {
	return before != nil && before.prints() && (b.kind == "text" || b.kind == "json" && b.schema == "")
}

// opened is a block of which the first line is known.
func opened(info string) (*block, error) {
	words := strings.Fields(info)
	if len(words) == 0 {
		return nil, fmt.Errorf("the block has no kind; begin it with one of %s", listed(kinds))
	}
	b := &block{kind: words[0]}
	may, known := kinds[b.kind]
	if !known {
		return nil, fmt.Errorf("%s is no kind of block; use one of %s", b.kind, listed(kinds))
	}
	for _, word := range words[1:] {
		name, value, _ := strings.Cut(word, "=")
		if !slices.Contains(may, name) {
			return nil, fmt.Errorf("a block of %s takes %v, not %s", b.kind, may, word)
		}
		switch name {
		case "lasts":
			b.lasts = true
		case "schema":
			b.schema = value
		case "needs":
			if needs[value] == "" {
				return nil, fmt.Errorf("needs=%s is no reason; use one of %s", value, listed(needs))
			}
			b.needs = value
		}
	}
	return b, nil
}

// whole tells what a block lacks to be tried.
func (b *block) whole() error {
	switch {
	case b.kind == "text":
		return fmt.Errorf("this text stands behind no block that prints it")
	case b.kind == "json" && b.schema == "":
		return fmt.Errorf("this JSON stands behind no block that prints it, and names no schema")
	case b.lasts && b.needs == "" && b.shown == nil:
		return fmt.Errorf("a block that lasts shows what it prints at first")
	}
	return nil
}

func listed[V any](of map[string]V) string {
	return strings.Join(slices.Sorted(maps.Keys(of)), ", ")
}

// Nothing in a document is passed over: a block that nobody would try fails.
func TestGuides_parsed(t *testing.T) {
	t.Parallel()
	for document, want := range map[string]string{
		"```\nls\n```":                                 "line 1: the block has no kind",
		"```bash\nls\n```":                             "line 1: bash is no kind of block",
		"text\n\n```sh needs=time\nls\n```":            "line 3: needs=time is no reason",
		"```sh quick\nls\n```":                         "line 1: a block of sh takes [lasts needs], not quick",
		"```ts needs=minutes\n```":                     "line 1: a block of ts takes []",
		"```sh\nls":                                    "line 1: the block does not end",
		"```text\nfile\n```":                           "line 1: this text stands behind no block",
		"```sh\nls\n```\nIt says:\n```text\nfile\n```": "line 5: this text stands behind no block",
		"```json\n{}\n```":                             "line 1: this JSON stands behind no block",
		"```sh lasts\nserve\n```":                      "line 1: a block that lasts shows what it prints",
	} {
		if _, err := parsed(document); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", document, err, want)
		}
	}
	all, err := parsed("# Title\n```sh\nls\n\n```\n\n```text\nfile\n```\n- item\n  ```go needs=production\n  package x\n\n    // in\n  ```\n```json schema=Deal\n{}\n```\n")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, b := range all {
		got = append(got, fmt.Sprintf("%d %s %q %q %v", b.line, b.kind, b.text, b.needs+b.schema, b.shown != nil && b.shown.text == "file\n"))
	}
	want := []string{`2 sh "ls\n\n" "" true`, `11 go "package x\n\n  // in\n" "production" false`, `16 json "{}\n" "Deal" false`}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
