package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/internal/due"
)

// jobs is the one list of automatic work, in the order in which it is done for
// who moves the clock: what gateways report, what falls due, what users are told of it,
// and the housekeeping.
func (a *App) jobs() []due.Job {
	told := []due.Job{
		{Name: "bank_payouts", Every: tasksEvery, Do: func(ctx context.Context, r *due.Round) error {
			return a.Engine.BankWork(a.tellBankPayout).Drain(ctx, r)
		}},
		{Name: "tasks", Every: tasksEvery, Do: due.Plain(a.watchTasks)},
		a.consumer.Job(), a.consumer.AgainJob(), a.numberer.Job(), a.out.worker.Job(), a.reminders.Job(), a.Listings.Job(),
	}
	jobs := slices.Concat(a.Inbox.Jobs(), a.Engine.Jobs(), told)
	if a.post != nil {
		jobs = append(jobs, a.post.Job())
	}
	return append(jobs,
		due.Job{Name: "seal", Upkeep: true, Onward: true, Do: due.Counted(a.Store.Seal)},
		due.Job{Name: "count_books", Upkeep: true, Onward: true, Do: due.Counted(a.Store.CountBooks)},
		due.Job{Name: "keys_used", Upkeep: true, Do: due.Plain(a.noteKeys)},
		due.Job{Name: "limits", Upkeep: true, Do: due.Counted(a.limits.share)},
		due.Job{Name: "prune", Every: pruneEvery, Upkeep: true, Do: due.Counted(a.prune)},
		due.Job{Name: "listen", Every: listenAgain, Lasting: true, Do: due.Plain(a.Listen)},
	)
}

// How often, by the engine's clock; our choice.
const (
	tasksEvery  = time.Minute
	listenAgain = 5 * time.Second // after the connection could not be made
)

// watchTasks counts what needs a person, and tells operators of it.
func (a *App) watchTasks(ctx context.Context) error {
	return errors.Join(a.Engine.CountTasks(ctx), a.tellTasks(ctx))
}

// noteKeys stores when keys were used last. What cannot be stored is noted again with
// a use a minute later.
func (a *App) noteKeys(ctx context.Context) error {
	return a.Store.UseKeys(ctx, a.Server.UsedKeys())
}
