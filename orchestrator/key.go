package orchestrator

import (
	"context"
	"errors"
	"fmt"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
)

// Key makes a command repeatable: its answer is stored in the commit that carries it out.
type Key struct {
	idempotency.Key
	// Render makes the answer that is stored, from the transaction after the
	// request or from the fault that a gateway's refusal became.
	Render func(tx Transaction, err error) (status int, body []byte) `json:"-"`
	// Hold makes the answer that is stored when the request waits for a second person.
	// Nil: none is stored.
	Hold func(a Approval) (status int, body []byte) `json:"-"`
}

// Result is the answer to a command.
type Result struct {
	Transaction Transaction
	// Replay is the stored answer when the request was made before; it replaces
	// everything else.
	Replay *idempotency.Reply
}

// store answers the key with the commit's result.
func (k *Key) store(c Commit, err error) *idempotency.Change {
	if k == nil {
		return nil
	}
	status, body := k.Render(c.Transaction, err)
	return &idempotency.Change{Reply: k.reply(c, status, body)}
}

// claim takes the key for an operation whose outcome is not known yet.
func (k *Key) claim(c Commit) *idempotency.Change {
	if k == nil {
		return nil
	}
	return &idempotency.Change{Reply: k.reply(c, 0, nil)}
}

// free gives the key back: the request had no effect and may be made again.
func (k *Key) free(c Commit) *idempotency.Change {
	if k == nil {
		return nil
	}
	return &idempotency.Change{Reply: k.reply(c, 0, nil), Free: true}
}

func (k *Key) reply(c Commit, status int, body []byte) idempotency.Reply {
	r := idempotency.Reply{CommunityID: c.Transaction.CommunityID, TransactionID: c.Transaction.ID, Status: status, Body: body, At: c.Log.At}
	if c.Intent != nil {
		r.IntentID = c.Intent.ID
	}
	return k.For(r)
}

// keys looks up the keys of commands.
func (e *Engine) keys() idempotency.Keeper {
	return idempotency.Keeper{Replies: e.config.Store.Replies, Called: "idempotency key"}
}

// answer gives a refused request its stored reply, if it was made before. What
// the gateway refused just now is the request's own answer and stays.
func (e *Engine) answer(ctx context.Context, k *Key, result Result, err error) (Result, error) {
	var refused *fault.Error
	if k == nil || !errors.As(err, &refused) {
		return result, err
	}
	switch refused.Code {
	case fault.Internal, fault.Declined, fault.Unavailable, fault.Unknown:
		return result, err
	}
	return e.replay(ctx, k, err)
}

// Answered returns the stored reply of a request that was made before, nil if there
// is none. Who checks more than the rules do asks it first: those checks may refuse
// a repeat because the request itself succeeded. Faults: idempotency_key_reused for
// another content, request_in_progress.
func (e *Engine) Answered(ctx context.Context, k *Key) (*idempotency.Reply, error) {
	if k == nil {
		return nil, nil
	}
	result, err := e.replay(ctx, k, nil)
	return result.Replay, err
}

// Refused answers a request that the caller's own checks refuse, as Create and Transition answer
// one that the rules refuse: with the reply that is stored, or with how far its first try is, and
// only else with the refusal. The first try may be what the checks have met. Faults beside the
// refusal: idempotency_key_reused for another content, request_in_progress.
func (e *Engine) Refused(ctx context.Context, k *Key, refusal error) (*idempotency.Reply, error) {
	result, err := e.answer(ctx, k, Result{}, refusal)
	return result.Replay, err
}

// replay answers a request from its stored reply. It is asked when a request was
// refused, because the refusal may stem from the request's own earlier success.
// With no stored reply it returns the refusal.
func (e *Engine) replay(ctx context.Context, k *Key, refusal error) (Result, error) {
	stored, standing, err := e.keys().Find(ctx, k.Key)
	switch {
	case err != nil:
		return Result{}, err
	case standing == idempotency.New && errors.Is(refusal, idempotency.ErrTaken):
		return Result{}, e.keys().Running()
	case standing == idempotency.New:
		return Result{}, refusal
	case standing == idempotency.Other:
		return Result{}, e.keys().Reused()
	case standing == idempotency.Answered:
		return Result{Replay: &stored}, nil
	}
	return e.finishReply(ctx, k, stored)
}

// settledElsewhere answers a request whose operation was settled by somebody else,
// a webhook for instance: with the reply that is stored, so that every repeat gets
// the same one.
func (e *Engine) settledElsewhere(ctx context.Context, k *Key, result Result, answer error) (Result, error) {
	stored, standing, err := e.keys().Find(ctx, k.Key)
	switch {
	case err != nil || standing == idempotency.New || standing == idempotency.Other:
		return result, answer
	case standing == idempotency.Answered:
		return Result{Transaction: result.Transaction, Replay: &stored}, nil
	}
	return e.finishReply(ctx, k, stored)
}

// finishReply completes a reply whose operation was settled by recovery or by the
// gateway's own report, when nobody was there to render it.
func (e *Engine) finishReply(ctx context.Context, k *Key, stored idempotency.Reply) (Result, error) {
	intent, err := e.config.Store.Intent(ctx, stored.IntentID)
	if err != nil {
		return Result{}, fmt.Errorf("read intent of stored reply: %w", err)
	}
	if intent.Status == IntentOpen {
		return Result{}, e.keys().Running().WithMoney(fault.MoneyUnknown)
	}
	tx, err := e.config.Store.Transaction(ctx, stored.CommunityID, stored.TransactionID)
	if err != nil {
		return Result{}, err
	}
	if intent.Status == IntentNotSent {
		// Nothing was done: the key is free for another try.
		return Result{}, errors.Join(notSent(intent, tx), e.config.Store.FreeReply(ctx, stored))
	}
	stored.Status, stored.Body = k.Render(tx, intent.refusal(tx))
	stored.At = e.now()
	if err := e.config.Store.SaveReply(ctx, stored); err != nil {
		return Result{}, fmt.Errorf("save reply: %w", err)
	}
	// Of two who complete it at the same moment the first one's answer is kept.
	if stored, _, err = e.keys().Find(ctx, k.Key); err != nil {
		return Result{}, err
	}
	return Result{Transaction: tx, Replay: &stored}, nil
}
