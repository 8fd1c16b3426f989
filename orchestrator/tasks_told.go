package orchestrator

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

// TaskNews is what the operators of a community are told: tasks that nobody looks
// after, by kind.
type TaskNews struct {
	ID          string // the same for every repeat of it
	CommunityID int64  // 0: tasks of the whole installation
	Counts      []TaskCount
	Detail      string // of a single task
	At          time.Time
	Daily       bool // all that wait, told once a day
}

// TasksToldOnce is how long what is told once a day is not told again: work of a day that a crash or
// a failure broke off is begun again within hours, and comes to those too who were told already.
const TasksToldOnce = 23 * time.Hour

// TellTasks tells the operators of these communities, once a day on whichever replica
// is first, how many tasks nobody looks after: from the day on which a task appears until
// somebody takes it on or it ends. Where there is none nothing is told. An account or a
// community that is put on hold is told within a minute, and each hold once.
func (e *Engine) TellTasks(ctx context.Context, communities []int64, tell func(context.Context, TaskNews) error) error {
	if len(communities) != 1 {
		communities = append(slices.Clone(communities), 0) // where there is one, it gets these too
	}
	var holds error
	if e.holds.Swap(false) {
		holds = e.tellHolds(ctx, communities, tell)
	}
	return errors.Join(holds, e.daily(ctx, "tell_tasks", func(ctx context.Context) (bool, error) {
		// Mostly there are none, and to list none asks for each kind in each community.
		open, failed := e.config.Store.CountTasks(ctx, 0, TaskRulesOf(e.config.Processes, e.now()))
		if failed != nil || len(open) == 0 {
			return failed == nil, failed
		}
		for _, community := range communities {
			failed = errors.Join(failed, e.tellWaiting(ctx, community, tell))
		}
		return failed == nil, failed
	}))
}

func (e *Engine) tellWaiting(ctx context.Context, community int64, tell func(context.Context, TaskNews) error) error {
	now := e.now()
	counts, err := e.unownedTasks(ctx, community)
	if err != nil || len(counts) == 0 {
		return err
	}
	return tell(ctx, TaskNews{ID: "daily." + now.UTC().Format("20060102"), CommunityID: community, Counts: counts, At: now, Daily: true})
}

// tellHolds tells of each hold separately.
func (e *Engine) tellHolds(ctx context.Context, communities []int64, tell func(context.Context, TaskNews) error) error {
	var failed error
	for _, community := range communities {
		for _, kind := range heldKinds {
			tasks, err := e.Tasks(ctx, TaskFilter{CommunityID: community, Kind: kind, Unowned: true, Limit: 100})
			failed = errors.Join(failed, err)
			for _, t := range tasks {
				detail := strings.TrimPrefix(t.Object+": "+t.Detail, ": ")
				failed = errors.Join(failed, tell(ctx, TaskNews{
					ID: "hold." + t.ID() + "." + t.Since.UTC().Format("20060102T150405"), CommunityID: community,
					Counts: []TaskCount{{Kind: kind, Count: 1, Oldest: t.Since}}, Detail: detail, At: e.now(),
				}))
			}
		}
	}
	return failed
}

// unownedTasks counts the tasks that nobody looks after, MaxTaskCount at most, by kind.
func (e *Engine) unownedTasks(ctx context.Context, community int64) ([]TaskCount, error) {
	var counts []TaskCount
	f := TaskFilter{CommunityID: community, Unowned: true, Limit: 100}
	for seen := 0; seen < MaxTaskCount; seen += f.Limit {
		page, err := e.Tasks(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, t := range page { // oldest first
			i := slices.IndexFunc(counts, func(c TaskCount) bool { return c.Kind == t.Kind })
			if i < 0 {
				counts, i = append(counts, TaskCount{Kind: t.Kind, Oldest: t.Since}), len(counts)
			}
			counts[i].Count++
		}
		if len(page) < f.Limit {
			break
		}
		f.After = &page[len(page)-1]
	}
	return counts, nil
}
