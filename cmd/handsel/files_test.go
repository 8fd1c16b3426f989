package main

import (
	"os"
	"path/filepath"
	"testing"
)

// The env file holds keys: it is new, for its owner alone, and written through no link.
func TestS8_envFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	target, path := filepath.Join(dir, "target"), filepath.Join(dir, "dev.env")
	if err := os.WriteFile(target, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, link := range []string{path, path + ".tmp"} {
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
	}
	if err := writeEnvFile(path, []setting{{"HANDSEL_API_KEY", "secret"}}); err != nil {
		t.Fatal(err)
	}
	if content, err := os.ReadFile(target); err != nil || string(content) != "mine" {
		t.Errorf("it wrote through a link: %q, %v", content, err)
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("the env file: %v, %v", info, err)
	}
	if content, err := os.ReadFile(path); err != nil || string(content) != "HANDSEL_API_KEY=secret\n" {
		t.Errorf("the env file holds %q, %v", content, err)
	}
}
