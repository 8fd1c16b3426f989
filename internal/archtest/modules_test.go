package archtest_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// record is where each direct dependency gives its reason.
const record = "docs/adr/0003-dependencies.md"

// goMod is the part of "go mod edit -json" that matters here.
type goMod struct {
	Require []struct {
		Path     string
		Indirect bool
	}
	Tool []struct{ Path string }
}

func TestDependencies_haveReasons(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, record))
	if err != nil {
		t.Fatal(err)
	}
	// go mod edit prints the file as it stands; the test only watches it.
	direct, err := directModules(goCommand(t, "mod", "edit", "-json"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(direct, recordedModules(string(text))); diff != "" {
		t.Errorf("go.mod (-) and the table in %s (+) differ:\n%s", record, diff)
	}
}

func TestDependencies_planted(t *testing.T) {
	t.Parallel()
	mod := `{"Require": [
		{"Path": "example.com/direct"},
		{"Path": "example.com/indirect", "Indirect": true},
		{"Path": "example.com/tools", "Indirect": true},
		{"Path": "example.com/too", "Indirect": true}
	], "Tool": [{"Path": "example.com/tools/cmd/check"}]}`
	direct, err := directModules(mod)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"example.com/direct", "example.com/tools"}, direct); diff != "" {
		t.Errorf("direct modules (-want +got):\n%s", diff)
	}
	page := "Text with `example.com/text`.\n\n| module | why |\n| --- | --- |\n| `example.com/b/v2` | `example.com/why` |\n| `example.com/a` | |\n"
	if diff := cmp.Diff([]string{"example.com/a", "example.com/b/v2"}, recordedModules(page)); diff != "" {
		t.Errorf("recorded modules (-want +got):\n%s", diff)
	}
}

// directModules are those that the code imports or whose tools it runs, sorted.
func directModules(mod string) ([]string, error) {
	var m goMod
	if err := json.Unmarshal([]byte(mod), &m); err != nil {
		return nil, err
	}
	var direct []string
	for _, r := range m.Require {
		runs := slices.ContainsFunc(m.Tool, func(tool struct{ Path string }) bool {
			return strings.HasPrefix(tool.Path, r.Path+"/")
		})
		if !r.Indirect || runs {
			direct = append(direct, r.Path)
		}
	}
	slices.Sort(direct)
	return direct, nil
}

var tableRow = regexp.MustCompile("(?m)^\\| `([^`]+)` \\|")

// recordedModules are the first cells of the page's table rows, sorted.
func recordedModules(page string) []string {
	var modules []string
	for _, row := range tableRow.FindAllStringSubmatch(page, -1) {
		modules = append(modules, row[1])
	}
	slices.Sort(modules)
	return modules
}
