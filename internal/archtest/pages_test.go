package archtest_test

import (
	"bytes"
	"flag"
	"go/format"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/a-h/templ/generator"
	templates "github.com/a-h/templ/parser/v2"
)

var update = flag.Bool("update", false, "format the pages (*.templ), and write the Go that comes from them")

// maxPage is how many lines a file of pages may have, as findLongFile has it for Go.
const maxPage = 500

// Pages are Go that is made from *.templ; what is built is what they say.
func TestPages_generated(t *testing.T) {
	t.Parallel()
	root, found := os.DirFS(".."+"/.."), 0
	err := fs.WalkDir(root, ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".templ" {
			return err
		}
		found++
		source, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		formatted, code, err := compiled(string(source))
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return nil
		}
		if n := bytes.Count(formatted, []byte("\n")); n > maxPage {
			t.Errorf("%s has %d lines, more than %d", path, n, maxPage)
		}
		current(t, path, formatted)
		current(t, strings.TrimSuffix(path, ".templ")+"_templ.go", code)
		return nil
	})
	if err != nil || found < 5 {
		t.Errorf("%d files of pages: %v", found, err)
	}
}

func compiled(source string) (formatted, code []byte, err error) {
	page, err := templates.ParseString(source)
	if err != nil {
		return nil, nil, err
	}
	var pretty, written bytes.Buffer
	if err := page.Write(&pretty); err != nil {
		return nil, nil, err
	}
	if page, err = templates.ParseString(pretty.String()); err != nil {
		return nil, nil, err
	}
	// File names and lines are left out, so that a change of one line is a change of one line.
	if _, err := generator.Generate(page, &written, generator.WithVersion("v0.3")); err != nil {
		return nil, nil, err
	}
	code, err = format.Source(written.Bytes())
	return pretty.Bytes(), code, err
}

func current(t *testing.T, path string, want []byte) {
	t.Helper()
	path = filepath.Join("..", "..", path)
	got, err := os.ReadFile(path)
	switch {
	case err == nil && bytes.Equal(got, want):
	case *update:
		if err := os.WriteFile(path, want, 0o600); err != nil {
			t.Error(err)
		}
	default:
		t.Errorf("%s is not what its page says: make generate", path)
	}
}
