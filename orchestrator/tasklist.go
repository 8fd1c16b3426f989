package orchestrator

import (
	"context"
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/fault"
)

// Tasks lists what needs a person in a community, oldest first.
func (e *Engine) Tasks(ctx context.Context, f TaskFilter) ([]Task, error) {
	f.Rules = TaskRulesOf(e.config.Processes, e.now())
	return e.config.Store.Tasks(ctx, f)
}

// task finds one.
func (e *Engine) task(ctx context.Context, f TaskFilter) (Task, error) {
	f.Limit = 1
	found, err := e.Tasks(ctx, f)
	if err != nil {
		return Task{}, err
	}
	if len(found) == 0 {
		return Task{}, fault.New(fault.NotFound, "task_not_found", "unknown task; it may have ended already")
	}
	return found[0], nil
}

// AssignTask notes who looks after a task; an empty owner is nobody.
func (e *Engine) AssignTask(ctx context.Context, f TaskFilter, owner string, by By) (Task, error) {
	t, err := e.task(ctx, f)
	if err != nil {
		return t, err
	}
	t.Owner = owner
	return t, e.config.Store.NoteTask(ctx, TaskNote{Task: t, Owner: owner, By: by})
}

// DoneTask takes a person's word that nothing more is to do. A task whose cause still
// stands is refused with task_stands; one that is found again comes back.
func (e *Engine) DoneTask(ctx context.Context, f TaskFilter, by By) (Task, error) {
	t, err := e.task(ctx, f)
	if err != nil {
		return t, err
	}
	word := t.Advice().Word
	if t.Kind == TaskStray {
		if word, err = e.strayDone(ctx, t, by); err != nil {
			return t, err
		}
	}
	if !word {
		return t, fault.New(fault.Conflict, "task_stands", "the cause of this task still exists: %s", t.Advice().Next).With("kind", string(t.Kind))
	}
	return t, e.config.Store.NoteTask(ctx, TaskNote{Task: t, Owner: t.Owner, Done: true, By: by})
}

// strayDone looks at a stray payment, and ends it unless its money is still there.
func (e *Engine) strayDone(ctx context.Context, t Task, by By) (bool, error) {
	gateway, payment, _ := strings.Cut(t.Subject, ":")
	s, found, err := e.config.Store.OpenStray(ctx, t.CommunityID, gateway, payment)
	if err != nil || !found {
		return err == nil, err
	}
	tx, err := e.config.Store.Transaction(ctx, s.CommunityID, s.TransactionID)
	if err != nil {
		return false, err
	}
	g, err := e.gateway(gateway)
	if err != nil {
		return false, err
	}
	seen, err := e.glance(ctx, g, s.ref())
	if err != nil {
		return false, fault.Wrap(err, fault.Unavailable, codeNoLook, notLookedAtAnswer, gateway)
	}
	ours, err := e.theirs(ctx, tx, seen)
	if err != nil {
		return false, err
	}
	if c := conditionOf(seen); ours && seen.Found && c != worthless && c != touched && s.Note != straySent {
		return false, nil
	}
	held := s.Due
	s.EndedAt, s.Note = e.now(), "ended by "+by.Actor
	return true, e.config.Store.SettleStray(ctx, s, held)
}

// CountTasks tells the observer how many tasks there are.
func (e *Engine) CountTasks(ctx context.Context) error {
	now := e.now()
	counts, err := e.config.Store.CountTasks(ctx, 0, TaskRulesOf(e.config.Processes, now))
	if err != nil {
		return err
	}
	if slices.ContainsFunc(counts, func(c TaskCount) bool { return slices.Contains(heldKinds, c.Kind) }) {
		e.holds.Store(true)
	}
	e.config.Observer.Tasks(now, counts)
	return nil
}
