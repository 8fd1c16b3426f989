package main

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/app"
)

// ran is how a command ended, and what it printed where.
type ran struct {
	code        int
	out, errOut string
}

// runs runs a command in this process, with these variables alone.
func runs(t *testing.T, environ []string, args ...string) ran {
	t.Helper()
	var out, errOut bytes.Buffer
	err := environment{Context: t.Context(), out: &out, errOut: &errOut, gateways: app.Gateways(), environ: environ}.run(args)
	return ran{exitCode(err, &errOut), out.String(), errOut.String()}
}

// Scripts decide by the code with which a command ends.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	db := "HANDSEL_DATABASE_URL=" + filepath.Join(t.TempDir(), "handsel.db")
	if r := runs(t, []string{db}, "migrate"); r.code != exitDone {
		t.Fatal(r)
	}
	for _, tc := range []struct {
		environ []string
		args    string
		code    int
		said    string // on stderr
	}{
		{nil, "", exitDone, ""},
		{nil, "--help", exitDone, ""},
		{nil, "--version", exitDone, ""},
		{nil, "keys", exitDone, ""},
		{nil, "events list transaction.*", exitDone, ""},
		{[]string{db}, "doctor", exitDone, ""},
		{nil, "fly", exitUsage, "see handsel --help"},
		{nil, "schema", exitDone, ""},
		{nil, "schema keys lst", exitUsage, "(did you mean keys list?)"},
		{nil, "keys add", exitUsage, "missing: --community"},
		{nil, "doctor", exitUsage, "HANDSEL_DATABASE_URL is not set"},
		{nil, "serve", exitUsage, "HANDSEL_DATABASE_URL is not set"},
		{nil, "reconcile --gateway=stripe --from=2026-01-01", exitUsage, "HANDSEL_DATABASE_URL is not set"},
		{nil, "reconcile --gateway=stripe --from=yesterday", exitUsage, "--from"},
		{nil, "events resend evt_1", exitUsage, "HANDSEL_API_KEY is not set"},
		{[]string{db}, "recovery begin --reason=", exitUsage, "give a reason"},
		{[]string{"HANDSEL_DATABASE_URL=/nowhere/handsel.db"}, "doctor", exitFailed, "handsel: "},
		{nil, "events show transaction.payd", exitFailed, "(did you mean transaction.paid?)"},
		{[]string{db}, "recovery begin --reason=drill", exitDone, "recovery has begun"},
		{[]string{db}, "recovery show", exitFound, "nothing is sent to gateways"},
		{[]string{db, "HANDSEL_STRIPE_SECRT_KEY=x"}, "reconcile --gateway=stripe --from=2026-01-01", exitUsage, "did you mean HANDSEL_STRIPE_SECRET_KEY?"},
		{[]string{"HANDSEL_DATABSE_URL=x"}, "communities", exitUsage, "did you mean HANDSEL_DATABASE_URL?"},
		{[]string{"HANDSEL_DATABSE_URL=x"}, "processes list", exitDone, ""}, // it reads no settings
		{[]string{"HANDSEL_JWT_SECRET_FILE=/nowhere"}, "version", exitUsage, "HANDSEL_JWT_SECRET_FILE"},
	} {
		got := runs(t, tc.environ, strings.Fields(tc.args)...)
		if got.code != tc.code || !strings.Contains(got.errOut, tc.said) || (tc.said == "") != (got.errOut == "") {
			t.Errorf("%v %s: ended with %d, want %d; said %q, want %q", tc.environ, tc.args, got.code, tc.code, got.errOut, tc.said)
		}
	}
}

// Errors keep what they are made of beside their code.
func TestEnding_unwraps(t *testing.T) {
	t.Parallel()
	for _, err := range []error{usage(io.EOF), found(io.EOF)} {
		if !errors.Is(err, io.EOF) || err.Error() != io.EOF.Error() {
			t.Errorf("%v", err)
		}
	}
	if usage(nil) != nil {
		t.Error("nothing became an error")
	}
}
