package orchestrator

import (
	"context"
	"errors"
	"fmt"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Key makes a request repeatable: the same key with the same content is answered
// with the stored reply, with another content it is refused.
type Key struct {
	Scope string // principal, method and route: equal values of different callers never meet
	Value string // as the caller sent it
	Hash  string // of the request's content
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
	Replay *Reply
}

// store returns the reply change that answers the key with the commit's result.
func (k *Key) store(c Commit, err error) *ReplyChange {
	if k == nil {
		return nil
	}
	status, body := k.Render(c.Transaction, err)
	return &ReplyChange{Reply: k.reply(c, status, body)}
}

// claim takes the key for an operation whose outcome is not known yet.
func (k *Key) claim(c Commit) *ReplyChange {
	if k == nil {
		return nil
	}
	return &ReplyChange{Reply: k.reply(c, 0, nil)}
}

// free gives the key back: the request had no effect and may be made again.
func (k *Key) free(c Commit) *ReplyChange {
	if k == nil {
		return nil
	}
	return &ReplyChange{Reply: k.reply(c, 0, nil), Free: true}
}

func (k *Key) reply(c Commit, status int, body []byte) Reply {
	r := Reply{
		Scope: k.Scope, Key: k.Value, Hash: k.Hash, CommunityID: c.Transaction.CommunityID,
		TransactionID: c.Transaction.ID, Status: status, Body: body, At: c.Log.At,
	}
	if c.Intent != nil {
		r.IntentID = c.Intent.ID
	}
	return r
}

// replay answers a request from its stored reply. It is asked when a request was
// refused, because the refusal may stem from the request's own earlier success.
// With no stored reply it returns the refusal.
func (e *Engine) replay(ctx context.Context, k *Key, refusal error) (Result, error) {
	if k == nil {
		return Result{}, refusal
	}
	stored, found, err := e.config.Store.Reply(ctx, k.Scope, k.Value)
	switch {
	case err != nil:
		return Result{}, fmt.Errorf("read stored reply: %w", err)
	case !found && errors.Is(refusal, ErrKeyTaken):
		return Result{}, fault.New(fault.Conflict, "request_in_progress", "a request with this idempotency key is in progress; repeat it in a moment")
	case !found:
		return Result{}, refusal
	case stored.Hash != k.Hash:
		return Result{}, fault.New(fault.KeyReused, "idempotency_key_reused", "this idempotency key was used with another request; make a new key for a new request")
	case stored.Status != 0:
		return Result{Replay: &stored}, nil
	}
	return e.finishReply(ctx, k, stored)
}

// settledElsewhere answers a request whose operation was settled by somebody else,
// a webhook for instance: with the reply that is stored, so that every repeat gets
// the same one.
func (e *Engine) settledElsewhere(ctx context.Context, k *Key, result Result, answer error) (Result, error) {
	stored, found, err := e.config.Store.Reply(ctx, k.Scope, k.Value)
	switch {
	case err != nil || !found:
		return result, answer
	case stored.Status != 0:
		return Result{Transaction: result.Transaction, Replay: &stored}, nil
	}
	return e.finishReply(ctx, k, stored)
}

// finishReply completes a reply whose operation was settled by recovery or by the
// gateway's own report, when nobody was there to render it.
func (e *Engine) finishReply(ctx context.Context, k *Key, stored Reply) (Result, error) {
	intent, err := e.config.Store.Intent(ctx, stored.IntentID)
	if err != nil {
		return Result{}, fmt.Errorf("read intent of stored reply: %w", err)
	}
	if intent.Status == IntentOpen {
		return Result{}, fault.New(fault.Conflict, "request_in_progress", "a request with this idempotency key is in progress; repeat it in a moment").WithMoney(fault.MoneyUnknown)
	}
	if intent.Status == IntentNotSent {
		// Nothing was done: the key is free for another try.
		return Result{}, errors.Join(notSent(intent), e.config.Store.FreeReply(ctx, stored))
	}
	tx, err := e.config.Store.Transaction(ctx, stored.CommunityID, stored.TransactionID)
	if err != nil {
		return Result{}, err
	}
	stored.Status, stored.Body = k.Render(tx, intent.refusal())
	stored.At = e.now()
	if err := e.config.Store.SaveReply(ctx, stored); err != nil {
		return Result{}, fmt.Errorf("save reply: %w", err)
	}
	// Of two who complete it at the same moment the first one's answer is kept.
	if stored, _, err = e.config.Store.Reply(ctx, k.Scope, k.Value); err != nil {
		return Result{}, fmt.Errorf("read stored reply: %w", err)
	}
	return Result{Transaction: tx, Replay: &stored}, nil
}

// refusal is the fault that a settled intent means for its caller, nil on success.
func (i Intent) refusal() error {
	switch i.Status {
	case IntentDeclined:
		return declined(i)
	case IntentNotSent:
		return notSent(i)
	case IntentSuperseded:
		return fault.New(fault.Conflict, "superseded", "the transaction changed at the gateway before %s took effect; read it again", i.Transition)
	}
	return nil
}

func declined(i Intent) *fault.Error {
	code := i.Code
	if code == "" {
		code = "declined"
	}
	class := fault.Conflict
	switch i.Verb {
	case process.Authorize, process.Capture, process.Charge:
		if code != "profile_missing" && code != "payee_not_ready" { // those are about the seller, not the payment
			class = fault.Declined
		}
	}
	return fault.New(class, code, "gateway %s refused to %s: %s", i.Gateway, i.Verb, code)
}

// CodeUnsendable is a gateway's code for a call that it refused to send, because no
// repeat of it could ever be taken: an amount, say, that its API cannot carry.
const CodeUnsendable = "unsendable_input"

func notSent(i Intent) *fault.Error {
	switch i.Code {
	case codeBooksDiffer:
		return fault.New(fault.Conflict, codeBooksDiffer, "the sums at gateway %s differ from the books, so nothing was sent; the transaction is on hold until an operator has looked at it", i.Gateway)
	case codeContradiction:
		return fault.New(fault.Conflict, codeContradiction, "the books of this transaction do not add up, so nothing was sent; it is on hold until an operator has looked at it")
	case codeOvertaken:
		return fault.New(fault.Conflict, codeOvertaken, "the payment has changed at gateway %s, so nothing was sent; read the transaction and decide again", i.Gateway)
	case codeNoLook:
		return fault.New(fault.Unavailable, codeNoLook, notLookedAtAnswer, i.Gateway)
	case CodeUnsendable:
		return fault.New(fault.Invalid, CodeUnsendable, "gateway %s cannot be asked to %s with this input; nothing was sent, change the amounts or texts", i.Gateway, i.Verb)
	}
	return fault.New(fault.Unavailable, "gateway_unreachable", "gateway %s could not be reached; nothing was done, try again later", i.Gateway)
}
