package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The scripts of completion are ones that their shells can read, and they ask the program.
func TestCompletion(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish"} {
		got := runs(t, nil, "completion", shell)
		if got.code != exitDone || !strings.Contains(got.out, "__complete") {
			t.Errorf("%s: %+v", shell, got)
		}
		if shell != "bash" {
			continue
		}
		c := exec.CommandContext(t.Context(), "bash", "-n")
		c.Stdin = strings.NewReader(got.out)
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	}
	for args, want := range map[string]string{
		"keys l": "list\t", "completion z": "zsh\n", "keys add --mode=": "test\n", "recovery --": "--database-url\t",
		"processes show e": "escrow_online\n", "processes check e": "escrow_online\n", "events transaction.p": "transaction.paid\n", "events show t": "transaction.paid\n",
		"listen --types=": "transaction.paid\n", "trigger t": "transaction.paid\n", "reconcile --gateway=": "stripe\n", "sandbox --only=": "paytrail\n",
		"chaos --gateway=": "stripe\n", "dev --env-file=": ":0\n", "keys list --community=": ":4\n", // files, and nothing
	} {
		if got := runs(t, nil, append([]string{"__complete"}, strings.Fields(args)...)...); !strings.Contains(got.out, want) {
			t.Errorf("%s: %q is not offered:\n%s", args, want, got.out)
		}
	}
}

// A bare bash completes, without the package bash-completion: what stands there after the tab key is the word or words.
func TestCompletion_inBash(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(program, filepath.Join(folder, "handsel")); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"handsel scen":                 "scenarios",
		"handsel keys l":               "list",
		"handsel keys add --mo":        "--mode",
		"handsel keys add --mode=":     "test live",
		"handsel chaos --gateway=str":  "stripe",
		"handsel chaos --gateway str":  "stripe",
		"handsel completion z":         "zsh",
		"handsel sandbox ":             "run", // not the older name of another command
		"handsel trigger transaction.": "transaction.paid",
	} {
		c := exec.CommandContext(t.Context(), "bash", "--norc", "--noprofile", "-c", pressTab, "bash", line)
		c.Env = []string{"HANDSEL_TEST_PROGRAM=1", "PATH=" + folder + ":" + os.Getenv("PATH")}
		out, err := c.CombinedOutput()
		offered := map[string]bool{}
		for word := range strings.FieldsSeq(string(out)) {
			offered[strings.TrimSuffix(word, "=")] = true
		}
		for word := range strings.FieldsSeq(want) {
			if err != nil || !offered[word] {
				t.Errorf("%s: %q is not offered: %v\n%s", line, word, err, out)
			}
		}
		if offered["faults"] {
			t.Errorf("%s: %s", line, out)
		}
	}
}

// pressTab asks for the completion of a line as bash does when somebody presses the tab key at its end.
const pressTab = `
source <(handsel completion bash) || exit
COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=9 COMP_KEY=9
read -ra COMP_WORDS <<<"${1//=/ = }"
[[ $1 == *[[:space:]=] ]] && COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
__start_handsel
echo "${COMPREPLY[@]}"
`
