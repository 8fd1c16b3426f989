package gatewaytest

import "testing"

// Failures is what is wrong with a gateway by one check; by none: with its exceptions.
func Failures(t testing.TB, c Config, name string) []string {
	t.Helper()
	for _, one := range checksOf(c) {
		if one.name == name {
			return c.verdict(name, try(t, func(t testing.TB) { one.run(t, c) }))
		}
	}
	return c.strayExceptions()
}

// Checks are the names of all checks of a gateway.
func Checks(c Config) (names []string) {
	for _, one := range checksOf(c) {
		names = append(names, one.name)
	}
	return names
}
