package orchestrator

import (
	"time"

	"github.com/handsel-dev/handsel/orchestrator/process"
)

// CommitOf is the commit of a step of the rules by an engine that knows the gateways.
func CommitOf(kinds Kinds, tx Transaction, s process.Step, at time.Time) (Commit, error) {
	e := &Engine{config: Config{Kinds: kinds, Processes: &process.Registry{}}}
	return e.commitOf(change{tx: tx, step: s, actor: process.Actor{Kind: process.OfSchedule}, at: at})
}

// SetCallTimeout changes how long a gateway call may take.
func (e *Engine) SetCallTimeout(d time.Duration) { e.config.CallTimeout = d }

// CallTimeout is how long a gateway call may take.
func (e *Engine) CallTimeout() time.Duration { return e.config.CallTimeout }

// Looks are tested on their own.
type Looks = looks

// Take reports whether a deal may be looked at now.
func (l *Looks) Take(tx Transaction, now time.Time, rest time.Duration) bool {
	return l.take(tx, now, rest)
}

// MakeReference makes a reference with something random.
func MakeReference(r References, at time.Time, random string) string { return r.make(at, random) }

// References are those that an engine makes and reads.
func (e *Engine) References() References { return e.config.References }

// TakenOver is tested on its own.
func (e *Engine) TakenOver(tx Transaction, t process.Totals) (process.Step, error) {
	return e.takenOver(tx, t)
}

// TotalsOf are the sums of a line.
func TotalsOf(l StatementLine) process.Totals { return *l.totals() }

// NotSentFault is what a caller is told of an operation that was not sent.
func NotSentFault(i Intent, tx Transaction) error { return notSent(i, tx) }
