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
