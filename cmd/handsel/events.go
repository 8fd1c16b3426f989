package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

type eventsCommand struct {
	List   eventsList   `cmd:"" default:"withargs" help:"List the events that a backend can read or be sent." example:"handsel events list 'transaction.*'"`
	Show   eventsShow   `cmd:"" help:"Show one event: when it happens, its schema and an example." example:"handsel events show transaction.paid"`
	Resend eventsResend `cmd:"" help:"Send an event that has happened again: to an address from here, or to a webhook endpoint by the server." example:"handsel events resend evt_0123456789abcdef --forward-to localhost:3000/webhooks"`
}

type eventsList struct {
	reading[eventLine] `embed:""`
	Pattern            string `arg:"" optional:"" default:"*" names:"events" help:"transaction.paid, or transaction.* for all of a noun."`
}

// eventLine is a kind of events.
type eventLine struct {
	Name   events.Type   `json:"name"`
	Means  string        `json:"means"`
	Since  string        `json:"since" help:"The version that had it first."`
	Source events.Source `json:"source" help:"Where it comes from."`
}

func newEventLine(k events.Kind) eventLine { return eventLine{k.Name, k.Means, k.Since, k.Source} }

// Run lists names and meanings.
func (c eventsList) Run(env environment) error {
	if !events.Known(c.Pattern) {
		return unknownEvent(c.Pattern)
	}
	var lines []eventLine
	for _, k := range events.Catalogue() {
		if k.Public && events.Matches([]string{c.Pattern}, k.Name) {
			lines = append(lines, newEventLine(k))
		}
	}
	return c.list(env, "", func(l eventLine) string { return string(l.Name) + "\t" + l.Means }, lines)
}

func unknownEvent(name string) error {
	return fmt.Errorf("there is no event %q%s; handsel events list shows them all", name, didYouMean(name, eventNames()))
}

// eventNames are those that a backend can read or be sent.
func eventNames() []string {
	var names []string
	for _, k := range events.Catalogue() {
		if k.Public {
			names = append(names, string(k.Name))
		}
	}
	return names
}

type eventsShow struct {
	reading[eventPage] `embed:""`
	Name               string `arg:"" names:"events" help:"transaction.paid"`
}

// eventPage is a kind of events with the schema of what they carry.
type eventPage struct {
	eventLine
	MadeBy  []madeBy        `json:"made_by"`
	Schema  map[string]any  `json:"schema" help:"The JSON schema of its data."`
	Example json.RawMessage `json:"example" help:"A whole event."`
}

// madeBy is a process whose deals have the event.
type madeBy struct {
	Process     string               `json:"process"`
	Transitions []process.Transition `json:"transitions" help:"None: any of them."`
}

// Run shows an event.
func (c eventsShow) Run(env environment) error {
	k, known := events.Find(events.Type(c.Name))
	if !known || !k.Public {
		return unknownEvent(c.Name)
	}
	page := eventPage{newEventLine(k), []madeBy{}, k.Schema(), json.RawMessage(k.Example())}
	for _, by := range events.MadeBy(k.Name) {
		page.MadeBy = append(page.MadeBy, madeBy{by.Process.Ref(), append([]process.Transition{}, by.Transitions...)})
	}
	return c.show(env, func() error { return page.print(env) }, page)
}

func (p eventPage) print(env environment) error {
	schema, err := json.MarshalIndent(p.Schema, "", "  ")
	if err != nil {
		return err
	}
	fmt.Fprintf(env.out, "%s: %s\n\nSince %s. Comes from %s.\n", p.Name, p.Means, p.Since, p.Source)
	for _, by := range p.MadeBy {
		steps := make([]string, len(by.Transitions))
		for i, t := range by.Transitions {
			steps[i] = string(t)
		}
		fmt.Fprintf(env.out, "Process %s\n", strings.TrimSuffix(by.Process+": "+strings.Join(steps, ", "), ": "))
	}
	_, err = fmt.Fprintf(env.out, "\nJSON schema of data:\n%s\n\nExample:\n%s\n", schema, p.Example)
	return err
}
