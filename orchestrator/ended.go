package orchestrator

import (
	"context"
	"fmt"
	"slices"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// ended takes over what a gateway tells of one operation whose payment does not show it. One
// that is open is settled so. Of one that was believed to be carried out and failed later, the
// books are no longer right, and a person has to look; so it is with one that was carried out after all.
func (e *Engine) ended(ctx context.Context, gateway string, s Snapshot) (Transaction, error) {
	if s.Ended.Reference == returnOf(s.PaymentID) {
		return Transaction{}, e.strayReturned(ctx, gateway, s)
	}
	i, err := e.config.Store.Intent(ctx, s.Ended.Reference)
	if err != nil || i.Gateway != gateway {
		return Transaction{}, orNone(err)
	}
	tx, err := e.config.Store.Transaction(ctx, i.CommunityID, i.TransactionID)
	if err != nil || tx.PaymentID != s.PaymentID {
		return tx, err
	}
	failed := s.Ended.Code != ""
	switch {
	case tx.IntentID == i.ID && failed:
		_, _, err = e.settle(ctx, i, Outcome{Status: process.Declined, Code: s.Ended.Code}, nil)
	case tx.IntentID == i.ID:
		_, _, err = e.settle(ctx, i, Outcome{Status: process.Succeeded}, nil)
	case failed && i.Status == IntentSucceeded:
		_, err = e.flag(ctx, tx, process.Attention{Reason: process.BooksDiffer, Detail: fmt.Sprintf("%s %s was booked, and failed at the gateway later; carry it out on the gateway's pages before you clear the deal", i.Verb, i.ID)})
	case !failed && i.Status == IntentDeclined:
		err = retry(func() error { return e.afterAll(ctx, i) })
	}
	return tx, ignoreRefusal(err)
}

// noteAfterAll is the note of a refund that was said not to have been carried out, and was.
const noteAfterAll = "carried out after all"

// afterAll takes over that a refund was carried out of which the books say that it was not: staff was wrong, say. Where nothing was
// done with the deal since, it is booked as it was asked for, because nothing else could book it any longer. Else the sums may be
// others by now, and a person has to look. What is booked so is not news when it is told again.
func (e *Engine) afterAll(ctx context.Context, i Intent) error {
	tx, err := e.config.Store.Transaction(ctx, i.CommunityID, i.TransactionID)
	if err != nil {
		return err
	}
	log, err := e.config.Store.Timeline(ctx, tx.ID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(log, func(l LogEntry) bool { return l.IntentID == i.ID && l.Note == noteAfterAll }) {
		return nil
	}
	p, err := e.processOf(tx)
	if err != nil {
		return err
	}
	rule, ok := p.Rule(i.Transition, i.From)
	if !ok || i.Verb != process.Refund || tx.State != i.From || tx.Operation != "" || tx.Attention != "" || tx.UpdatedAt.After(i.UpdatedAt) {
		_, err = e.flag(ctx, tx, process.Attention{Reason: process.BooksDiffer, Detail: fmt.Sprintf("%s %s was said not to have been carried out, and was at the gateway; compare what the deal did with the money since before you clear it", i.Verb, i.ID)})
		return err
	}
	step, err := process.Conclude(p, tx.Deal, rule, i.Input, process.Succeeded, e.now())
	if err != nil {
		return err
	}
	c := change{tx: tx, step: step, actor: process.Actor{Kind: process.AtGateway}, note: noteAfterAll, at: e.now(), said: e.saidWith(tx, i)}
	_, err = e.write(ctx, c, func(_ context.Context, commit *Commit) error {
		commit.Log.IntentID = i.ID // which is settled, so that it is not part of the change
		return nil
	})
	return err
}

// returnOf is the reference of the operation that returns a stray.
func returnOf(payment string) string { return "return-" + payment }

// strayReturned ends a stray whose money went back. One that did not is looked at again.
func (e *Engine) strayReturned(ctx context.Context, gateway string, s Snapshot) error {
	stray, found, err := e.config.Store.OpenStray(ctx, taggedCommunity(s.Deal), gateway, s.PaymentID)
	if err != nil || !found {
		return err
	}
	held := stray.Due
	if s.Ended.Code != "" {
		if stray.Note != straySent {
			return nil
		}
		stray.Note = "the refund failed at the gateway" // so it may be sent again
		return e.config.Store.SettleStray(ctx, stray, held)
	}
	stray.Note, stray.EndedAt = strayReturned, e.now()
	return e.config.Store.SettleStray(ctx, stray, held)
}

// orNone drops that there is no such thing: it is about nothing of ours.
func orNone(err error) error {
	if fault.CodeOf(err) == fault.NotFound {
		return nil
	}
	return err
}
