// Package native is the API under /v1. Each file has some routes, what they say of
// themselves, and their handlers.
package native

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/internal/paging"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/labels"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

// engine is what the native face asks of the engine, by role.
type engine struct {
	deal.Commands
	deal.Reads
	told
	tasks
	staff
	sellers
	preparing
	payouts
	bankPayouts
	labelling
}

// told is what can be read about deals.
type told interface {
	List(ctx context.Context, f orchestrator.Filter, a process.Actor) ([]orchestrator.Transaction, error)
	Changed(ctx context.Context, f orchestrator.Filter, since time.Time, from []int64, a process.Actor) (orchestrator.Changes, error)
	Sayings(ctx context.Context, tx orchestrator.Transaction, a process.Actor) ([]orchestrator.Saying, error)
	Explain(ctx context.Context, community, id int64, a process.Actor) (orchestrator.Explanation, error)
	Timeline(ctx context.Context, community, id int64, a process.Actor) ([]orchestrator.LogEntry, error)
	Messages(ctx context.Context, community int64, f orchestrator.MessageFilter, a process.Actor) ([]orchestrator.Message, error)
}

// tasks are what needs a person.
type tasks interface {
	Tasks(ctx context.Context, f orchestrator.TaskFilter) ([]orchestrator.Task, error)
	AssignTask(ctx context.Context, f orchestrator.TaskFilter, owner string, by orchestrator.By) (orchestrator.Task, error)
	DoneTask(ctx context.Context, f orchestrator.TaskFilter, by orchestrator.By) (orchestrator.Task, error)
	Waiting(ctx context.Context, f orchestrator.Filter) ([]orchestrator.Transaction, error)
}

// staff is what operators alone may do.
type staff interface {
	Clear(ctx context.Context, community, id int64, a process.Actor, reason, requestID string) (orchestrator.Transaction, error)
	TakeOver(ctx context.Context, community, id int64, a process.Actor, reason, requestID string) (orchestrator.Transaction, error)
	TellOutcome(ctx context.Context, community, id int64, a process.Actor, outcome, reason, requestID string) (orchestrator.Transaction, error)
	EndHold(ctx context.Context, h orchestrator.Hold, a process.Actor, by orchestrator.By) error
	Approve(ctx context.Context, community, id int64, who process.Actor, reason, requestID string) (orchestrator.Approval, error)
	Decide(ctx context.Context, community, id int64, who process.Actor, reason, requestID string, to orchestrator.ApprovalStatus) (orchestrator.Approval, error)
	SaveLimits(ctx context.Context, community int64, l orchestrator.Limits, a process.Actor, by orchestrator.By) error
	SaveOperators(ctx context.Context, community int64, names []string, a process.Actor, by orchestrator.By) error
}

// labelling keeps what the backend notes with deals and sellers.
type labelling interface {
	Label(ctx context.Context, community, id int64, c labels.Change) (orchestrator.Transaction, error)
	LabelSeller(ctx context.Context, community int64, user string, c labels.Change) (labels.Labels, error)
	LabelledSellers(ctx context.Context, f orchestrator.SellerLabelFilter) ([]orchestrator.LabelledSeller, error)
}

// Books reads the ledger.
type Books interface {
	Entries(ctx context.Context, transactions ...int64) ([]orchestrator.PostedEntry, error)
	Balance(ctx context.Context, community int64, account ledger.Account, c money.Currency) (int64, error)
}

// Approvals reads what waits for a second person, and a community's rules of it.
type Approvals interface {
	ApprovalLimits(ctx context.Context, community int64) (orchestrator.Limits, error)
	Operators(ctx context.Context, community int64) ([]string, error)
	Approval(ctx context.Context, community, id int64) (orchestrator.Approval, error)
	ListApprovals(ctx context.Context, f orchestrator.ApprovalFilter) ([]orchestrator.Approval, error)
}

// Holds lists what is on hold in a community.
type Holds interface {
	Holds(ctx context.Context, community int64) ([]orchestrator.Hold, error)
}

// Parts are what the native face stands on besides deals. Profiles and Books are required; without
// one of the others its routes do not exist.
type Parts struct {
	Profiles      Profiles
	Books         Books
	Listings      *listings.Service
	Conversations Conversations
	Terms         Terms
	Letterheads   Letterheads
	Origins       Origins
	Templates     MailTemplates
	Rules         Rules
	Approvals     Approvals
	Holds         Holds
	Webhooks      *outbound.Desk
	Passes        *outbound.Passes // into the portal; nil: there is none
	Events        events.Log
	Hub           *notices.Hub // wakes who waits for events; needed with Events
}

// face is the API under /v1.
type face struct {
	*deal.Kit
	Parts
	engine    engine
	books     Books
	processes *process.Registry
}

// Face is the face with all its routes.
func Face(k *deal.Kit, p Parts) web.Face {
	e := k.Engine
	n := face{Kit: k, Parts: p, engine: engine{e, e, e, e, e, e, e, e, e, e}, books: p.Books, processes: k.Engine.Processes()}
	return web.Face{Routes: slices.Concat(
		n.createRoutes(),
		n.readRoutes(),
		n.transitionRoutes(),
		n.explainRoutes(),
		n.messageRoutes(),
		n.processRoutes(),
		n.userRoutes(),
		n.priceRoutes(),
		n.balanceRoutes(),
		n.operatorRoutes(),
		n.rulesRoutes(),
		n.taskRoutes(),
		n.approvalRoutes(),
		n.auditRoutes(),
		n.holdRoutes(),
		n.sellerRoutes(),
		n.setupRoutes(),
		n.payoutRoutes(),
		n.payoutFileRoutes(),
		n.bankPayoutRoutes(),
		n.letterheadRoutes(),
		n.originRoutes(),
		n.mailTemplateRoutes(),
		n.feeRoutes(),
		n.confirmationRoutes(),
		n.endpointRoutes(),
		n.deliveryRoutes(),
		n.portalRoutes(),
		n.labelRoutes(),
		n.eventRoutes(),
		catalogue{n, p.Listings}.routes(),
		people{n, p.Conversations}.routes(),
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
func (n face) command(who deal.Caller, status int, body []byte) deal.Command {
	return deal.Command{
		Who: who, Body: body, Status: status, Words: n.words(),
		ID:   func(id int64) any { return n.IDs.Seal(publicid.Transaction, id) },
		View: func(tx orchestrator.Transaction) any { return n.show(tx, who.Actor) },
	}
}

// words are those of the native face: states as the processes call them.
func (n face) words() deal.Words {
	w := deal.PlainWords()
	w.ID = func(id int64) string { return n.IDs.Seal(publicid.Transaction, id) }
	return w
}

// opening is a command that opens what in says when it is carried out.
func (n face) opening(c *gin.Context, who deal.Caller, body []byte, in *orchestrator.CreateInput) deal.Command {
	cmd := n.command(who, http.StatusCreated, body)
	in.RequestID = web.RequestID(c)
	cmd.Run = func(k *orchestrator.Key) (orchestrator.Result, error) {
		in.Key = k
		return n.engine.Create(c.Request.Context(), *in)
	}
	cmd.Dry = func() (orchestrator.Preview, error) { return n.engine.DryRunCreate(c.Request.Context(), *in) }
	return cmd
}

// either opens an id of the native face, or takes the number that the customer's
// faces show for the same object.
func (n face) either(kind publicid.Kind, text string) (int64, bool) {
	if id, err := n.IDs.Open(kind, text); err == nil {
		return id, true
	}
	id, err := strconv.ParseInt(text, 10, 64)
	return id, err == nil && id > 0 && strconv.FormatInt(id, 10) == text
}

// transactionID opens the id in the path, or takes the deal's number. What is neither
// is answered like an id that names nothing.
func (n face) transactionID(c *gin.Context) (int64, error) {
	id, ok := n.either(publicid.Transaction, c.Param("id"))
	if !ok {
		return 0, process.NotFound()
	}
	return id, nil
}

// sendPage answers with a page of transactions.
func (n face) sendPage(c *gin.Context, found []orchestrator.Transaction, limit int, who deal.Caller) error {
	p := page[transactionOut]{Items: make([]transactionOut, len(found))}
	for i, tx := range found {
		p.Items[i] = n.show(tx, who.Actor)
	}
	if paging.GoesOn(found, limit) {
		p.NextCursor = n.cursor(found[len(found)-1].ID)
	}
	return web.Send(c, http.StatusOK, p)
}

// page is a part of a list. NextCursor is null at its end.
type page[T any] struct {
	Items      []T     `json:"items"`
	NextCursor *string `json:"next_cursor"`
	Resume     string  `json:"resume,omitzero"` // of a list of changes: the cursor for what comes later
}

func (n face) cursor(id int64) *string {
	text := n.IDs.Seal(publicid.Cursor, id)
	return &text
}

const defaultPage = 20

// place reads limit and cursor.
func (n face) place(query map[string]string) (limit int, cursor int64, err error) {
	limit = defaultPage
	if text, ok := query["limit"]; ok {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > web.MaxPage {
			return 0, 0, web.Invalid("invalid_limit", "limit", "limit must lie between 1 and %d", web.MaxPage)
		}
	}
	if text, ok := query["cursor"]; ok {
		if cursor, err = n.IDs.Open(publicid.Cursor, text); err != nil {
			return 0, 0, web.Invalid("invalid_cursor", "cursor", "cursor must be the next_cursor of an earlier answer")
		}
	}
	return limit, cursor, nil
}

// collection is a whole list.
type collection[T any] struct {
	Items []T `json:"items"`
}
