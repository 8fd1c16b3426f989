package main

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

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
  New members may come; those that are there stay.
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

// schema is a JSON schema, as far as objects of the command line need one.
type schema struct {
	Type        string     `json:"type,omitzero"`
	Format      string     `json:"format,omitzero"`
	Description string     `json:"description,omitzero"`
	Properties  properties `json:"properties,omitzero"`
	Required    []string   `json:"required,omitzero"`
	Items       *schema    `json:"items,omitzero"`
	Additional  *schema    `json:"additionalProperties,omitzero"`
}

// properties stand in the order in which they are printed.
type properties []property

type property struct {
	name string
	schema
}

func (p properties) MarshalJSON() ([]byte, error) {
	var parts []string
	for _, one := range p {
		text, err := json.Marshal(one.schema)
		if err != nil {
			return nil, err
		}
		parts = append(parts, fmt.Sprintf("%q:%s", one.name, text))
	}
	return []byte("{" + strings.Join(parts, ",") + "}"), nil
}

// schemaOf is the schema of a type's objects.
func schemaOf(t reflect.Type) schema {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return schema{Type: "string", Format: "date-time"}
	case t == reflect.TypeFor[json.RawMessage](), t.Kind() == reflect.Interface:
		return schema{}
	case t.Kind() == reflect.Pointer:
		return schemaOf(t.Elem())
	case t.Kind() == reflect.String || t.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		return schema{Type: "string"}
	case t.Kind() == reflect.Bool:
		return schema{Type: "boolean"}
	case t.Kind() == reflect.Slice:
		items := schemaOf(t.Elem())
		return schema{Type: "array", Items: &items}
	case t.Kind() == reflect.Map:
		values := schemaOf(t.Elem())
		return schema{Type: "object", Additional: &values}
	case t.Kind() == reflect.Struct:
		return structSchema(t)
	}
	return schema{Type: "integer"}
}

func structSchema(t reflect.Type) schema {
	s := schema{Type: "object"}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			inner := structSchema(f.Type)
			s.Properties, s.Required = append(s.Properties, inner.Properties...), append(s.Required, inner.Required...)
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		of := schemaOf(f.Type)
		of.Description = f.Tag.Get("help")
		s.Properties = append(s.Properties, property{name, of})
		if options != "omitzero" {
			s.Required = append(s.Required, name)
		}
	}
	return s
}
