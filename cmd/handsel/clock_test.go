package main

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/sandbox"
	"github.com/handsel-dev/handsel/sandbox/sandboxtest"
)

// The clock is moved by what was asked for, and faults hit the calls that they name.
func TestSteering(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t, sandbox.Config{Start: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)})
	environ := []string{"HANDSEL_SANDBOX_URL=" + box.URL + "/"}
	charge := func() int {
		return call(t, "GET", box.URL+"/api/v1/charge?currency=eur&price=1234", "", "", "", "", "Authorization", "Basic a2V5Og==").Status
	}
	for _, step := range []struct {
		args, out, errOut string
		code              int
	}{
		{"clock", "2026-03-01T12:00:00Z\n", "", exitDone},
		{"clock advance 3d --json", `{"now":"2026-03-04T12:00:00Z"}` + "\n", "", exitDone},
		{"clock advance 90m", "2026-03-04T13:30:00Z\n", "", exitDone},
		{"clock advance -- -1h", "", "only goes forward", exitUsage},
		{"clock advance tomorrow", "", "is not a time from now on", exitUsage},
		{"chaos", "failing: nothing\n", "", exitDone},
		{"chaos", "timeout_after", "", exitDone},
		{"chaos set get_charge:error_before:2", "", "one fault is set", exitDone},
		{"chaos", "failing: get_charge:error_before:2\n", "", exitDone},
		{"sandbox faults", "failing: get_charge:error_before:2\n", "", exitDone}, // an older name
		{"chaos set get_charge", "", "is not OPERATION:KIND", exitUsage},
		{"chaos set get_charge:slow:0", "", "how often", exitUsage},
		{"chaos set get_charge:fire", "", "status 4", exitFailed},
		{"chaos set", "", "missing: <fault>...", exitUsage},
		{"chaos --gateway strip", "", "(did you mean stripe?)", exitUsage},
	} {
		got := runs(t, environ, strings.Fields(step.args)...)
		if got.code != step.code || !strings.Contains(got.out, step.out) || !strings.Contains(got.errOut, step.errOut) || (step.errOut == "") != (got.errOut == "") {
			t.Errorf("%s: %+v", step.args, got)
		}
	}
	if got := charge(); got < 500 {
		t.Errorf("a call that is to fail: %d", got)
	}
	if got := runs(t, environ, "chaos", "clear"); got.code != exitDone || !strings.Contains(got.errOut, "nothing fails") {
		t.Errorf("%+v", got)
	}
	if got := charge(); got != 200 {
		t.Errorf("without faults: %d", got)
	}
	away := httptest.NewServer(nil)
	away.Close()
	for environ, want := range map[string]int{"HANDSEL_SANDBOX_URL=" + away.URL: exitFailed, "HANDSEL_SANDBOX_URL=localhost:1": exitUsage} {
		if got := runs(t, []string{environ}, "clock"); got.code != want || got.errOut == "" {
			t.Errorf("%s: %+v", environ, got)
		}
	}
}
