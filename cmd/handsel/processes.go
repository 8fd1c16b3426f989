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
	Check   processesCheck   `cmd:"" help:"Validate and exhaustively explore one process, or all."`
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
	p, err := processOf(name)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(env.out, page(p))
	return err
}

func processOf(name string) (*process.Process, error) {
	registry, err := process.NewRegistry(catalog.All()...)
	if err != nil {
		return nil, err
	}
	return registry.Find(name)
}

type processesCheck struct {
	Name string `arg:"" optional:"" help:"escrow_online, or escrow_online@1; without it every process."`
}

// Run walks processes with every actor and every outcome.
func (c processesCheck) Run(env environment) error {
	all := catalog.All()
	if c.Name != "" {
		p, err := processOf(c.Name)
		if err != nil {
			return err
		}
		all = []*process.Process{p}
	}
	for _, p := range all {
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
