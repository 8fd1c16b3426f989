package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/handsel-dev/handsel/internal/bench"
)

// dealsTold measures whole deals while 5 endpoints are sent what happens, and while there is none, in turns: one deal after another, as long
// as the machine has time for both, and by so many workers that it has none left.
func (c benchCommand) dealsTold(env environment, newDatabase func(context.Context) (string, error), dir string) error {
	fmt.Fprintln(env.out, "Whole deals over HTTP with 5 webhook endpoints, whose receivers are in the same program, and without")
	for _, script := range bench.Scripts()[:2] {
		for _, name := range []string{"PostgreSQL", "SQLite"} {
			for _, workers := range []int{1, 16} {
				play := func(round, endpoints int) (bench.Deals, error) {
					url, err := newDatabase(env)
					if name == "SQLite" {
						url = filepath.Join(dir, fmt.Sprintf("told-%d-%d-%d-%.4s.db", workers, endpoints, round, script.Name))
					}
					if err != nil {
						return bench.Deals{}, err
					}
					return bench.RunDeals(env, url, bench.DealsOptions{Script: script, Workers: workers, Length: 3 * c.Time, Endpoints: endpoints})
				}
				with, without, err := c.inTurns(play)
				if err != nil {
					return fmt.Errorf("deals beside endpoints on %s: %w", name, err)
				}
				fmt.Fprintf(env.out, "  %2d workers  %-26s %-10s %8d deals/s with, %d without: %d %%\n", workers, script.Name, name, with, without, 100*with/max(without, 1))
			}
		}
	}
	return nil
}

// inTurns plays with 5 endpoints and with none, and has the median of each.
func (c benchCommand) inTurns(play func(round, endpoints int) (bench.Deals, error)) (with, without int64, err error) {
	rates := map[int][]int64{}
	for round := range c.Rounds {
		for _, endpoints := range []int{0, 5} {
			d, err := play(round, endpoints)
			if err != nil {
				return 0, 0, err
			}
			rates[endpoints] = append(rates[endpoints], d.PerSecond)
		}
	}
	return median(rates[5]), median(rates[0]), nil
}

func median(all []int64) int64 {
	slices.Sort(all)
	return all[len(all)/2]
}
