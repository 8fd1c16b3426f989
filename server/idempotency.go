package server

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
)

// command is a request that changes a transaction.
type command struct {
	who    caller
	body   []byte
	status int // of success
	id     func(transaction int64) any
	view   func(orchestrator.Transaction) any
	// check refuses by what may be otherwise when the request is repeated, such as
	// the time. Nil: nothing.
	check func() error
	run   func(*orchestrator.Key) (orchestrator.Result, error)
	// dry tells what run would do. words are the face's own.
	dry   func() (orchestrator.Preview, error)
	words words
}

// once runs a command under the request's idempotency key, if it has one, and
// answers. The first answer and its repetitions are the same bytes: what was
// rendered for the store is what is sent.
func (k *dealKit) once(c *gin.Context, cmd command) error {
	if cmd.who.dryRun {
		return k.dryRun(c, cmd)
	}
	var key *orchestrator.Key
	var stored struct {
		status int
		body   []byte
	}
	if cmd.who.idempotencyKey != "" {
		key = newKey(c, cmd.who, cmd.body)
		key.Hold = k.renderApproval
		key.Render = func(tx orchestrator.Transaction, err error) (int, []byte) {
			stored.status, stored.body = cmd.render(requestID(c), tx, err)
			return stored.status, stored.body
		}
	}
	if cmd.check != nil {
		if err := cmd.check(); err != nil {
			return k.repeated(c, key, err)
		}
	}
	result, err := cmd.run(key)
	switch {
	case err != nil:
		return cmd.blame(result.Transaction, err)
	case result.Replay != nil:
		replay(c, *result.Replay)
	case stored.body != nil:
		answer(c, stored.status, stored.body)
	default:
		status, body := cmd.render(requestID(c), result.Transaction, nil)
		answer(c, status, body)
	}
	return nil
}

// dryRun answers what a command would do. It uses no idempotency key up.
func (k *dealKit) dryRun(c *gin.Context, cmd command) error {
	if cmd.check != nil {
		if err := cmd.check(); err != nil {
			return k.foresee(c, cmd.words, orchestrator.Preview{}, err)
		}
	}
	v, err := cmd.dry()
	return k.foresee(c, cmd.words, v, err)
}

// repeated answers a request that would be refused now like the first time, if it
// is the repeat of one that was carried out.
func (k *dealKit) repeated(c *gin.Context, key *orchestrator.Key, refusal error) error {
	if key == nil {
		return refusal
	}
	stored, found, err := k.Engine.Store.Reply(c.Request.Context(), key.Scope, key.Value)
	if err != nil {
		return err
	}
	if !found || stored.Hash != key.Hash || stored.Status == 0 {
		return refusal
	}
	replay(c, stored)
	return nil
}

func replay(c *gin.Context, stored orchestrator.Reply) {
	c.Header("Idempotent-Replayed", "true")
	answer(c, stored.Status, stored.Body)
}

// render makes the answer from the transaction after the command, or from the
// fault that it ended with.
func (cmd command) render(requestID string, tx orchestrator.Transaction, err error) (int, []byte) {
	if err == nil {
		var body []byte
		if body, err = json.Marshal(cmd.view(tx), json.Deterministic(true)); err == nil {
			return cmd.status, body
		}
	}
	return renderProblem(fault.As(cmd.blame(tx, err)), requestID)
}

// blame names the transaction in a fault that left one behind, so that the
// caller can read what became of it.
func (cmd command) blame(tx orchestrator.Transaction, err error) error {
	f := fault.As(err)
	switch f.Code {
	case fault.Declined, fault.Unknown, fault.Unavailable:
		if tx.ID != 0 && f.Reason != "insufficient_balance" { // which leaves none behind
			return f.With("transaction_id", cmd.id(tx.ID))
		}
	}
	return err
}

func answer(c *gin.Context, status int, body []byte) {
	kind := jsonType
	if status >= http.StatusBadRequest {
		kind = problemType
	}
	c.Data(status, kind, body)
}

// newKey names a request: who asks for what on which route, and with which content.
// Which of a marketplace's API keys it came with does not matter: one that was
// rotated in between must not make a repeat run again.
func newKey(c *gin.Context, who caller, body []byte) *orchestrator.Key {
	scope := strings.Join([]string{strconv.FormatInt(who.community(), 10), who.actor.String(), c.Request.Method, c.FullPath()}, " ")
	return &orchestrator.Key{Scope: scope, Value: who.idempotencyKey, Hash: contentHash(c.Request.URL.Path, body)}
}
