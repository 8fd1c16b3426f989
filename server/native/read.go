package native

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

func (n face) readRoutes() []web.Route {
	return []web.Route{
		{
			Method: http.MethodGet, Path: "/v1/transactions", Access: web.Reading,
			Summary: "List transactions, newest first", Query: []string{"limit", "cursor", "process", "state", "party", "listing_id", "external_reference", metadataNames, "updated_after"}, Answer: web.JSON[page[transactionOut]](),
			Serve: n.Backend(n.list),
		},
		{
			Method: http.MethodGet, Path: "/v1/transactions/{id}", Access: web.Reading,
			Summary: "Read a transaction", Answer: web.JSON[transactionOut](),
			Serve: n.Backend(n.read),
		},
	}
}

func (n face) read(c *gin.Context, who deal.Caller) error {
	id, err := n.transactionID(c)
	if err != nil {
		return err
	}
	tx, err := n.engine.Read(c.Request.Context(), who.Community(), id, who.Actor)
	if err != nil {
		return err
	}
	view := n.show(tx, who.Actor)
	said, err := n.engine.Sayings(c.Request.Context(), tx, who.Actor)
	if err != nil {
		return err
	}
	view.Said = showSayings(said)
	return web.Send(c, http.StatusOK, view)
}

func (n face) list(c *gin.Context, who deal.Caller) error {
	if c.Request.URL.Query().Has("updated_after") {
		return n.listChanged(c, who)
	}
	f, err := n.filter(c, who)
	if err != nil {
		return err
	}
	found, err := n.engine.List(c.Request.Context(), f, who.Actor)
	if err != nil {
		return err
	}
	return n.sendPage(c, found, f.Limit, who)
}

func (n face) filter(c *gin.Context, who deal.Caller) (orchestrator.Filter, error) {
	query, err := web.Parameters(c, "limit", "cursor", "process", "state", "party", "listing_id", "external_reference", metadataNames)
	if err != nil {
		return orchestrator.Filter{}, err
	}
	f, err := n.chosen(query, who)
	if err == nil {
		f.Limit, f.Before, err = n.place(query)
	}
	return f, err
}

// chosen reads which transactions are asked for.
func (n face) chosen(query map[string]string, who deal.Caller) (f orchestrator.Filter, err error) {
	f.CommunityID = who.Community()
	if f.Process = query["process"]; f.Process != "" && !slices.Contains(n.processes.Names(), f.Process) {
		return f, web.Invalid("unknown_process", "process", "unknown process; GET /v1/processes lists them")
	}
	if text, ok := query["listing_id"]; ok {
		if f.ListingID, ok = n.either(publicid.Listing, text); !ok {
			return f, web.Invalid("invalid_listing_id", "listing_id", "listing_id must be a listing's id or its number, a whole number of 1 or more")
		}
	}
	if text, ok := query["state"]; ok {
		if f.States, err = n.states(text); err != nil {
			return f, err
		}
	}
	if f.ExternalReference, f.Metadata, err = labelFilter(query, who); err != nil {
		return f, err
	}
	f.Party, err = partyOf(query, who)
	return f, err
}

// maxStates is how many states a list may be asked for at a time; our choice.
const maxStates = 20

// states reads one state or several, with commas between them.
func (n face) states(text string) ([]process.State, error) {
	names := strings.Split(text, ",")
	if len(names) > maxStates {
		return nil, web.Invalid("unknown_state", "state", "state may name at most %d states", maxStates)
	}
	all := make([]process.State, len(names))
	for i, name := range names {
		if all[i] = process.State(name); !n.knowsState(all[i]) {
			return nil, web.Invalid("unknown_state", "state", "unknown state %.64q; GET /v1/processes lists them", name)
		}
	}
	return all, nil
}

// partyOf is whose transactions are asked for.
func partyOf(query map[string]string, who deal.Caller) (string, error) {
	party := query["party"]
	if err := web.OptionalUserID("party", &party); err != nil {
		return "", err
	}
	if party != "" && who.Actor.Kind == process.User && party != who.Actor.ID {
		return "", fault.New(fault.Forbidden, "not_yourself", "a user may list only their own transactions")
	}
	return party, nil
}

func (n face) knowsState(s process.State) bool {
	return slices.ContainsFunc(n.processes.Names(), func(name string) bool {
		p, err := n.processes.Find(name)
		if err != nil {
			return false
		}
		_, known := p.StateInfo(s)
		return known
	})
}
