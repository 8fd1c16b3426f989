package client_test

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestImports keeps the package usable alone: the standard library, and resty in
// one file.
func TestImports(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range parsed.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			resty := path == "github.com/go-resty/resty/v2" && file == "transport.go"
			if strings.Contains(path, ".") && !resty {
				t.Errorf("%s imports %s", file, path)
			}
		}
	}
}

// TestErrorCodes_AreDistinct finds a code that was written twice or misspelt.
func TestErrorCodes_AreDistinct(t *testing.T) {
	t.Parallel()
	line := regexp.MustCompile(`(?m)^\t(Code\w+)\s+ErrorCode = "(.*)"$`)
	spelling := regexp.MustCompile(`^[a-z]+(_[a-z]+)+$|^(forbidden|unauthorized)$`)
	seen := map[string]bool{}
	found := line.FindAllStringSubmatch(codeFiles(t), -1)
	if len(found) < 170 {
		t.Fatalf("found only %d codes", len(found))
	}
	for _, match := range found {
		name, code := match[1], match[2]
		joined := "Code" + strings.ReplaceAll(code, "_", "")
		if seen[code] || !spelling.MatchString(code) || !strings.EqualFold(name, joined) {
			t.Errorf("%s = %q", name, code)
		}
		seen[code] = true
	}
}

// codeFiles is the text of all files with error codes.
func codeFiles(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("codes*.go")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, file := range files {
		text.WriteString(source(t, file))
	}
	return text.String()
}
