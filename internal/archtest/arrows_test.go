package archtest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// root is the module's folder; a test runs in the folder of its package.
const root = "../.."

const ownModule = "github.com/handsel-dev/handsel"

// pkg is a package as go list describes it.
type pkg struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

func (p pkg) folder() string { return strings.TrimPrefix(p.ImportPath, ownModule+"/") }

// tests holds what only the test files import.
func (p pkg) tests() []string {
	all := slices.Concat(p.TestImports, p.XTestImports)
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(i string) bool {
		return i == p.ImportPath || slices.Contains(p.Imports, i)
	})
}

func TestArrows(t *testing.T) {
	t.Parallel()
	pkgs := listPackages(t)
	if len(pkgs) < 10 {
		t.Fatalf("go list found only %d packages", len(pkgs))
	}
	for _, v := range wrongArrows(rules, pkgs) {
		t.Error(v)
	}
}

// Each planted arrow must be found, and each right one let through.
func TestArrows_planted(t *testing.T) {
	t.Parallel()
	own := func(folder string) string { return ownModule + "/" + folder }
	tests := []struct {
		name string
		pkg  pkg
		want []string
	}{
		{"right arrows", pkg{ImportPath: own("server"), Imports: []string{"net/http", own("orchestrator"), gin, gin + "/binding"}}, nil},
		{"command uses all", pkg{ImportPath: own("cmd/handsel"), Imports: []string{own("internal/sqlstore"), own("orchestrator/gateway/stripe")}}, nil},
		{"tests may look around", pkg{ImportPath: own("client"), XTestImports: []string{own("client"), own("sandbox/sandboxtest"), goCmp + "/cmp"}}, nil},
		{"upwards", pkg{ImportPath: own("orchestrator"), Imports: []string{own("internal/sqlstore")}}, []string{
			"orchestrator must not import internal/sqlstore"}},
		{"sideways", pkg{ImportPath: own("sandbox"), Imports: []string{own("client")}}, []string{
			"sandbox must not import client"}},
		{"one gateway from another", pkg{ImportPath: own("orchestrator/gateway/none"), Imports: []string{own("orchestrator/gateway/balance")}}, []string{
			"orchestrator/gateway/none must not import orchestrator/gateway/balance"}},
		{"one face from another", pkg{ImportPath: own("server/native"), Imports: []string{own("server/web"), own("server/sharetribe")}}, []string{
			"server/native must not import server/sharetribe"}},
		{"a face from what mounts it", pkg{ImportPath: own("server/socket"), Imports: []string{own("server")}}, []string{
			"server/socket must not import server"}},
		{"a face from what faces share", pkg{ImportPath: own("server/deal"), Imports: []string{own("server/web"), own("server/native")}}, []string{
			"server/deal must not import server/native"}},
		{"mechanics from a face", pkg{ImportPath: own("server/web"), Imports: []string{own("server/deal")}}, []string{
			"server/web must not import server/deal"}},
		{"driver outside the store", pkg{ImportPath: own("server"), Imports: []string{pq}}, []string{
			"server must not import " + pq}},
		{"module with the same beginning", pkg{ImportPath: own("client"), Imports: []string{resty + "x"}}, []string{
			"client must not import " + resty + "x"}},
		{"web in a pure package", pkg{ImportPath: own("money"), Imports: []string{"net/http", "fmt"}}, []string{
			"money is pure and must not import net/http"}},
		{"helper in production", pkg{ImportPath: own("cmd/handsel"), Imports: []string{own("internal/storetest")}}, []string{
			"cmd/handsel must not import internal/storetest"}},
		{"testing in production", pkg{ImportPath: own("server"), Imports: []string{"testing"}}, []string{
			"server must not import testing: it is no test helper"}},
		{"driver in a test", pkg{ImportPath: own("server"), XTestImports: []string{sqlite}}, []string{
			"tests of server must not import " + sqlite}},
		{"driver in a test of migrations", pkg{ImportPath: own("migrations"), XTestImports: []string{sqlite}}, nil},
		{"driver in migrations", pkg{ImportPath: own("migrations"), Imports: []string{sqlite}}, []string{
			"migrations must not import " + sqlite}},
		{"command in a test", pkg{ImportPath: own("server"), TestImports: []string{own("cmd/handsel")}}, []string{
			"tests of server must not import cmd/handsel"}},
		{"unknown folder", pkg{ImportPath: own("shiny")}, []string{
			"shiny has no rule: add a line to rules in internal/archtest/rules_test.go"}},
		{"import of an unknown folder", pkg{ImportPath: own("exchange"), Imports: []string{own("shiny")}}, []string{
			"exchange must not import shiny"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, wrongArrows(rules, []pkg{tt.pkg})); diff != "" {
				t.Errorf("wrong arrows (-want +got):\n%s", diff)
			}
		})
	}
}

// Two rules for one folder could say different things.
func TestRules_oneEach(t *testing.T) {
	t.Parallel()
	for i, a := range rules {
		for _, b := range rules[i+1:] {
			if matches(a.folder, b.folder) || matches(b.folder, a.folder) {
				t.Errorf("rules %q and %q overlap", a.folder, b.folder)
			}
		}
	}
}

func wrongArrows(rules []rule, pkgs []pkg) []string {
	var found []string
	for _, p := range pkgs {
		r, ok := ruleFor(rules, p.folder())
		if !ok {
			found = append(found, p.folder()+" has no rule: add a line to rules in internal/archtest/rules_test.go")
			continue
		}
		for _, i := range p.Imports {
			if why := r.refuses(rules, i); why != "" {
				found = append(found, p.folder()+" "+why)
			}
		}
		for _, i := range p.tests() {
			if !r.allowsInTests(rules, i) {
				found = append(found, fmt.Sprintf("tests of %s must not import %s", p.folder(), short(i)))
			}
		}
	}
	return found
}

func ruleFor(rules []rule, folder string) (rule, bool) {
	i := slices.IndexFunc(rules, func(r rule) bool { return matches(r.folder, folder) })
	if i < 0 {
		return rule{}, false
	}
	return rules[i], true
}

// refuses says why production code may not have an import, or nothing.
func (r rule) refuses(rules []rule, imported string) string {
	switch {
	case isStandard(imported):
		return r.refusesStandard(imported)
	case isOwn(imported) && r.allowsOwn(rules, short(imported)), !isOwn(imported) && inModules(r.modules, imported):
		return ""
	}
	return "must not import " + short(imported)
}

func (r rule) refusesStandard(imported string) string {
	if imported == "testing" && !r.helper {
		return "must not import testing: it is no test helper"
	}
	impure := []string{"database", "log", "net", "os", "syscall"}
	if first, _, _ := strings.Cut(imported, "/"); r.pure && slices.Contains(impure, first) {
		return "is pure and must not import " + imported
	}
	return ""
}

func (r rule) allowsOwn(rules []rule, folder string) bool {
	for _, pattern := range r.own {
		if pattern == everything {
			if other, ok := ruleFor(rules, folder); ok && !other.helper {
				return true
			}
		} else if matches(pattern, folder) {
			return true
		}
	}
	return false
}

// allowsInTests is looser: tests may use any folder of ours but the commands,
// which stand above everything.
func (r rule) allowsInTests(rules []rule, imported string) bool {
	switch {
	case isStandard(imported):
		return true
	case isOwn(imported):
		_, known := ruleFor(rules, short(imported))
		return known && !strings.HasPrefix(short(imported), "cmd/")
	}
	return inModules(slices.Concat(r.modules, r.tests, testModules), imported)
}

func matches(pattern, folder string) bool {
	ok, err := path.Match(pattern, folder)
	return ok && err == nil
}

func inModules(modules []string, imported string) bool {
	return slices.ContainsFunc(modules, func(m string) bool { return imported == m || strings.HasPrefix(imported, m+"/") })
}

func isOwn(imported string) bool { return strings.HasPrefix(imported, ownModule+"/") }

// isStandard holds because only the standard library's import paths do not
// begin with a host name.
func isStandard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}

func short(imported string) string { return strings.TrimPrefix(imported, ownModule+"/") }

// listPackages asks the go command, with cgo's switch as in a release build.
func listPackages(t *testing.T) []pkg {
	t.Helper()
	out := goCommand(t, "list", "-e", "-buildvcs=false", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	var pkgs []pkg
	for dec := json.NewDecoder(strings.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

func goCommand(t *testing.T, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), "go", args...)
	c.Dir, c.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	var errs strings.Builder
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return string(out)
}
