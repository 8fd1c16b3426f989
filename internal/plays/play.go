// Package plays acts as a marketplace's backend, its users and the banks behind them, against a handsel dev that runs: it
// makes events, plays scenarios from the first step to the state that they end in, and fills a new world with samples. It does
// nothing that a user of the API or of an emulator's controls could not do.
package plays

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Call is one call of the API, or of an emulator.
type Call struct {
	Method, URL string
	Token       string // an API key, or a user's token
	Actor       string // the user for whom a backend calls
	Staff       string // the operator for whom it does
	Key         string // of idempotency
	Body        string // JSON
}

// Target is the handsel dev that a play is played at.
type Target struct {
	URL, Key string
	// Emulators are the origins of the emulators by gateway. Trustap's has the clock.
	Emulators map[string]string
	// Send makes a call and decodes its answer. A refusal has a method Refusal, with its status and code.
	Send func(ctx context.Context, c Call, answer any) error
	// Token signs a user of the exchange; nil: there is no secret for it.
	Token func(id, name string, operator bool) (string, error)
	// Run makes keys and users of this play its own. NewID draws the UUID of a user.
	Run   string
	NewID func() string
}

// Refusal is what an error of Send is where a server refused.
type Refusal interface {
	Refusal() (status int, code string)
}

// Happened is what a step did.
type Happened struct {
	Step  int    `json:"step" help:"Counts from 1."`
	What  string `json:"what" help:"In a sentence."`
	Deal  string `json:"transaction_id,omitempty" help:"The deal that it is about."`
	State string `json:"state,omitempty" help:"Where the deal stands after it."`
}

// step is one thing that somebody does, or that is waited for.
type step struct {
	what  string
	do    func(*play) error
	moves bool // the clock
}

// play is one that runs.
type play struct {
	Target
	ctx   context.Context
	after int64 // the newest event before it
	calls int
	deal  struct {
		ID          string        `json:"id"`
		RedirectURL string        `json:"redirect_url"`
		State       process.State `json:"state"`
		Payment     string        `json:"payment_id"`
		Operation   *string       `json:"operation"`
		Attention   string        `json:"attention"`
	}
	listing string
	dispute string
	traders [2]trader // the seller and the buyer of the exchange
	ad      int64
	order   int64
}

// begin notes where the log of events is.
func (t Target) begin(ctx context.Context) (*play, error) {
	p := &play{Target: t, ctx: ctx}
	var page eventPage
	err := p.get("/v1/events?from=now", &page)
	p.after = page.Next
	return p, err
}

// run takes the steps, and tells of each.
func (p *play) run(steps []step, tell func(Happened)) error {
	for i, s := range steps {
		if err := s.do(p); err != nil {
			return fmt.Errorf("step %d (%s): %w", i+1, s.what, err)
		}
		if err := p.look(); err != nil {
			return err
		}
		tell(Happened{i + 1, s.what, p.deal.ID, string(p.deal.State)})
	}
	return nil
}

// look reads where the deal stands.
func (p *play) look() error {
	if p.deal.ID == "" {
		return nil
	}
	redirect := p.deal.RedirectURL
	err := p.get("/v1/transactions/"+p.deal.ID, &p.deal)
	if p.deal.RedirectURL == "" {
		p.deal.RedirectURL = redirect // a page that is no longer needed can still be visited
	}
	return err
}

func (p *play) send(c Call, answer any) error {
	p.calls++
	if c.Token != "" && c.Key == "" && c.Method != http.MethodGet {
		c.Key = fmt.Sprintf("play-%s-%d", p.Run, p.calls)
	}
	return p.Send(p.ctx, c, answer)
}

func (p *play) get(path string, answer any) error {
	return p.send(Call{Method: http.MethodGet, URL: p.URL + path, Token: p.Key}, answer)
}

// post calls the native API for a user, or for the backend where there is none.
func (p *play) post(actor, path, body string, answer any) error {
	return p.send(Call{Method: http.MethodPost, URL: p.URL + path, Token: p.Key, Actor: actor, Body: body}, answer)
}

// steer calls a control of a gateway's emulator.
func (p *play) steer(gateway, method, path, body string) error {
	origin := p.Emulators[gateway]
	if origin == "" {
		return fmt.Errorf("the address of %s's emulator is not known; handsel dev --env-file writes it", gateway)
	}
	return p.send(Call{Method: method, URL: origin + "/_sandbox" + path, Body: body}, nil)
}

// made is how long what follows from a step may take: gateways' webhooks come between the two.
const made = 20 * time.Second

// await looks at the deal until it is as wanted. Between two looks it waits for an event of the deal, or for a second.
func (p *play) await(what string, is func() bool) error {
	ctx, cancel := context.WithTimeout(p.ctx, made)
	defer cancel()
	query := url.Values{"after": {strconv.FormatInt(p.after, 10)}, "wait": {"1"}, "transaction": {p.deal.ID}}
	for {
		if err := p.look(); err != nil {
			return err
		}
		if is() {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%s did not come within %s: the deal %s is %s", what, made, p.deal.ID, p.deal.State)
		}
		var page eventPage
		if err := p.get("/v1/events?"+query.Encode(), &page); err != nil {
			return err
		}
		query.Set("after", strconv.FormatInt(page.Next, 10))
	}
}

// refusedWith reports whether an error is a refusal with this code; an empty one is any.
func refusedWith(err error, code string) bool {
	r, ok := errors.AsType[interface {
		error
		Refusal
	}](err)
	if !ok {
		return false
	}
	_, got := r.Refusal()
	return code == "" || got == code
}

type eventPage struct {
	Items []events.Shown `json:"items"`
	Next  int64          `json:"next_after"`
	More  bool           `json:"has_more"`
}

// comes waits for an event of the deal, if there is one, that is newer than the play.
func (p *play) comes(want events.Type) (events.Shown, error) {
	query := url.Values{"after": {strconv.FormatInt(p.after, 10)}, "type": {string(want)}, "wait": {strconv.Itoa(int(made / time.Second))}, "limit": {"1"}}
	if p.deal.ID != "" {
		query.Set("transaction", p.deal.ID)
	}
	ctx, cancel := context.WithTimeout(p.ctx, made)
	defer cancel()
	for {
		var page eventPage
		if err := p.get("/v1/events?"+query.Encode(), &page); err != nil {
			return events.Shown{}, err
		}
		if len(page.Items) > 0 {
			return page.Items[0], nil
		}
		if !page.More && ctx.Err() != nil {
			return events.Shown{}, fmt.Errorf("%s did not come within %s; is this handsel dev?", want, made)
		}
		query.Set("after", strconv.FormatInt(page.Next, 10))
	}
}

// number is that of a payment whose id has words before it.
func number(payment string) string { return payment[strings.LastIndexAny(payment, ":/")+1:] }
