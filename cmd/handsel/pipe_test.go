package main

import (
	"os"
	"os/exec"
	"testing"
)

// Who reads only the first line of a long list gets it, and no complaint about the rest.
func TestPipe_closedByItsReader(t *testing.T) {
	t.Parallel()
	c := exec.CommandContext(t.Context(), "bash", "-c", `"$0" config print --json | { read -r line; exec 0<&-; echo "${line:0:1}"; }`, os.Args[0])
	c.Env = append(os.Environ(), "HANDSEL_TEST_PROGRAM=1")
	if out, err := c.CombinedOutput(); err != nil || string(out) != "{\n" {
		t.Errorf("%v: %q", err, out)
	}
}
