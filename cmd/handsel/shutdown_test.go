package main

import (
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/pgtest"
)

// TestM28_sigtermEnds stops a server whose database hangs.
func TestM28_sigtermEnds(t *testing.T) {
	t.Parallel()
	proxy, url := pgtest.StartProxy(t, pgtest.URL(t))
	address := freeAddress(t)
	p := start(t, []string{"HANDSEL_ADDR=" + address, "HANDSEL_OPS_ADDR=127.0.0.1:0", "HANDSEL_DATABASE_URL=" + url, "HANDSEL_DRAIN_PAUSE=0s"}, "serve")
	await(t, "the server", func() bool { return call(t, "GET", "http://"+address+"/readyz", "", "", "", "").Status == 200 })
	proxy.Freeze(true)
	defer proxy.Freeze(false)
	await(t, "readiness to notice", func() bool {
		return call(t, "GET", "http://"+address+"/readyz", "", "", "", "").Status == http.StatusServiceUnavailable
	})
	began := time.Now()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = p.Wait() // it may say that its sessions broke
	if took := time.Since(began); took > 45*time.Second {
		t.Errorf("the server ended %s after SIGTERM", took)
	}
}

// TestM39_drain sees the 503 of /readyz before the listener closes, and requests are
// still answered then.
func TestM39_drain(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	p := start(t, []string{"HANDSEL_ADDR=" + address, "HANDSEL_OPS_ADDR=127.0.0.1:0", "HANDSEL_DATABASE_URL=" + t.TempDir() + "/x.db", "HANDSEL_DRAIN_PAUSE=3s"}, "serve")
	await(t, "the server", func() bool { return call(t, "GET", "http://"+address+"/readyz", "", "", "", "").Status == 200 })
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	await(t, "the 503 before the end", func() bool {
		return call(t, "GET", "http://"+address+"/readyz", "", "", "", "").Status == http.StatusServiceUnavailable
	})
	if live := call(t, "GET", "http://"+address+"/livez", "", "", "", "").Status; live != http.StatusOK {
		t.Errorf("while it drains, /livez answers %d", live)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("%v\n%s", err, p.out())
	}
}
