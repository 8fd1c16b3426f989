package deal

import (
	"strconv"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/server/web"
)

// Command is a request that changes a transaction.
type Command struct {
	Who    Caller
	Body   []byte
	Status int // of success
	ID     func(transaction int64) any
	View   func(orchestrator.Transaction) any
	// check refuses by what may be otherwise when the request is repeated, such as
	// the time. Nil: nothing.
	Check func() error
	Run   func(*orchestrator.Key) (orchestrator.Result, error)
	// dry tells what run would do. words are the face's own.
	Dry   func() (orchestrator.Preview, error)
	Words Words
}

// Once runs a command under the request's idempotency key, if it has one, and
// answers. The first answer and its repetitions are the same bytes: what was
// rendered for the store is what is sent.
func (k *Kit) Once(c *gin.Context, cmd Command) error {
	if cmd.Who.DryRun {
		return k.dryRun(c, cmd)
	}
	var key *orchestrator.Key
	var written web.Written
	if request := cmd.Who.keyOf(c, cmd.Body); request != nil {
		key = &orchestrator.Key{Key: *request, Hold: k.RenderApproval, Render: func(tx orchestrator.Transaction, err error) (int, []byte) {
			return written.Keep(cmd.render(web.RequestID(c), tx, err))
		}}
	}
	if cmd.Check != nil {
		if err := cmd.Check(); err != nil {
			return k.refused(c, key, err)
		}
	}
	result, err := cmd.Run(key)
	switch {
	case err != nil:
		return cmd.blame(result.Transaction, err)
	case result.Replay != nil:
		web.Repeat(c, *result.Replay)
	default:
		written.Send(c, func() (int, []byte) { return cmd.render(web.RequestID(c), result.Transaction, nil) })
	}
	return nil
}

// dryRun answers what a command would do. It uses no idempotency key up.
func (k *Kit) dryRun(c *gin.Context, cmd Command) error {
	if cmd.Check != nil {
		if err := cmd.Check(); err != nil {
			return k.Foresee(c, cmd.Words, orchestrator.Preview{}, err)
		}
	}
	v, err := cmd.Dry()
	return k.Foresee(c, cmd.Words, v, err)
}

// refused answers a request that a check refuses now: like the first time, if it was carried out.
func (k *Kit) refused(c *gin.Context, key *orchestrator.Key, refusal error) error {
	stored, err := k.Engine.Refused(c.Request.Context(), key, refusal)
	if err != nil {
		return err
	}
	web.Repeat(c, *stored)
	return nil
}

// render makes the answer from the transaction after the command, or from the
// fault that it ended with.
func (cmd Command) render(requestID string, tx orchestrator.Transaction, err error) (int, []byte) {
	if err == nil {
		var body []byte
		if body, err = json.Marshal(cmd.View(tx), json.Deterministic(true)); err == nil {
			return cmd.Status, body
		}
	}
	return web.RenderProblem(fault.As(cmd.blame(tx, err)).Pointed(), requestID)
}

// blame names the transaction in a fault that left one behind, so that the
// caller can read what became of it.
func (cmd Command) blame(tx orchestrator.Transaction, err error) error {
	f := fault.As(err)
	switch f.Code {
	case fault.Declined, fault.Unknown, fault.Unavailable:
		if tx.Revision != 0 || tx.ID != 0 && f.Money() == fault.MoneyUnknown { // else nothing was written
			return f.With("transaction_id", cmd.ID(tx.ID))
		}
	}
	return err
}

// keyOf names the caller's request, if it has a key. Which of a marketplace's API keys it
// came with does not matter: one that was rotated in between must not make a repeat run
// again.
func (who Caller) keyOf(c *gin.Context, body []byte) *idempotency.Key {
	if who.idempotencyKey == "" {
		return nil
	}
	return new(web.RequestKey(c, strconv.FormatInt(who.Community(), 10)+" "+who.Actor.String(), who.idempotencyKey, body))
}
