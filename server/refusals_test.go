package server_test

import (
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/server/internal/facetest"
	"github.com/handsel-dev/handsel/server/vocabulary"
)

var recordings = flag.String("recordings", "", "write server/vocabulary/refusals.txt from the recordings in this folder; see make refusals")

const refusals = "vocabulary/refusals.txt"

const refusalsHead = `# Refusals that tests have seen, by operation and status, without those that every route may answer.
# "make refusals" writes it. A route may answer others.
`

// What the tests of server are refused with is what a route is known to answer.
func TestRefusals(t *testing.T) {
	t.Parallel()
	if *recordings != "" {
		if err := os.WriteFile(refusals, []byte(refusalsHead+strings.Join(seen(t, *recordings), "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	words, err := vocabulary.Words()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, code := range words.Kinds["Code"].Values {
		known[code], known[strings.ToUpper(code)] = true, true
	}
	for operation, all := range words.Refused {
		for _, s := range all {
			for _, code := range s.Codes {
				if !known[code] {
					t.Errorf("%s answers the unknown code %s", operation, code)
				}
			}
		}
	}
}

var recorded = regexp.MustCompile(`(?m)^([A-Z]+) (/\S*)$`)

var refused = regexp.MustCompile(`(?ms)^([45]\d\d)$.*?"code":"(\w+)"`)

// seen are lines of an operation, a status, and its codes.
func seen(t *testing.T, folder string) []string {
	d, err := facetest.Spec()
	if err != nil {
		t.Fatal(err)
	}
	words, err := vocabulary.Words()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]map[string]bool{}
	note := func(method, uri, answer string) {
		r, err := http.NewRequestWithContext(t.Context(), method, uri, http.NoBody)
		m := refused.FindStringSubmatch(answer)
		if err != nil || m == nil || slices.Contains(words.Codes, m[2]) || !slices.Contains(words.Kinds["Code"].Values, strings.ToLower(m[2])) {
			return
		}
		if operation := d.Operation(r); operation != "" {
			at := operation + " " + m[1]
			if found[at] == nil {
				found[at] = map[string]bool{}
			}
			found[at][m[2]] = true
		}
	}
	err = fs.WalkDir(os.DirFS(folder), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(folder, path))
		calls := recorded.FindAllStringSubmatchIndex(string(text), -1)
		for i, at := range calls {
			end := len(text)
			if i+1 < len(calls) {
				end = calls[i+1][0]
			}
			note(string(text[at[2]:at[3]]), string(text[at[4]:at[5]]), string(text[at[1]:end]))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, at := range slices.Sorted(maps.Keys(found)) {
		lines = append(lines, fmt.Sprintf("%s %s", at, strings.Join(slices.Sorted(maps.Keys(found[at])), " ")))
	}
	return lines
}
