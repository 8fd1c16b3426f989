package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// terminal is a shell into which blocks are pasted, one after the other. What one of them sets the next ones have.
type terminal struct {
	blocks io.WriteCloser
	done   *bufio.Scanner // a line for each block that has ended well
	out    string         // path of what the block that was pasted last has printed
	ended  chan struct{}  // of the block that lasts
}

// pasting pastes the blocks that files hold. What they leave running does not keep the terminal.
const pasting = `while IFS= read -r block; do . "$block" >"$block.out" 2>&1 </dev/null 3>&-; echo done >&3; done`

// longest is how long a block may take.
const longest = time.Minute

// openTerminal starts a shell in a folder. It ends with the test, and all that it has started ends with it.
func openTerminal(t *testing.T, dir string, environ []string) *terminal {
	t.Helper()
	ours, theirs, err := os.Pipe()
	gone, alive, failed := os.Pipe()
	if err = errors.Join(err, failed); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "bash", "-euc", pasting)
	cmd.Dir, cmd.Env, cmd.ExtraFiles = dir, environ, []*os.File{theirs, alive}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	blocks, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err = errors.Join(err, theirs.Close(), alive.Close()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Cancel() // the shell may have ended before what it has started
		_ = cmd.Wait()
		_, _ = io.Copy(io.Discard, gone) // nobody has its other end any longer: nothing writes to the folder of the test
		_, _ = ours.Close(), gone.Close()
	})
	return &terminal{blocks: blocks, done: bufio.NewScanner(ours)}
}

// begin pastes a text and does not wait for its end.
func (x *terminal) begin(t *testing.T, text string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "block")
	x.out = file + ".out"
	err := os.WriteFile(file, []byte(text), 0o600)
	if err == nil {
		_, err = fmt.Fprintln(x.blocks, file)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// paste pastes a text and waits for its end. It fails where a command of the text does.
func (x *terminal) paste(t *testing.T, text string) (printed string, err error) {
	t.Helper()
	x.begin(t, text)
	ended := make(chan bool, 1)
	go func() { ended <- x.done.Scan() }()
	select {
	case well := <-ended:
		if !well {
			err = errors.New("a command failed")
		}
	case <-time.After(longest):
		err = fmt.Errorf("it has not ended after %s", longest)
	}
	return x.printed(t), err
}

// printed is what the last block has printed so far.
func (x *terminal) printed(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(x.out)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}

// last pastes a text that does not end, and waits until it has printed what is shown.
func (x *terminal) last(t *testing.T, text string, shown func(printed string) bool) error {
	t.Helper()
	x.begin(t, text)
	x.ended = make(chan struct{})
	go func() { x.done.Scan(); close(x.ended) }()
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if shown(x.printed(t)) {
				return nil
			}
		case <-x.ended:
			return fmt.Errorf("it has ended, having printed\n%s", x.printed(t))
		case <-ctx.Done():
			return fmt.Errorf("it has not printed what is shown, but\n%s", x.printed(t))
		}
	}
}

// hasEnded tells whether a block that should last has not.
func (x *terminal) hasEnded() bool {
	select {
	case <-x.ended:
		return true
	default:
		return false
	}
}

// A block that fails is found, and what one sets, prints or leaves running is there for the next.
func TestGuides_pasted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	x := openTerminal(t, dir, os.Environ())
	for _, p := range []struct{ text, printed string }{
		{"A=1; mkdir in; cd in", ""}, {"echo $A; pwd; echo two >&2", "1\n" + filepath.Join(dir, "in") + "\ntwo\n"}, {"cat & cat", ""}, {"tail -f /dev/null &", ""}, {"false || echo three", "three\n"},
	} {
		if printed, err := x.paste(t, p.text); err != nil || printed != p.printed {
			t.Errorf("%s: %q, %v", p.text, printed, err)
		}
	}
	for _, text := range []string{"false; true", "echo $NOT_SET", "f() { return 3; }; f", "exit 1"} {
		if _, err := openTerminal(t, dir, os.Environ()).paste(t, "tail -f /dev/null &\n"+text); err == nil {
			t.Errorf("%s does not fail", text)
		}
	}
	ready := func(printed string) bool { return strings.HasPrefix(printed, "ready") }
	if err := openTerminal(t, dir, os.Environ()).last(t, "echo ready; tail -f /dev/null", ready); err != nil {
		t.Error(err)
	}
	if err := openTerminal(t, dir, os.Environ()).last(t, "echo steady", ready); err == nil || !strings.Contains(err.Error(), "steady") {
		t.Errorf("it has ended: %v", err)
	}
}
