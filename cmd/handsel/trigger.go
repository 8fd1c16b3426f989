package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/google/uuid"
	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/plays"
	"github.com/handsel-dev/handsel/notices/events"
)

// playing is shared by the commands that play at handsel dev.
type playing struct {
	serverSetting `embed:""`
	JWTSecret     string `name:"jwt-secret" env:"HANDSEL_JWT_SECRET" placeholder:"SECRET" help:"Of handsel dev, for what users of the exchange do."`
}

// target is the handsel dev that is played at, which tells where its emulators are.
func (s playing) target(ctx context.Context) (plays.Target, error) {
	if err := s.check(); err != nil {
		return plays.Target{}, err
	}
	if apikey.ModeOf(s.Key) != apikey.Test {
		return plays.Target{}, usage(errors.New("a play opens deals; use the key of handsel dev, which begins with hsk_test_"))
	}
	t := plays.Target{URL: strings.TrimRight(s.URL, "/"), Key: s.Key, Run: rand.Text(), NewID: uuid.NewString, Send: sendPlay}
	if s.JWTSecret != "" {
		t.Token = func(id, name string, operator bool) (string, error) {
			return app.SampleToken(s.JWTSecret, app.SampleUser{ID: id, Name: name, Operator: operator}, time.Now())
		}
	}
	err := request{method: "GET", url: t.URL + app.EmulatorsPath}.send(ctx, "", &t.Emulators)
	if r, ok := errors.AsType[*refusedCall](err); ok {
		return t, fmt.Errorf("plays are for a handsel dev, and %s does not answer as one: %w", t.URL, r)
	}
	return t, err
}

func sendPlay(ctx context.Context, c plays.Call, answer any) error {
	return request{method: c.Method, url: c.URL, token: c.Token, actor: c.Actor, staff: c.Staff, body: c.Body}.send(ctx, c.Key, answer)
}

type triggerCommand struct {
	playing `embed:""`
	Name    string `arg:"" optional:"" names:"plays" help:"transaction.paid"`
}

// Run plays, or lists the plays.
func (c triggerCommand) Run(env environment) error {
	if c.Name == "" {
		return listTriggers(env)
	}
	for _, t := range plays.Triggers() {
		if string(t.Event) == c.Name {
			return c.play(env, t)
		}
	}
	return fmt.Errorf("nothing is there to play for %.64q%s; handsel trigger lists what is", c.Name, didYouMean(c.Name, playNames()))
}

// playNames are the events that can be played.
func playNames() []string {
	return namesOf(plays.Triggers(), func(t plays.Trigger) string { return string(t.Event) })
}

func listTriggers(env environment) error {
	w := tabwriter.NewWriter(env.out, 0, 0, 2, ' ', 0)
	for _, t := range plays.Triggers() {
		k, _ := events.Find(t.Event)
		fmt.Fprintf(w, "%s\t%s\n", t.Event, k.Means)
	}
	return w.Flush()
}

func (c triggerCommand) play(env environment, t plays.Trigger) error {
	at, err := c.target(env)
	if err != nil {
		return err
	}
	e, err := t.Play(env, at)
	if err != nil {
		return err
	}
	if strings.ContainsFunc(e.ID+string(e.Type), func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) }) {
		return errors.New("an event that cannot be read: its id or type is not one word")
	}
	_, err = fmt.Fprintf(env.out, "%s  %s  sequence %d\n", e.Type, e.ID, e.Sequence)
	return err
}
