package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/internal/bench"
	"github.com/handsel-dev/handsel/internal/pgtest"
)

type benchCommand struct {
	Time     time.Duration `default:"1s" help:"Length of one round of one measurement."`
	Rounds   int           `default:"3" help:"Rounds of each measurement; the median counts."`
	Workers  []int         `default:"1,8,32,64,256" help:"Numbers of workers that commit at the same time."`
	Growth   []int64       `placeholder:"N,N" help:"Measure only this: commits per second with N transactions stored, for example 10000,1000000."`
	Hang     bool          `help:"Measure only how long the work of other gateways waits while one gateway hangs."`
	Webhooks bool          `help:"Measure only how many webhooks are delivered to receivers on this machine, and what they cost deals."`
	Check    bool          `help:"Fail where a ratio or a size is far from its target; times are never checked."`
}

// Run measures on a throw-away PostgreSQL and on SQLite, all in one run, so that
// the ratios can be believed on a noisy machine.
func (c benchCommand) Run(env environment) error {
	dir, err := os.MkdirTemp("", "handsel-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	cluster, err := pgtest.Start(env, pgtest.Options{})
	if err != nil {
		return err
	}
	defer cluster.Close()
	if len(c.Growth) > 0 {
		return c.growth(env, cluster.NewDatabase)
	}
	if c.Hang {
		_, err := c.hang(env, cluster.NewDatabase, dir)
		return err
	}
	if c.Webhooks {
		return c.webhooks(env, cluster.NewDatabase, dir)
	}
	fmt.Fprintln(env.out, "Commits, on PostgreSQL and SQLite with full durability")
	results, err := bench.Run(env, env.out, bench.Options{Dir: dir, Workers: c.Workers, Time: c.Time, Rounds: c.Rounds, NewDatabase: cluster.NewDatabase})
	if err != nil {
		return err
	}
	ratios := bench.Ratios(results)
	for _, r := range ratios {
		fmt.Fprintf(env.out, "%4d workers  %-26s %8d %%\n", r.Workers, r.Name, r.Percent)
	}
	if err := c.deals(env, cluster.NewDatabase, dir); err != nil {
		return err
	}
	if err := c.webhooks(env, cluster.NewDatabase, dir); err != nil {
		return err
	}
	hangs, err := c.hang(env, cluster.NewDatabase, dir)
	if err != nil {
		return err
	}
	program, err := c.program(env, dir)
	if err != nil || !c.Check {
		return err
	}
	return check(ratios, hangs, program)
}

// hang measures what a gateway that hangs costs the others.
func (c benchCommand) hang(env environment, newDatabase func(context.Context) (string, error), dir string) (results []bench.Hang, err error) {
	fmt.Fprintln(env.out, "While one gateway hangs: how long the work of others takes, and how long it takes while that gateway answers")
	files := 0
	newFile := func(context.Context) (string, error) {
		files++
		return filepath.Join(dir, fmt.Sprintf("hang-%d.db", files)), nil
	}
	for _, on := range []struct {
		name string
		open func(context.Context) (string, error)
	}{{"PostgreSQL", newDatabase}, {"SQLite", newFile}} {
		some, err := bench.RunHang(env, bench.HangOptions{NewDatabase: on.open, Rounds: c.Rounds, Length: 3 * c.Time, Deals: 30})
		if err != nil {
			return nil, fmt.Errorf("while one gateway hangs, on %s: %w", on.name, err)
		}
		for _, h := range some {
			fmt.Fprintf(env.out, "%6d waits  %-26s %-10s p50 %s, %s   p99 %s, %s   %4d %%\n", h.Beside.Count, h.What, on.name,
				h.Beside.P50.Round(10*time.Microsecond), h.Healthy.P50.Round(10*time.Microsecond), h.Beside.P99.Round(10*time.Microsecond), h.Healthy.P99.Round(10*time.Microsecond), h.Percent())
		}
		results = append(results, some...)
	}
	return results, nil
}

// deals measures whole deals over HTTP.
func (c benchCommand) deals(env environment, newDatabase func(context.Context) (string, error), dir string) error {
	fmt.Fprintln(env.out, "Whole deals over HTTP, the sandboxes on the same machine")
	const workers = 16
	floor := map[string]int64{} // deals per second without any gateway, by database
	for i, script := range bench.Scripts() {
		url, err := newDatabase(env)
		if err != nil {
			return err
		}
		for name, database := range map[string]string{"PostgreSQL": url, "SQLite": filepath.Join(dir, fmt.Sprintf("deals-%d.db", i))} {
			d, err := bench.RunDeals(env, database, bench.DealsOptions{Script: script, Workers: workers, Length: 3 * c.Time})
			if err != nil {
				return fmt.Errorf("deals on %s: %w", name, err)
			}
			if d.Script == bench.Floor {
				floor[name] = d.PerSecond
			}
			fmt.Fprintf(env.out, "%4d workers  %-26s %-10s %8d deals/s  %4d %% of the floor   request p50 %s, p99 %s\n", d.Workers, d.Script, name, d.PerSecond, 100*d.PerSecond/max(floor[name], 1),
				d.P50.Round(10*time.Microsecond), d.P99.Round(10*time.Microsecond))
		}
	}
	return nil
}

// webhooks measures deliveries, the receivers in the same program.
func (c benchCommand) webhooks(env environment, newDatabase func(context.Context) (string, error), dir string) error {
	fmt.Fprintln(env.out, "Webhooks to receivers in the same program, with their results written")
	for _, endpoints := range []int{1, 5} {
		url, err := newDatabase(env)
		if err != nil {
			return err
		}
		for name, database := range map[string]string{"PostgreSQL": url, "SQLite": filepath.Join(dir, fmt.Sprintf("webhooks-%d.db", endpoints))} {
			w, err := bench.RunWebhooks(env, database, endpoints, 50_000/endpoints)
			if err != nil {
				return fmt.Errorf("webhooks on %s: %w", name, err)
			}
			fmt.Fprintf(env.out, "%4d endpoints  %-26s %-10s %8d deliveries/s\n", w.Endpoints, "", name, w.PerSecond)
		}
	}
	if !c.Webhooks {
		return nil
	}
	if err := c.dealsTold(env, newDatabase, dir); err != nil {
		return err
	}
	return c.webhooksBeside(env, newDatabase, dir)
}

// webhooksBeside measures how long good receivers wait beside bad ones, and the memory beside what waits.
func (c benchCommand) webhooksBeside(env environment, newDatabase func(context.Context) (string, error), dir string) error {
	fmt.Fprintln(env.out, "24 good receivers, and 20 with one dead, one slow (9 s), one resetting and one that answers every second with 500; 100 events/s")
	for _, name := range []string{"PostgreSQL", "SQLite"} {
		p99 := map[bool]time.Duration{}
		for _, bad := range []bool{false, true} {
			url, err := newDatabase(env)
			if err != nil {
				return err
			}
			if name == "SQLite" {
				url = filepath.Join(dir, fmt.Sprintf("beside-%t.db", bad))
			}
			good := 24
			if bad {
				good = 20
			}
			b, err := bench.RunBeside(env, url, good, bad, bench.Pace{Events: 2000, Each: 5, Every: 50 * time.Millisecond})
			if err != nil {
				return fmt.Errorf("webhooks on %s: %w", name, err)
			}
			p99[bad] = b.P99
			fmt.Fprintf(env.out, "%4d good, %d bad  %-23s %-10s stored to received: p50 %s, p99 %s\n", b.Good, b.Bad, "", name, b.P50.Round(100*time.Microsecond), b.P99.Round(100*time.Microsecond))
		}
		fmt.Fprintf(env.out, "the p99 beside bad ones is %d %% of that without\n", 100*p99[true]/p99[false])
	}
	for _, waiting := range []int{10_000, 1_000_000} {
		most, delivered, err := bench.RunWaiting(env, filepath.Join(dir, fmt.Sprintf("waiting-%d.db", waiting)), waiting, 10*time.Second)
		if err != nil {
			return fmt.Errorf("webhooks that wait: %w", err)
		}
		fmt.Fprintf(env.out, "%8d events wait for 5 endpoints on SQLite: %d delivered in up to 10 s, %d KiB of memory in use at most\n", waiting, delivered, most/1024)
	}
	return nil
}

// growth measures how the rate of commits changes with what is stored already.
func (c benchCommand) growth(env environment, newDatabase func(context.Context) (string, error)) error {
	url, err := newDatabase(env)
	if err != nil {
		return err
	}
	fmt.Fprintln(env.out, "Growth: commits on PostgreSQL with as many transactions stored before")
	_, err = bench.RunGrowth(env, env.out, url, c.Growth, 64, c.Rounds, 3*c.Time)
	return err
}

func (c benchCommand) program(env environment, dir string) (bench.Program, error) {
	binary, err := os.Executable()
	if err != nil {
		return bench.Program{}, err
	}
	p, err := bench.MeasureProgram(env, binary, dir)
	if err == nil {
		fmt.Fprintf(env.out, "The program\ndev is healthy after %s, rests at %d KiB of memory; the binary has %d bytes\n", p.Start.Round(time.Millisecond), p.RSS, p.Size)
	}
	return p, err
}

// floors are well below the targets of the design, because machines are noisy:
// they catch a mechanism that is broken, not a slow moment. Percent.
var floors = map[string]map[int]int64{
	"apply:raw":             {64: 80, 256: 120},
	"apply:separate":        {64: 200},
	"one-fee:apply":         {64: 40},
	"sqlite-grouped:single": {32: 130},
}

const (
	maxBeside = 300             // percent of the p99 beside one that answers, and
	maxLonger = 2 * time.Second // as long as one call that hangs
	maxRSS    = 60 << 10        // KiB; the target is 40 MiB
	maxSize   = 40 << 20        // bytes
)

func check(ratios []bench.Ratio, hangs []bench.Hang, p bench.Program) error {
	var problems []string
	for _, h := range hangs {
		if h.Percent() > maxBeside && h.Beside.P99-h.Healthy.P99 > maxLonger {
			problems = append(problems, fmt.Sprintf("while one gateway hangs, %s takes %s; it takes %s while that gateway answers", h.What, h.Beside.P99, h.Healthy.P99))
		}
	}
	for _, r := range ratios {
		if floor := floors[r.Name][r.Workers]; r.Percent < floor {
			problems = append(problems, fmt.Sprintf("%s at %d workers is %d %%, below %d %%", r.Name, r.Workers, r.Percent, floor))
		}
	}
	if p.RSS > maxRSS || p.Size > maxSize {
		problems = append(problems, fmt.Sprintf("the program rests at %d KiB and has %d bytes", p.RSS, p.Size))
	}
	if len(problems) > 0 {
		return fmt.Errorf("bench: %s", strings.Join(problems, "; "))
	}
	return nil
}
