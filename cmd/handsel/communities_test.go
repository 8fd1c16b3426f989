package main

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A key for a community leaves its name alone.
func TestKeysAdd_keepsTheName(t *testing.T) {
	t.Parallel()
	db := "--database-url=" + filepath.Join(t.TempDir(), "handsel.db")
	var out bytes.Buffer
	for _, args := range [][]string{
		{"migrate", db}, {"communities", "add", db, "7", "Bicycles", "--reason=test"}, {"keys", "add", db, "--community=7", "--reason=test", "--name=shop"},
		{"communities", db},
	} {
		out.Reset()
		if err := run(t.Context(), args, &out, io.Discard); err != nil {
			t.Fatalf("%v: %v", args, err)
		}
	}
	var names []string
	for line := range strings.Lines(out.String()) {
		names = append(names, strings.Join(strings.Fields(line)[:2], " "))
	}
	if d := cmp.Diff([]string{"id name", "7 Bicycles"}, names); d != "" {
		t.Error(d)
	}
}

// No command invents a community.
func TestU3_unknownCommunity(t *testing.T) {
	t.Parallel()
	db := "--database-url=" + filepath.Join(t.TempDir(), "handsel.db")
	if err := run(t.Context(), []string{"migrate", db}, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"keys", "add", db, "--community=99", "--reason=test", "--name=shop"}, {"communities", "fees", db, "99", "--reason=test", "--seller-minimum=EUR=1"},
	} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "unknown community 99") {
			t.Errorf("%v: %v", args, err)
		}
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"communities", db}, &out, io.Discard); err != nil || strings.Contains(out.String(), "99") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

func TestCommunities(t *testing.T) {
	t.Parallel()
	db := "--database-url=" + filepath.Join(t.TempDir(), "handsel.db")
	if err := run(t.Context(), []string{"migrate", db}, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	do := func(args ...string) error {
		return run(t.Context(), append([]string{"communities"}, args...), io.Discard, io.Discard)
	}
	for _, args := range [][]string{
		{"add", db, "7", "--reason=test", "Bicycles"}, {"add", db, "8", "--reason=test", "Boat"}, {"add", db, "8", "--reason=test", "Boats"},
		{"fees", db, "8", "--reason=test", "--seller-basis-points=250", "--seller-minimum=EUR=100;JPY=160"}, {"fees", db, "8", "--reason=test", "--buyer-basis-points=5", "--seller-minimum=EUR=0"},
	} {
		if err := do(args...); err != nil {
			t.Errorf("%v: %v", args, err)
		}
	}
	for _, args := range [][]string{
		{"add", db, "0", "--reason=test", "Nothing"}, {"add", db, "9", "--reason=test", ""}, {"fees", db, "9", "--reason=test", "--seller-minimum=EUR=1"}, {"fees", db, "7", "--reason=test", "--seller-minimum=100"},
		{"fees", db, "7", "--reason=test", "--seller-basis-points=10001"}, {"fees", db, "7", "--reason=test", "--buyer-minimum=EUR=-1"}, {"fees", db, "7", "--reason=test", "--commission-on-split=half"},
	} {
		if err := do(args...); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"communities", db}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	var got [][]string
	for line := range strings.Lines(out.String()) {
		got = append(got, strings.Fields(line))
	}
	want := [][]string{
		{"id", "name", "seller", "pays", "buyer", "pays"}, {"7", "Bicycles", "0.00", "%", "0.00", "%"}, {"8", "Boats", "2.50", "%,", "at", "least", "160", "JPY", "0.05", "%"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
