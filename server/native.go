package server

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/publicid"
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

// native is the API under /v1.
type native struct {
	*Server
	engine    transactions
	books     books
	processes *process.Registry
}

func (s *Server) native() []Route {
	n := native{Server: s, engine: s.Engine, books: s.Engine.Store, processes: s.Engine.Processes}
	const get, post, put = http.MethodGet, http.MethodPost, http.MethodPut
	routes := []Route{
		{post, "/v1/transactions", Writing, KeyRequired, n.create},
		{get, "/v1/transactions", Reading, "", n.list},
		{get, "/v1/transactions/{id}", Reading, "", n.read},
		{post, "/v1/transactions/{id}/transitions", Writing, KeyRequired, n.transition},
		{post, "/v1/transactions/{id}/dry-run", Reading, "", n.dryRun},
		{post, "/v1/transactions/{id}/refresh", Reading, "", n.refresh},
		{get, "/v1/transactions/{id}/explain", Reading, "", n.explain},
		{get, "/v1/transactions/{id}/timeline", Reading, "", n.timeline},
		{get, "/v1/transactions/{id}/entries", Reading, "", n.entries},
		{post, "/v1/transactions/{id}/messages", Writing, KeyHonoured, n.say},
		{get, "/v1/transactions/{id}/messages", Reading, "", n.listMessages},
		{get, "/v1/processes", Reading, "", n.listProcesses},
		{get, "/v1/community", Reading, "", n.community},
		{put, "/v1/users/{id}", Writing, "", n.saveUser},
		{post, "/v1/prices/preview", Reading, "", n.preview},
		{get, "/v1/balances/{user_id}", Reading, "", n.balance},
		{post, "/v1/balances/{user_id}/deposits", Operating, KeyRequired, n.bookMoney("deposit")},
		{post, "/v1/balances/{user_id}/withdrawals", Operating, KeyRequired, n.bookMoney("withdrawal")},
		{get, "/v1/operator/transactions", Operating, "", n.waiting},
		{post, "/v1/operator/transactions/{id}/clear", Operating, "", n.clear},
		{post, "/v1/operator/transactions/{id}/take_over", Operating, "", n.takeOver},
	}
	routes = append(routes, n.rulesRoutes()...)
	routes = append(routes, n.taskRoutes()...)
	routes = append(routes, n.approvalRoutes()...)
	if s.Audit != nil {
		routes = append(routes, Route{get, "/v1/operator/audit", Operating, "", n.audit})
	}
	if s.Engine.Guard != nil {
		routes = append(routes,
			Route{get, "/v1/operator/holds", Operating, "", n.holds},
			Route{post, "/v1/operator/holds/end", Operating, "", n.endHold})
	}
	if s.Letterheads != nil {
		routes = append(routes,
			Route{get, "/v1/community/letterhead", Operating, "", n.letterhead},
			Route{put, "/v1/community/letterhead", Operating, "", n.saveLetterhead})
	}
	if s.Fees == nil {
		return routes
	}
	return append(routes,
		Route{get, "/v1/community/fees", Operating, "", n.fees},
		Route{put, "/v1/community/fees", Operating, "", n.saveFees})
}

func checkTransition(name string, input map[string]string) error {
	if len(name) > maxName {
		return invalid("too_long", "transition", "transition may have at most %d characters", maxName)
	}
	for key, value := range input {
		if len(key) > maxName || len(value) > maxText {
			return invalid("too_long", "input", "a name in input may have at most %d bytes, a value %d", maxName, maxText)
		}
		if strings.HasSuffix(key, "_url") && value != "" {
			if err := webURL("input."+key, value); err != nil {
				return err
			}
		}
		if strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
			return invalid("invalid_text", "input", "a value in input must not hold control characters")
		}
	}
	return nil
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

// wantedTransition is the body of POST /v1/transactions/{id}/transitions and of
// the dry run.
type wantedTransition struct {
	Transition string      `json:"transition"`
	Input      typedInputs `json:"input"`
}

func (n native) wanted(c *gin.Context, who caller) (orchestrator.DoInput, []byte, error) {
	id, err := n.transactionID(c)
	if err != nil {
		return orchestrator.DoInput{}, nil, err
	}
	var w wantedTransition
	body, err := n.readJSON(c, inFreeText, &w)
	if err != nil {
		return orchestrator.DoInput{}, nil, err
	}
	in := orchestrator.DoInput{
		CommunityID: who.community(), TransactionID: id, Transition: process.Transition(w.Transition),
		Actor: who.actor, Input: w.Input.texts(), RequestID: requestID(c), Only: notTraded,
	}
	return in, body, cmp.Or(text("transition", w.Transition, maxName), checkTransition(w.Transition, w.Input.texts()), n.inCurrency(c, in, w.Input))
}

// inCurrency checks amounts of an input that name their currency.
func (n native) inCurrency(c *gin.Context, in orchestrator.DoInput, input typedInputs) error {
	if !input.priced() {
		return nil
	}
	tx, err := n.engine.Find(c.Request.Context(), in.CommunityID, in.TransactionID, in.Actor)
	if err != nil {
		return err
	}
	return input.in(tx.Price.Currency())
}

func (n native) transition(c *gin.Context, who caller) error {
	in, body, err := n.wanted(c, who)
	if err != nil {
		return err
	}
	cmd := n.command(who, http.StatusOK, body)
	cmd.run = func(k *orchestrator.Key) (orchestrator.Result, error) {
		in.Key = k
		return n.engine.Do(c.Request.Context(), in)
	}
	cmd.dry = func() (orchestrator.Preview, error) { return n.engine.DryRun(c.Request.Context(), in) }
	return n.once(c, cmd)
}

// notTraded refuses a deal of the exchange. The exchange knows rules that the
// process does not: which operator decides, and what is kept of that.
func notTraded(tx orchestrator.Transaction) error {
	if tx.SellerPays {
		return fault.New(fault.Conflict, "opened_by_exchange", "this is an order of the exchange; it is changed through the exchange's routes")
	}
	return nil
}

// dryRun answers what a transition would do. It changes nothing, so it needs no
// idempotency key and only the scope read.
func (n native) dryRun(c *gin.Context, who caller) error {
	in, _, err := n.wanted(c, who)
	if err != nil {
		return err
	}
	preview, err := n.engine.DryRun(c.Request.Context(), in)
	return n.foresee(c, n.words(), preview, err)
}

func (n native) read(c *gin.Context, who caller) error {
	id, err := n.transactionID(c)
	if err != nil {
		return err
	}
	tx, err := n.engine.Read(c.Request.Context(), who.community(), id, who.actor)
	if err != nil {
		return err
	}
	view := n.show(tx, who.actor)
	said, err := n.engine.Sayings(c.Request.Context(), tx, who.actor)
	if err != nil {
		return err
	}
	view.Said = showSayings(said)
	return send(c, http.StatusOK, view)
}

// either opens an id of the native face, or takes the number that the customer's
// faces show for the same object.
func (s *Server) either(kind publicid.Kind, text string) (int64, bool) {
	if id, err := s.IDs.Open(kind, text); err == nil {
		return id, true
	}
	id, err := strconv.ParseInt(text, 10, 64)
	return id, err == nil && id > 0 && strconv.FormatInt(id, 10) == text
}

// transactionID opens the id in the path, or takes the deal's number. What is neither
// is answered like an id that names nothing.
func (s *Server) transactionID(c *gin.Context) (int64, error) {
	id, ok := s.either(publicid.Transaction, c.Param("id"))
	if !ok {
		return 0, process.NotFound()
	}
	return id, nil
}

func (n native) list(c *gin.Context, who caller) error {
	f, err := n.filter(c, who)
	if err != nil {
		return err
	}
	found, err := n.engine.List(c.Request.Context(), f, who.actor)
	if err != nil {
		return err
	}
	return n.sendPage(c, found, f.Limit, who)
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

const (
	defaultPage = 20
	maxPage     = 100
)

func (n native) filter(c *gin.Context, who caller) (orchestrator.Filter, error) {
	f := orchestrator.Filter{CommunityID: who.community()}
	query, err := parameters(c, "limit", "cursor", "process", "state", "party", "listing_id")
	if err != nil {
		return f, err
	}
	if f.Limit, f.Before, err = n.place(query); err != nil {
		return f, err
	}
	if f.Process = query["process"]; f.Process != "" && !slices.Contains(n.processes.Names(), f.Process) {
		return f, invalid("unknown_process", "process", "there is no process of this name; GET /v1/processes lists them")
	}
	if text, ok := query["listing_id"]; ok {
		if f.ListingID, ok = n.either(publicid.Listing, text); !ok {
			return f, invalid("invalid_listing_id", "listing_id", "listing_id must be a listing's id or its number, a whole number of 1 or more")
		}
	}
	if text, ok := query["state"]; ok {
		if f.State = process.State(text); !n.knowsState(f.State) {
			return f, invalid("unknown_state", "state", "no process has this state; GET /v1/processes lists them")
		}
	}
	f.Party = query["party"]
	if err := optionalUserID("party", &f.Party); err != nil {
		return f, err
	}
	if f.Party != "" && who.actor.Kind == process.User && f.Party != who.actor.ID {
		return f, fault.New(fault.Forbidden, "not_yourself", "a user may list only their own transactions")
	}
	return f, nil
}

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

func (n native) knowsState(s process.State) bool {
	return slices.ContainsFunc(n.processes.Names(), func(name string) bool {
		p, err := n.processes.Find(name)
		if err != nil {
			return false
		}
		_, known := p.StateInfo(s)
		return known
	})
}

// parameters reads the query. Unknown and repeated parameters are refused.
func parameters(c *gin.Context, known ...string) (map[string]string, error) {
	values := map[string]string{}
	for name, all := range c.Request.URL.Query() {
		switch {
		case !slices.Contains(known, name):
			return nil, invalid("unknown_parameter", "", "the query takes %v", known)
		case len(all) > 1:
			return nil, invalid("duplicate_parameter", name, "%s is there twice", name)
		}
		values[name] = all[0]
	}
	return values, nil
}
