package app_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
)

// Every process with every gateway: whether a deal can be opened, or else the refusal
// as a client reads it. A new gateway adds its rows; no row of another one changes.
func TestPairs(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{Manual: true})
	var got strings.Builder
	for _, p := range catalog.All() {
		for _, name := range []string{"none", "balance", "trustap", "stripe", "paypal", "braintree", "paytrail", "checkout", "bank", ""} {
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
