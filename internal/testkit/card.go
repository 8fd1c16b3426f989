package testkit

import (
	"slices"
	"strings"
)

// Card is a card number of those that gateways give for tests.
const Card = "4111111111111111"

// Spelled writes a number's digits with something between groups of n.
func Spelled(digits string, n int, between string) string {
	var groups []string
	for part := range slices.Chunk([]byte(digits), n) {
		groups = append(groups, string(part))
	}
	return strings.Join(groups, between)
}

// InScript writes digits with those of another script, by its zero.
func InScript(digits string, zero rune) string {
	return strings.Map(func(r rune) rune { return zero + r - '0' }, digits)
}
