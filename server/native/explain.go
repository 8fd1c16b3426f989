package native

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

func (n face) explainRoutes() []web.Route {
	return []web.Route{
		{
			Method: http.MethodGet, Path: "/v1/transactions/{id}/explain", Access: web.Reading,
			Name: "transactions.explain", Summary: "Explain what can happen next, and why not", Answer: web.JSON[explanationOut](),
			Serve: n.Backend(n.explain),
		},
		{
			Method: http.MethodGet, Path: "/v1/transactions/{id}/timeline", Access: web.Reading,
			Summary: "Read the history", Answer: web.JSON[collection[logOut]](),
			Serve: n.Backend(n.timeline),
		},
		{
			Method: http.MethodGet, Path: "/v1/transactions/{id}/entries", Access: web.Reading,
			Summary: "Read the ledger entries", Answer: web.JSON[collection[entryOut]](),
			Serve: n.Backend(n.entries),
		},
	}
}

type explanationOut struct {
	Transaction transactionOut `json:"transaction"`
	Label       string         `json:"label"`
	Terminal    bool           `json:"terminal"`
	OpenEnded   *string        `json:"open_ended"` // why it may wait without a timer
	Options     []optionOut    `json:"options"`
	Timers      []timerOut     `json:"timers"`
	Operation   *operationOut  `json:"operation"`
	Accounts    []balanceOut   `json:"accounts"`
}

type optionOut struct {
	Transition string      `json:"transition"`
	By         []string    `json:"by"`
	Input      []inputOut  `json:"input"`
	MovesMoney bool        `json:"moves_money"`
	Allowed    bool        `json:"allowed"`
	Refusal    *refusalOut `json:"refusal"`
}

type inputOut struct {
	Name     string `json:"name"`
	Required bool   `json:"required"`
}

type refusalOut struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

type timerOut struct {
	Name string    `json:"name"`
	Due  time.Time `json:"due"`
	Then *string   `json:"then"` // null: the payment is looked up at the gateway
}

type operationOut struct {
	Transition string    `json:"transition"`
	Verb       string    `json:"verb"`
	Attempt    int       `json:"attempt"`
	Code       *string   `json:"code"`
	Since      time.Time `json:"since"`
}

type balanceOut struct {
	Account accountOut    `json:"account"`
	Balance deal.MoneyOut `json:"balance"`
}

type accountOut struct {
	Kind  string `json:"kind"`
	Owner string `json:"owner"`
}

func (n face) explain(c *gin.Context, who deal.Caller) error {
	id, err := n.transactionID(c)
	if err != nil {
		return err
	}
	x, err := n.engine.Explain(c.Request.Context(), who.Community(), id, who.Actor)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, n.showExplanation(x, who.Actor))
}

func (n face) showExplanation(x orchestrator.Explanation, a process.Actor) explanationOut {
	v := explanationOut{
		Transaction: n.show(x.Transaction, a), Label: x.Label, Terminal: x.Terminal, OpenEnded: web.OptionalText(x.OpenEnded),
		Options: make([]optionOut, len(x.Options)), Timers: make([]timerOut, len(x.Timers)), Accounts: make([]balanceOut, len(x.Accounts)),
	}
	v.Transaction.Said = showSayings(x.Said)
	for i, o := range x.Options {
		v.Options[i] = showOption(o)
	}
	for i, t := range x.Timers {
		v.Timers[i] = timerOut{string(t.Name), t.Due.UTC(), web.OptionalText(string(t.Then))}
	}
	for i, b := range x.Accounts {
		v.Accounts[i] = balanceOut{n.showAccount(b.Account, x.Transaction.ID), deal.MoneyOut{Amount: b.Minor, Currency: b.Currency}}
	}
	if i := x.Operation; i != nil {
		v.Operation = &operationOut{string(i.Transition), string(i.Verb), i.Attempt, web.OptionalText(string(i.Code)), i.CreatedAt.UTC()}
	}
	return v
}

func showOption(o process.Option) optionOut {
	v := optionOut{Transition: string(o.Transition), By: names(o.By), Input: showInput(o.Input), MovesMoney: o.MovesMoney, Allowed: o.Refusal == nil}
	if o.Refusal != nil {
		v.Refusal = &refusalOut{string(o.Refusal.Reason), o.Refusal.Message}
	}
	return v
}

func showInput(input []process.Input) []inputOut {
	v := make([]inputOut, len(input))
	for i, in := range input {
		v[i] = inputOut{in.Name, in.Required}
	}
	return v
}

func names[T ~string](values []T) []string {
	v := make([]string, len(values))
	for i, s := range values {
		v[i] = string(s)
	}
	return v
}

// showAccount names an account; one that belongs to the transaction by its public id.
func (n face) showAccount(a ledger.Account, transaction int64) accountOut {
	if a.Kind == ledger.Escrow || a.Kind == ledger.Authorized {
		return accountOut{string(a.Kind), n.IDs.Seal(publicid.Transaction, transaction)}
	}
	return accountOut{string(a.Kind), a.Owner}
}

type logOut struct {
	Revision   int64             `json:"revision"`
	Transition string            `json:"transition"`
	From       *string           `json:"from"`
	To         string            `json:"to"`
	Actor      string            `json:"actor"`
	RequestID  *string           `json:"request_id"`
	Note       *string           `json:"note"`
	At         time.Time         `json:"at"`
	Said       map[string]string `json:"said,omitempty"` // by the actor: a reason, a complaint, a tracking code
}

func (n face) timeline(c *gin.Context, who deal.Caller) error {
	id, err := n.transactionID(c)
	if err != nil {
		return err
	}
	log, err := n.engine.Timeline(c.Request.Context(), who.Community(), id, who.Actor)
	if err != nil {
		return err
	}
	items := make([]logOut, len(log))
	for i, l := range log {
		items[i] = logOut{
			l.Revision, string(l.Transition), web.OptionalText(string(l.From)), string(l.To),
			l.Actor, web.OptionalText(l.RequestID), web.OptionalText(l.Note), l.At.UTC(), l.Said,
		}
	}
	return web.Send(c, http.StatusOK, collection[logOut]{items})
}

type entryOut struct {
	Revision int64        `json:"revision"`
	Kind     string       `json:"kind"`
	Reverses *string      `json:"reverses"`
	At       time.Time    `json:"at"`
	Postings []postingOut `json:"postings"`
}

type postingOut struct {
	Account accountOut    `json:"account"`
	Amount  deal.MoneyOut `json:"amount"`
}

func (n face) entries(c *gin.Context, who deal.Caller) error {
	id, err := n.transactionID(c)
	if err != nil {
		return err
	}
	if _, err := n.engine.Find(c.Request.Context(), who.Community(), id, who.Actor); err != nil {
		return err
	}
	posted, err := n.books.Entries(c.Request.Context(), id)
	if err != nil {
		return err
	}
	items := make([]entryOut, len(posted))
	for i, e := range posted {
		items[i] = entryOut{e.Revision, e.Kind, web.OptionalText(e.Reverses), e.At.UTC(), make([]postingOut, len(e.Postings))}
		for j, p := range e.Postings {
			items[i].Postings[j] = postingOut{n.showAccount(p.Account, id), deal.ShowMoney(p.Amount)}
		}
	}
	return web.Send(c, http.StatusOK, collection[entryOut]{items})
}
