package main

import (
	"strings"
	"testing"
	"time"
)

// The clock of a testbed of dev can be moved ahead of this machine's: what waits there has
// waited for no time below zero.
func TestWaits(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for since, want := range map[time.Duration]string{
		-90 * time.Minute: "for 1h30m0s", 0: "for 0s", 30 * time.Second: "for 0s", 48 * time.Hour: "since 2026-03-03T12:00:00Z, which is in the future",
	} {
		if got := waits(now.Add(since), now); !strings.HasPrefix(got, want) {
			t.Errorf("%s from now: %q, want %q", since, got, want)
		}
	}
}
