package main

import (
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/internal/testport"
)

// What documents tell to do works, and leads to what they say. Each block is tried in its order, in an empty folder, by a
// reader who has the program; those of the repository's own folder are read in a clone of it. Blocks that
// are not tried are counted.
func TestGuides(t *testing.T) {
	t.Parallel()
	clone := newClone(t)
	var files []string
	for _, pattern := range []string{"README.md", "CONTRIBUTING.md", "docs/*.md", "docs/*/*.md", "sdk/*/README.md"} {
		found, err := filepath.Glob(filepath.Join("../..", pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(found), err)
		}
		files = append(files, found...)
	}
	var counts tally
	two := make(chan bool, 2) // at a time: a document may need all of a processor
	t.Run("all", func(t *testing.T) {
		for _, file := range files {
			name := strings.TrimPrefix(file, "../../")
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				two <- true
				defer func() { <-two }()
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				blocks, err := parsed(string(text))
				if err != nil {
					t.Fatal(err)
				}
				if len(blocks) > 0 {
					newReader(t, name, string(text), clone).tryAll(blocks, &counts)
				}
			})
		}
	})
	t.Log(counts.String())
}

// tally counts blocks, by what became of them. It is safe for concurrent use.
type tally struct {
	mu    sync.Mutex
	tried int
	not   map[string]int // by what they need
}

func (c *tally) add(b *block) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if b.needs == "" {
		c.tried++
		return
	}
	if c.not == nil {
		c.not = map[string]int{}
	}
	c.not[b.needs]++
}

func (c *tally) String() string {
	text := fmt.Sprintf("%d blocks were tried", c.tried)
	for _, need := range slices.Sorted(maps.Keys(c.not)) {
		text += fmt.Sprintf(", %d not (%s)", c.not[need], needs[need])
	}
	return text
}

// reader is who reads a document and does what it says.
type reader struct {
	t        *testing.T
	document string
	clone    string
	dir      string // where they are: a clone, or an empty folder
	environ  []string
	ports    map[string]string // that stand for those of the document, by them
	database string            // stands for one of the document
	terminal *terminal
	lasting  []*terminal
}

func newReader(t *testing.T, document, text, clone string) *reader {
	t.Helper()
	home, dir := t.TempDir(), t.TempDir()
	if !strings.Contains(document, "/") {
		if err := os.CopyFS(dir, os.DirFS(clone)); err != nil {
			t.Fatal(err)
		}
	}
	r := &reader{t: t, document: document, clone: clone, dir: dir, ports: map[string]string{}}
	write(t, filepath.Join(home, ".curlrc"), "silent\nshow-error\nfail-with-body\n")
	r.environ = append(goEnviron(t),
		"PATH="+filepath.Join(clone, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"), "HOME="+home, "TMPDIR="+t.TempDir(), "LC_ALL=C.UTF-8",
		"HANDSEL_ADDR="+r.here("127.0.0.1:8420"), "HANDSEL_SANDBOX_ADDR="+r.here("127.0.0.1:8421"), "HANDSEL_DRAIN_PAUSE=0s")
	for _, e := range app.Emulators() {
		if strings.Contains(text, e.Usual) { // else any port will do
			r.environ = append(r.environ, e.Setting+"="+r.here(e.Usual))
		}
	}
	r.terminal = openTerminal(t, dir, r.environ)
	return r
}

// goEnviron is what Go needs to find what it has compiled.
func goEnviron(t *testing.T) (environ []string) {
	t.Helper()
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH", "GOROOT", "GOPROXY", "GOTOOLCHAIN"} {
		value, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		environ = append(environ, name+"="+strings.TrimSpace(string(value)))
	}
	return environ
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// newClone is what a reader has who has cloned the repository and called make.
func newClone(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		from, to := filepath.Join("../..", e.Name()), filepath.Join(dir, e.Name())
		switch {
		case e.Name() == ".git" || e.Name() == "bin":
		case e.IsDir():
			err = os.CopyFS(to, os.DirFS(from))
		default:
			var text []byte
			if text, err = os.ReadFile(from); err == nil {
				err = os.WriteFile(to, text, 0o600)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "make", "build")
	cmd.Dir = dir
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return dir
}

var (
	anAddress  = regexp.MustCompile(`\b(127\.0\.0\.1|localhost):(\d{4,5})\b`)
	aDatabase  = regexp.MustCompile(`postgres://[^ '"]*\.example\.com[^ '"]*`)
	realOfPort = regexp.MustCompile(`:(\d{5})\b`)
)

// here is a text with a free port for each port that it names, and a database for the one that it names.
func (r *reader) here(text string) string {
	text = anAddress.ReplaceAllStringFunc(text, func(address string) string {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			r.t.Fatal(err)
		}
		if r.ports[port] == "" {
			free, err := testport.Free()
			if err != nil {
				r.t.Fatal(err)
			}
			r.ports[port] = strconv.Itoa(free)
		}
		return net.JoinHostPort(host, r.ports[port])
	})
	return aDatabase.ReplaceAllStringFunc(text, func(string) string {
		if r.database == "" {
			r.database = testdb.Postgres(r.t)
		}
		return r.database
	})
}

// asWritten is what was printed with the ports of the document.
func (r *reader) asWritten(printed string) string {
	return realOfPort.ReplaceAllStringFunc(printed, func(port string) string {
		for written, free := range r.ports {
			if port == ":"+free {
				return ":" + written
			}
		}
		return port
	})
}

func (r *reader) tryAll(blocks []*block, counts *tally) {
	r.t.Helper()
	for _, b := range blocks {
		counts.add(b)
		if b.needs != "" {
			continue
		}
		if err := r.try(b); err != nil {
			r.t.Fatalf("%s:%d: %v\n%s", r.document, b.line, err, b.text)
		}
	}
	for _, x := range r.lasting {
		if x.hasEnded() {
			r.t.Errorf("%s: what should have lasted has ended, having printed\n%s", r.document, x.printed(r.t))
		}
	}
}

func (r *reader) try(b *block) error {
	switch {
	case r.document == "docs/cli.md" && b.kind == "sh":
		return playedElsewhere(strings.TrimSpace(b.text))
	case b.kind == "sh":
		return r.paste(b, r.here(b.text))
	case b.kind == "go":
		return r.tryGo(b)
	case b.kind == "ts":
		return r.tryTypeScript(b)
	case b.kind == "ini":
		return r.trySettings(b)
	case b.kind == "json":
		return fitsSchema(b)
	}
	return drawn(b.text)
}

// paste pastes commands, and compares what they print with what is shown. Those that last have a terminal of their own.
func (r *reader) paste(b *block, commands string) error {
	if b.lasts {
		x := openTerminal(r.t, r.dir, r.environ)
		r.lasting = append(r.lasting, x)
		return x.last(r.t, commands, func(printed string) bool { return b.shown.beginsAsShown(r.asWritten(printed)) })
	}
	printed, err := r.terminal.paste(r.t, commands)
	if err != nil {
		return fmt.Errorf("%w; printed was\n%s", err, printed)
	}
	if b.shown == nil {
		return nil
	}
	return b.shown.asShown(r.asWritten(printed))
}

// playedElsewhere tells whether TestCommandLine plays an example.
func playedElsewhere(example string) error {
	for c := range tree().all() {
		if c.Example == example && notPlayed[c.CommandPath()] == "" {
			return nil
		}
	}
	return fmt.Errorf("this is no example of a command, so TestCommandLine does not play it")
}
