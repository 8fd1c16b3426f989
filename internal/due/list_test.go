package due_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/due"
)

// heard is an observer that writes down what it hears.
type heard struct {
	mu    sync.Mutex
	lines []string
}

func (h *heard) say(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lines = append(h.lines, fmt.Sprintf(format, args...))
}

func (h *heard) Found(job string, n int, oldest time.Duration) {
	h.say("%s found %d, oldest %s", job, n, oldest)
}
func (h *heard) Began(job string, late time.Duration) { h.say("%s began %s late", job, late) }
func (h *heard) Ended(job string, n int)              { h.say("%s ended %d", job, n) }
func (h *heard) Failed(job string)                    { h.say("%s failed", job) }

func newList(t *testing.T, c due.Config, jobs ...due.Job) *due.List {
	t.Helper()
	l, err := due.New(c, jobs...)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestNew_refuses(t *testing.T) {
	t.Parallel()
	do := due.Plain(func(context.Context) error { return nil })
	for name, jobs := range map[string][]due.Job{
		"no name": {{Do: do}}, "bad name": {{Name: "Mails", Do: do}}, "nothing to do": {{Name: "mails"}},
		"twice": {{Name: "mails", Do: do}, {Name: "mails", Do: do}},
	} {
		if _, err := due.New(due.Config{Now: time.Now}, jobs...); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if _, err := due.New(due.Config{}); err == nil {
		t.Error("a list without a clock is accepted")
	}
}

// Once does every job in its turn, counts, and goes on after one that fails.
func TestOnce(t *testing.T) {
	t.Parallel()
	var did []string
	job := func(name string, n int, err error) due.Job {
		return due.Job{Name: name, Do: due.Counted(func(context.Context) (int, error) { did = append(did, name); return n, err })}
	}
	h := &heard{}
	lasting := job("lasting", 1, nil)
	lasting.Lasting = true
	l := newList(t, due.Config{Now: at(epoch), Observer: h}, job("first", 2, nil), job("second", 1, errAway), lasting, job("third", 0, nil))
	n, err := l.Once(t.Context())
	if n != 3 || !errors.Is(err, errAway) || !strings.HasPrefix(err.Error(), "second: ") {
		t.Errorf("did %d, %v", n, err)
	}
	if diff := cmp.Diff([]string{"first", "second", "third"}, did); diff != "" {
		t.Errorf("did (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"first ended 2", "second ended 1", "second failed"}, h.lines); diff != "" {
		t.Errorf("observed (-want +got):\n%s", diff)
	}
	if names := l.Names(); !slices.Equal(names, []string{"first", "second", "lasting", "third"}) {
		t.Errorf("names %v", names)
	}
}

// A job rests by the engine's clock, unless it found something or the clock was set back.
func TestOnce_rests(t *testing.T) {
	t.Parallel()
	now, asked := epoch, 0
	answers := []int{1, 0, 0, 0, 0}
	var fails error
	l := newList(t, due.Config{Now: func() time.Time { return now }}, due.Job{Name: "seldom", Every: time.Minute, Do: due.Counted(func(context.Context) (int, error) {
		asked++
		return answers[asked-1], fails
	})})
	for i, step := range []struct {
		at   time.Duration
		want int
	}{{0, 1}, {0, 2}, {time.Second, 2}, {59 * time.Second, 2}, {60 * time.Second, 3}, {0, 4}, {30 * time.Second, 4}, {60 * time.Second, 5}, {61 * time.Second, 5}} {
		if i == 7 {
			fails = errAway
		}
		now = epoch.Add(step.at)
		if _, err := l.Once(t.Context()); asked != step.want || (err != nil) != (i == 7) {
			t.Errorf("step %d: asked %d times, want %d; %v", i, asked, step.want, err)
		}
	}
}

// What a job's rows were is told under its name.
func TestOnce_observes(t *testing.T) {
	t.Parallel()
	h, tab := &heard{}, &table{rows: rows(epoch.Add(-time.Minute), "good", "bad")}
	tab.rows[1].at = epoch.Add(-time.Hour)
	w := work(tab, at(epoch), func(_ context.Context, r row) (string, error) {
		if r.id == "bad" {
			return "", errAway
		}
		return "", nil
	})
	w.Lanes = due.Places(1, nil)
	l := newList(t, due.Config{Now: at(epoch), Observer: h}, due.Job{Name: "rows", Do: w.Drain})
	for range 2 {
		if _, err := l.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"rows found 2, oldest 1h0m0s", "rows began 1m0s late", "rows ended 1", "rows began 1h0m0s late", "rows failed", "rows found 0, oldest 0s"}
	if diff := cmp.Diff(want, h.lines); diff != "" {
		t.Errorf("observed (-want +got):\n%s", diff)
	}
}

// Run asks at once, every second and when it is woken; a slow job holds up no other; a
// lasting one is begun again; at the end everything is waited for.
func TestRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		count := map[string]int{}
		add := func(what string) {
			mu.Lock()
			defer mu.Unlock()
			count[what]++
		}
		counted := func(what string) int {
			mu.Lock()
			defer mu.Unlock()
			return count[what]
		}
		l := newList(t, due.Config{Now: time.Now},
			due.Job{Name: "slow", Do: due.Plain(func(ctx context.Context) error {
				add("slow")
				<-ctx.Done()
				time.Sleep(time.Minute) // what was begun is done to its end
				add("slow ended")
				return ctx.Err()
			})},
			due.Job{Name: "quick", Do: due.Plain(func(context.Context) error { add("quick"); return nil })},
			due.Job{Name: "lasting", Lasting: true, Every: 5 * time.Second, Do: due.Plain(func(context.Context) error { add("lasting"); return errAway })},
		)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { l.Run(ctx); close(ended) }()
		synctest.Wait()
		if n := counted("quick"); n != 1 {
			t.Errorf("at first asked %d times", n)
		}
		l.Wake("quick")
		l.Wake("unknown")
		synctest.Wait()
		if n := counted("quick"); n != 2 {
			t.Errorf("woken it was asked %d times", n)
		}
		time.Sleep(10*time.Second + time.Millisecond)
		synctest.Wait()
		if n := counted("quick"); n != 12 {
			t.Errorf("after ten seconds asked %d times", n)
		}
		if n := counted("lasting"); n != 3 {
			t.Errorf("what lasts was begun %d times, want 3: at once, after 5 and after 10 seconds", n)
		}
		stop()
		<-ended
		if counted("slow") != 1 || counted("slow ended") != 1 {
			t.Errorf("the slow job: %v", count)
		}
	})
}

// What comes while a job works is done together: after a round that did something Run
// waits for more, and what came first is done at once.
func TestRun_gathers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var waiting int
		var rounds []int
		come := func(l *due.List, n int) {
			mu.Lock()
			waiting += n
			mu.Unlock()
			l.Wake("tell")
			synctest.Wait()
		}
		l := newList(t, due.Config{Now: time.Now}, due.Job{Name: "tell", Gather: 10 * time.Millisecond, Do: due.Counted(func(context.Context) (int, error) {
			mu.Lock()
			defer mu.Unlock()
			n := waiting
			if waiting = 0; n > 0 {
				rounds = append(rounds, n)
			}
			return n, nil
		})})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { l.Run(ctx); close(ended) }()
		synctest.Wait()
		come(l, 1)
		come(l, 2)
		come(l, 3)
		time.Sleep(20 * time.Millisecond)
		synctest.Wait()
		stop()
		<-ended
		if diff := cmp.Diff([]int{1, 5}, rounds); diff != "" {
			t.Errorf("rounds (-want +got):\n%s", diff)
		}
	})
}

// Once waits for a round that Run is in, and asks again after it.
func TestOnce_waitsForItsTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rounds := 0
		l := newList(t, due.Config{Now: time.Now}, due.Job{Name: "job", Do: due.Plain(func(context.Context) error {
			rounds++
			time.Sleep(300 * time.Millisecond)
			return nil
		})})
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { l.Run(ctx) })
		synctest.Wait()
		if _, err := l.Once(ctx); err != nil || rounds != 2 {
			t.Errorf("when Once returns there were %d rounds, %v", rounds, err)
		}
		stop()
		running.Wait()
		if n, err := l.Once(ctx); n != 0 || !errors.Is(err, context.Canceled) {
			t.Errorf("after the end: %d, %v", n, err)
		}
	})
}

// Who is woken while a row hangs is heard at once.
func TestRun_wokenMeanwhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tab := &table{rows: rows(time.Now(), "hangs")}
		var mu sync.Mutex
		did := map[string]time.Time{}
		w := work(tab, time.Now, func(ctx context.Context, r row) (string, error) {
			mu.Lock()
			did[r.id] = time.Now()
			mu.Unlock()
			if r.id == "hangs" {
				<-ctx.Done()
			}
			return "", ctx.Err()
		})
		l := newList(t, due.Config{Now: time.Now}, due.Job{Name: "rows", Do: w.Drain})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { l.Run(ctx); close(ended) }()
		synctest.Wait()
		tab.mu.Lock()
		came := time.Now()
		tab.rows = append(tab.rows, rows(came, "new")...)
		tab.mu.Unlock()
		l.Wake("rows")
		synctest.Wait()
		mu.Lock()
		if at, done := did["new"]; !done || at != came {
			t.Errorf("done %v, %s after it came", done, at.Sub(came))
		}
		mu.Unlock()
		stop()
		<-ended
	})
}
