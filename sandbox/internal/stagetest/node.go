package stagetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/handsel-dev/handsel/internal/nodetest"
)

// Node makes the command that runs a script beside a vendor's own client, such as
// braintree@3.40.0, as npm installs it, unchanged. What the script complains of is shown. The node
// and npm are needed.
func Node(t testing.TB, sdk, script string, args ...string) *exec.Cmd {
	t.Helper()
	text, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	dir, name := nodetest.Install(t, sdk), filepath.Base(script)
	dir.Write(t, name, string(text))
	node := dir.Command(t, "node", append([]string{name}, args...)...)
	node.Stderr = os.Stderr
	return node
}
