package server

import (
	"cmp"
	"net/http"
	"strings"
	"unicode"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

func (n native) transitionRoutes() []Route {
	return []Route{
		{
			Method: http.MethodPost, Path: "/v1/transactions/{id}/transitions", Access: Writing, Keying: KeyRequired,
			Summary: "Take a transition", Dry: true, Body: is[wantedTransition](), Answer: is[transactionOut](),
			Serve: n.Backend(n.transition),
		},
		{
			Method: http.MethodPost, Path: "/v1/transactions/{id}/dry-run", Access: Reading,
			Summary: "Ask what a transition would do", Body: is[wantedTransition](), Answer: is[previewOut](),
			Serve: n.Backend(n.dryRun),
		},
		{
			Method: http.MethodPost, Path: "/v1/transactions/{id}/refresh", Access: Reading,
			Summary: "Look the transaction up at its gateway now, and read it", Answer: is[transactionOut](),
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
	if who.dryRun {
		return n.foreseen(c, in)
	}
	cmd := n.command(who, http.StatusOK, body)
	cmd.run = func(k *orchestrator.Key) (orchestrator.Result, error) {
		in.Key = k
		return n.engine.Do(c.Request.Context(), in)
	}
	return n.once(c, cmd)
}

const openedByExchange = "opened_by_exchange"

// notTraded refuses a deal of the exchange. The exchange knows rules that the
// process does not: which operator decides, and what is kept of that.
func notTraded(tx orchestrator.Transaction) error {
	if tx.SellerPays {
		return fault.New(fault.Conflict, openedByExchange, "this is an order of the exchange; it is changed through the exchange's routes")
	}
	return nil
}

// foreseen answers what a transition would do. An order of the exchange has none here.
func (n native) foreseen(c *gin.Context, in orchestrator.DoInput) error {
	preview, err := n.engine.DryRun(c.Request.Context(), in)
	if fault.ReasonOf(err) == openedByExchange {
		return err
	}
	return n.foresee(c, n.words(), preview, err)
}

// dryRun answers what a transition would do. It changes nothing, so it needs no
// idempotency key and only the scope read.
func (n native) dryRun(c *gin.Context, who caller) error {
	in, _, err := n.wanted(c, who)
	if err != nil {
		return err
	}
	return n.foreseen(c, in)
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

// refresh looks the transaction up at its gateway now.
func (n native) refresh(c *gin.Context, who caller) error {
	id, err := n.transactionID(c)
	if err != nil {
		return err
	}
	tx, err := n.engine.Refresh(c.Request.Context(), who.community(), id, who.actor)
	if err != nil {
		return err
	}
	return send(c, http.StatusOK, n.show(tx, who.actor))
}
