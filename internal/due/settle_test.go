package due_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/due"
)

// settling is a list whose jobs write down that they were asked, and do something as often as
// is said.
func settling(t *testing.T, did *[]string, jobs ...due.Job) *due.List {
	t.Helper()
	for i := range jobs {
		name, left := jobs[i].Name, 0
		if jobs[i].Do == nil {
			left = 1
		}
		jobs[i].Do = due.Counted(func(context.Context) (int, error) {
			*did = append(*did, name)
			n := left
			left = 0
			return n, nil
		})
	}
	return newList(t, due.Config{Now: func() time.Time { return epoch }}, jobs...)
}

var idle = due.Plain(func(context.Context) error { return nil })

func never(context.Context) (bool, error) { return false, nil }

// Each job is asked until it was asked since the last one that did something: those behind
// that one were, already. Who only gives work to jobs behind it is not asked for itself.
func TestSettle(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		jobs []due.Job
		want string
	}{
		"nothing":        {[]due.Job{{Name: "inbox", Do: idle}, {Name: "feed", Do: idle}}, "inbox feed"},
		"the first":      {[]due.Job{{Name: "inbox"}, {Name: "feed", Do: idle}}, "inbox feed inbox"},
		"the last":       {[]due.Job{{Name: "inbox", Do: idle}, {Name: "feed"}}, "inbox feed inbox feed"},
		"onward":         {[]due.Job{{Name: "inbox", Do: idle}, {Name: "feed", Onward: true}, {Name: "mails", Do: idle}}, "inbox feed mails"},
		"both":           {[]due.Job{{Name: "inbox"}, {Name: "timers", Do: idle}, {Name: "feed", Onward: true}}, "inbox timers feed inbox"},
		"no upkeep":      {[]due.Job{{Name: "timers", Do: idle}, {Name: "seal", Upkeep: true}}, "timers"},
		"nothing lasts":  {[]due.Job{{Name: "timers", Do: idle}, {Name: "listen", Lasting: true}}, "timers"},
		"no job at last": {[]due.Job{{Name: "seal", Upkeep: true}}, ""},
	} {
		var did []string
		quiet, err := settling(t, &did, tc.jobs...).Settle(t.Context(), never)
		if got := strings.Join(did, " "); got != tc.want || !quiet || err != nil {
			t.Errorf("%s: asked %s, want %s; quiet %v, %v", name, got, tc.want, quiet, err)
		}
	}
}

// A job that finds something in a later circle makes it a whole one.
func TestSettle_madeWhole(t *testing.T) {
	t.Parallel()
	var did []string
	answers := map[string][]int{"inbox": {0, 1}, "timers": {1}, "feed": {}}
	job := func(name string) due.Job {
		return due.Job{Name: name, Do: due.Counted(func(context.Context) (n int, err error) {
			did = append(did, name)
			if a := answers[name]; len(a) > 0 {
				n, answers[name] = a[0], a[1:]
			}
			return n, nil
		})}
	}
	quiet, err := newList(t, due.Config{Now: at(epoch)}, job("inbox"), job("timers"), job("feed")).Settle(t.Context(), never)
	if got := strings.Join(did, " "); got != "inbox timers feed inbox timers feed inbox" || !quiet || err != nil {
		t.Errorf("asked %s; quiet %v, %v", got, quiet, err)
	}
}

// What came from elsewhere has all asked again, until nothing does. What never ends is left,
// and said to be.
func TestSettle_elsewhere(t *testing.T) {
	t.Parallel()
	var did []string
	comes := []bool{true, false, true, false}
	quiet, err := settling(t, &did, due.Job{Name: "inbox"}, due.Job{Name: "feed", Do: idle}).Settle(t.Context(), func(context.Context) (bool, error) {
		came := comes[0]
		comes = comes[1:]
		return came, nil
	})
	if got := strings.Join(did, " "); got != "inbox feed inbox inbox feed" || !quiet || err != nil {
		t.Errorf("asked %s; quiet %v, %v", got, quiet, err)
	}
	always := func(context.Context) (bool, error) { return true, nil }
	if quiet, err := settling(t, &did, due.Job{Name: "inbox", Do: idle}).Settle(t.Context(), always); quiet || err != nil {
		t.Errorf("what never ends: quiet %v, %v", quiet, err)
	}
	away := func(context.Context) (bool, error) { return false, errAway }
	if quiet, err := settling(t, &did, due.Job{Name: "inbox", Do: idle}).Settle(t.Context(), away); quiet || !errors.Is(err, errAway) {
		t.Errorf("nobody to ask: quiet %v, %v", quiet, err)
	}
}

// A job that fails does not keep those behind it from being asked; its error has its name.
func TestSettle_fails(t *testing.T) {
	t.Parallel()
	asked := false
	l := newList(t, due.Config{Now: at(epoch)},
		due.Job{Name: "first", Do: due.Plain(func(context.Context) error { return errAway })},
		due.Job{Name: "second", Do: due.Plain(func(context.Context) error { asked = true; return nil })})
	quiet, err := l.Settle(t.Context(), never)
	if quiet || !asked || !errors.Is(err, errAway) || !strings.HasPrefix(err.Error(), "first: ") {
		t.Errorf("quiet %v, asked %v, %v", quiet, asked, err)
	}
}

// Upkeep is done alone, until nothing of it is left.
func TestUpkeep(t *testing.T) {
	t.Parallel()
	var did []string
	l := settling(t, &did, due.Job{Name: "timers"}, due.Job{Name: "seal", Upkeep: true, Onward: true}, due.Job{Name: "prune", Upkeep: true})
	if err := l.Upkeep(t.Context()); err != nil || !slices.Equal(did, []string{"seal", "prune", "seal", "prune"}) {
		t.Errorf("did %v, %v", did, err)
	}
}
