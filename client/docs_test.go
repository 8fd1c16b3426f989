package client_test

import (
	"fmt"
	"go/ast"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/handsel-dev/handsel/client"
)

const (
	docsFile   = "../docs/trustap.md"
	callsBegin = "<!-- calls:begin -->\n"
	callsEnd   = "<!-- calls:end -->"
)

// TestDocs_Calls compares the table of the document with Operations and the
// sources. After adding a method run it with -update.
func TestDocs_Calls(t *testing.T) {
	t.Parallel()
	text := source(t, docsFile)
	head, rest, found := strings.Cut(text, callsBegin)
	have, tail, closed := strings.Cut(rest, callsEnd)
	if !found || !closed {
		t.Fatalf("%s has no place for the table", docsFile)
	}
	want := callTable(t)
	if *update {
		if err := os.WriteFile(docsFile, []byte(head+callsBegin+want+callsEnd+tail), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("table of calls; run with -update:\n%s", diff)
	}
}

func callTable(t *testing.T) string {
	t.Helper()
	goName, advice := map[string]string{}, map[string]string{}
	eachMethod(t, func(fn *ast.FuncDecl, ops []client.Operation) {
		for _, op := range ops {
			call := op.Method + " " + op.Path
			goName[call] = op.GoName
			advice[call] = deprecation(fn.Doc.Text())
		}
	})
	var b strings.Builder
	b.WriteString("\n| Call | Go | Source | Notes |\n|---|---|---|---|\n")
	for _, e := range endpoints(t) {
		call := e.Method + " " + e.Path
		from := ""
		if e.Seed {
			from += "D"
		}
		if e.Official {
			from += "O"
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s |\n", call, goName[call], from, advice[call])
	}
	b.WriteString("\n")
	return b.String()
}

// deprecation is the advice of a comment, as plain text.
func deprecation(comment string) string {
	_, advice, found := strings.Cut(comment, "\nTrustap prefers another call: ")
	if !found {
		return ""
	}
	advice, _, _ = strings.Cut(advice, "\n\n")
	return "deprecated: " + strings.NewReplacer("[", "`", "]", "`", "\n", " ", "Service.", ".").Replace(strings.TrimSpace(advice))
}
