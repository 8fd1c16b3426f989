package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const cliFile = "../../docs/cli.md"

// docs/cli.md says what the program says of itself.
func TestCommandLine_isDocumented(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	fmt.Fprintf(&b, "# The command line\n\n%s\n\n", cliIntroduction)
	for c := range tree().all() {
		documentCommand(t, &b, c)
	}
	got := strings.TrimRight(b.String(), "\n") + "\n"
	if *update {
		if err := os.WriteFile(cliFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(cliFile)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("docs/cli.md is not what the program says; run go test ./cmd/handsel -run TestCommandLine_isDocumented -update (-file +program):\n%s", d)
	}
}

const cliIntroduction = `This page is written by ` + "`go test ./cmd/handsel -run TestCommandLine_isDocumented -update`" + `; the program says the same by ` + "`handsel help COMMAND`" + `.

- A flag goes before its environment variable, and that before the default. Secrets may stand in a file that ` + "`NAME_FILE`" + ` names.
- Data is on stdout; what is said about it is on stderr. With ` + "`--json`" + ` stdout has JSON objects, one a line, and nothing else.
  New members may come; those that are there stay. ` + "`handsel schema COMMAND`" + ` prints the JSON Schema of a command's objects.
- [Exit codes](operations.md#production): 0, 1 for a failure, 2 for a command line or a setting that has to be mended, 3 for something that a
  command looked for and found.
- ` + "`source <(handsel completion bash)`" + ` completes commands, flags and values; zsh and fish have scripts, too.
- Nothing is printed in color.`

func documentCommand(t *testing.T, b *bytes.Buffer, c *command) {
	t.Helper()
	if len(c.below) > 0 && c.HasParent() {
		fmt.Fprintf(b, "## %s\n\n%s\n\n", c.CommandPath(), c.Short)
		return
	}
	if !c.HasParent() {
		return
	}
	level := "##"
	if c.Parent().HasParent() {
		level = "###"
	}
	needs := ""
	if notPlayed[c.CommandPath()] != "" {
		needs = " needs=minutes"
	}
	fmt.Fprintf(b, "%s %s\n\n%s\n\n```sh%s\n%s\n```\n\n", level, c.CommandPath(), c.Short, needs, c.Example)
	if len(c.args)+len(c.flags) > 0 {
		fmt.Fprintf(b, "| argument | variable | meaning |\n| --- | --- | --- |\n")
	}
	for _, f := range append(append([]*field{}, c.args...), c.flags...) {
		if f.hidden {
			continue
		}
		variable := ""
		if f.env != "" {
			variable = "`" + f.env + "`"
		}
		needed := ""
		if f.required && !f.arg {
			needed = " Required."
		}
		fmt.Fprintf(b, "| `%s` | %s | %s%s |\n", f.usage(), variable, strings.ReplaceAll(f.help, "|", "\\|"), needed)
	}
	b.WriteString("\n")
	if shaped, ok := c.target.Interface().(interface{ shape() reflect.Type }); ok {
		documentSchema(t, b, schemaOf(shaped.shape()))
	}
}

// documentSchema writes a schema with a line for each member.
func documentSchema(t *testing.T, b *bytes.Buffer, s schema) {
	t.Helper()
	required, err := json.Marshal(s.Required)
	if err != nil {
		t.Fatal(err)
	}
	lines := make([]string, len(s.Properties))
	for i, p := range s.Properties {
		text, err := json.Marshal(p.schema)
		if err != nil {
			t.Fatal(err)
		}
		lines[i] = fmt.Sprintf("    %q: %s", p.name, text)
	}
	fmt.Fprintf(b, "An object of `--json`:\n\n```json schema=Schema\n{\n  \"type\": %q,\n  \"required\": %s,\n  \"properties\": {\n%s\n  }\n}\n```\n\n", s.Type, required, strings.Join(lines, ",\n"))
}
