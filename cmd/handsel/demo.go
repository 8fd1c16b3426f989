package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

type demoCommand struct {
	Play string `arg:"" optional:"" default:"escrow" enum:"escrow,invoice,p2p" help:"escrow: goods by post. invoice: a service that is paid by card afterwards. p2p: the exchange, with a dispute. Default: escrow."`
}

// Run plays deals over the HTTP API of a testbed of its own, against the sandboxes.
func (c demoCommand) Run(env environment) (err error) {
	dir, err := os.MkdirTemp("", "handsel-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	log, err := quietLogger(env, logQuietly{LogLevel: "warn", LogFormat: "text"})
	if err != nil {
		return err
	}
	w, err := startTestbed(env, app.TestbedConfig{DatabaseURL: filepath.Join(dir, "demo.db"), Seed: 1, Log: log}, anywhere())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.stop()) }()
	d := &demo{devServer: w, ctx: env, out: env.out}
	switch c.Play {
	case "invoice":
		err = (&invoiceDemo{dealDemo{demo: d}}).play()
	case "p2p":
		err = (&p2pDemo{demo: d, seen: map[string]int64{}}).play()
	default:
		err = (&escrowDemo{dealDemo{demo: d}}).play()
	}
	return err
}

// demo is what all plays share: a testbed, the terminal, and how the API is called.
type demo struct {
	*devServer
	ctx         context.Context
	out         io.Writer
	step, calls int
}

// run takes the steps of a play; each fails unless what it shows is as it should be.
func (d *demo) run(steps ...func() error) error {
	for i, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("demo, step %d: %w", i+1, err)
		}
	}
	return nil
}

// title begins the next step.
func (d *demo) title(what string) {
	d.step++
	fmt.Fprintf(d.out, "\n%d. %s.\n", d.step, what)
}

// until asks until something is so, for ten seconds at the most; what makes it so
// runs beside us.
func (d *demo) until(what string, ok func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(d.ctx, 10*time.Second)
	defer cancel()
	for {
		if done, err := ok(); err != nil || done {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("timed out while waiting for %s", what)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// pass moves the one clock of the testbed.
func (d *demo) pass(t time.Duration) error {
	body := fmt.Sprintf(`{"seconds":%d}`, int64(t/time.Second))
	return d.send(request{method: "POST", url: d.Config.SandboxURL + "/_sandbox/clock/advance", body: body}, nil)
}

// audit proves that every invariant is intact.
func (d *demo) audit() error {
	registry, err := process.NewRegistry(catalog.All()...)
	if err != nil {
		return err
	}
	violations, err := d.Store.Doctor(d.ctx, registry)
	if err == nil && len(violations) > 0 {
		err = fmt.Errorf("%d broken invariants: %v", len(violations), violations)
	}
	return err
}

// send makes a call and decodes its answer. Every call has an idempotency key of
// its own, as it would in a program that repeats what was not answered.
func (d *demo) send(q request, answer any) error {
	d.calls++
	return q.send(d.ctx, fmt.Sprintf("demo-%d", d.calls), answer)
}
