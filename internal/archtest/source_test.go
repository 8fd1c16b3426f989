package archtest_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// source is one parsed file; path is from the module's root, with slashes.
type source struct {
	path string
	fset *token.FileSet
	file *ast.File
}

func parse(path string, text []byte) (source, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, text, parser.SkipObjectResolution)
	return source{path, fset, file}, err
}

func (s source) line(p token.Pos) int { return s.fset.Position(p).Line }

// broken lists what breaks a ban, as file:line, and notes each exception used.
func (s source) broken(bans []ban, used map[string]bool) []string {
	var found []string
	for _, b := range bans {
		if !b.applies(s.path) {
			continue
		}
		for _, f := range b.find(s) {
			key := s.path + " " + b.name
			if _, excepted := exceptions[key]; excepted {
				used[key] = true
				continue
			}
			found = append(found, fmt.Sprintf("%s:%d: %s: %s", s.path, s.line(f.pos), b.name, f.what))
		}
	}
	return found
}

func TestBans(t *testing.T) {
	t.Parallel()
	files, used := productionFiles(t), map[string]bool{}
	if len(files) < 50 {
		t.Fatalf("found only %d files", len(files))
	}
	for _, s := range files {
		for _, b := range s.broken(bans, used) {
			t.Error(b)
		}
	}
	for key, why := range exceptions {
		if !used[key] {
			t.Errorf("the exception %q (%s) is not needed any more", key, why)
		}
	}
}

func TestAny_isRare(t *testing.T) {
	t.Parallel()
	planted, err := parse("a.go", []byte("package x\nfunc f[T any](a any, b map[string]any) []any { return nil }\ntype b[T any] struct{ c any }\n"))
	if n := len(findAny(planted)); err != nil || n != 4 {
		t.Fatalf("found %d of 4 in planted code (%v)", n, err)
	}
	said, lines := 0, 0
	for _, s := range productionFiles(t) {
		said += len(findAny(s))
		lines += s.fset.File(s.file.Pos()).LineCount()
	}
	if said*1000 > maxAny*lines {
		t.Errorf("any is said %d times in %d lines, more than %d in a thousand; give what is of any type a name or a type", said, lines, maxAny)
	}
}

// Each ban must find what is planted for it, and nothing in good code.
func TestBans_planted(t *testing.T) {
	t.Parallel()
	planted := map[string]bool{}
	for _, tt := range plantedSources {
		planted[tt.ban] = true
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := parse(tt.path, []byte("package x\n"+tt.text))
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			if tt.what != "" {
				want = []string{fmt.Sprintf("%s:%d: %s: %s", tt.path, tt.line, tt.ban, tt.what)}
			}
			if diff := cmp.Diff(want, s.broken(bans, map[string]bool{})); diff != "" {
				t.Errorf("broken bans (-want +got):\n%s", diff)
			}
		})
	}
	for _, b := range bans {
		if !planted[b.name] {
			t.Errorf("nothing is planted for the ban %q", b.name)
		}
	}
}

// plantedSources begin at line 2; an empty what means that all is well.
var plantedSources = []struct {
	name, path, text string
	line             int
	ban, what        string
}{
	{"type", "money/a.go", "var a float64", 2, "float", "float64"},
	{"conversion", "orchestrator/ledger/a.go", "var a = int(float32(1))", 2, "float", "float32"},
	{"literal", "server/a.go", "const a = 0.5", 2, "float", "float literal 0.5"},
	{"literal with an exponent", "server/a.go", "const a = 1e3", 2, "float", "float literal 1e3"},
	{"parsed", "client/a.go", "import \"strconv\"\nvar a, _ = strconv.ParseFloat(\"1\", 64)", 3, "float", "call of strconv.ParseFloat"},
	{"away from money", "internal/bench/a.go", "var a float64 = 0.5", 0, "float", ""},
	{"now", "server/a.go", "import \"time\"\nvar a = time.Now()", 3, "clock", "call of time.Now"},
	{"now in brackets", "server/a.go", "import \"time\"\nvar a = (time.Now)()", 3, "clock", "call of time.Now"},
	{"now by another name", "server/a.go", "import clock \"time\"\nvar a = clock.Now()", 3, "clock", "call of time.Now"},
	{"since", "sandbox/a.go", "import \"time\"\nvar a = time.Since(time.Time{})", 3, "clock", "call of time.Since"},
	{"sleep", "sandbox/a.go", "import \"time\"\nfunc f() { time.Sleep(1) }", 3, "clock", "call of time.Sleep"},
	{"ticker", "orchestrator/a.go", "import \"time\"\nvar a = time.NewTicker(1)", 3, "timer", "call of time.NewTicker"},
	{"after", "cmd/handsel/a.go", "import \"time\"\nfunc f() { <-time.After(1) }", 3, "timer", "call of time.After"},
	{"ticker of the kit", "internal/due/a.go", "import \"time\"\nvar a = time.NewTicker(1)", 0, "timer", ""},
	{"claim", "internal/sqlstore/a.go", "const a = `select 1 for update SKIP LOCKED`", 2, "claim", "the words \"skip locked\""},
	{"default", "server/a.go", "import \"time\"\nvar c = struct{ Now func() time.Time }{Now: time.Now}", 0, "clock", ""},
	{"given clock", "server/a.go", "func f(c struct{ Now func() int }) int { return c.Now() }", 0, "clock", ""},
	{"command", "cmd/handsel/a.go", "import \"time\"\nvar a = time.Now()", 0, "clock", ""},
	{"dice", "client/a.go", "import \"math/rand\"\nvar a = rand.Int()", 3, "chance", "call of math/rand.Int"},
	{"dice, second edition", "client/a.go", "import \"math/rand/v2\"\nvar a = rand.N(10)", 3, "chance v2", "call of math/rand/v2.N"},
	{"dice of a named type", "client/a.go", "import \"math/rand/v2\"\nvar a = rand.N[int](10)", 3, "chance v2", "call of math/rand/v2.N"},
	{"seeded dice", "sandbox/a.go", "import \"math/rand/v2\"\nvar a = rand.New(rand.NewPCG(1, 2))", 0, "chance v2", ""},
	{"secret dice", "server/a.go", "import \"crypto/rand\"\nvar a = rand.Text()", 3, "secret chance", "call of crypto/rand.Text"},
	{"id", "server/a.go", "import \"github.com/google/uuid\"\nvar a = uuid.New()", 3, "random id", "call of github.com/google/uuid.New"},
	{"id as text", "server/a.go", "import \"github.com/google/uuid\"\nvar a = uuid.NewString()", 3, "random id", "call of github.com/google/uuid.NewString"},
	{"id read", "server/a.go", "import \"github.com/google/uuid\"\nvar a, b = uuid.Parse(\"\")", 0, "random id", ""},
	{"setting", "server/a.go", "import \"os\"\nvar a = os.Getenv(\"A\")", 3, "environment", "call of os.Getenv"},
	{"setting in a test helper", "internal/pgtest/a.go", "import \"os\"\nvar a = os.Getenv(\"A\")", 0, "environment", ""},
	{"log", "cmd/handsel/a.go", "import \"log/slog\"\nfunc f() { slog.Info(\"a\") }", 3, "global log", "call of log/slog.Info"},
	{"given log", "server/a.go", "import \"log/slog\"\nfunc f(l *slog.Logger) { l.Info(\"a\", slog.Int(\"b\", 1)) }", 0, "global log", ""},
	{"print", "server/a.go", "import \"fmt\"\nfunc f() { fmt.Println() }", 3, "print", "call of fmt.Println"},
	{"builtin print", "server/a.go", "func f() { println() }", 2, "print", "call of println"},
	{"print to a writer", "server/a.go", "import (\"fmt\"; \"io\")\nfunc f(w io.Writer) { fmt.Fprintln(w) }", 0, "print", ""},
	{"panic", "cmd/handsel/a.go", "func f() { panic(1) }", 2, "panic", "panic outside a Must function"},
	{"panic in a variable", "money/a.go", "var f = func() {\n panic(1)\n}", 3, "panic", "panic outside a Must function"},
	{"panic in a Must function", "money/a.go", "func MustF() { panic(1) }", 0, "panic", ""},
	{"e-mail by hand", "exchange/a.go", "import \"github.com/handsel-dev/handsel/notices\"\nvar a = notices.Mail{}", 3, "telling", "notices.Mail made by hand"},
	{"entry by another name", "orchestrator/a.go", "import n \"github.com/handsel-dev/handsel/notices\"\nvar a = n.Entry{}", 3, "telling", "n.Entry made by hand"},
	{"message by hand", "cmd/handsel/a.go", "import \"github.com/handsel-dev/handsel/internal/mail\"\nvar a = mail.Message{}", 3, "telling", "mail.Message made by hand"},
	{"mailer of a room", "conversations/a.go", "import \"github.com/handsel-dev/handsel/internal/mail\"\nvar a mail.Kind", 2, "telling", "import of \"github.com/handsel-dev/handsel/internal/mail\""},
	{"mailer of the library", "internal/app/a.go", "import \"net/smtp\"\nvar a smtp.Auth", 2, "telling", "import of \"net/smtp\""},
	{"queued by a room", "exchange/a.go", "func f(s interface{ AddMail(int, int) }) { s.AddMail(1, 2) }", 2, "telling", "call of AddMail"},
	{"row of a room", "exchange/a.go", "import \"github.com/handsel-dev/handsel/notices\"\nvar a = notices.Row{}", 0, "telling", ""},
	{"told by notices", "notices/a.go", "func f(s interface{ AddMail(int, int) }) { s.AddMail(1, 2) }", 0, "telling", ""},
	{"init", "money/a.go", "func init() {}", 2, "init", "init function"},
	{"method called init", "money/a.go", "type a int\nfunc (a) init() {}", 0, "init", ""},
	{"unsafe", "money/a.go", "import _ \"unsafe\"", 2, "import", `import of "unsafe"`},
	{"old log", "server/a.go", "import \"log\"\nvar a = log.Default()", 2, "import", `import of "log"`},
	{"dot", "server/a.go", "import . \"time\"\nvar a = Now()", 2, "import", "import into the file's own names"},
	{"odd phrase", "server/a.go", "const a = `the ad is not active\nany more`", 2, "wording", `"any more": say "no longer"; the glossary in docs/glossary.md has the words to use`},
	{"odd phrase in a tag", "cmd/handsel/a.go", "type a struct {\n A int `help:\"Loopback unless told otherwise.\"`\n}", 3, "wording", `"told otherwise": say "by default"; the glossary in docs/glossary.md has the words to use`},
	{"plain phrase", "server/a.go", "const a = \"the ad is no longer active\"", 0, "wording", ""},
	{"long file", "server/a.go", strings.Repeat("\n", 500), 1, "long file", "file of 501 lines, more than 500"},
	{"full file", "server/a.go", strings.Repeat("\n", 499), 0, "long file", ""},
	{"long function", "server/a.go", "func f() {" + strings.Repeat("\n", 80) + "}", 2, "long function", "function f of 81 lines, more than 80"},
	{"branches", "server/a.go", "func f(a int) {" + strings.Repeat("\nif a > 0 {}", 13) + "}", 2, "branches", "function f of 13 branches, more than 12"},
	{"cases", "server/a.go", "func f(a int) {\nswitch a {\n" + strings.Repeat("case 1:\n", 12) + "default:\n}\nfor {}\n}", 2, "branches", "function f of 13 branches, more than 12"},
	{"few branches", "server/a.go", "func f(a int) {" + strings.Repeat("\nif a > 0 {}", 12) + "}", 0, "branches", ""},
	{"full function", "server/a.go", "func f() {" + strings.Repeat("\n", 79) + "}", 0, "long function", ""},
}

// productionFiles parses every Go file of the module that is no test.
func productionFiles(t *testing.T) []source {
	t.Helper()
	var files []source
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); path != root && (name == "testdata" || strings.HasPrefix(name, ".")) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		s, err := read(path)
		files = append(files, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func read(path string) (source, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return source{}, err
	}
	name, err := filepath.Rel(root, path)
	if err != nil {
		return source{}, err
	}
	return parse(filepath.ToSlash(name), text)
}
