package main

import (
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestU4_unknownSettings starts serve with settings that it does not know: those that
// are nearly one of its own end it, others are named in the log.
func TestU4_unknownSettings(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ set, want string }{
		"a letter less":   {"HANDSEL_DATABSE_URL=x", "unknown setting HANDSEL_DATABSE_URL; did you mean HANDSEL_DATABASE_URL?"},
		"two swapped":     {"HANDSEL_RATE_LIMTIS=off", "did you mean HANDSEL_RATE_LIMITS?"},
		"a letter more":   {"HANDSEL_TRUSTED_PROXIESS=10.0.0.1", "did you mean HANDSEL_TRUSTED_PROXIES?"},
		"a file":          {"HANDSEL_JWT_SECRETS_FILE=/run/secrets/jwt", "did you mean HANDSEL_JWT_SECRET_FILE?"},
		"in small":        {"HANDSEL_JWt_ISsUER=market", "did you mean HANDSEL_JWT_ISSUER?"},
		"without a line":  {"HANDSELDATABASE_URL=x", "did you mean HANDSEL_DATABASE_URL?"},
		"of another kind": {"HANDSEL_SMPT_HOST=mail.example.com", "did you mean HANDSEL_SMTP_HOST?"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, []string{tc.set}, "serve")
			if err := p.Wait(); p.ProcessState.ExitCode() != exitUsage || !strings.Contains(p.out(), tc.want) {
				t.Errorf("ended with %v, want %q:\n%s", err, tc.want, p.out())
			}
		})
	}
	t.Run("others", func(t *testing.T) {
		t.Parallel()
		address := freeAddress(t)
		p := start(t, []string{
			"HANDSEL_ADDR=" + address, "HANDSEL_OPS_ADDR=127.0.0.1:0", "HANDSEL_DATABASE_URL=" + filepath.Join(t.TempDir(), "x.db"), "HANDSEL_DRAIN_PAUSE=0s",
			"HANDSEL_TEST_DATABASE_URL=x", "HANDSEL_BIN=x", "HANDSEL_SLOT=1", "HANDSEL_CRASH=x", "HANDSEL_ADDR_FILE=x", "HANDSEL_SANDBOX_SEED=2",
		}, "serve")
		await(t, "the server", func() bool { return call(t, "GET", "http://"+address+"/readyz", "", "", "", "").Status == 200 })
		if err := p.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := p.Wait(); err != nil {
			t.Errorf("%v\n%s", err, p.out())
		}
		_, warning, _ := strings.Cut(p.out(), "unknown settings are ignored: ")
		warning, _, _ = strings.Cut(warning, `"`)
		got := strings.Split(warning, ", ")
		for name, want := range map[string]bool{
			"HANDSEL_ADDR_FILE": true, "HANDSEL_BIN": true, "HANDSEL_SLOT": true, "HANDSEL_CRASH": true,
			"HANDSEL_TEST_DATABASE_URL": false, "HANDSEL_SANDBOX_SEED": false, "HANDSEL_ADDR": false,
		} {
			if slices.Contains(got, name) != want {
				t.Errorf("%s is named: %v, want %v:\n%s", name, !want, want, p.out())
			}
		}
	})
}
