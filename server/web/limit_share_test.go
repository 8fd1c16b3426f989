package web

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestC15_floodOverReplicas lets one name ask every replica as often as it can for a
// minute, while they tell each other once a second: together they let about as much
// through as one of them would.
func TestC15_floodOverReplicas(t *testing.T) {
	t.Parallel()
	const rate, burst, seconds = 20, 100, 60
	for _, replicas := range []int{1, 2, 5} {
		t.Run(fmt.Sprint(replicas), func(t *testing.T) {
			t.Parallel()
			all, now := make([]*Limiter, replicas), time.Unix(1e9, 0)
			for i := range all {
				all[i] = NewLimiter(rate, burst)
			}
			through := 0
			for range seconds * 10 {
				now = now.Add(100 * time.Millisecond)
				for _, l := range all {
					for l.Take("flood", now) == 0 {
						through++
					}
				}
				if now.Nanosecond() != 0 {
					continue
				}
				for i, l := range all {
					told := l.spending()["flood"]
					for j, other := range all {
						if j != i && told > 0 {
							other.owe("flood", told, now)
						}
					}
				}
			}
			// At first each has a burst, and a second's worth before it hears of the others.
			most := burst + rate*seconds + (replicas-1)*(burst+2*rate)
			if through < rate*seconds || through > most {
				t.Errorf("%d replicas let %d requests through, want %d to %d", replicas, through, rate*seconds, most)
			}
		})
	}
}

// What others tell keeps nobody out for ever, takes no memory without bound, and says
// nothing of who is not heard of.
func TestC15_debtIsBounded(t *testing.T) {
	t.Parallel()
	l, now := NewLimiter(5, 20), time.Unix(1e9, 0)
	for range 100 {
		l.owe("told nonsense", 1<<60, now)
	}
	if l.Take("told nonsense", now) == 0 || l.Take("told nonsense", now.Add(mostDebt*l.Burst)) != 0 {
		t.Error("a debt is not counted, or has no end")
	}
	if left, _ := l.left("told nonsense", now); left != 0 {
		t.Errorf("%d tokens left with a debt", left)
	}
	for i := range 2 * maxBuckets {
		l.owe(fmt.Sprint("elsewhere ", i), 1, now)
		l.Take(fmt.Sprint("here ", i), now)
	}
	l.Take(strings.Repeat("x", longestName+1), now)
	if told := l.spending(); len(l.full) > maxBuckets || len(told) > maxBuckets || told[strings.Repeat("x", longestName+1)] != 0 {
		t.Errorf("%d buckets, %d to be told", len(l.full), len(told))
	}
	if len(l.spending()) != 0 {
		t.Error("what was told is told again")
	}
}
