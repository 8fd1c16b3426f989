package due

import (
	"sync/atomic"
	"time"
)

// Observer hears what jobs do, for metrics. It is called from several goroutines.
type Observer interface {
	// Found is told how many rows a look at what is due brought, and for how long the
	// first of them has been due.
	Found(job string, rows int, oldest time.Duration)
	// Began is told how long after its time a row was begun.
	Began(job string, late time.Duration)
	// Ended is told how much was done, Failed that a row or a whole round failed.
	Ended(job string, n int)
	Failed(job string)
}

type nobody struct{}

func (nobody) Found(string, int, time.Duration) {}
func (nobody) Began(string, time.Duration)      {}
func (nobody) Ended(string, int)                {}
func (nobody) Failed(string)                    {}

// Round is one time that a job is asked. It is safe for concurrent use.
type Round struct {
	job      string
	observer Observer
	done     atomic.Int64
	wake     <-chan struct{} // what came for its job meanwhile; nil: nothing can
}

// Did counts what was done.
func (r *Round) Did(n int) {
	if n > 0 {
		r.done.Add(int64(n))
		r.observer.Ended(r.job, n)
	}
}

func (r *Round) failed() { r.observer.Failed(r.job) }
