package server

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// transactions is what the native face asks of the engine.
type transactions interface {
	Pair(process, gateway string) (*process.Process, orchestrator.Gateway, error)
	Create(ctx context.Context, in orchestrator.CreateInput) (orchestrator.Result, error)
	Do(ctx context.Context, in orchestrator.DoInput) (orchestrator.Result, error)
	DryRun(ctx context.Context, in orchestrator.DoInput) (orchestrator.Preview, error)
	DryRunCreate(ctx context.Context, in orchestrator.CreateInput) (orchestrator.Preview, error)
	Find(ctx context.Context, community, id int64, a process.Actor) (orchestrator.Transaction, error)
	Read(ctx context.Context, community, id int64, a process.Actor) (orchestrator.Transaction, error)
	Refresh(ctx context.Context, community, id int64, a process.Actor) (orchestrator.Transaction, error)
	Tasks(ctx context.Context, f orchestrator.TaskFilter) ([]orchestrator.Task, error)
	AssignTask(ctx context.Context, f orchestrator.TaskFilter, owner string, by orchestrator.By) (orchestrator.Task, error)
	DoneTask(ctx context.Context, f orchestrator.TaskFilter, by orchestrator.By) (orchestrator.Task, error)
	List(ctx context.Context, f orchestrator.Filter, a process.Actor) ([]orchestrator.Transaction, error)
	Sayings(ctx context.Context, tx orchestrator.Transaction, a process.Actor) ([]orchestrator.Saying, error)
	Explain(ctx context.Context, community, id int64, a process.Actor) (orchestrator.Explanation, error)
	Timeline(ctx context.Context, community, id int64, a process.Actor) ([]orchestrator.LogEntry, error)
	Messages(ctx context.Context, community int64, f orchestrator.MessageFilter, a process.Actor) ([]orchestrator.Message, error)
	Waiting(ctx context.Context, f orchestrator.Filter) ([]orchestrator.Transaction, error)
	Clear(ctx context.Context, community, id int64, a process.Actor, reason, requestID string) (orchestrator.Transaction, error)
	TakeOver(ctx context.Context, community, id int64, a process.Actor, reason, requestID string) (orchestrator.Transaction, error)
	EndHold(ctx context.Context, h orchestrator.Hold, a process.Actor, by orchestrator.By) error
	Approve(ctx context.Context, community, id int64, who process.Actor, reason, requestID string) (orchestrator.Approval, error)
	Decide(ctx context.Context, community, id int64, who process.Actor, reason, requestID string, to orchestrator.ApprovalStatus) (orchestrator.Approval, error)
	SaveLimits(ctx context.Context, community int64, l orchestrator.Limits, a process.Actor, by orchestrator.By) error
	SaveOperators(ctx context.Context, community int64, names []string, a process.Actor, by orchestrator.By) error
}

// books reads the ledger.
type books interface {
	Entries(ctx context.Context, id int64) ([]orchestrator.PostedEntry, error)
	Balance(ctx context.Context, community int64, account ledger.Account, c money.Currency) (int64, error)
}

// Parts are what the native face stands on besides deals. Profiles is required; without
// one of the others its routes do not exist.
type Parts struct {
	Profiles      Profiles
	Listings      *listings.Service
	Conversations Conversations
	Fees          Fees
	Letterheads   Letterheads
	Rules         Rules
}

// native is the API under /v1.
type native struct {
	*dealKit
	Parts
	engine    transactions
	books     books
	processes *process.Registry
}

// NativeFace is the face with all its routes.
func NativeFace(k *dealKit, p Parts) Face {
	n := native{dealKit: k, Parts: p, engine: k.Engine, books: k.Engine.Store, processes: k.Engine.Processes}
	return Face{Routes: slices.Concat(
		n.createRoutes(), n.readRoutes(), n.transitionRoutes(), n.explainRoutes(), n.messageRoutes(), n.processRoutes(), n.userRoutes(),
		n.priceRoutes(), n.balanceRoutes(), n.operatorRoutes(), n.rulesRoutes(), n.taskRoutes(), n.approvalRoutes(), n.auditRoutes(),
		n.holdRoutes(), n.letterheadRoutes(), n.feeRoutes(), catalogue{n, p.Listings}.routes(), people{n, p.Conversations}.routes(),
	)}
}

// value is the number, or 0 when it was left out.
func value(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// command is a request that changes a transaction. It has what it is told to do put in.
func (n native) command(who caller, status int, body []byte) command {
	return command{
		who: who, body: body, status: status, words: n.words(),
		id:   func(id int64) any { return n.IDs.Seal(publicid.Transaction, id) },
		view: func(tx orchestrator.Transaction) any { return n.show(tx, who.actor) },
	}
}

// words are those of the native face: states as the processes call them.
func (n native) words() words {
	w := plainWords()
	w.id = func(id int64) string { return n.IDs.Seal(publicid.Transaction, id) }
	return w
}

// opening is a command that opens what in says when it is carried out.
func (n native) opening(c *gin.Context, who caller, body []byte, in *orchestrator.CreateInput) command {
	cmd := n.command(who, http.StatusCreated, body)
	in.RequestID = requestID(c)
	cmd.run = func(k *orchestrator.Key) (orchestrator.Result, error) {
		in.Key = k
		return n.engine.Create(c.Request.Context(), *in)
	}
	cmd.dry = func() (orchestrator.Preview, error) { return n.engine.DryRunCreate(c.Request.Context(), *in) }
	return cmd
}

// either opens an id of the native face, or takes the number that the customer's
// faces show for the same object.
func (n native) either(kind publicid.Kind, text string) (int64, bool) {
	if id, err := n.IDs.Open(kind, text); err == nil {
		return id, true
	}
	id, err := strconv.ParseInt(text, 10, 64)
	return id, err == nil && id > 0 && strconv.FormatInt(id, 10) == text
}

// transactionID opens the id in the path, or takes the deal's number. What is neither
// is answered like an id that names nothing.
func (n native) transactionID(c *gin.Context) (int64, error) {
	id, ok := n.either(publicid.Transaction, c.Param("id"))
	if !ok {
		return 0, process.NotFound()
	}
	return id, nil
}

// sendPage answers with a page of transactions.
func (n native) sendPage(c *gin.Context, found []orchestrator.Transaction, limit int, who caller) error {
	p := page[transactionOut]{Items: make([]transactionOut, len(found))}
	for i, tx := range found {
		p.Items[i] = n.show(tx, who.actor)
	}
	if len(found) == limit {
		p.NextCursor = n.cursor(found[len(found)-1].ID)
	}
	return send(c, http.StatusOK, p)
}

// page is a part of a list. NextCursor is null at its end.
type page[T any] struct {
	Items      []T     `json:"items"`
	NextCursor *string `json:"next_cursor"`
}

func (n native) cursor(id int64) *string {
	text := n.IDs.Seal(publicid.Cursor, id)
	return &text
}

const defaultPage = 20

// place reads limit and cursor.
func (n native) place(query map[string]string) (limit int, cursor int64, err error) {
	limit = defaultPage
	if text, ok := query["limit"]; ok {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > maxPage {
			return 0, 0, invalid("invalid_limit", "limit", "limit must lie between 1 and %d", maxPage)
		}
	}
	if text, ok := query["cursor"]; ok {
		if cursor, err = n.IDs.Open(publicid.Cursor, text); err != nil {
			return 0, 0, invalid("invalid_cursor", "cursor", "cursor must be the next_cursor of an earlier answer")
		}
	}
	return limit, cursor, nil
}

// collection is a whole list.
type collection[T any] struct {
	Items []T `json:"items"`
}
