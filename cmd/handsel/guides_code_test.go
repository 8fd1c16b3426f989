package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/nodetest"
)

const goMod = `module example.com/shop

go 1.26

require github.com/handsel-dev/handsel v0.0.0

replace github.com/handsel-dev/handsel => %s
`

// tryGo compiles a file in a module of the reader's own, beside a clone. A program and a test run, with what the terminal has exported.
func (r *reader) tryGo(b *block) error {
	text, file, made, run := b.text, "shop.go", "go vet ./...", ":"
	switch {
	case strings.Contains(text, "\nfunc Test"):
		file, made = "shop_test.go", "go vet ./... && go test ./..."
	case strings.HasPrefix(text, "package main\n"):
		made, run = "go vet ./... && go build -o shop .", "/shop"
	case !strings.HasPrefix(text, "package "):
		text = "package shop\n" + text
	}
	dir := r.t.TempDir()
	if run == "/shop" {
		run = dir + run
	}
	sums, err := os.ReadFile("../../go.sum")
	if err != nil {
		return err
	}
	write(r.t, filepath.Join(dir, "go.mod"), fmt.Sprintf(goMod, r.clone))
	write(r.t, filepath.Join(dir, "go.sum"), string(sums))
	write(r.t, filepath.Join(dir, file), r.here(text))
	// The flags are those of make, whose packages are compiled already.
	return r.paste(b, "( cd '"+dir+"'; export CGO_ENABLED=0 GOFLAGS='-trimpath -tags=nomsgpack -mod=mod' GOPROXY=off; "+made+" )\n"+run)
}

const tsConfig = `{"compilerOptions": {"target": "es2022", "module": "nodenext", "lib": ["es2023", "dom", "dom.asynciterable"], "types": ["node"], "strict": true,
 "noEmit": true, "paths": {"@handsel/sdk": ["./sdk/src/index.ts"]}}, "files": ["shop.ts"]}`

// tryTypeScript lets the compiler look at a file that stands on the SDK.
func (r *reader) tryTypeScript(b *block) error {
	dir := nodetest.Install(r.t, typescript, nodeTypes)
	dir.Copy(r.t, "../../sdk/typescript", "sdk")
	dir.Write(r.t, "package.json", `{"type": "module"}`)
	dir.Write(r.t, "tsconfig.json", tsConfig)
	dir.Write(r.t, "shop.ts", b.text)
	if output, err := dir.Command(r.t, "tsc").CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, output)
	}
	return nil
}

// trySettings loads settings and starts nothing. A warning of one of them fails, too.
func (r *reader) trySettings(b *block) error {
	cmd := exec.CommandContext(r.t.Context(), filepath.Join(r.clone, "bin/handsel"), "config", "check")
	cmd.Env = []string{"HOME=" + r.dir}
	for line := range strings.Lines(b.text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			cmd.Env = append(cmd.Env, line)
		}
	}
	output, err := cmd.CombinedOutput()
	if err == nil && string(output) != "serve would start with these settings\n" {
		err = errors.New("there is a warning")
	}
	if err != nil {
		return fmt.Errorf("%w\n%s", err, output)
	}
	return nil
}

var arrow = regexp.MustCompile(`^(\[\*\]|\w+) --> (\[\*\]|\w+)(: \S.*)?$`)

// drawn fails where a drawing of states is none, or shows a state that nothing leads to.
func drawn(text string) error {
	head, arrows, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if head != "stateDiagram-v2" {
		return fmt.Errorf("it does not begin with stateDiagram-v2 but with %s", head)
	}
	next, from := map[string][]string{}, []string{"[*]"}
	for line := range strings.Lines(arrows) {
		m := arrow.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			return fmt.Errorf("this is no arrow: %s", line)
		}
		next[m[1]] = append(next[m[1]], m[2])
	}
	for seen := map[string]bool{}; len(from) > 0; {
		state := from[0]
		from = from[1:]
		if !seen[state] {
			seen[state] = true
			from = append(from, next[state]...)
			delete(next, state)
		}
	}
	if len(next) > 0 {
		return fmt.Errorf("nothing leads to %s", listed(next))
	}
	return nil
}

// A drawing has no state that cannot be reached, and nothing but arrows.
func TestGuides_drawn(t *testing.T) {
	t.Parallel()
	for text, well := range map[string]bool{
		"stateDiagram-v2\n    [*] --> paid: pay\n    paid --> [*]\n": true,
		"stateDiagram-v2\n[*] --> paid\nheld --> paid: keep\n":       false,
		"stateDiagram-v2\n[*] -> paid\n":                             false,
		"graph TD\n[*] --> paid\n":                                   false,
	} {
		if err := drawn(text); (err == nil) != well {
			t.Errorf("%q: %v", text, err)
		}
	}
}
