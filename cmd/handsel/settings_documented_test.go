package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/app"
)

// notForServe are the settings of other commands, which their own help and docs tell of.
var notForServe = []string{
	"HANDSEL_STRIPE_SANDBOX_ADDR", "HANDSEL_PAYPAL_SANDBOX_ADDR", "HANDSEL_PAYTRAIL_SANDBOX_ADDR", "HANDSEL_BRAINTREE_SANDBOX_ADDR",
	"HANDSEL_WORLD", "HANDSEL_WORLDS", "HANDSEL_SAMPLES", "HANDSEL_URL", "HANDSEL_API_KEY", "HANDSEL_LISTEN_SECRET",
}

// settingRow is a row of a table of settings, and settingName a name in its first cell:
// one that begins with … continues the one before.
var (
	settingRow  = regexp.MustCompile("(?m)^\\| (`HANDSEL_[^|]*) \\|")
	settingName = regexp.MustCompile("`(HANDSEL_|…)([A-Z0-9_]+)`")
)

// Every setting that a command reads has a row in docs/operations.md, and every row is a
// setting that some command reads.
func TestU4_settingsAreDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, row := range settingRow.FindAllStringSubmatch(string(text), -1) {
		last := ""
		for _, name := range settingName.FindAllStringSubmatch(row[1], -1) {
			full := name[1] + name[2]
			if name[1] == "…" {
				full = last[:strings.LastIndex(last, "_")] + name[2]
				if strings.HasSuffix(last, "_API_KEY") {
					full = strings.TrimSuffix(last, "_API_KEY") + name[2]
				}
			}
			last = full
			documented = append(documented, full)
		}
	}
	known := settingsWith(app.Gateways())
	for _, name := range known {
		other := slices.Contains(notForServe, name) || strings.HasPrefix(name, "HANDSEL_SANDBOX_") // of handsel sandbox
		if !slices.Contains(documented, name) && !other && !strings.HasSuffix(name, "_FILE") {
			t.Errorf("%s has no row in docs/operations.md", name)
		}
	}
	for _, name := range documented {
		if !slices.Contains(known, name) {
			t.Errorf("docs/operations.md has a row for %s, which no command reads", name)
		}
	}
	for _, name := range notForServe {
		if !slices.Contains(known, name) || slices.Contains(documented, name) {
			t.Errorf("%s needs no excuse", name)
		}
	}
}
