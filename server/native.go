package server

import (
	"cmp"
	"context"
	"math"
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
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// transactions is what the native face asks of the engine.
type transactions interface {
	Create(ctx context.Context, in orchestrator.CreateInput) (orchestrator.Result, error)
	Do(ctx context.Context, in orchestrator.DoInput) (orchestrator.Result, error)
	DryRun(ctx context.Context, in orchestrator.DoInput) (orchestrator.Preview, error)
	Find(ctx context.Context, community, id int64, a process.Actor) (orchestrator.Transaction, error)
	List(ctx context.Context, f orchestrator.Filter, a process.Actor) ([]orchestrator.Transaction, error)
	Explain(ctx context.Context, community, id int64, a process.Actor) (orchestrator.Explanation, error)
	Timeline(ctx context.Context, community, id int64, a process.Actor) ([]orchestrator.LogEntry, error)
}

// books reads the ledger of a transaction.
type books interface {
	Entries(ctx context.Context, id int64) ([]orchestrator.PostedEntry, error)
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
	return []Route{
		{post, "/v1/transactions", Writing, KeyRequired, n.create},
		{get, "/v1/transactions", Reading, "", n.list},
		{get, "/v1/transactions/{id}", Reading, "", n.read},
		{post, "/v1/transactions/{id}/transitions", Writing, KeyRequired, n.transition},
		{post, "/v1/transactions/{id}/dry-run", Reading, "", n.dryRun},
		{get, "/v1/transactions/{id}/explain", Reading, "", n.explain},
		{get, "/v1/transactions/{id}/timeline", Reading, "", n.timeline},
		{get, "/v1/transactions/{id}/entries", Reading, "", n.entries},
		{get, "/v1/processes", Reading, "", n.listProcesses},
		{get, "/v1/community", Reading, "", n.community},
		{put, "/v1/users/{id}", Writing, "", n.saveUser},
	}
}

// newTransaction is the body of POST /v1/transactions.
type newTransaction struct {
	Process    string `json:"process"`
	Gateway    string `json:"gateway"`
	Transition string `json:"transition"`
	StarterID  string `json:"starter_id"`
	AuthorID   string `json:"author_id"`
	BuyerID    string `json:"buyer_id"`
	SellerID   string `json:"seller_id"`
	Listing    *struct {
		ID    *int64 `json:"id"`
		Title string `json:"title"`
	} `json:"listing"`
	UnitPrice        *moneyIn          `json:"unit_price"`
	Quantity         *int64            `json:"quantity"`
	ConfirmAfterDays *int64            `json:"confirm_after_days"`
	Input            map[string]string `json:"input"`
}

func (t newTransaction) check() (price money.Amount, err error) {
	if err := cmp.Or(text("process", t.Process, maxName), text("gateway", t.Gateway, maxName),
		userID("starter_id", t.StarterID), optionalUserID("author_id", t.AuthorID),
		optionalUserID("buyer_id", t.BuyerID), optionalUserID("seller_id", t.SellerID),
		required("listing", t.Listing != nil)); err != nil {
		return price, err
	}
	if err := cmp.Or(text("listing.title", t.Listing.Title, maxTitle),
		optionalWhole("listing.id", t.Listing.ID, 1, math.MaxInt64, "invalid_listing_id"),
		optionalWhole("quantity", t.Quantity, 1, maxQuantity, "invalid_quantity"),
		optionalWhole("confirm_after_days", t.ConfirmAfterDays, 0, maxDays, "invalid_confirm_after_days"),
		checkTransition(t.Transition, t.Input)); err != nil {
		return price, err
	}
	return t.UnitPrice.amount("unit_price")
}

func checkTransition(name string, input map[string]string) error {
	if len(name) > maxName {
		return invalid("too_long", "transition", "transition may have at most %d characters", maxName)
	}
	for key, value := range input {
		if len(key) > maxName || len(value) > maxText {
			return invalid("too_long", "input", "a name in input may have at most %d bytes, a value %d", maxName, maxText)
		}
		if strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
			return invalid("invalid_text", "input", "a value in input must not hold control characters")
		}
	}
	return nil
}

func (n native) create(c *gin.Context, who caller) error {
	var t newTransaction
	body, err := n.readJSON(c, inFreeText, &t)
	if err != nil {
		return err
	}
	price, err := t.check()
	if err != nil {
		return err
	}
	in := orchestrator.CreateInput{
		CommunityID: who.community(), Process: t.Process, Gateway: t.Gateway, Transition: process.Transition(t.Transition),
		Actor: who.actor, Starter: t.StarterID, Author: t.AuthorID, Buyer: t.BuyerID, Seller: t.SellerID,
		ListingID: value(t.Listing.ID), Title: t.Listing.Title, UnitPrice: price, Quantity: value(t.Quantity),
		Input: t.Input, RequestID: requestID(c),
	}
	if t.ConfirmAfterDays != nil {
		days := int(*t.ConfirmAfterDays)
		in.ConfirmAfterDays = &days
	}
	return n.once(c, n.command(who, http.StatusCreated, body, func(k *orchestrator.Key) (orchestrator.Result, error) {
		in.Key = k
		return n.engine.Create(c.Request.Context(), in)
	}))
}

// value is the number, or 0 when it was left out.
func value(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

func (n native) command(who caller, status int, body []byte, run func(*orchestrator.Key) (orchestrator.Result, error)) command {
	return command{
		who: who, body: body, status: status, run: run,
		id:   func(id int64) any { return n.IDs.Seal(publicid.Transaction, id) },
		view: func(tx orchestrator.Transaction) any { return n.show(tx, who.actor) },
	}
}

// wantedTransition is the body of POST /v1/transactions/{id}/transitions and of
// the dry run.
type wantedTransition struct {
	Transition string            `json:"transition"`
	Input      map[string]string `json:"input"`
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
		Actor: who.actor, Input: w.Input, RequestID: requestID(c),
	}
	return in, body, cmp.Or(text("transition", w.Transition, maxName), checkTransition(w.Transition, w.Input))
}

func (n native) transition(c *gin.Context, who caller) error {
	in, body, err := n.wanted(c, who)
	if err != nil {
		return err
	}
	return n.once(c, n.command(who, http.StatusOK, body, func(k *orchestrator.Key) (orchestrator.Result, error) {
		in.Key = k
		return n.engine.Do(c.Request.Context(), in)
	}))
}

// dryRun answers what a transition would do. It changes nothing, so it needs no
// idempotency key and only the scope read.
func (n native) dryRun(c *gin.Context, who caller) error {
	in, _, err := n.wanted(c, who)
	if err != nil {
		return err
	}
	preview, err := n.engine.DryRun(c.Request.Context(), in)
	if err != nil {
		return err
	}
	return send(c, http.StatusOK, showPreview(preview))
}

func (n native) read(c *gin.Context, who caller) error {
	id, err := n.transactionID(c)
	if err != nil {
		return err
	}
	tx, err := n.engine.Find(c.Request.Context(), who.community(), id, who.actor)
	if err != nil {
		return err
	}
	return send(c, http.StatusOK, n.show(tx, who.actor))
}

// transactionID opens the id in the path. What is no id of ours is answered like
// an id that names nothing.
func (s *Server) transactionID(c *gin.Context) (int64, error) {
	id, err := s.IDs.Open(publicid.Transaction, c.Param("id"))
	if err != nil {
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
	page := struct {
		Items      []transactionOut `json:"items"`
		NextCursor *string          `json:"next_cursor"`
	}{Items: make([]transactionOut, len(found))}
	for i, tx := range found {
		page.Items[i] = n.show(tx, who.actor)
	}
	if len(found) == f.Limit {
		next := n.IDs.Seal(publicid.Cursor, found[len(found)-1].ID)
		page.NextCursor = &next
	}
	return send(c, http.StatusOK, page)
}

const (
	defaultPage = 20
	maxPage     = 100
)

func (n native) filter(c *gin.Context, who caller) (orchestrator.Filter, error) {
	f := orchestrator.Filter{CommunityID: who.community(), Limit: defaultPage}
	query, err := parameters(c, "limit", "cursor", "state", "party")
	if err != nil {
		return f, err
	}
	if text, ok := query["limit"]; ok {
		if f.Limit, err = strconv.Atoi(text); err != nil || f.Limit < 1 || f.Limit > maxPage {
			return f, invalid("invalid_limit", "limit", "limit must lie between 1 and %d", maxPage)
		}
	}
	if text, ok := query["cursor"]; ok {
		if f.Before, err = n.IDs.Open(publicid.Cursor, text); err != nil {
			return f, invalid("invalid_cursor", "cursor", "cursor must be the next_cursor of an earlier answer")
		}
	}
	if text, ok := query["state"]; ok {
		if f.State = process.State(text); !n.knowsState(f.State) {
			return f, invalid("unknown_state", "state", "no process has this state; GET /v1/processes lists them")
		}
	}
	if f.Party = query["party"]; f.Party != "" && who.actor.Kind == process.User && f.Party != who.actor.ID {
		return f, fault.New(fault.Forbidden, "not_yourself", "a user may list only their own transactions")
	}
	return f, optionalUserID("party", f.Party)
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
