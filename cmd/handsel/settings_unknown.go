package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// typo is how many letters a misspelled setting may be away from a real one. Others
// may be meant for something else: scripts, tests, or a newer version.
const typo = 2

// knownSettings are the environment variables of all commands.
func knownSettings(model *kong.Application, secrets []string) []string {
	known := map[string]bool{}
	for _, node := range append(model.Leaves(false), model.Node) {
		for _, flags := range node.AllFlags(false) {
			for _, flag := range flags {
				for _, name := range flag.Envs {
					known[name] = true
				}
			}
		}
	}
	for _, name := range secrets {
		known[name], known[name+"_FILE"] = true, true
	}
	return slices.Sorted(maps.Keys(known))
}

// unknownSettings finds settings in an environment that no command reads: those that
// are probably misspelled, each with what was meant, and the names of the others.
func unknownSettings(known, environ []string) (misspelled, others []string) {
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "HANDSEL") || slices.Contains(known, name) {
			continue
		}
		meant := slices.MinFunc(known, func(a, b string) int { return distance(name, a) - distance(name, b) })
		switch {
		case distance(name, meant) <= typo:
			misspelled = append(misspelled, fmt.Sprintf("unknown setting %s; did you mean %s?", name, meant))
		case strings.HasPrefix(name, "HANDSEL_") && !strings.HasPrefix(name, "HANDSEL_TEST_"):
			others = append(others, name)
		}
	}
	return slices.Sorted(slices.Values(misspelled)), slices.Sorted(slices.Values(others))
}

// distance is the number of letters to change, add or leave out to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := corner
			if a[i] != b[j] {
				change++
			}
			corner = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
