package app_test

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

// Every process with every gateway: whether a deal can be opened, or else the refusal
// as a client reads it. A new process or gateway adds its rows, and changes the lists
// in the answers. -update writes them anew.
func TestPairs(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{Manual: true})
	var got strings.Builder
	var names []string
	for _, g := range app.Gateways() {
		names = append(names, g.Name)
	}
	names = append(names, "checkout", "bank", "")
	for _, p := range catalog.All() {
		for _, name := range names {
			found, g, err := w.Engine.Pair(p.Ref(), name)
			var refusal *fault.Error
			switch {
			case err == nil:
				fmt.Fprintf(&got, "%s %q: %s on %s\n", p.Ref(), name, found.Ref(), g.Name())
			case errors.As(err, &refusal):
				fmt.Fprintf(&got, "%s %q: %s, %s\n", p.Ref(), name, refusal.Reason, refusal.Message)
			default:
				t.Errorf("%s on %q: %v", p.Ref(), name, err)
			}
		}
	}
	if *update {
		if err := os.WriteFile("testdata/pairs.txt", []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/pairs.txt")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("pairs (-want +got):\n%s", diff)
	}
}

// The page of pairs says what the tables and the gateways say.
func TestDocument_pairs(t *testing.T) {
	t.Parallel()
	const path = "../../docs/processes/gateways.md"
	page := app.Kinds().Document(catalog.All())
	if *update {
		if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), page); diff != "" {
		t.Errorf("%s is out of date; run make generate\n%s", path, diff)
	}
}

// README's table names every process that people deal in, and the gateways that carry it
// and have an adapter.
func TestReadme_processes(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, row := range regexp.MustCompile(`(?m)^\| \[.([a-z0-9_]+).\]\(docs/processes/([a-z0-9_]+@\d+)\.md\) \| ([^|]*) \|`).FindAllStringSubmatch(string(text), -1) {
		got[row[1]+" at "+row[2]] = row[3]
	}
	var adapters []gateway.Plugin
	for _, p := range app.Gateways() {
		if p.Always != nil || p.Settings != nil {
			adapters = append(adapters, p)
		}
	}
	want := map[string]string{}
	for _, p := range catalog.All() {
		if !p.Internal {
			want[p.Name+" at "+p.Ref()] = strings.Join(gateway.Kinds(adapters).RunsOn(p), ", ")
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("processes (-registry +README.md):\n%s", diff)
	}
}
