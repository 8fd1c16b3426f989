package due

import (
	"sync"
	"time"

	"github.com/handsel-dev/handsel/fault"
)

// Standing is how a job does on this replica since the program began. Times are those of the engine's clock.
type Standing struct {
	Name   string
	Asked  time.Time // the last round; zero: none yet
	Worked time.Time // the last round that did something; zero: none yet
	Failed time.Time // the last time that a row or a round failed; zero: none has
	// Reason is that of the last round that failed as a whole; empty: none has since one did something.
	Reason         fault.Reason
	Done, Failures int64
	Rows           int           // that the last look at what is due has claimed
	Oldest         time.Duration // for how long the first of them had been due
}

// watch notes how jobs do, and tells its observer the same.
type watch struct {
	Observer
	now func() time.Time
	mu  sync.Mutex
	of  map[string]*Standing
}

// note changes what is known of a job.
func (w *watch) note(job string, how func(*Standing)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.of[job]
	if s == nil {
		s = &Standing{Name: job}
		w.of[job] = s
	}
	how(s)
}

// Found implements Observer.
func (w *watch) Found(job string, rows int, oldest time.Duration) {
	w.note(job, func(s *Standing) { s.Rows, s.Oldest = rows, oldest })
	w.Observer.Found(job, rows, oldest)
}

// Ended implements Observer.
func (w *watch) Ended(job string, n int) {
	w.note(job, func(s *Standing) { s.Done, s.Worked, s.Reason = s.Done+int64(n), w.now(), "" })
	w.Observer.Ended(job, n)
}

// Failed implements Observer.
func (w *watch) Failed(job string) {
	w.note(job, func(s *Standing) { s.Failures, s.Failed = s.Failures+1, w.now() })
	w.Observer.Failed(job)
}

// asked notes a round, and why it failed.
func (w *watch) asked(job string, err error) {
	w.note(job, func(s *Standing) {
		if s.Asked = w.now(); err != nil {
			s.Reason = fault.ReasonOf(err)
		}
	})
}

// Standings tell how the jobs do, in the order of the list.
func (l *List) Standings() []Standing {
	all := make([]Standing, len(l.jobs))
	for i, j := range l.jobs {
		l.watch.note(j.Name, func(s *Standing) { all[i] = *s })
	}
	return all
}

// Hurry lets Run ask a job at once, also one that rests; false: there is no such job. What is to be tried
// again later stays so. It never blocks.
func (l *List) Hurry(name string) bool {
	for _, j := range l.jobs {
		if j.Name == name {
			j.hurried.Store(true)
			j.rouse()
			return true
		}
	}
	return false
}
