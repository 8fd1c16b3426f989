package app

import (
	"testing"
	"testing/synctest"
	"time"
)

// What waits leaves room to requests, and a server that is never idle does it nevertheless: in a
// faster pace once it is late.
func TestPacer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		busy bool
		age  time.Duration
		want time.Duration // that a thousand of them take
	}{
		"idle":           {false, 0, 0},
		"idle and late":  {false, time.Hour, 0},
		"busy":           {true, 0, 999 * betweenWebhooks},
		"busy, not late": {true, patience - 1, 999 * betweenWebhooks},
		"busy and late":  {true, patience, 999 * betweenWebhooks / hurry},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &pacer{busy: func() bool { return c.busy }, now: time.Now, real: time.Now, every: betweenWebhooks}
				begun := time.Now()
				for range 1000 {
					p.yield(t.Context(), time.Now().Add(-c.age))
				}
				if took := time.Since(begun); took != c.want {
					t.Errorf("a thousand took %s, want %s", took, c.want)
				}
			})
		})
	}
}
