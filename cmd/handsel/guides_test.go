package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// guides are documents whose shell blocks are run one after the other, as a reader pastes
// them, with what a reader has set before.
var guides = map[string]string{
	"p2p.md":     "",
	"sellers.md": `URL=$HANDSEL_URL KEY=$HANDSEL_API_KEY`,
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
	for name, before := range guides {
		text, err := os.ReadFile("../../docs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		all := blocks(string(text))
		if len(all) == 0 {
			t.Errorf("%s has no block to paste", name)
		}
		script := "set -eu; . ./dev.env; curl() { command curl --fail-with-body --silent --show-error \"$@\"; }\n" + before + "\n" + strings.Join(all, "\n")
		pasted := exec.CommandContext(t.Context(), "bash", "-c", script)
		pasted.Dir = dir
		if output, err := pasted.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, output)
		}
	}
}
