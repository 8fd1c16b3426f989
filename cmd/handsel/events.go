package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/handsel-dev/handsel/notices/events"
)

type eventsCommand struct {
	List   eventsList   `cmd:"" default:"withargs" help:"List the events that a backend can read or be sent."`
	Show   eventsShow   `cmd:"" help:"Show one event: when it happens, its schema and an example."`
	Resend eventsResend `cmd:"" help:"Send an event that has happened again: to an address from here, or to a webhook endpoint by the server."`
}

type eventsList struct {
	Pattern string `arg:"" optional:"" default:"*" help:"transaction.paid, or transaction.* for all of a noun."`
}

// Run lists names and meanings.
func (c eventsList) Run(env environment) error {
	w := tabwriter.NewWriter(env.out, 0, 0, 2, ' ', 0)
	if !events.Known(c.Pattern) {
		return unknownEvent(c.Pattern)
	}
	for _, k := range events.Catalogue() {
		if k.Public && events.Matches([]string{c.Pattern}, k.Name) {
			fmt.Fprintf(w, "%s\t%s\n", k.Name, k.Means)
		}
	}
	return w.Flush()
}

func unknownEvent(name string) error {
	return fmt.Errorf("there is no event %q; handsel events list shows them all", name)
}

type eventsShow struct {
	Name string `arg:"" help:"transaction.paid"`
}

// Run shows an event.
func (c eventsShow) Run(env environment) error {
	k, known := events.Find(events.Type(c.Name))
	if !known || !k.Public {
		return unknownEvent(c.Name)
	}
	schema, err := json.MarshalIndent(k.Schema(), "", "  ")
	if err != nil {
		return err
	}
	fmt.Fprintf(env.out, "%s: %s\n\nSince %s. Comes from %s.\n", k.Name, k.Means, k.Since, k.Source)
	for _, by := range events.MadeBy(k.Name) {
		steps := make([]string, len(by.Transitions))
		for i, t := range by.Transitions {
			steps[i] = string(t)
		}
		fmt.Fprintf(env.out, "Process %s\n", strings.TrimSuffix(by.Process.Ref()+": "+strings.Join(steps, ", "), ": "))
	}
	_, err = fmt.Fprintf(env.out, "\nJSON schema of data:\n%s\n\nExample:\n%s\n", schema, k.Example())
	return err
}
