package due_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/handsel-dev/handsel/internal/due"
)

// Daily work is done once in its period by one of all replicas, again soon when it could
// not be completed, and by another one when who has claimed it dies.
func TestDaily(t *testing.T) {
	t.Parallel()
	now, last := epoch, map[string]time.Time{}
	d := due.Daily{
		Name: "compare", Period: 24 * time.Hour, Lease: 6 * time.Hour, Again: time.Hour, Now: func() time.Time { return now },
		Claim: func(_ context.Context, name string, at, before time.Time) (bool, error) {
			if done, known := last[name]; known && done.After(before) {
				return false, nil
			}
			last[name] = at
			return true, nil
		},
	}
	did := 0
	do := func(t *testing.T, complete bool, fails error, want int) {
		t.Helper()
		err := d.Do(t.Context(), func(ctx context.Context) (bool, error) {
			did++
			// Another replica meanwhile.
			if err := d.Do(ctx, func(context.Context) (bool, error) { t.Error("two do it"); return true, nil }); err != nil {
				t.Error(err)
			}
			return complete, fails
		})
		if !errors.Is(err, fails) || did != want {
			t.Errorf("%s: did it %d times, want %d; %v", now.Sub(epoch), did, want, err)
		}
	}
	for _, step := range []struct {
		at       time.Duration // after epoch
		complete bool
		fails    error
		want     int
	}{
		{0, true, nil, 1}, {24*time.Hour - 1, true, nil, 1}, {24 * time.Hour, false, errAway, 2},
		{25*time.Hour - 1, true, errAway, 2}, {25 * time.Hour, true, nil, 3}, {48 * time.Hour, true, nil, 3},
	} {
		now = epoch.Add(step.at)
		if step.want == did {
			step.fails = nil
		}
		do(t, step.complete, step.fails, step.want)
	}
	// Who claims it dies.
	now = epoch.Add(50 * time.Hour)
	func() {
		defer func() { _ = recover() }() // the crash is played
		_ = d.Do(t.Context(), func(context.Context) (bool, error) { panic("crash") })
	}()
	now = now.Add(6*time.Hour - 1)
	do(t, true, nil, 3)
	now = now.Add(1)
	do(t, true, nil, 4)
}

// Work that takes longer than the lease stays with who does it. It ends when another
// replica has taken it over.
func TestDailyRenews(t *testing.T) {
	t.Parallel()
	for name, stolen := range map[string]bool{"held": false, "taken over": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				var last time.Time
				d := due.Daily{
					Name: "compare", Period: time.Minute, Lease: 3 * time.Minute, Again: time.Minute, Now: time.Now,
					Claim: func(_ context.Context, _ string, at, before time.Time) (bool, error) {
						mu.Lock()
						defer mu.Unlock()
						if last.After(before) {
							return false, nil
						}
						last = at
						return true, nil
					},
				}
				err := d.Do(t.Context(), func(ctx context.Context) (bool, error) {
					<-time.After(10 * time.Minute)
					if err := d.Do(ctx, func(context.Context) (bool, error) { t.Error("two do it"); return true, nil }); err != nil {
						t.Error(err)
					}
					if !stolen {
						return true, nil
					}
					mu.Lock()
					last = time.Now().Add(time.Hour)
					mu.Unlock()
					<-ctx.Done()
					return true, ctx.Err()
				})
				if (err != nil) != stolen || stolen != last.After(time.Now()) {
					t.Errorf("done with %v, and the claim bears %s", err, last)
				}
			})
		})
	}
}
