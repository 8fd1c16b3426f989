package orchestrator

import (
	"time"

	"github.com/handsel-dev/handsel/orchestrator/process"
)

// LateRow is a row of a job that is late, or that has failed and is tried again. Its deal and its name tell it from the others
// of the job.
type LateRow struct {
	TransactionID int64 // 0: it is about no deal
	Name          string
	What          string
	Since         time.Time // its place in the list: when it was due, or since when what fails has waited
	Next          time.Time // when it is tried again, or the end of a lease
	Tries         int
	Note          string // a code of what went wrong last; empty: none is kept
	Hurries       bool   // it may be made due now
}

// LateFilter selects late rows of a job of a community, or those that have failed, the oldest first.
type LateFilter struct {
	CommunityID int64
	Job         string
	Failed      bool
	After       LateRow // only those behind this one; its Since, TransactionID and Name count
	Limit       int
	Rules       LateRules
}

// LateRules are what the engine knows about rows that are due.
type LateRules struct {
	Now     time.Time
	Late    time.Time           // what was due before is late
	Held    time.Time           // nobody is at work with a row that is due after this
	Refused []process.TimerName // timers that take a step
}

// How long a row may be due before it is late, and how long a row of any job belongs to who claimed it, at least; our choice.
const (
	soonDone  = time.Minute
	longLease = 2 * time.Minute
)

// LateRules are those of now.
func (e *Engine) LateRules() LateRules {
	now := e.now()
	return LateRules{Now: now, Late: now.Add(-soonDone), Held: now.Add(max(longLease, e.timerLease())), Refused: TaskRulesOf(e.config.Processes, now).Refused}
}
