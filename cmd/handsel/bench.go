package main

import (
	"os"
	"time"

	"github.com/handsel-dev/handsel/internal/bench"
	"github.com/handsel-dev/handsel/internal/pgtest"
)

type benchCommand struct {
	Time    time.Duration `default:"1s" help:"Length of one round of one measurement."`
	Rounds  int           `default:"3" help:"Rounds of each measurement; the median counts."`
	Workers []int         `default:"1,8,32,64,256" help:"How many commit at the same time."`
	SQLite  bool          `name:"sqlite-only" help:"Leave PostgreSQL out."`
}

// Run measures and prints; it asserts nothing, because machines differ.
func (c benchCommand) Run(env environment) error {
	dir, err := os.MkdirTemp("", "handsel-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	o := bench.Options{Dir: dir, Workers: c.Workers, Time: c.Time, Rounds: c.Rounds}
	if !c.SQLite {
		cluster, err := pgtest.Start(env, pgtest.Options{})
		if err != nil {
			return err
		}
		defer cluster.Close()
		o.NewDatabase = cluster.NewDatabase
	}
	_, err = bench.Run(env, env.out, o)
	return err
}
