package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

type processesCommand struct {
	List    processesList    `cmd:"" default:"withargs" help:"List the processes."`
	Show    processesShow    `cmd:"" help:"Show one process as tables and a diagram (Markdown)."`
	Mermaid processesMermaid `cmd:"" help:"Print the state diagram of one process (Mermaid)."`
	Check   processesCheck   `cmd:"" help:"Validate and exhaustively explore every process."`
}

type processesList struct{}

// Run lists name, versions, gateways and summary.
func (processesList) Run(env environment) error {
	w := tabwriter.NewWriter(env.out, 0, 0, 2, ' ', 0)
	for _, p := range catalog.All() {
		fmt.Fprintf(w, "%s\ton %s\t%s\n", p.Ref(), strings.Join(gateway.Kinds(env.gateways).RunsOn(p), ", "), p.Summary)
	}
	return w.Flush()
}

type processesShow struct {
	Name string `arg:"" help:"escrow_online, or escrow_online@1."`
}

// Run prints the generated page of a process.
func (c processesShow) Run(env environment) error { return print(env, c.Name, process.Document) }

type processesMermaid struct {
	Name string `arg:"" help:"escrow_online, or escrow_online@1."`
}

// Run prints the diagram of a process.
func (c processesMermaid) Run(env environment) error { return print(env, c.Name, process.Mermaid) }

func print(env environment, name string, page func(*process.Process) string) error {
	registry, err := process.NewRegistry(catalog.All()...)
	if err != nil {
		return err
	}
	p, err := registry.Find(name)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(env.out, page(p))
	return err
}

type processesCheck struct{}

// Run walks every process with every actor and every outcome.
func (processesCheck) Run(env environment) error {
	for _, p := range catalog.All() {
		if err := process.Validate(p); err != nil {
			return err
		}
		report, err := process.Explore(p)
		if err != nil {
			return err
		}
		fmt.Fprintf(env.out, "%-18s ok: %d states, %d situations, %d commands tried, %d refused, every invariant held\n",
			p.Ref(), len(p.States), report.Deals, report.Commands, report.Refusals)
	}
	return nil
}
