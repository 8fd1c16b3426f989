package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/app"
)

// Every setting is shown with its origin, and no secret.
func TestConfigPrint(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "jwt")
	if err := os.WriteFile(file, []byte(tokenSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const password = "pass-word-of-a-test"
	environ := []string{
		"HANDSEL_JWT_SECRET_FILE=" + file, "HANDSEL_STRIPE_SECRET_KEY=sk_test_" + password, "HANDSEL_WEBHOOK_PROXY=http://me:" + password + "@proxy.example.com:3128",
		"HANDSEL_DATABASE_URL=postgres://me:" + password + "@db.example.com/x?sslmode=require", "HANDSEL_WEBHOOK_PORTS=443,8443", "HANDSEL_ADDR=127.0.0.1:1",
	}
	got := runs(t, environ, "config", "--json", "--addr=127.0.0.1:2", "--recover")
	if got.code != exitDone || strings.Contains(got.out, password) || strings.Contains(got.out, tokenSecret) {
		t.Fatalf("%+v", got)
	}
	lines := map[string]settingLine{}
	for line := range strings.Lines(got.out) {
		var l settingLine
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		lines[l.Flag] = l
	}
	for _, want := range []settingLine{
		{"HANDSEL_ADDR", "--addr", "127.0.0.1:2", fromFlag, "", false},
		{"", "--recover", "true", fromFlag, "", false},
		{"HANDSEL_WEBHOOK_PORTS", "--webhook-ports", "443,8443", fromEnvironment, "", false},
		{"HANDSEL_WEBHOOK_PROXY", "--webhook-proxy", "http://me:xxxxx@proxy.example.com:3128", fromEnvironment, "", false},
		{"HANDSEL_DATABASE_URL", "--database-url", "postgres://me:xxxxx@db.example.com/x?sslmode=require", fromEnvironment, "", true},
		{"HANDSEL_JWT_SECRET", "--jwt-secret", masked, fromFile, file, true},
		{"HANDSEL_STRIPE_SECRET_KEY", "--stripe-secret-key", masked, fromEnvironment, "", true},
		{"HANDSEL_DRAIN_PAUSE", "--drain-pause", "5s", fromDefault, "", false},
		{"HANDSEL_LOG_LEVEL", "--log-level", "INFO", fromDefault, "", false},
		{"HANDSEL_SMTP_PASSWORD", "--smtp-password", "", fromNowhere, "", true},
	} {
		if d := cmp.Diff(want, lines[want.Flag]); d != "" {
			t.Error(d)
		}
	}
	for c := range tree().all() {
		if c.CommandPath() != "handsel serve" {
			continue
		}
		for _, f := range c.flags {
			if _, ok := lines["--"+f.name]; !ok {
				t.Errorf("%s is not shown", f.name)
			}
		}
	}
	if text := runs(t, environ, "config", "print").out; strings.Contains(text, password) || !regexp.MustCompile(`HANDSEL_JWT_SECRET +`+regexp.QuoteMeta(masked)+` +file `+file).MatchString(text) {
		t.Errorf("the table:\n%s", text)
	}
}

// What cannot be read as an address of a database may be one with a password.
func TestConfigPrint_databases(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"handsel.db": "handsel.db", "sqlite:/var/lib/handsel.db": "sqlite:/var/lib/handsel.db", "postgres://db.example.com/x": "postgres://db.example.com/x",
		"postgres://u@h1:1,h2:2/x?sslpassword=p": "postgres://u@h1:1,h2:2/x?sslpassword=xxxxx", "host=h user=u password=p": masked, "postgres://u:p%zz@h/x": masked, "": "",
		"postgres://u@h/x?password=p&sslmode=require": "postgres://u@h/x?password=xxxxx&sslmode=require",
	} {
		l := settingLine{Variable: "HANDSEL_DATABASE_URL", Value: value, Secret: true}
		if l.mask(); l.Value != want {
			t.Errorf("%s is shown as %s, want %s", value, l.Value, want)
		}
	}
}

// A setting that is called like a secret is one: it may stand in a file, and is not shown.
func TestConfig_secretsAreKnown(t *testing.T) {
	t.Parallel()
	named, public := regexp.MustCompile(`SECRET|PASSWORD|_KEYS?$`), regexp.MustCompile(`PUBLIC|PUBLISHABLE`)
	secrets := secretSettings(app.Gateways())
	for c := range tree().all() {
		for _, f := range c.flags {
			if named.MatchString(f.env) && !public.MatchString(f.env) && !slices.Contains(secrets, f.env) {
				t.Errorf("%s %s is shown", c.CommandPath(), f.env)
			}
		}
	}
}

// A check says what serve would say, and starts nothing.
func TestConfigCheck(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "handsel.db")
	if got := runs(t, []string{"HANDSEL_DATABSE_URL=x"}, "config", "check"); got.code != exitUsage || !strings.Contains(got.errOut, "did you mean HANDSEL_DATABASE_URL?\n  - HANDSEL_DATABASE_URL is not set") {
		t.Errorf("%+v", got)
	}
	got := runs(t, []string{"HANDSEL_DATABASE_URL=" + db, "HANDSEL_ADDR=0.0.0.0:8420", "HANDSEL_BIN=x"}, "config", "check")
	if got.code != exitDone || !strings.Contains(got.errOut, "HANDSEL_ADDR listens for other machines") || !strings.Contains(got.errOut, "ignored: HANDSEL_BIN\n") || !strings.Contains(got.errOut, "serve would start") {
		t.Errorf("%+v", got)
	}
	if _, err := os.Stat(db); !os.IsNotExist(err) {
		t.Errorf("it made a database: %v", err)
	}
}
