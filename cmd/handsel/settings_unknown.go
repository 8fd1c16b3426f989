package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// typo is how many letters a misspelled name may be away from a real one. Other settings
// may be meant for something else: scripts, tests, or a newer version.
const typo = 2

// nearest is the known name that was probably meant by another one.
func nearest(name string, known []string) (meant string, ok bool) {
	least := min(typo+1, len(name))
	for _, one := range known {
		if d := distance(name, one); d < least {
			meant, least = one, d
		}
	}
	return meant, meant != ""
}

// knownSettings are the environment variables of all commands.
func knownSettings(root *command, secrets []string) []string {
	known := map[string]bool{}
	for c := range root.all() {
		for _, f := range c.flags {
			if f.env != "" {
				known[f.env] = true
			}
		}
	}
	for _, name := range secrets {
		known[name], known[name+"_FILE"] = true, true
	}
	return slices.Sorted(maps.Keys(known))
}

// unknown are the settings that no command reads.
func (env environment) unknown() (misspelled, others []string) {
	return unknownSettings(knownSettings(env.program, secretSettings(env.gateways)), env.environ)
}

// unknownSettings finds settings in an environment that no command reads: those that
// are probably misspelled, each with what was meant, and the names of the others.
func unknownSettings(known, environ []string) (misspelled, others []string) {
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "HANDSEL") || slices.Contains(known, name) {
			continue
		}
		meant, near := nearest(name, known)
		switch {
		case near:
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
