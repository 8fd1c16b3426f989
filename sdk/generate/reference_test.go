package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/handsel-dev/handsel/internal/guidebook"
	"github.com/handsel-dev/handsel/internal/nodetest"
)

func referred(t *testing.T) guidebook.Reference {
	t.Helper()
	text, err := os.ReadFile("../../" + description)
	if err != nil {
		t.Fatal(err)
	}
	r, err := reference(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// snippets are the examples in a language, by operation.
func snippets(t *testing.T, language string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, s := range referred(t).Subjects {
		for _, c := range s.Calls {
			at := slices.IndexFunc(c.Code, func(code guidebook.Code) bool { return code.Language == language })
			if at < 0 {
				if strings.HasPrefix(c.Path, "/v1/") && !c.Untried {
					t.Errorf("%s has no example in %s", c.Operation, language)
				}
				continue
			}
			all[c.Operation] = c.Code[at].Text
		}
	}
	return all
}

// Every example in Go is one that the compiler takes, on the SDK as it is.
func TestReference_goCompiles(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("package shop\n\nimport (\n\"context\"\n\"fmt\"\n\"time\"\n\nhandsel \"github.com/handsel-dev/handsel/sdk/go\"\n)\n\nvar _ = time.UTC\nvar _ = fmt.Println\n")
	for name, text := range snippets(t, "Go") {
		used := "return err"
		switch {
		case strings.HasPrefix(text, "answer"):
			used = "_ = answer\nreturn err"
		case strings.HasPrefix(text, "for"):
			used = "return nil"
		}
		fmt.Fprintf(&b, "\nfunc %s(ctx context.Context, h *handsel.Client, content []byte) error {\n%s\n%s\n}\n", strings.ReplaceAll(name, ".", "_"), text, used)
	}
	dir := t.TempDir()
	file, overlay := filepath.Join(dir, "shop.go"), filepath.Join(dir, "overlay.json")
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	replaced, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(here, "shop", "shop.go"): file}})
	if err := errors.Join(err, os.WriteFile(file, []byte(b.String()), 0o600), os.WriteFile(overlay, replaced, 0o600)); err != nil {
		t.Fatal(err)
	}
	// The file stands in a folder of this module that only the compiler sees.
	if output, err := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay, "./shop").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

const tsConfig = `{"compilerOptions": {"target": "es2022", "module": "nodenext", "lib": ["es2023", "dom", "dom.asynciterable"], "types": ["node"], "strict": true,
 "noEmit": true, "paths": {"@handsel/sdk": ["./sdk/src/index.ts"]}}, "files": ["shop.ts"]}`

// Every example in TypeScript is one that the compiler takes, on the SDK as it is.
func TestReference_typeScriptCompiles(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("import { done, Handsel } from \"@handsel/sdk\";\n\nexport { done };\ndeclare const handsel: Handsel, content: Blob;\n")
	for name, text := range snippets(t, "TypeScript") {
		fmt.Fprintf(&b, "\nexport async function %s() {\n%s\n}\n", strings.ReplaceAll(name, ".", "_"), text)
	}
	dir := nodetest.Install(t, "typescript@7.0.2", "@types/node@20.19.25")
	dir.Copy(t, "../typescript", "sdk")
	dir.Write(t, "package.json", `{"type": "module"}`)
	dir.Write(t, "tsconfig.json", tsConfig)
	dir.Write(t, "shop.ts", b.String())
	dir.Run(t, "tsc")
}

// Every call of the API is there, and every type that the reference names.
func TestReference_isWhole(t *testing.T) {
	t.Parallel()
	r := referred(t)
	names := map[string]bool{}
	for _, o := range r.Objects {
		if names[o.Name] {
			t.Errorf("two objects are called %s", o.Name)
		}
		names[o.Name] = true
	}
	check := func(where, kind string) {
		for _, word := range strings.Fields(kind) {
			if word[0] >= 'A' && word[0] <= 'Z' && !names[word] {
				t.Errorf("%s: there is no object %s", where, word)
			}
		}
	}
	calls := 0
	for _, s := range r.Subjects {
		for _, c := range s.Calls {
			calls++
			if len(c.Answers) == 0 || c.Title == "" || c.Text == "" || len(c.Code) == 0 {
				t.Errorf("%s says too little: %+v", c.Operation, c)
			}
			for _, f := range c.Parameters {
				check(c.Operation, f.Type)
			}
			for _, a := range c.Answers {
				check(c.Operation, a.Type)
			}
			if c.Body != nil {
				check(c.Operation, c.Body.Type)
			}
		}
	}
	for _, o := range r.Objects {
		for _, f := range o.Fields {
			check(o.Name, f.Type)
		}
	}
	if calls < 140 || len(r.Common) < 20 {
		t.Errorf("%d calls, %d codes of all routes", calls, len(r.Common))
	}
}
