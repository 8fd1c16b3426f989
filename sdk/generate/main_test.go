package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/guidebook"
)

// What the SDKs have from the description and the tables is as new as these.
func TestSDKs_asTheAPIIs(t *testing.T) {
	t.Parallel()
	const root = "../.."
	files, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"*", "*/*"} {
		there, err := filepath.Glob(filepath.Join(root, guidesIn, pattern+guidebook.Suffix))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range there {
			if name, _ := filepath.Rel(root, file); files[filepath.ToSlash(name)] == nil {
				t.Errorf("%s has no document; delete it", file)
			}
		}
	}
	for name, want := range files {
		switch {
		case name == sandboxSays+".gz":
			continue // a test of the sandbox compares them
		case name == referenceIn:
			comparePacked[guidebook.Reference](t, filepath.Join(root, name), want)
			continue
		case strings.HasSuffix(name, guidebook.Suffix):
			comparePacked[guidebook.Document](t, filepath.Join(root, name), want)
			continue
		}
		got, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s is out of date; run make generate (-generated +there):\n%s", name, diff)
		}
	}
}

// comparePacked compares what is packed, for another version of Go may compress in another way.
func comparePacked[T guidebook.Document | guidebook.Reference](t *testing.T, file string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(file)
	if err != nil {
		t.Errorf("%s is not there; run make generate: %v", file, err)
		return
	}
	was, err := guidebook.Unpack[T](got)
	is, also := guidebook.Unpack[T](want)
	if err = errors.Join(err, also); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(is, was); diff != "" {
		t.Errorf("%s is out of date; run make generate (-generated +there):\n%s", file, diff)
	}
}
