// Package bench measures how fast commits are written: by Store.Apply, and by
// the two ways in which one would write the same rows without it.
package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/handsel-dev/handsel/internal/sqlstore"
)

// Options of a run. The zero value is what the published numbers come from.
type Options struct {
	// NewDatabase makes an empty PostgreSQL database and returns its URL; it is
	// called once per measurement. Nil leaves PostgreSQL out.
	NewDatabase func(ctx context.Context) (string, error)
	// Dir is where SQLite files are made. Empty leaves SQLite out.
	Dir     string
	Workers []int         // how many commit at the same time; 1, 8, 32, 64 and 256 by default
	Time    time.Duration // of one round of one measurement; 1 s by default
	Rounds  int           // of each measurement, of which the median counts; 3 by default
	// Store is how the store under measurement is opened.
	Store sqlstore.Options
	Now   func() time.Time
}

func (o Options) withDefaults() Options {
	if len(o.Workers) == 0 {
		o.Workers = []int{1, 8, 32, 64, 256}
	}
	o.Time = cmp.Or(o.Time, time.Second)
	o.Rounds = cmp.Or(o.Rounds, 3)
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Ways to write a commit.
const (
	Apply       = "Apply"
	ApplyOneFee = "Apply, one fee account"
	OneTrip     = "raw SQL, one round trip"
	Separate    = "separate statements"
	Grouped     = "SQLite Apply"
	Ungrouped   = "SQLite, one by one"
)

// Result is one measurement.
type Result struct {
	Way       string
	Workers   int
	PerSecond int64 // commits
}

// sqliteWorkers is how many commit at the same time in the SQLite measurement.
const sqliteWorkers = 32

// worker writes one commit per call; the number of the call is n.
type worker func(ctx context.Context, n int64) error

// way opens a database and returns a worker for each goroutine.
type way struct {
	name string
	open func(ctx context.Context, workers int) (each func(i int) (worker, error), close func() error, err error)
}

// Run measures and prints a line per result. All ways take turns within a round,
// so that a slow moment of the machine does not hit one of them alone.
func Run(ctx context.Context, w io.Writer, o Options) ([]Result, error) {
	o = o.withDefaults()
	var results []Result
	report := func(workers int, ways []way) error {
		some, err := compare(ctx, o, workers, ways)
		for _, r := range some {
			if _, err := fmt.Fprintf(w, "%4d workers  %-26s %8d commits/s\n", r.Workers, r.Way, r.PerSecond); err != nil {
				return err
			}
		}
		results = append(results, some...)
		return err
	}
	if o.NewDatabase != nil {
		for _, workers := range o.Workers {
			if err := report(workers, postgresWays(o)); err != nil {
				return results, err
			}
		}
	}
	if o.Dir != "" {
		if err := report(sqliteWorkers, sqliteWays(o)); err != nil {
			return results, err
		}
	}
	return results, nil
}

func compare(ctx context.Context, o Options, workers int, ways []way) ([]Result, error) {
	rates := make([][]int64, len(ways))
	for range o.Rounds {
		for i, w := range ways {
			rate, err := measure(ctx, o, w, workers)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", w.name, err)
			}
			rates[i] = append(rates[i], rate)
		}
	}
	results := make([]Result, len(ways))
	for i, w := range ways {
		slices.Sort(rates[i])
		results[i] = Result{Way: w.name, Workers: workers, PerSecond: rates[i][len(rates[i])/2]}
	}
	return results, nil
}

// measure runs one round on a new database and returns commits per second.
func measure(ctx context.Context, o Options, w way, workers int) (rate int64, err error) {
	each, done, err := w.open(ctx, workers)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, done()) }()
	do := make([]worker, workers)
	for i := range do {
		if do[i], err = each(i); err != nil {
			return 0, err
		}
	}
	// The first two commits prepare statements, which is not what is measured.
	if err := together(do, func(commit worker) error {
		return errors.Join(commit(ctx, 0), commit(ctx, 1))
	}); err != nil {
		return 0, err
	}
	var count atomic.Int64
	start := o.Now()
	err = together(do, func(commit worker) error {
		for n := int64(2); o.Now().Sub(start) < o.Time; n++ {
			if err := commit(ctx, n); err != nil {
				return err
			}
			count.Add(1)
		}
		return nil
	})
	took := o.Now().Sub(start)
	return count.Load() * int64(time.Second) / int64(took), err
}

// together runs a function for all workers at once.
func together(workers []worker, run func(worker) error) error {
	var all sync.WaitGroup
	errs := make([]error, len(workers))
	for i, w := range workers {
		all.Go(func() { errs[i] = run(w) })
	}
	all.Wait()
	return errors.Join(errs...)
}

func postgresWays(o Options) []way {
	return []way{
		{Apply, openStore(o.NewDatabase, o.Store, false)},
		{ApplyOneFee, openStore(o.NewDatabase, o.Store, true)},
		{OneTrip, openRaw(o.NewDatabase, oneTrip)},
		{Separate, openRaw(o.NewDatabase, separate)},
	}
}

func sqliteWays(o Options) []way {
	newFile := func(context.Context) (string, error) {
		dir, err := os.MkdirTemp(o.Dir, "bench-")
		return filepath.Join(dir, "handsel.db"), err
	}
	return []way{
		{Grouped, openStore(newFile, o.Store, false)},
		{Ungrouped, openStore(newFile, sqlstore.Options{BatchSize: 1}, false)},
	}
}
