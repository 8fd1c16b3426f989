package main

import (
	"github.com/handsel-dev/handsel/internal/bench"
)

type benchCommand struct {
	bench.Options `embed:""`
}

// Run measures and prints; it asserts nothing, because machines differ.
func (c benchCommand) Run(env environment) error { return bench.Run(env, env.out, c.Options) }
