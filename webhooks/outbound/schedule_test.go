package outbound

import (
	"net/http"
	"testing"
	"time"
)

// The attempts of an event are spread over about five days, longer and longer.
func TestSchedule(t *testing.T) {
	t.Parallel()
	for _, draw := range []int{0, 500, 999} {
		var sum, last time.Duration
		attempts := 1
		for ; ; attempts++ {
			if attempts > len(schedule) {
				break
			}
			wait := after(attempts, draw)
			if wait < last {
				t.Errorf("after %d attempts it is waited for %s, shorter than before", attempts, wait)
			}
			sum, last = sum+wait, wait
		}
		if days := sum.Hours() / 24; attempts != 12 || sum < eventLife || days > 5.6 {
			t.Errorf("draw %d: %d attempts in %.2f days", draw, attempts, days)
		}
	}
	for attempts := 1; attempts < 200; attempts++ {
		if r := rest(attempts, 999); r <= 0 || r > longestRest {
			t.Errorf("after %d attempts an endpoint rests for %s", attempts, r)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "x": 0, "-5": 0, "7": 7 * time.Second, " 60 ": time.Minute, "99999999": 24 * time.Hour, "9223372036854775807": 24 * time.Hour,
		now.Add(90 * time.Second).Format(http.TimeFormat): 90 * time.Second, now.Add(-time.Hour).Format(http.TimeFormat): 0, "Fri, 31 Dec 9999 23:59:59 GMT": 24 * time.Hour,
	} {
		if got := retryAfter(http.Header{"Retry-After": {text}}, now); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}
