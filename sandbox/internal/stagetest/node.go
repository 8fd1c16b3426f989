package stagetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Node makes the command that runs a script beside a vendor's own client, such as
// braintree@3.40.0, as npm installs it, unchanged. What the script complains of is shown. The node
// and npm are needed.
func Node(t testing.TB, sdk, script string, args ...string) *exec.Cmd {
	t.Helper()
	dir, name := t.TempDir(), filepath.Base(script)
	install := exec.CommandContext(t.Context(), "npm", "install", "--no-audit", "--no-fund", "--prefix", dir, sdk)
	if output, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm install (node and npm are needed): %v\n%s", err, output)
	}
	text, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
		t.Fatal(err)
	}
	node := exec.CommandContext(t.Context(), "node", append([]string{name}, args...)...)
	node.Dir, node.Stderr = dir, os.Stderr
	return node
}
