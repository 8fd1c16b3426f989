package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/app"
)

// toy has a field of every kind that commands use.
type toy struct {
	Show  toyShow  `cmd:"" default:"withargs" help:"Show it."`
	Other toyOther `cmd:"" help:"Something else."`
}

type toyShow struct {
	toyShared `embed:""`
	More      plugins          `embed:""`
	Count     int              `default:"3" short:"c" help:"How many."`
	Seed      uint64           `env:"X_SEED"`
	Wait      time.Duration    `env:"X_WAIT" default:"20s" help:"How long to wait."`
	Level     slog.Level       `default:"info"`
	Kind      string           `env:"X_KIND" default:"" enum:",big,small"`
	Names     []string         `env:"X_NAMES" default:"a,b"`
	Numbers   []int64          `placeholder:"N,N"`
	Limits    map[string]int64 `placeholder:"EUR=100"`
	Maybe     *int64
	On        bool   `env:"X_ON"`
	Secret    string `hidden:""`
	Which     string `arg:"" optional:"" default:"all" enum:"all,none" help:"Which."`
	Last      moment `arg:"" optional:""`
}

type toyShared struct {
	BaseURL string `env:"X_URL" placeholder:"URL" help:"Where it is."`
}

type toyPlugin struct {
	GiroURL string `env:"X_GIRO" default:"giro"`
}

type toyOther struct {
	Reason string `required:"" placeholder:"TEXT" help:"The reason."`
	ID     int64  `arg:""`
	More   []span `arg:"" optional:""`
}

func (toyShow) Run(environment) error  { return nil }
func (toyOther) Run(environment) error { return nil }

// play runs a command line and returns what would have run, what was printed, and the error.
func play(t *testing.T, environ map[string]string, args ...string) (runner, string, error) {
	t.Helper()
	var ran runner
	b := &binder{
		lookup: func(name string) (string, bool) { value, ok := environ[name]; return value, ok },
		run:    func(_ *command, r runner) error { ran = r; return nil },
	}
	root := b.bind("x", "A sample.", &toy{Show: toyShow{More: plugins{&toyPlugin{}}}})
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&out)
	root.SetArgs(append([]string{}, args...))
	err := root.ExecuteContext(t.Context())
	return ran, out.String(), err
}

// A flag goes before its variable, and that before the default.
func TestBind_values(t *testing.T) {
	t.Parallel()
	type values = map[string]string
	usual := func(change func(*toyShow)) toyShow {
		s := toyShow{More: plugins{&toyPlugin{GiroURL: "giro"}}, Count: 3, Wait: 20 * time.Second, Names: []string{"a", "b"}, Which: "all"}
		change(&s)
		return s
	}
	seven := int64(7)
	for name, tc := range map[string]struct {
		environ values
		args    []string
		want    toyShow
	}{
		"nothing":            {nil, nil, usual(func(*toyShow) {})},
		"named":              {nil, []string{"show"}, usual(func(*toyShow) {})},
		"flags of the usual": {nil, []string{"--count=4"}, usual(func(s *toyShow) { s.Count = 4 })},
		"before the name":    {nil, []string{"-c", "4", "show", "none"}, usual(func(s *toyShow) { s.Count, s.Which = 4, "none" })},
		"variables": {values{"X_SEED": "0x10", "X_WAIT": "1m", "X_KIND": "big", "X_NAMES": "c", "X_ON": "yes", "X_URL": "u", "X_GIRO": "g"}, nil, usual(func(s *toyShow) {
			s.Seed, s.Wait, s.Kind, s.Names, s.On, s.BaseURL, s.More = 16, time.Minute, "big", []string{"c"}, true, "u", plugins{&toyPlugin{"g"}}
		})},
		"flags before variables": {values{"X_SEED": "nonsense", "X_ON": "true", "X_NAMES": "c"}, []string{"--seed=2", "--on=false", "--names=d"}, usual(func(s *toyShow) { s.Seed, s.Names = 2, []string{"d"} })},
		"an empty variable":      {values{"X_KIND": "", "X_NAMES": ""}, nil, usual(func(s *toyShow) { s.Names = nil })},
		"lists":                  {nil, []string{"--names=a,b", "--names", `c\,d`, "--numbers=1,-2,"}, usual(func(s *toyShow) { s.Names, s.Numbers = []string{"a", "b", "c,d"}, []int64{1, -2} })},
		"maps":                   {nil, []string{"--limits=EUR=1;USD=2", "--limits=EUR=3"}, usual(func(s *toyShow) { s.Limits = map[string]int64{"EUR": 3, "USD": 2} })},
		"the last one counts":    {nil, []string{"--maybe=1", "--maybe=7", "--on", "--level=warn"}, usual(func(s *toyShow) { s.Maybe, s.On, s.Level = &seven, true, slog.LevelWarn })},
		"arguments":              {nil, []string{"show", "all", "--secret=s", "2026-03-31"}, usual(func(s *toyShow) { s.Secret, s.Last = "s", moment{time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC)} })},
	} {
		got, _, err := play(t, tc.environ, tc.args...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d := cmp.Diff(tc.want, got, cmp.AllowUnexported(toyShow{})); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// A list at the end takes all arguments that are left.
func TestBind_rest(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]toyOther{
		"other 1 --reason=r":          {Reason: "r", ID: 1},
		"other 1 1h --reason=r":       {"r", 1, []span{span(time.Hour)}},
		"other 1 2d 1m30s --reason=r": {"r", 1, []span{span(48 * time.Hour), span(90 * time.Second)}},
	} {
		got, _, err := play(t, nil, strings.Fields(args)...)
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%s: %v\n%s", args, err, d)
		}
	}
}

// What cannot be understood runs nothing, and the error names the place, what was probably
// meant, and where the help is.
func TestBind_misused(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"unexpected argument othr (did you mean other?); see x --help":                            {"all", "2026-01-01", "othr"},
		"unknown flag --cuont (did you mean --count?); see x show --help":                         {"show", "--cuont=3"},
		"unknown flag --gold; see x other --help":                                                 {"other", "--gold"},
		"missing: <id>, --reason=TEXT; see x other --help":                                        {"other"},
		`<which>: "some" is not one of all, none; see x --help`:                                   {"some"},
		`<id>: "1.5" is not a whole number that fits; see x other --help`:                         {"other", "1.5"},
		`--kind: "tiny" is not one of big, small; see x show --help`:                              {"show", "--kind=tiny"},
		`--numbers: "b" is not a whole number that fits; see x --help`:                            {"--numbers=1,b"},
		`--limits: "EUR" is not name=value; see x --help`:                                         {"--limits=EUR"},
		`--wait: "soon" is not a duration, such as 20s or 1h30m; see x --help`:                    {"--wait=soon"},
		`--on: "perhaps" is neither true nor false; see x --help`:                                 {"--on=perhaps"},
		`--count needs a value; see x show --help`:                                                {"show", "--count"},
		`X_SEED: "nonsense" is not a whole number that fits; see x show --help`:                   {"show"},
		`<more>: "soon" is not a time from now on, such as 90d, 12h or 1h30m; see x other --help`: {"other", "1", "2d", "soon"},
		"unexpected argument shwo (did you mean show?); see x --help":                             {"help", "shwo"},
	} {
		ran, _, err := play(t, map[string]string{"X_SEED": "nonsense"}, args...)
		if err == nil || err.Error() != want || ran != nil {
			t.Errorf("%v: %v, want %s; ran %v", args, err, want, ran)
		}
	}
}

// Help names every flag with its variable, and every command.
func TestBind_help(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"--help"}, "Usage: x [<command>] [flags]\n\nA sample.\nWithout a command: x show.\n\nArguments:\n  [<which>]  Which.\n"},
		{[]string{"--help"}, "  -c, --count=3         How many.\n"},
		{[]string{"--help"}, "\n\nCommands:\n  show   Show it.\n  other  Something else.\n"},
		{[]string{"help", "other"}, "Usage: x other <id> [<more>]... --reason=TEXT [flags]\n\nSomething else.\n\nArguments:\n  <id>\n  [<more>]...\n\nFlags:\n  -h, --help         Show this help.\n      --reason=TEXT  The reason.\n"},
		{[]string{"show", "-h"}, "Usage: x show [<which>] [<last>] [flags]\n\nShow it.\n"},
		{[]string{"show", "-h"}, "      --base-url=URL    Where it is ($X_URL).\n"},
		{[]string{"show", "-h"}, "  -c, --count=3         How many.\n"},
		{[]string{"show", "-h"}, "      --wait=20s        How long to wait ($X_WAIT).\n"},
	} {
		ran, out, err := play(t, nil, tc.args...)
		if err != nil || ran != nil || !strings.Contains(out, tc.want) {
			t.Errorf("%v: %v, want %q in\n%s", tc.args, err, tc.want, out)
		}
		if strings.Contains(out, "--secret") {
			t.Errorf("%v shows a hidden flag:\n%s", tc.args, out)
		}
		for line := range strings.Lines(out) {
			if len(line) > helpWidth+1 {
				t.Errorf("%v has a line that is too long: %s", tc.args, line)
			}
		}
	}
}

// Every command of the program does something or holds commands, and every flag of it can be
// read: a default that its type does not have would be found by nobody else.
func TestBind_program(t *testing.T) {
	t.Parallel()
	b := &binder{lookup: func(string) (string, bool) { return "", false }}
	for c := range b.bind("handsel", about, newCLI(app.Gateways())).all() {
		if _, runs := c.target.Interface().(runner); runs != (len(c.below) == 0 || !c.HasParent()) {
			t.Errorf("%s runs: %v, and has %d commands below it", c.CommandPath(), runs, len(c.below))
		}
		for _, f := range append(c.flags, c.args...) {
			f.required = false
			if err := f.finish(b.lookup); err != nil {
				t.Errorf("%s %s: %v", c.CommandPath(), f.usage(), err)
			}
			if f.help == "" {
				t.Errorf("%s %s: no help", c.CommandPath(), f.usage())
			}
		}
	}
}
