package native

import (
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/money"
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
	Summary     string         `json:"summary"`
	WaitingFor  *waitingOut    `json:"waiting_for"` // null: nobody has to act
	NextTimer   *timerOut      `json:"next_timer"`  // null: nothing happens automatically
	Money       []restingOut   `json:"money"`
	Transaction transactionOut `json:"transaction"`
	Label       string         `json:"label"`
	Terminal    bool           `json:"terminal"`
	OpenEnded   *string        `json:"open_ended"` // why it may wait without a timer
	Options     []optionOut    `json:"options"`
	Timers      []timerOut     `json:"timers"`
	Operation   *operationOut  `json:"operation"`
	Accounts    []balanceOut   `json:"accounts"`
}

// waitingOut is who has to act: "gateway" and "timer" are no people.
type waitingOut struct {
	Role    string   `json:"role"`
	UserIDs []string `json:"user_ids"`
}

// restingOut is money on an account; there is none for an account that is empty again.
type restingOut struct {
	Account  string `json:"account"`
	Kind     string `json:"kind"`
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
	Decimals int    `json:"decimals"`
}

// movingOut is what a step moves between two places, as the dry run shows it.
type movingOut struct {
	From     string `json:"from"`
	To       string `json:"to"`
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
	Decimals int    `json:"decimals"`
}

type optionOut struct {
	Transition string       `json:"transition"`
	By         []string     `json:"by"`
	Input      []inputOut   `json:"input"`
	MovesMoney bool         `json:"moves_money"`
	Allowed    bool         `json:"allowed"`
	Refusal    *refusalOut  `json:"refusal"`
	Moves      *[]movingOut `json:"moves"` // null: only known once the input or the gateway says it
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
		Summary: x.Summary, WaitingFor: showWaits(x.Waits), NextTimer: showNext(x), Money: []restingOut{},
		Transaction: n.show(x.Transaction, a), Label: x.Label, Terminal: x.Terminal, OpenEnded: web.OptionalText(x.OpenEnded),
		Options: make([]optionOut, len(x.Options)), Timers: make([]timerOut, len(x.Timers)), Accounts: make([]balanceOut, len(x.Accounts)),
	}
	v.Transaction.Said = showSayings(x.Said)
	for i, o := range x.Options {
		v.Options[i] = n.showOption(o)
	}
	for i, t := range x.Timers {
		v.Timers[i] = showTimer(t)
	}
	for i, b := range x.Accounts {
		v.Accounts[i] = balanceOut{n.showAccount(b.Account, x.Transaction.ID), deal.MoneyOut{Amount: b.Minor, Currency: b.Currency}}
		if b.Minor != 0 {
			v.Money = append(v.Money, restingOut{b.Account.Words(b.Minor), string(b.Account.Kind), b.Minor, b.Currency, n.decimals(money.Currency(b.Currency))})
		}
	}
	if i := x.Operation; i != nil {
		v.Operation = &operationOut{string(i.Transition), string(i.Verb), i.Attempt, web.OptionalText(string(i.Code)), i.CreatedAt.UTC()}
	}
	return v
}

func showTimer(t orchestrator.ScheduledTimer) timerOut {
	return timerOut{string(t.Name), t.Due.UTC(), web.OptionalText(string(t.Then))}
}

// showNext is the timer that the summary speaks of.
func showNext(x orchestrator.Explanation) *timerOut {
	for _, t := range x.Timers {
		if x.Next != nil && t.Name == x.Next.Name && t.State == x.Transaction.State {
			return new(showTimer(t))
		}
	}
	return nil
}

func showWaits(w process.Waits) *waitingOut {
	if w.Role == "" {
		return nil
	}
	return &waitingOut{string(w.Role), slices.Concat([]string{}, w.Users)}
}

func (n face) showOption(o process.Option) optionOut {
	v := optionOut{Transition: string(o.Transition), By: names(o.By), Input: showInput(o.Input), MovesMoney: o.MovesMoney, Allowed: o.Refusal == nil}
	if o.Refusal != nil {
		v.Refusal = &refusalOut{string(o.Refusal.Reason), o.Refusal.Message}
	}
	if o.Moves != nil {
		v.Moves = new(n.showMoving(o.Moves))
	}
	return v
}

// decimals are those of a currency or an asset.
func (n face) decimals(c money.Currency) int {
	scale, _ := n.Assets.Scale(c)
	return scale
}

func (n face) showMoving(moves []process.Move) []movingOut {
	v := make([]movingOut, len(moves))
	for i, m := range moves {
		v[i] = movingOut{string(m.From), string(m.To), m.Amount.Minor(), string(m.Amount.Currency()), n.decimals(m.Amount.Currency())}
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
