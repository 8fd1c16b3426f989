package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/handsel-dev/handsel/internal/bench"
)

// dealsTold measures whole deals while 5 endpoints are sent what happens, and while there is none, in turns.
func (c benchCommand) dealsTold(env environment, newDatabase func(context.Context) (string, error), dir string) error {
	fmt.Fprintln(env.out, "Whole deals over HTTP with 5 webhook endpoints, whose receivers are in the same program, and without")
	for _, script := range bench.Scripts()[:2] {
		for _, name := range []string{"PostgreSQL", "SQLite"} {
			rates := map[int][]int64{}
			for round := range c.Rounds {
				for _, endpoints := range []int{0, 5} {
					url, err := newDatabase(env)
					if err != nil {
						return err
					}
					if name == "SQLite" {
						url = filepath.Join(dir, fmt.Sprintf("told-%d-%d-%.4s.db", endpoints, round, script.Name))
					}
					d, err := bench.RunDeals(env, url, bench.DealsOptions{Script: script, Workers: 16, Length: 3 * c.Time, Endpoints: endpoints})
					if err != nil {
						return fmt.Errorf("deals with %d endpoints on %s: %w", endpoints, name, err)
					}
					rates[endpoints] = append(rates[endpoints], d.PerSecond)
				}
			}
			with, without := median(rates[5]), median(rates[0])
			fmt.Fprintf(env.out, "  16 workers  %-26s %-10s %8d deals/s with, %d without: %d %%\n", script.Name, name, with, without, 100*with/max(without, 1))
		}
	}
	return nil
}

func median(all []int64) int64 {
	slices.Sort(all)
	return all[len(all)/2]
}
