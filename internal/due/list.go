package due

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"github.com/robfig/cron/v3"
)

// Job is one entry of the list of automatic work.
type Job struct {
	Name string // of its metrics and log lines: lower case with _
	// Every is how long it rests, by the engine's clock, after a round that failed or
	// found nothing to do. Zero: it is asked whenever there is an occasion.
	Every time.Duration
	// Gather is how long Run lets what comes after a round that did something collect, in
	// real time, before the next one.
	Gather time.Duration
	// Do does what is due now and tells the round what that was.
	Do func(ctx context.Context, r *Round) error
	// Lasting jobs end only with the program, or by an error. Once leaves them out.
	Lasting bool
	// Upkeep is nothing that anybody waits for: it seals, counts or deletes what was done.
	// Settle leaves it out.
	Upkeep bool
	// Onward says that what it does may give work to jobs behind it in the list, never to
	// itself or to one before it: Settle need not ask those again.
	Onward bool
}

// Counted is a job's Do that only tells how much it did.
func Counted(do func(ctx context.Context) (int, error)) func(context.Context, *Round) error {
	return func(ctx context.Context, r *Round) error {
		n, err := do(ctx)
		r.Did(n)
		return err
	}
}

// Plain is a job's Do that has nothing to count.
func Plain(do func(ctx context.Context) error) func(context.Context, *Round) error {
	return func(ctx context.Context, _ *Round) error { return do(ctx) }
}

// Config is what a list needs. Now is required.
type Config struct {
	Now      func() time.Time // the engine's clock
	Log      *slog.Logger     // default: discards
	Observer Observer         // default: nobody
}

// List runs jobs. It is safe for concurrent use; of one job only one round runs at a
// time.
type List struct {
	Config
	jobs  []*entry
	watch *watch
}

type entry struct {
	Job
	wake  chan struct{}
	turn  chan struct{} // held during a round
	asked time.Time     // the last round, guarded by turn
	rest  bool          // after it, until Every has passed
	// hurried says that somebody wants it to be asked although it rests.
	hurried atomic.Bool
}

var goodName = regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)

// New returns a list of jobs, each with a name of its own.
func New(c Config, jobs ...Job) (*List, error) {
	if c.Now == nil {
		return nil, errors.New("due: Now is required")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Observer == nil {
		c.Observer = nobody{}
	}
	w := &watch{Observer: c.Observer, now: c.Now, of: map[string]*Standing{}}
	c.Observer = w
	l, known := &List{Config: c, watch: w}, map[string]bool{}
	for _, j := range jobs {
		if !goodName.MatchString(j.Name) || known[j.Name] || j.Do == nil {
			return nil, fmt.Errorf("due: job %q has no good name, one that is taken, or nothing to do", j.Name)
		}
		known[j.Name] = true
		l.jobs = append(l.jobs, &entry{Job: j, wake: make(chan struct{}, 1), turn: make(chan struct{}, 1)})
	}
	return l, nil
}

// Names lists the jobs in the order in which Once does them.
func (l *List) Names() []string {
	names := make([]string, len(l.jobs))
	for i, j := range l.jobs {
		names[i] = j.Name
	}
	return names
}

// Wake lets Run ask a job at once. It never blocks.
func (l *List) Wake(name string) {
	for _, j := range l.jobs {
		if j.Name == name {
			j.rouse()
		}
	}
}

func (j *entry) rouse() {
	select {
	case j.wake <- struct{}{}:
	default: // it is awake already
	}
}

// Once does every job once, one after the other, and returns how much was done. A job
// that Run is busy with is waited for and asked again: what was due when Once was called
// is done when it returns.
func (l *List) Once(ctx context.Context) (done int, err error) {
	var errs []error
	for _, j := range l.jobs {
		if j.Lasting {
			continue
		}
		n, err := l.ask(ctx, j)
		done += n
		errs = append(errs, err)
	}
	return done, errors.Join(errs...)
}

// ask is a round whose error names the job.
func (l *List) ask(ctx context.Context, j *entry) (int, error) {
	n, err := l.round(ctx, j)
	if err != nil {
		err = fmt.Errorf("%s: %w", j.Name, err)
	}
	return n, err
}

// Run does the jobs until ctx ends, each in a goroutine of its own, so that a slow one holds up no other:
// at once, every second, and when it is woken. When it returns, everything has ended.
func (l *List) Run(ctx context.Context) {
	ticks := cron.New(cron.WithLogger(cron.DiscardLogger))
	_, _ = ticks.AddFunc("@every 1s", func() { // the text is right
		for _, j := range l.jobs {
			j.rouse()
		}
	})
	var all sync.WaitGroup
	for _, j := range l.jobs {
		all.Go(func() { l.run(ctx, j) })
	}
	ticks.Start()
	all.Wait()
	<-ticks.Stop().Done()
}

func (l *List) run(ctx context.Context, j *entry) {
	for ctx.Err() == nil {
		did, err := l.round(ctx, j)
		if err != nil && ctx.Err() == nil {
			l.Log.WarnContext(ctx, "due work", "job", j.Name, "error", err)
		}
		if did > 0 && j.Gather > 0 {
			select {
			case <-ctx.Done():
			case <-time.After(j.Gather):
			}
		}
		select {
		case <-ctx.Done():
		case <-j.wake:
		}
	}
}

// round asks a job once, unless it rests.
func (l *List) round(ctx context.Context, j *entry) (int, error) {
	select {
	case j.turn <- struct{}{}:
		defer func() { <-j.turn }()
	case <-ctx.Done():
	}
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	// A clock that was set back ends the rest.
	if now := l.Now(); !j.hurried.Swap(false) && j.rest && now.Before(j.asked.Add(j.Every)) && !now.Before(j.asked) {
		return 0, nil
	}
	r := &Round{job: j.Name, observer: l.Observer, wake: j.wake}
	err := j.Do(ctx, r)
	if err != nil && ctx.Err() == nil {
		r.failed()
	}
	if ctx.Err() == nil {
		l.watch.asked(j.Name, err)
	}
	j.asked, j.rest = l.Now(), j.Every > 0 && (err != nil || r.done.Load() == 0)
	return int(r.done.Load()), err
}
