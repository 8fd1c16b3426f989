// Package nodetest runs programs of the npm registry beside tests: linters, compilers and clients,
// at the versions that a test names, unchanged. The node and npm are needed.
package nodetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Dir is a folder with installed packages.
type Dir string

// Install makes a folder of the test's own with some packages, such as typescript@7.0.2.
func Install(t testing.TB, packages ...string) Dir {
	t.Helper()
	dir := Dir(t.TempDir())
	if len(packages) == 0 {
		return dir
	}
	dir.Run(t, "npm", append([]string{"install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-save"}, packages...)...)
	return dir
}

// Command is a program in the folder, one of the packages' own or one of the machine's.
func (d Dir) Command(t testing.TB, name string, args ...string) *exec.Cmd {
	t.Helper()
	if own := filepath.Join(string(d), "node_modules", ".bin", name); exists(own) {
		name = own
	}
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = string(d)
	cmd.Env = append(cmd.Environ(), "NO_COLOR=1", "CI=true", "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true")
	return cmd
}

// Run runs a program and fails the test with what it says when it fails. It returns what it says.
func (d Dir) Run(t testing.TB, name string, args ...string) string {
	t.Helper()
	output, err := d.Command(t, name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s (node and npm are needed): %v\n%s", name, strings.Join(args, " "), err, output)
	}
	return string(output)
}

// Write writes a file of the folder.
func (d Dir) Write(t testing.TB, name, text string) {
	t.Helper()
	path := filepath.Join(string(d), name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Copy copies a folder into the folder.
func (d Dir) Copy(t testing.TB, from, name string) {
	t.Helper()
	if err := os.CopyFS(filepath.Join(string(d), name), os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
