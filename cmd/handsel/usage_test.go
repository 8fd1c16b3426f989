package main

import (
	"io"
	"testing"
)

// What is not understood says where the help is: that of the command, where one was understood.
func TestUsage_saysWhereTheHelpIs(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"unexpected argument frobnicate; see handsel --help":   {"frobnicate"},
		"unknown flag --gold; see handsel version --help":      {"version", "--gold"},
		"unknown flag --gold; see handsel keys list --help":    {"keys", "list", "--gold"},
		"unexpected argument gold; see handsel version --help": {"version", "gold"},
	} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil || err.Error() != want {
			t.Errorf("%v: %v, want %s", args, err, want)
		}
	}
}
