package client_test

import (
	"encoding/csv"
	"fmt"
	"go/ast"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/client"
)

// endpoint is one call of the sources: Seed for the customer's document,
// Official for any snapshot of the official descriptions of 2026.
type endpoint struct {
	Method, Path               string
	Seed, Official, Deprecated bool
	Codes                      []string
}

func endpoints(t *testing.T) []endpoint {
	t.Helper()
	file, err := os.Open("testdata/endpoints.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	var all []endpoint
	for _, row := range rows[1:] {
		all = append(all, endpoint{
			Method: row[0], Path: row[1],
			Seed: row[2] == "yes", Official: row[3] == "yes", Deprecated: row[4] == "yes",
			Codes: strings.Fields(row[5]),
		})
	}
	return all
}

// TestConformance compares Operations with the calls of the sources, both ways.
func TestConformance(t *testing.T) {
	t.Parallel()
	have := map[string]string{}
	for _, op := range client.Operations() {
		have[op.Method+" "+op.Path] = op.GoName
	}
	var seed, seedAll, official, officialAll int
	var table strings.Builder
	documented := endpoints(t)
	for _, e := range documented {
		call := e.Method + " " + e.Path
		goName, found := have[call]
		if !found {
			t.Errorf("%s has no method", call)
		}
		delete(have, call)
		covered := 0
		if found {
			covered = 1
		}
		if e.Seed {
			seed, seedAll = seed+covered, seedAll+1
		}
		if e.Official {
			official, officialAll = official+covered, officialAll+1
		}
		fmt.Fprintf(&table, "%-7s%-75s%s\n", e.Method, e.Path, goName)
	}
	for call, goName := range have {
		t.Errorf("%s makes %s, which no source has", goName, call)
	}
	if seedAll != 76 {
		t.Errorf("the customer's document has 76 calls, not %d", seedAll)
	}
	t.Logf("customer's document %d of %d, official %d of %d, all %d\n%s",
		seed, seedAll, official, officialAll, len(documented), table.String())
}

// TestConformance_Codes finds a documented code without a constant.
func TestConformance_Codes(t *testing.T) {
	t.Parallel()
	constants := codeFiles(t)
	for _, e := range endpoints(t) {
		for _, code := range e.Codes {
			if !strings.Contains(constants, fmt.Sprintf("ErrorCode = %q\n", code)) {
				t.Errorf("%s %s: code %s has no constant", e.Method, e.Path, code)
			}
		}
	}
}

// TestConformance_Deprecated compares with the sources which calls say that Trustap prefers another. They say it in words: linters
// would flag calls of the customer's document.
func TestConformance_Deprecated(t *testing.T) {
	t.Parallel()
	deprecated := map[string]bool{}
	eachMethod(t, func(fn *ast.FuncDecl, ops []client.Operation) {
		for _, op := range ops {
			deprecated[op.Method+" "+op.Path] = strings.Contains(fn.Doc.Text(), "\nTrustap prefers another call: ")
		}
	})
	for _, e := range endpoints(t) {
		if call := e.Method + " " + e.Path; deprecated[call] != e.Deprecated {
			t.Errorf("%s: deprecated %v in the sources, %v in the comment", call, e.Deprecated, deprecated[call])
		}
	}
}

// TestConformance_CommentsNameCodes finds a documented code that the comment of
// its method, or of the method that the comment refers to, does not name.
func TestConformance_CommentsNameCodes(t *testing.T) {
	t.Parallel()
	text := map[string]string{}
	eachMethod(t, func(fn *ast.FuncDecl, ops []client.Operation) {
		for _, op := range ops {
			text[op.Method+" "+op.Path] = strings.ToLower(strings.Join(strings.Fields(fn.Doc.Text()), " "))
		}
	})
	for _, e := range endpoints(t) {
		comment := text[e.Method+" "+e.Path]
		if strings.Contains(comment, "those of") || strings.Contains(comment, " is [") {
			continue
		}
		missing := slices.DeleteFunc(slices.Clone(e.Codes), func(code string) bool {
			return strings.Contains(comment, "[code"+strings.ReplaceAll(code, "_", "")+"]")
		})
		if len(missing) > 0 {
			t.Errorf("%s %s: comment does not name %v", e.Method, e.Path, missing)
		}
	}
}
