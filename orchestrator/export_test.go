package orchestrator

import (
	"time"

	"github.com/handsel-dev/handsel/orchestrator/process"
)

// LearnFees is tested on its own.
var LearnFees = learnFees

// CommitOf is the commit of a step of the rules.
func CommitOf(tx Transaction, s process.Step, at time.Time) (Commit, error) {
	return change{tx: tx, step: s, actor: process.Actor{Kind: process.OfSchedule}, at: at}.commit()
}

// Looks are tested on their own.
type Looks = looks

// Take reports whether a deal may be looked at now.
func (l *Looks) Take(tx Transaction, now time.Time, rest time.Duration) bool {
	return l.take(tx, now, rest)
}
