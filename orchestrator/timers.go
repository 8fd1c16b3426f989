package orchestrator

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// retryTimer is how long a timer waits after it could not be carried out.
const retryTimer = time.Minute

// localTimers are the names of timers that ask no gateway, whatever the process:
// reminders, and transitions without a verb.
func (e *Engine) localTimers() []process.TimerName {
	asks := map[process.TimerName]bool{}
	for _, name := range e.config.Processes.Names() {
		p, err := e.config.Processes.Find(name)
		if err != nil {
			continue
		}
		for _, t := range p.Timers {
			asked := !t.Remind && t.Then == ""
			for _, s := range t.In {
				if r, ok := p.Rule(t.Then, s); ok && r.Verb != "" && !t.Remind {
					asked = true
				}
			}
			asks[t.Name] = asks[t.Name] || asked
		}
	}
	var local []process.TimerName
	for name, asked := range asks {
		if !asked {
			local = append(local, name)
		}
	}
	slices.Sort(local)
	return local
}

func (e *Engine) fire(ctx context.Context, t Timer) error {
	tx, err := e.config.Store.Transaction(ctx, t.CommunityID, t.TransactionID)
	if err != nil {
		return err
	}
	p, err := e.processOf(tx)
	if err != nil {
		return err
	}
	rule, ok := p.Timer(t.Name, t.State)
	if !ok || tx.State != t.State {
		return e.config.Store.DropTimer(ctx, t)
	}
	e.config.Observer.Fired(t.Name, e.now().Sub(t.Due))
	if rule.Remind {
		return e.remind(ctx, tx, t, rule)
	}
	if rule.Then == "" {
		return e.poll(ctx, tx, t, rule.Repeat)
	}
	return e.take(ctx, tx, t, rule)
}

// moment is when a step counts as taken: now, unless a timer asks.
func (e *Engine) moment(due time.Time, tx Transaction) time.Time {
	if due.IsZero() {
		return e.now()
	}
	return dated(due, tx)
}

// dated is when a timer's step counts as taken: when it was due, however late it
// fires, so that what follows is counted from there. History does not go backwards.
func dated(due time.Time, tx Transaction) time.Time {
	if due.Before(tx.UpdatedAt) {
		return tx.UpdatedAt
	}
	return due
}

// remind tells the parties, once, or operators again and again: the fact that it was
// done is committed with the event, so a timer that fires again after a crash finds it.
func (e *Engine) remind(ctx context.Context, tx Transaction, t Timer, rule process.Timer) error {
	done := process.Fact("reminded_" + string(t.Name) + "_" + string(t.State))
	err := retry(func() error {
		now, err := e.config.Store.Transaction(ctx, tx.CommunityID, tx.ID)
		told, before := now.Facts[done]
		if err != nil || now.State != t.State || before && !told.Before(t.Due) {
			return err
		}
		at := dated(t.Due, now)
		c := change{tx: now, step: process.Step{Transition: "remind", From: now.State, To: now.State, Deal: now.Deal.With(done, at)}, actor: process.Actor{Kind: process.OfSchedule}, note: string(t.Name), at: at}
		commit, err := e.commitOf(c)
		if err != nil {
			return err
		}
		data := map[string]string{"state": string(t.State), "timer": string(t.Name)}
		if rule.Staff {
			data["for"], data["urgency"] = ForOperators, urgency(at.Sub(now.EnteredAt))
			if rule.Alarm {
				data["urgency"] = "overdue"
			}
			data["waiting_days"] = strconv.Itoa(int(at.Sub(now.EnteredAt) / (24 * time.Hour)))
		}
		commit.announce("reminder."+string(t.Name), data)
		return e.apply(ctx, commit)
	})
	if err != nil {
		return errors.Join(err, e.config.Store.RescheduleTimer(ctx, t, e.now().Add(backoff(t.Attempts))))
	}
	if rule.Repeat > 0 {
		next := t.Due.Add(rule.Repeat)
		for !next.After(e.now()) { // what was missed meanwhile is told once
			next = next.Add(rule.Repeat)
		}
		return e.config.Store.RescheduleTimer(ctx, t, next)
	}
	return e.config.Store.DropTimer(ctx, t)
}

// ForOperators is the audience of a reminder or an alert that a community's operators get, in the
// "for" of its event.
const ForOperators = "operators"

// urgency grows with how long a deal has waited for an operator.
func urgency(waited time.Duration) string {
	switch {
	case waited < 3*24*time.Hour:
		return "normal"
	case waited < 7*24*time.Hour:
		return "high"
	}
	return "urgent"
}

// poll looks the payment up because the gateway owns this deadline.
func (e *Engine) poll(ctx context.Context, tx Transaction, t Timer, repeat time.Duration) error {
	after, err := e.Sync(ctx, tx)
	if after.State != t.State {
		return err
	}
	if reschedule := e.config.Store.RescheduleTimer(ctx, t, e.now().Add(e.pollAgain(tx, repeat))); reschedule != nil {
		return reschedule
	}
	return err
}

// firstPoll is how soon a payment is looked up after its page was opened: its message
// may be lost.
const firstPoll = time.Minute

// pollAgain is when a payment is looked up again: where the payer may pay any moment
// after a minute, two, four and so on, up to what the process says.
func (e *Engine) pollAgain(tx Transaction, repeat time.Duration) time.Duration {
	if !e.awaitsPayment(tx.Process, tx.State) {
		return repeat
	}
	return min(max(e.now().Sub(tx.EnteredAt), firstPoll), repeat)
}

// soon makes the first look at a payment that the payer may pay any moment a matter of
// a minute, whatever the process says about the looks that follow.
func (e *Engine) soon(tx Transaction, set []Timer) {
	for i, t := range set {
		p, err := e.processOf(tx)
		if err != nil {
			return
		}
		first := tx.EnteredAt.Add(firstPoll)
		if rule, ok := p.Timer(t.Name, t.State); ok && rule.Then == "" && !rule.Remind && first.Before(t.Due) && e.awaitsPayment(tx.Process, tx.State) {
			set[i].Due = first
		}
	}
}

// take makes the timer's transition. When the gateway refuses it, what happened
// there instead is looked up.
func (e *Engine) take(ctx context.Context, tx Transaction, t Timer, rule process.Timer) error {
	in := DoInput{CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: rule.Then, Actor: process.Actor{Kind: process.OfSchedule}}
	if !rule.FromNow {
		in.due = t.Due
	}
	_, err := e.Do(ctx, in)
	if err == nil {
		return nil
	}
	if fault.ReasonOf(err) == process.ReasonIllegal {
		return e.config.Store.DropTimer(ctx, t)
	}
	if synced, syncErr := e.Sync(ctx, tx); syncErr == nil && synced.State != t.State {
		return nil
	}
	wait := backoff(t.Attempts)
	if fault.ReasonOf(err) == codeRecovery {
		wait = retryTimer
	}
	if reschedule := e.config.Store.RescheduleTimer(ctx, t, e.now().Add(wait)); reschedule != nil {
		return reschedule
	}
	return err
}

// backoff grows from a minute to a day.
func backoff(attempts int) time.Duration {
	return min(retryTimer<<min(max(attempts-1, 0), 11), 24*time.Hour)
}
