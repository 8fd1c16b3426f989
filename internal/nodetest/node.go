// Package nodetest runs programs of the npm registry beside tests: linters, compilers and clients,
// at the versions that a test names, unchanged. The node and npm are needed. What is installed
// stays in the user's cache for later runs, like Go's modules.
package nodetest

import (
	"crypto/sha256"
	"fmt"
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
	shelf := filepath.Join(string(installed(t, packages)), modules)
	entries, err := os.ReadDir(shelf)
	if err != nil {
		t.Fatal(err)
	}
	// A folder of links, beside which a test may put packages of its own.
	own := filepath.Join(string(dir), modules)
	if err := os.Mkdir(own, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if err := os.Symlink(filepath.Join(shelf, e.Name()), filepath.Join(own, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const modules = "node_modules"

// installed is a folder of the cache with some packages. npm takes longer to unpack them than
// most programs run, so it does that once.
func installed(t testing.TB, packages []string) Dir {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	cache = filepath.Join(cache, "handsel-npm")
	kept := filepath.Join(cache, fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(packages, " "))))[:32])
	if exists(kept) {
		return Dir(kept)
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		t.Fatal(err)
	}
	made, err := os.MkdirTemp(cache, "new-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(made) // nothing is there once it has its name
	Dir(made).Run(t, "npm", append([]string{"install", "--prefix", made, "--no-audit", "--no-fund", "--ignore-scripts", "--no-save"}, packages...)...)
	if err := os.Rename(made, kept); err != nil && !exists(kept) { // another test may have been faster
		t.Fatal(err)
	}
	return Dir(kept)
}

// Command is a program in the folder, one of the packages' own or one of the machine's.
func (d Dir) Command(t testing.TB, name string, args ...string) *exec.Cmd {
	t.Helper()
	if own := filepath.Join(string(d), modules, ".bin", name); exists(own) {
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
