package outbound

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// schedule is how long it is waited after each attempt that failed: the example of
// Standard Webhooks, drawn out to five days.
var schedule = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour,
	14 * time.Hour, 20 * time.Hour, 22 * time.Hour, 23 * time.Hour, 23 * time.Hour,
}

// How long an endpoint may fail; our choice, but for the five days.
const (
	disableAfter = 5 * 24 * time.Hour
	warnAfter    = disableAfter / 2
	// eventLife is for how long an event is tried at least: the schedule at its shortest.
	eventLife = 105 * time.Hour
	// longestRest is how long an endpoint that fails rests at most between two attempts, and after
	// which it counts as failing, so that a
	// receiver that works again is noticed within that time, whatever the schedule says
	// of the event that it is tried with.
	longestRest = time.Hour
	// longestAsked is how long a receiver may ask to be left alone by Retry-After.
	longestAsked = 24 * time.Hour
	// failuresToRest is how many different events fail one after the other, without one
	// that is delivered meanwhile, until the endpoint rests.
	failuresToRest = 10
)

// jitterShare is the part of a wait by which it is made shorter or longer, so that what failed
// together is not tried again together.
const jitterShare = 10 // a tenth

// after is how long it is waited after so many attempts, at the end as long as after the last
// but one. The draw is one of 0 to 999.
func after(attempts, draw int) time.Duration {
	wait := schedule[min(max(attempts, 1), len(schedule))-1]
	return wait - wait/jitterShare + 2*wait/jitterShare*time.Duration(draw)/1000
}

// rest is how long an endpoint rests after so many attempts that failed.
func rest(attempts, draw int) time.Duration { return min(after(attempts, draw), longestRest) }

// retryAfter is how long a receiver asks to be left alone, which it may say in seconds or
// as a time (RFC 9110, 10.2.3); 0: it does not say.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if text == "" {
		return 0
	}
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return bounded(seconds)
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return bounded(int64(at.Sub(now) / time.Second))
}

func bounded(seconds int64) time.Duration {
	longest := int64(longestAsked / time.Second)
	return time.Duration(min(max(seconds, 0), longest)) * time.Second
}
