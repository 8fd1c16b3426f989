package server

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// deals is what the customer's transaction face asks of the engine.
type deals interface {
	Create(ctx context.Context, in orchestrator.CreateInput) (orchestrator.Result, error)
	Do(ctx context.Context, in orchestrator.DoInput) (orchestrator.Result, error)
	Find(ctx context.Context, community, id int64, a process.Actor) (orchestrator.Transaction, error)
	CanReceive(ctx context.Context, gateway string, community int64, user string) (bool, error)
}

// sharetribe is the API of the customer's transaction document, under
// /transactions/v1: names, shapes and integer ids are the document's.
type sharetribe struct {
	*Server
	engine    deals
	processes *process.Registry
}

func (s *Server) sharetribe() []Route {
	f := sharetribe{Server: s, engine: s.Engine, processes: s.Engine.Processes}
	const get, post, base = http.MethodGet, http.MethodPost, "/transactions/v1/"
	routes := []Route{
		{get, base + "can_start_transaction", Reading, "", f.canStart},
		{post, base + "create", Writing, KeyHonoured, f.create},
		{get, base + "{id}", Reading, "", f.read},
	}
	for operation := range legacyTransitions {
		routes = append(routes, Route{post, base + "{id}/" + operation, Writing, KeyHonoured, f.operation(operation)})
	}
	slices.SortFunc(routes[3:], func(a, b Route) int { return strings.Compare(a.Path, b.Path) })
	return routes
}

// legacyTransitions is what the document's operations mean in each process. An
// operation that a process does not have is an illegal transition.
var legacyTransitions = map[string]map[string]process.Transition{
	"reject":                    {"preauthorize": "reject"},
	"complete_preauthorization": {"preauthorize": "complete_preauthorization"},
	"complete":                  {"preauthorize": "complete", "escrow_online": "end_complaint_period"},
	"cancel":                    {"preauthorize": "cancel", "escrow_online": "cancel"},
	"invoice":                   {},
	"pay_invoice":               {},
}

// operation is the handler of one of the document's operations.
func (f sharetribe) operation(name string) handler {
	return func(c *gin.Context, who caller) error {
		body, err := f.readEmpty(c)
		if err != nil {
			return err
		}
		id, err := legacyID(c)
		if err != nil {
			return err
		}
		tx, err := f.engine.Find(c.Request.Context(), who.community(), id, who.actor)
		if err != nil {
			return err
		}
		transition, ok := legacyTransitions[name][processName(tx)]
		if !ok {
			return fault.New(fault.Conflict, "illegal_transition", "a transaction of process %s has no %s", processName(tx), name).
				With("current_state", f.label(tx)).With("transition", name)
		}
		return f.once(c, f.command(who, http.StatusOK, body, func(k *orchestrator.Key) (orchestrator.Result, error) {
			return f.engine.Do(c.Request.Context(), orchestrator.DoInput{
				CommunityID: who.community(), TransactionID: id, Transition: transition,
				Actor: who.actor, RequestID: requestID(c), Key: k,
			})
		}))
	}
}

func (f sharetribe) command(who caller, status int, body []byte, run func(*orchestrator.Key) (orchestrator.Result, error)) command {
	return command{
		who: who, body: body, status: status, run: run,
		id:   func(id int64) any { return id },
		view: func(tx orchestrator.Transaction) any { return f.show(tx, who.actor) },
	}
}

// processName is the name without the version.
func processName(tx orchestrator.Transaction) string {
	name, _, _ := strings.Cut(tx.Process, "@")
	return name
}

// label is the state's name in the document.
func (f sharetribe) label(tx orchestrator.Transaction) string {
	p, err := f.processes.Find(tx.Process)
	if err != nil {
		return string(tx.State)
	}
	return p.Label(tx.State)
}

// legacyID reads the integer id in the path. What is none is answered like an id
// that names nothing.
func legacyID(c *gin.Context) (int64, error) {
	text := c.Param("id")
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 || strconv.FormatInt(id, 10) != text {
		return 0, process.NotFound()
	}
	return id, nil
}

func (f sharetribe) read(c *gin.Context, who caller) error {
	id, err := legacyID(c)
	if err != nil {
		return err
	}
	tx, err := f.engine.Find(c.Request.Context(), who.community(), id, who.actor)
	if err != nil {
		return err
	}
	return send(c, http.StatusOK, f.show(tx, who.actor))
}

// startQuestion is the body of can_start_transaction.
type startQuestion struct {
	Transaction *question `json:"transaction"`
}

type question struct {
	PaymentGateway  string `json:"payment_gateway"`
	CommunityID     *int64 `json:"community_id"`
	ListingAuthorID string `json:"listing_author_id"`
}

// canStart tells whether the author can be paid through a gateway. It takes the
// document's JSON body, or the same fields in the query for clients that cannot
// send a body with GET.
func (f sharetribe) canStart(c *gin.Context, who caller) error {
	q, err := f.question(c)
	if err != nil {
		return err
	}
	if err := cmp.Or(text("payment_gateway", q.PaymentGateway, maxName), ownCommunity("community_id", q.CommunityID, who),
		userID("listing_author_id", q.ListingAuthorID)); err != nil {
		return err
	}
	can, err := f.engine.CanReceive(c.Request.Context(), q.PaymentGateway, who.community(), q.ListingAuthorID)
	if err != nil {
		return err
	}
	return send(c, http.StatusOK, map[string]bool{"result": can})
}

func (f sharetribe) question(c *gin.Context) (question, error) {
	if c.Request.URL.RawQuery != "" {
		return flatQuestion(c)
	}
	var body startQuestion
	if _, err := f.readJSON(c, inEveryString, &body); err != nil {
		return question{}, err
	}
	if body.Transaction == nil {
		return question{}, missing("transaction")
	}
	return *body.Transaction, nil
}

func flatQuestion(c *gin.Context) (question, error) {
	for name, all := range c.Request.URL.Query() {
		if namesCardData(name) || holdsCardNumber(name) || slices.ContainsFunc(all, holdsCardNumber) {
			return question{}, cardDataRefused("")
		}
	}
	query, err := parameters(c, "payment_gateway", "community_id", "listing_author_id")
	if err != nil {
		return question{}, err
	}
	q := question{PaymentGateway: query["payment_gateway"], ListingAuthorID: query["listing_author_id"]}
	if text, ok := query["community_id"]; ok {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return q, invalid("invalid_type", "community_id", "community_id must be a whole number")
		}
		q.CommunityID = &id
	}
	return q, nil
}

// ownCommunity answers for every community but the key's as for one that does not exist.
func ownCommunity(field string, id *int64, who caller) error {
	switch {
	case id == nil:
		return missing(field)
	case *id != who.community():
		return fault.New(fault.NotFound, "community_not_found", "there is no such community, or the API key is of another one").With("field", field)
	}
	return nil
}
