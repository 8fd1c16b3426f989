package deal

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/web"
)

// PreviewOut is the answer to a dry run, on every face: what would happen if
// gateways agree, or why nothing would.
type PreviewOut struct {
	DryRun       bool         `json:"dry_run"` // true: nothing was changed
	Allowed      bool         `json:"allowed"`
	Refusal      *web.Problem `json:"refusal"` // what the request would be answered
	Transition   string       `json:"transition"`
	From         *string      `json:"from"` // null: the deal would be opened
	To           *string      `json:"to"`   // null: it is refused
	Money        []wouldPost  `json:"money"`
	Fees         []wouldCost  `json:"fees"`
	GatewayCalls []wouldAsk   `json:"gateway_calls"`
	Timers       []wouldWait  `json:"timers"`
	Events       []string     `json:"events"`
	Verb         *string      `json:"verb"` // the first of gateway_calls
	Moves        []moveOut    `json:"moves"`
	SecondPerson bool         `json:"second_person"` // true: nothing of it happens until another operator approves
}

// wouldPost is a posting: minor units, below zero for what leaves the account.
type wouldPost struct {
	Account  string `json:"account"` // "kind:owner"; a new deal's own is "escrow:new"
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// wouldCost is a fee of the deal, in minor units; null where the gateway tells it
// only once the payment is opened.
type wouldCost struct {
	Code     string `json:"code"`
	For      string `json:"for"` // payer or payee
	Amount   *int64 `json:"amount"`
	Currency string `json:"currency"`
	By       string `json:"by"` // who charges it
}

type wouldAsk struct {
	Gateway string `json:"gateway"`
	Verb    string `json:"verb"`
}

type wouldWait struct {
	Name string    `json:"name"`
	Due  time.Time `json:"due"`
}

type moveOut struct {
	From   string   `json:"from"`
	To     string   `json:"to"`
	Amount MoneyOut `json:"amount"`
}

// Words are how a face calls what is in a preview.
type Words struct {
	State func(orchestrator.Transaction, process.State) string
	ID    func(transaction int64) string
}

// PlainWords are those of a face that shows states and numbers as they are.
func PlainWords() Words {
	return Words{
		State: func(_ orchestrator.Transaction, s process.State) string { return string(s) },
		ID:    func(id int64) string { return strconv.FormatInt(id, 10) },
	}
}

// Foresee answers a dry run with its preview, or with the refusal that the request
// would get. What is no refusal of the rules is answered as always: a deal that the
// caller may not see, and failures.
func (k *Kit) Foresee(c *gin.Context, w Words, v orchestrator.Preview, err error) error {
	var refusal *fault.Error
	if err != nil {
		if refusal = fault.As(err); !refuses(refusal) {
			return err
		}
	}
	return web.Send(c, http.StatusOK, k.showPreview(c, w, v, refusal))
}

// refuses tells the refusals of rules from failures.
func refuses(f *fault.Error) bool {
	switch f.Code {
	case fault.Invalid, fault.Forbidden, fault.Conflict, fault.Declined:
		return true
	}
	return false
}

func (k *Kit) showPreview(c *gin.Context, w Words, v orchestrator.Preview, refusal *fault.Error) PreviewOut {
	out := PreviewOut{
		DryRun: true, Allowed: refusal == nil, Transition: string(v.Transition),
		Money: []wouldPost{}, Fees: []wouldCost{}, GatewayCalls: []wouldAsk{}, Timers: []wouldWait{}, Events: []string{}, Moves: []moveOut{},
	}
	if v.From != "" {
		out.From = web.OptionalText(w.State(v.Transaction, v.From))
	}
	if refusal != nil {
		p := web.ProblemOf(refusal, web.RequestID(c))
		out.Refusal = &p
		return out
	}
	out.To, out.SecondPerson = web.OptionalText(w.State(v.Transaction, v.To)), v.SecondPerson
	for _, entry := range v.Entries {
		for _, posting := range entry.Postings {
			out.Money = append(out.Money, wouldPost{w.account(posting.Account, v.Transaction.ID), posting.Amount.Minor(), string(posting.Amount.Currency())})
		}
	}
	out.Fees = k.wouldCost(v.Transaction)
	for _, call := range v.Calls {
		out.GatewayCalls = append(out.GatewayCalls, wouldAsk{call.Gateway, string(call.Verb)})
	}
	if len(v.Calls) > 0 {
		out.Verb = web.OptionalText(string(v.Calls[0].Verb))
	}
	for _, t := range v.Timers {
		out.Timers = append(out.Timers, wouldWait{string(t.Name), t.Due.UTC()})
	}
	for _, e := range v.Events {
		out.Events = append(out.Events, e.Type)
	}
	for _, m := range v.Moves {
		out.Moves = append(out.Moves, moveOut{string(m.From), string(m.To), ShowMoney(m.Amount)})
	}
	return out
}

// account names an account; one that belongs to the deal by the deal's id.
func (w Words) account(a ledger.Account, transaction int64) string {
	if a.Kind != ledger.Escrow && a.Kind != ledger.Authorized {
		return a.String()
	}
	owner := "new"
	if transaction != 0 {
		owner = w.ID(transaction)
	}
	return string(a.Kind) + ":" + owner
}

// wouldCost lists the fees of a deal as they would be.
func (k *Kit) wouldCost(tx orchestrator.Transaction) []wouldCost {
	unit := string(tx.Price.Currency())
	if k.Engine.FeesOpen(tx) {
		return []wouldCost{
			{string(pricing.BuyerFee), string(pricing.Payer), nil, unit, tx.FeesBy}, {string(pricing.SellerCommission), string(pricing.Payee), nil, unit, tx.FeesBy},
		}
	}
	fees := []wouldCost{}
	if fee := tx.BuyerFee; fee != 0 {
		fees = append(fees, wouldCost{string(pricing.BuyerFee), string(pricing.Payer), &fee, unit, tx.FeesBy})
	}
	if fee := tx.SellerFee; fee != 0 {
		fees = append(fees, wouldCost{string(pricing.SellerCommission), string(pricing.Payee), &fee, unit, tx.FeesBy})
	}
	return fees
}
