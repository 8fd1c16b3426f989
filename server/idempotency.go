package server

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
)

const maxKey = 255

// idempotencyKey reads the header of a route that takes it.
func idempotencyKey(h http.Header, k Keying) (string, error) {
	values := h.Values("Idempotency-Key")
	if len(values) == 0 {
		if k == KeyRequired {
			return "", fault.New(fault.Invalid, "idempotency_key_missing", "send an Idempotency-Key header: a new random value for each request, the same one when you repeat it")
		}
		return "", nil
	}
	key := values[0]
	unprintable := strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' })
	if len(values) > 1 || strings.TrimSpace(key) == "" || len(key) > maxKey || unprintable {
		return "", fault.New(fault.Invalid, "idempotency_key_invalid", "an Idempotency-Key is one value of 1 to %d printable ASCII characters", maxKey)
	}
	return key, nil
}

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
func (s *Server) once(c *gin.Context, cmd command) error {
	if cmd.who.dryRun {
		return s.dryRun(c, cmd)
	}
	var key *orchestrator.Key
	var stored struct {
		status int
		body   []byte
	}
	if cmd.who.idempotencyKey != "" {
		key = newKey(c, cmd.who, cmd.body)
		key.Hold = s.renderApproval
		key.Render = func(tx orchestrator.Transaction, err error) (int, []byte) {
			stored.status, stored.body = cmd.render(requestID(c), tx, err)
			return stored.status, stored.body
		}
	}
	if cmd.check != nil {
		if err := cmd.check(); err != nil {
			return s.repeated(c, key, err)
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
func (s *Server) dryRun(c *gin.Context, cmd command) error {
	if cmd.check != nil {
		if err := cmd.check(); err != nil {
			return s.foresee(c, cmd.words, orchestrator.Preview{}, err)
		}
	}
	v, err := cmd.dry()
	return s.foresee(c, cmd.words, v, err)
}

// repeated answers a request that would be refused now like the first time, if it
// is the repeat of one that was carried out.
func (s *Server) repeated(c *gin.Context, key *orchestrator.Key, refusal error) error {
	if key == nil {
		return refusal
	}
	stored, found, err := s.Engine.Store.Reply(c.Request.Context(), key.Scope, key.Value)
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

// contentHash is equal for bodies that differ only in white space, the order of
// names and the spelling of strings.
func contentHash(path string, body []byte) string {
	canonical := jsontext.Value(body).Clone()
	if len(canonical) > 0 {
		// Large integers keep all their digits. A body that was decoded is valid.
		_ = canonical.Canonicalize(jsontext.CanonicalizeRawInts(false))
	}
	sum := sha256.New()
	sum.Write([]byte(path))
	sum.Write([]byte{0})
	sum.Write(canonical)
	return hex.EncodeToString(sum.Sum(nil))
}
