package native

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

func (n face) transitionRoutes() []web.Route {
	return []web.Route{
		{
			Method: http.MethodPost, Path: "/v1/transactions/{id}/transitions", Access: web.Writing, Keying: web.KeyRequired,
			Name: "transactions.take", Summary: "Take a transition", Dry: true, Body: web.JSON[wantedTransition](), Answer: web.JSON[transactionOut](),
			Serve: n.Backend(n.transition),
		},
		{
			Method: http.MethodPost, Path: "/v1/transactions/{id}/dry-run", Access: web.Reading, Repeats: web.ChangesNothing,
			Summary: "Ask what a transition would do", Body: web.JSON[wantedTransition](), Answer: web.JSON[deal.PreviewOut](),
			Serve: n.Backend(n.dryRun),
		},
		{
			Method: http.MethodPost, Path: "/v1/transactions/{id}/refresh", Access: web.Reading, Repeats: web.LooksOnly,
			Summary: "Look the transaction up at its gateway now, and read it", Answer: web.JSON[transactionOut](),
			Serve: n.Backend(n.refresh),
		},
	}
}

// wantedTransition is the body of POST /v1/transactions/{id}/transitions and of
// the dry run.
type wantedTransition struct {
	Transition string      `json:"transition" required:"true"`
	Input      typedInputs `json:"input"`
}

func (n face) wanted(c *gin.Context, who deal.Caller) (orchestrator.DoInput, []byte, error) {
	id, err := n.transactionID(c)
	if err != nil {
		return orchestrator.DoInput{}, nil, err
	}
	var w wantedTransition
	body, err := n.ReadJSON(c, web.InFreeText, &w)
	if err != nil {
		return orchestrator.DoInput{}, nil, err
	}
	in := orchestrator.DoInput{
		CommunityID: who.Community(), TransactionID: id, Transition: process.Transition(w.Transition),
		Actor: who.Actor, Input: w.Input.texts(), RequestID: web.RequestID(c), Only: n.notTraded,
	}
	return in, body, fault.All(web.Text("transition", w.Transition, web.MaxName), web.StepInput(w.Transition, w.Input.texts()), n.inCurrency(c, in, w.Input))
}

// inCurrency checks amounts of an input that name their currency.
func (n face) inCurrency(c *gin.Context, in orchestrator.DoInput, input typedInputs) error {
	if !input.priced() {
		return nil
	}
	tx, err := n.engine.Find(c.Request.Context(), in.CommunityID, in.TransactionID, in.Actor)
	if err != nil {
		return err
	}
	return input.in(tx.Price.Currency())
}

func (n face) transition(c *gin.Context, who deal.Caller) error {
	in, body, err := n.wanted(c, who)
	if err != nil {
		return err
	}
	if who.DryRun {
		return n.foreseen(c, in)
	}
	cmd := n.command(who, http.StatusOK, body)
	cmd.Run = func(k *orchestrator.Key) (orchestrator.Result, error) {
		in.Key = k
		return n.engine.Do(c.Request.Context(), in)
	}
	return n.Once(c, cmd)
}

const openedByExchange = "opened_by_exchange"

// notTraded refuses a deal of the exchange. The exchange knows rules that the
// process does not: which operator decides, and what is kept of that.
func (n face) notTraded(tx orchestrator.Transaction) error {
	if p, err := n.processes.Find(tx.Process); err != nil || p.Exchange {
		return fault.New(fault.Conflict, openedByExchange, "this is an order of the exchange; it is changed through the exchange's routes")
	}
	return nil
}

// foreseen answers what a transition would do. An order of the exchange has none here.
func (n face) foreseen(c *gin.Context, in orchestrator.DoInput) error {
	preview, err := n.engine.DryRun(c.Request.Context(), in)
	if fault.ReasonOf(err) == openedByExchange {
		return err
	}
	return n.Foresee(c, n.words(), preview, err)
}

// dryRun answers what a transition would do. It changes nothing, so it needs no
// idempotency key and only the scope read.
func (n face) dryRun(c *gin.Context, who deal.Caller) error {
	in, _, err := n.wanted(c, who)
	if err != nil {
		return err
	}
	return n.foreseen(c, in)
}

// refresh looks the transaction up at its gateway now.
func (n face) refresh(c *gin.Context, who deal.Caller) error {
	id, err := n.transactionID(c)
	if err != nil {
		return err
	}
	tx, err := n.engine.Refresh(c.Request.Context(), who.Community(), id, who.Actor)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, n.show(tx, who.Actor))
}
