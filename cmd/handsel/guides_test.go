package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// guide is a document, or a section of one, whose shell blocks are run one after the other, as a reader pastes them.
type guide struct {
	document, section string
	before            string   // what a reader has set before
	says              []string // what the answers have in them
}

// guides are in the order in which they are run: the last ones move the time, after which the tokens of the first have ended.
var guides = []guide{
	{document: "p2p.md"},
	{document: "sellers.md", before: `URL=$HANDSEL_URL KEY=$HANDSEL_API_KEY`},
	{document: "emulators.md", section: "Logins at Trustap's emulator", before: `URL=$HANDSEL_URL KEY=$HANDSEL_API_KEY`, says: []string{"https://shop.example.com/payouts\nhttps://shop.example.com/payouts\n", `"account_id":"ad5bb99f-85bf-47e1-be0d-15e7541c6ad7"`}},
	{document: "emulators.md", section: "A payout that the bank refuses", says: []string{`"failure_code": "no_account"`, `"source": "py_`, `"failure_code": "account_closed"`}},
	{document: "emulators.md", section: "Sub-merchants and escrow at Braintree's emulator", says: []string{"<status>pending</status>", "<escrow-status>release_pending</escrow-status>", `"operation":"disburse_failed"`, `"operation":"disburse"`}},
	{document: "emulators.md", section: "Test clocks at Stripe's emulator", says: []string{`"status": "advancing"`}},
}

// apart is said of a block whose lines are no story: each is tried by the tests of its route.
const apart = "# Each line is a call of its own"

// blocks are the shell blocks of a document but those whose lines stand apart, and without
// the line that starts the server, which runs already.
func blocks(document string) (all []string) {
	for _, part := range strings.Split(document, "```sh\n")[1:] {
		block, _, _ := strings.Cut(part, "\n```")
		if strings.HasPrefix(block, apart) {
			continue
		}
		var lines []string
		for line := range strings.Lines(block) {
			if !strings.HasPrefix(line, "handsel dev ") {
				lines = append(lines, line)
			}
		}
		all = append(all, strings.Join(lines, ""))
	}
	return all
}

// What a guide tells to paste works in handsel dev: no call is refused.
func TestU6_guidesCanBePasted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "dev.env")
	start(t, []string{"HANDSEL_LOG_LEVEL=error"}, "dev", "--addr=127.0.0.1:0", "--sandbox-addr=127.0.0.1:0", "--stripe-addr=127.0.0.1:0", "--paypal-addr=127.0.0.1:0", "--braintree-addr=127.0.0.1:0", "--paytrail-addr=127.0.0.1:0", "--env-file="+file)
	await(t, "the env file", func() bool { _, err := os.Stat(file); return err == nil })
	for _, g := range guides {
		written, err := os.ReadFile("../../docs/" + g.document)
		if err != nil {
			t.Fatal(err)
		}
		text := string(written)
		if g.section != "" {
			_, text, _ = strings.Cut(text, "\n## "+g.section+"\n")
			text, _, _ = strings.Cut(text, "\n## ")
		}
		all := blocks(strings.NewReplacer("http://127.0.0.1:8422", "$HANDSEL_STRIPE_URL", "http://127.0.0.1:8424", "$HANDSEL_BRAINTREE_URL").Replace(text))
		if len(all) == 0 {
			t.Errorf("%s %s has no block to paste", g.document, g.section)
		}
		script := "set -eu; . ./dev.env; curl() { command curl --fail-with-body --silent --show-error \"$@\"; }\n" + g.before + "\n" + strings.Join(all, "\n")
		pasted := exec.CommandContext(t.Context(), "bash", "-c", script)
		pasted.Dir = dir
		output, err := pasted.CombinedOutput()
		if err != nil {
			t.Errorf("%s %s: %v\n%s", g.document, g.section, err, output)
		}
		for _, want := range g.says {
			if !strings.Contains(string(output), want) {
				t.Errorf("%s %s: no answer has %s\n%s", g.document, g.section, want, output)
			}
		}
	}
}
