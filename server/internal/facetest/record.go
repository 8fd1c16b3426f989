package facetest

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// recordings are the requests and answers of each test, while HANDSEL_RECORD names a
// folder for them. Two states of the code that answer alike leave the same files: see
// CONTRIBUTING.md.
var recordings = struct {
	mu    sync.Mutex
	calls map[string][]string
}{calls: map[string][]string{}}

// record notes a call; the test's file is written when it ends.
func record(t testing.TB, r *http.Request, sent []byte, a Answer) {
	folder := os.Getenv("HANDSEL_RECORD")
	if folder == "" {
		return
	}
	recordings.mu.Lock()
	defer recordings.mu.Unlock()
	name := t.Name()
	if recordings.calls[name] == nil {
		t.Cleanup(func() { saveRecording(t, folder, name) })
	}
	recordings.calls[name] = append(recordings.calls[name], written(r, sent, a))
}

// written is a call in full.
func written(r *http.Request, sent []byte, a Answer) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s\n", r.Method, r.URL.RequestURI())
	writeHeader(&b, r.Header)
	fmt.Fprintf(&b, "%s\n%d\n", sent, a.Status)
	writeHeader(&b, a.Header)
	fmt.Fprintf(&b, "%s\n", a.Body)
	return b.String()
}

func writeHeader(b *bytes.Buffer, h http.Header) {
	names := make([]string, 0, len(h))
	for name := range h {
		if name != "Content-Length" { // the body is compared
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(b, "%s: %s\n", name, strings.Join(h[name], " | "))
	}
}

// saveRecording writes the calls of a test in their order.
func saveRecording(t testing.TB, folder, name string) {
	recordings.mu.Lock()
	defer recordings.mu.Unlock()
	calls := recordings.calls[name]
	delete(recordings.calls, name)
	path := filepath.Join(folder, strings.NewReplacer("/", "_", " ", "_").Replace(name)+".txt")
	if err := os.WriteFile(path, []byte(numbered(strings.Join(calls, "----\n"))), 0o600); err != nil {
		t.Error(err)
	}
}

// volatile is what differs from run to run: keys, the ids of rows, which follow the
// calendar, and what is made of both.
var volatile = regexp.MustCompile(`\breq_[0-9]+\b|hsk_(test|live)_[0-9a-f_]+|Basic [A-Za-z0-9+/=]{80,}|\b[0-9a-f]{16}\b|\b(txn|lst|msg|cur|act|apr|tsk)_[A-Za-z0-9_-]{8,}|\b1[0-9]{10}\b`)

// numbered writes each of them as the number of its first appearance.
func numbered(text string) string {
	seen := map[string]string{}
	return volatile.ReplaceAllStringFunc(text, func(one string) string {
		if strings.HasPrefix(one, "req_") {
			return "<request>"
		}
		if seen[one] == "" {
			seen[one] = fmt.Sprintf("<%d>", len(seen)+1)
		}
		return seen[one]
	})
}
