package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/notices/events"
)

type triggerCommand struct {
	serverSetting `embed:""`
	JWTSecret     string `name:"jwt-secret" env:"HANDSEL_JWT_SECRET" placeholder:"SECRET" help:"Of handsel dev, for what users of the exchange do."`
	Name          string `arg:"" optional:"" names:"plays" help:"transaction.paid"`
}

// trigger is an event with the steps that make it.
type trigger struct {
	event events.Type
	steps []step
}

// step is one call, or a few, of a play.
type step func(*triggerPlay) error

// triggers are all plays. None moves the clock: what the developer has open besides goes on undisturbed.
func triggers() []trigger { return append(dealTriggers(), marketTriggers()...) }

// Run plays, or lists the plays.
func (c triggerCommand) Run(env environment) error {
	if c.Name == "" {
		return listTriggers(env)
	}
	for _, t := range triggers() {
		if string(t.event) == c.Name {
			return c.play(env, t)
		}
	}
	return fmt.Errorf("nothing is there to play for %.64q%s; handsel trigger lists what is", c.Name, didYouMean(c.Name, playNames()))
}

// playNames are the events that can be played.
func playNames() []string {
	var names []string
	for _, t := range triggers() {
		names = append(names, string(t.event))
	}
	return names
}

func listTriggers(env environment) error {
	w := tabwriter.NewWriter(env.out, 0, 0, 2, ' ', 0)
	for _, t := range triggers() {
		k, _ := events.Find(t.event)
		fmt.Fprintf(w, "%s\t%s\n", t.event, k.Means)
	}
	return w.Flush()
}

func (c triggerCommand) play(env environment, t trigger) error {
	if err := c.serverSetting.check(); err != nil {
		return err
	}
	if apikey.ModeOf(c.Key) != apikey.Test {
		return errors.New("a play opens deals; use the key of handsel dev, which begins with hsk_test_")
	}
	after, err := c.lastEvent(env)
	if err != nil {
		return err
	}
	p := &triggerPlay{triggerCommand: c, env: env, after: after, run: rand.Text()}
	for _, do := range t.steps {
		if err := do(p); err != nil {
			return err
		}
	}
	e, err := p.await(t.event)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.out, "%s  %s  sequence %d\n", e.Type, e.ID, e.Sequence)
	return err
}

// triggerPlay acts as a marketplace's backend, and for its users.
type triggerPlay struct {
	triggerCommand
	env   environment
	after int64  // the newest event before the play
	run   string // makes keys and users of this play its own
	calls int
	deal  struct {
		ID          string `json:"id"`
		RedirectURL string `json:"redirect_url"`
	}
	listing string
	traders [2]trader // the seller and the buyer of the exchange
	ad      int64
	order   int64
}

// do calls the native API for a user, or for the backend where there is none.
func (p *triggerPlay) do(actor, path, body string, answer any) error {
	return p.send(request{method: "POST", url: p.at(path), token: p.Key, actor: actor, body: body}, answer)
}

func (p *triggerPlay) send(q request, answer any) error {
	p.calls++
	return q.send(p.env, fmt.Sprintf("trigger-%s-%d", p.run, p.calls), answer)
}

// made is how long an event may take after what makes it, in seconds: gateways' webhooks come
// between the two.
const made = 20

// await waits for an event of the deal, if there is one, that is newer than the play.
func (p *triggerPlay) await(want events.Type) (events.Shown, error) {
	query := url.Values{"after": {strconv.FormatInt(p.after, 10)}, "type": {string(want)}, "wait": {strconv.Itoa(made)}, "limit": {"1"}}
	if p.deal.ID != "" {
		query.Set("transaction", p.deal.ID)
	}
	until := time.Now().Add(made * time.Second)
	for {
		page, err := p.page(p.env, query)
		if err != nil {
			return events.Shown{}, err
		}
		if len(page.Items) > 0 {
			return shownEvent(page.Items[0])
		}
		if !page.More && time.Now().After(until) {
			return events.Shown{}, fmt.Errorf("%s did not come within %d seconds; is this handsel dev?", want, made)
		}
		query.Set("after", strconv.FormatInt(page.Next, 10))
	}
}
