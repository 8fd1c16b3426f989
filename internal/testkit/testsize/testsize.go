// Package testsize says how much of what could be tried one run of the tests tries. A
// plain "go test" is for who has just changed something and waits; CI takes more ("make
// test" says so), and "make crash" and "make walk" take all. What is sampled is the tries,
// never the kinds: each fault, each gateway and each database has its share of every run.
package testsize

import "os"

// variable is named like what a server does not warn of.
const variable = "HANDSEL_TEST_SIZE"

// Large reports whether this run is one that takes its time.
func Large() bool { return os.Getenv(variable) == "large" }

// Of is how much is tried: much in a run that takes its time, few in any other.
func Of(much, few int) int {
	if Large() {
		return much
	}
	return few
}
