package gatewaytest_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/orchestrator/gatewaytest"
)

func ExampleRun() {
	var t *testing.T // of the test that this stands in
	gatewaytest.Run(t, purseConfig(""))
}

func TestPurse(t *testing.T) {
	t.Parallel()
	gatewaytest.Run(t, purseConfig(""))
}

// Every mistake of an adapter is found, by the check that is about it.
func TestFlaws(t *testing.T) {
	t.Parallel()
	for flaw, check := range map[string]string{
		"pays everybody":                  "payees",
		"takes everything":                "not_taken/authorize",
		"overlooks the deadline":          "late/capture",
		"makes a key for every try":       "lost_answer/refund",
		"sends the card":                  "card_number/authorize",
		"calls a lost answer not sent":    "lost_answer/capture",
		"calls a broken server a refusal": "server_error/refund",
		"repeats a request":               "lost_answer/void",
		"prints its key":                  "garbage/void",
		"overlooks that a look failed":    "server_error/look",
		"ends a statement early":          "cut_answer/statement",
		"believes a proxy":                "missing/refund",
		"can be printed":                  "printed",
		"does not know why":               "lapsed",
		"believes any id":                 "unknown_payment",
		"finds by a part":                 "unknown_payment",
		"lists one too many":              "listed",
		"shows no refund":                 "shown/refund",
		"follows redirects":               "redirected/authorize",
		"overlooks a chargeback":          "disputed/lost",
		"calls what waits taken":          "lingers/refused",
		"believes any message":            "forged",
		"reads no payment":                "told",
	} {
		t.Run(strings.ReplaceAll(flaw, " ", "_"), func(t *testing.T) {
			t.Parallel()
			found := gatewaytest.Failures(t, purseConfig(flaw), check)
			if len(found) == 0 {
				t.Errorf("%s does not find an adapter that %s", check, flaw)
			}
		})
	}
}

// The package says what each check is about.
func TestChecksAreDescribed(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	names := gatewaytest.Checks(purseConfig(""))
	if len(names) < 100 {
		t.Fatalf("only %d checks", len(names))
	}
	for _, name := range names {
		about, _, _ := strings.Cut(name, "/")
		if !regexp.MustCompile(`\b` + about + `\b`).Match(doc) {
			t.Errorf("doc.go does not say what %s is about", about)
		}
	}
}

// An exception has a reason, names a check and is needed.
func TestExceptions(t *testing.T) {
	t.Parallel()
	c := purseConfig("takes everything")
	for name, tc := range map[string]struct {
		exceptions map[string]string
		check      string
		wrong      bool
	}{
		"needed":      {map[string]string{"not_taken/authorize": "it takes everything"}, "not_taken/authorize", false},
		"no reason":   {map[string]string{"not_taken/authorize": ""}, "not_taken/authorize", true},
		"not needed":  {map[string]string{"does/capture": "once it could not"}, "does/capture", true},
		"of no check": {map[string]string{"does/charge": "there is none"}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := c
			c.Exceptions = tc.exceptions
			wrong := gatewaytest.Failures(t, c, tc.check)
			if tc.wrong != (len(wrong) > 0) {
				t.Errorf("found %q", wrong)
			}
		})
	}
}
