package orchestrator

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

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
		data := map[string]string{"state": string(t.State), "timer": string(t.Name)}
		if rule.Staff {
			data["for"], data["urgency"] = ForOperators, urgency(at.Sub(now.EnteredAt))
			if rule.Alarm {
				data["urgency"] = "overdue"
			}
			data["waiting_days"] = strconv.Itoa(int(at.Sub(now.EnteredAt) / (24 * time.Hour)))
		}
		_, err = e.write(ctx, c, func(_ context.Context, commit *Commit) error {
			commit.announce("reminder."+string(t.Name), data)
			return nil
		})
		return err
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

// pollAgain is when a payment is looked up again: where the payer may pay any moment
// after a minute, two, four and so on, up to what the process says.
func (e *Engine) pollAgain(tx Transaction, repeat time.Duration) time.Duration {
	if !e.awaitsPayment(tx) {
		return repeat
	}
	return min(max(e.now().Sub(tx.EnteredAt), firstPoll), repeat)
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
