package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/handsel-dev/handsel/money"
)

type explainCommand struct {
	serverSetting        `embed:""`
	reading[explanation] `embed:""`
	As                   string `placeholder:"USER" help:"Say what this user may do; by default what the key may."`
	ID                   string `arg:"" help:"Id of the deal, txn_…, as the API shows it."`
}

// explanation is the part of GET /v1/transactions/{id}/explain that is shown.
type explanation struct {
	Summary     string           `json:"summary" help:"What is going on, in one sentence."`
	WaitingFor  waitingFor       `json:"waiting_for,omitzero" help:"Absent: nobody has to act."`
	NextTimer   nextTimer        `json:"next_timer,omitzero" help:"Absent: nothing happens automatically."`
	Money       []resting        `json:"money"`
	Options     []option         `json:"options"`
	Transaction explainedDeal    `json:"transaction"`
	Timers      []nextTimer      `json:"timers"`
	Accounts    []explainedLines `json:"accounts"`
}

type waitingFor struct {
	Role    string   `json:"role"`
	UserIDs []string `json:"user_ids"`
}

type nextTimer struct {
	Name string    `json:"name"`
	Due  time.Time `json:"due"`
	Then string    `json:"then,omitzero" help:"The transition; absent: it looks the payment up, or reminds somebody."`
}

type resting struct {
	Account string `json:"account" help:"In words."`
	Kind    string `json:"kind"`
	pieces
}

type option struct {
	Transition string   `json:"transition"`
	Allowed    bool     `json:"allowed"`
	Refusal    whyNot   `json:"refusal,omitzero" help:"Absent: it is allowed."`
	Moves      []moving `json:"moves,omitzero" help:"Absent: it is refused, or the input or the gateway decides."`
}

type whyNot struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

type moving struct {
	From string `json:"from"`
	To   string `json:"to"`
	pieces
}

// pieces are an amount as the API tells it.
type pieces struct {
	Amount   int64  `json:"amount" help:"In minor units."`
	Currency string `json:"currency"`
	Decimals int    `json:"decimals" help:"How many digits of the amount stand behind the point."`
}

// String is the amount in whole units.
func (p pieces) String() string { return money.Decimal(p.Amount, p.Decimals) + " " + p.Currency }

type explainedDeal struct {
	ID          string `json:"id"`
	State       string `json:"state"`
	RedirectURL string `json:"redirect_url,omitzero"`
}

type explainedLines struct {
	Account struct {
		Kind  string `json:"kind"`
		Owner string `json:"owner"`
	} `json:"account"`
	Balance struct {
		Amount   int64  `json:"amount"`
		Currency string `json:"currency"`
	} `json:"balance"`
}

// explain asks a server what is going on with a deal.
func (s serverSetting) explain(ctx context.Context, id, as string) (x explanation, err error) {
	q := request{method: http.MethodGet, url: s.at("/v1/transactions/" + url.PathEscape(id) + "/explain"), token: s.Key, actor: as}
	return x, q.send(ctx, "", &x)
}

// Run prints the sentence, and below it the money and what can be done.
func (c explainCommand) Run(env environment) error {
	if err := c.check(); err != nil {
		return err
	}
	x, err := c.explain(env, c.ID, c.As)
	if err != nil {
		return err
	}
	return c.show(env, func() error {
		fmt.Fprintln(env.out, x.Summary)
		w := tabwriter.NewWriter(env.out, 0, 0, 2, ' ', 0)
		if x.NextTimer.Name != "" {
			fmt.Fprintf(w, "next\t%s\t%s\t%s\n", x.NextTimer.Name, cmp.Or(x.NextTimer.Then, "-"), utc(x.NextTimer.Due))
		}
		for _, m := range x.Money {
			fmt.Fprintf(w, "money\t%s\t%s\n", m.Account, m.pieces)
		}
		for _, o := range x.Options {
			fmt.Fprintf(w, "option\t%s\t%s\n", o.Transition, o.row())
		}
		return w.Flush()
	}, x)
}

// row says whether a step can be taken, and what it moves.
func (o option) row() string {
	if !o.Allowed {
		return "refused: " + o.Refusal.Code
	}
	moves := make([]string, len(o.Moves))
	for i, m := range o.Moves {
		moves[i] = fmt.Sprintf("%s → %s %s", m.From, m.To, m.pieces)
	}
	return cmp.Or(strings.Join(moves, ", "), "allowed")
}
