package bench

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/internal/app"
)

// Program is what the binary costs: started as "dev", it is healthy after Start,
// then rests with RSS kibibytes of memory. Size is the file's, in bytes.
type Program struct {
	Start time.Duration
	RSS   int64
	Size  int64
}

// MeasureProgram starts a handsel binary in dev mode and looks at it.
func MeasureProgram(ctx context.Context, binary, dir string) (p Program, err error) {
	info, err := os.Stat(binary)
	if err != nil {
		return p, err
	}
	p.Size = info.Size()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	envFile := filepath.Join(dir, "env")
	command := exec.CommandContext(ctx, binary, "dev", "--addr=127.0.0.1:0", "--sandbox-addr=127.0.0.1:0", "--env-file="+envFile)
	command.Env = os.Environ()
	for _, e := range app.Emulators() {
		command.Env = append(command.Env, e.Setting+"=127.0.0.1:0")
	}
	began := time.Now()
	if err := command.Start(); err != nil {
		return p, err
	}
	defer func() {
		cancel()
		_ = command.Wait() // killed by the context
	}()
	if err := healthy(ctx, envFile); err != nil {
		return p, err
	}
	p.Start = time.Since(began)
	select {
	case <-time.After(3 * time.Second): // at rest
	case <-ctx.Done():
		return p, ctx.Err()
	}
	p.RSS, err = residentKiB(command.Process.Pid)
	return p, err
}

func healthy(ctx context.Context, envFile string) error {
	for {
		if url, ok := urlIn(envFile); ok {
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/readyz", nil)
			if err != nil {
				return err
			}
			if resp, err := http.DefaultClient.Do(r); err == nil {
				_ = resp.Body.Close()
				if resp.StatusCode == http.StatusOK {
					return nil
				}
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}

func urlIn(envFile string) (string, bool) {
	f, err := os.Open(envFile)
	if err != nil {
		return "", false
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if url, ok := strings.CutPrefix(s.Text(), "HANDSEL_URL="); ok {
			return url, true
		}
	}
	return "", false
}

// residentKiB reads a process's resident memory where the system tells it.
func residentKiB(pid int) (int64, error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(content)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			var kib int64
			_, err := fmt.Sscan(value, &kib)
			return kib, err
		}
	}
	return 0, fmt.Errorf("process %d has no VmRSS", pid)
}
