package main

import (
	"fmt"
	"strings"

	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

type processesCommand struct {
	List    processesList    `cmd:"" default:"withargs" help:"List the processes." example:"handsel processes list"`
	Show    processesShow    `cmd:"" help:"Show one process as tables and a diagram (Markdown)." example:"handsel processes show escrow_online"`
	Mermaid processesMermaid `cmd:"" help:"Print the state diagram of one process (Mermaid)." example:"handsel processes mermaid escrow_online"`
	Check   processesCheck   `cmd:"" help:"Validate and exhaustively explore one process, or all." example:"handsel processes check none"`
}

type processesList struct {
	reading[processLine] `embed:""`
}

// processLine is a process, and where it runs.
type processLine struct {
	Name     string   `json:"name"`
	Version  int      `json:"version"`
	Summary  string   `json:"summary"`
	Gateways []string `json:"gateways" help:"Those that it runs on."`
}

func newProcessLine(env environment, p *process.Process) processLine {
	return processLine{p.Name, p.Version, p.Summary, gateway.Kinds(env.gateways).RunsOn(p)}
}

// Run lists name, versions, gateways and summary.
func (c processesList) Run(env environment) error {
	var lines []processLine
	for _, p := range catalog.All() {
		lines = append(lines, newProcessLine(env, p))
	}
	return c.list(env, "", func(l processLine) string {
		return fmt.Sprintf("%s@%d\ton %s\t%s", l.Name, l.Version, strings.Join(l.Gateways, ", "), l.Summary)
	}, lines)
}

type processesShow struct {
	reading[processPage] `embed:""`
	Name                 string `arg:"" names:"processes" help:"escrow_online, or escrow_online@1."`
}

// processPage is a process as a table.
type processPage struct {
	processLine
	States      []stateLine      `json:"states"`
	Transitions []transitionLine `json:"transitions"`
	Timers      []timerLine      `json:"timers"`
}

type stateLine struct {
	Name     process.State   `json:"name"`
	Label    string          `json:"label"`
	Terminal bool            `json:"terminal"`
	Money    process.Holding `json:"money" help:"What its escrow holds."`
}

type transitionLine struct {
	Name       process.Transition `json:"name"`
	From       []process.State    `json:"from" help:"None: it opens the transaction."`
	To         process.State      `json:"to"`
	By         []process.Role     `json:"by"`
	Verb       process.Verb       `json:"verb,omitzero" help:"What the gateway is asked to do."`
	MovesMoney bool               `json:"moves_money"`
}

type timerLine struct {
	Name process.TimerName  `json:"name"`
	In   []process.State    `json:"in"`
	Due  string             `json:"due"`
	Then process.Transition `json:"then,omitzero" help:"Absent: the gateway is looked up, or people are reminded."`
}

func newProcessPage(env environment, p *process.Process) processPage {
	v := processPage{newProcessLine(env, p), make([]stateLine, len(p.States)), make([]transitionLine, len(p.Rules)), make([]timerLine, len(p.Timers))}
	for i, s := range p.States {
		v.States[i] = stateLine{s.Name, p.Label(s.Name), s.Terminal, s.Money}
	}
	for i, r := range p.Rules {
		v.Transitions[i] = transitionLine{r.Name, append([]process.State{}, r.From...), r.To, r.By, r.Verb, p.MovesMoney(r)}
	}
	for i, t := range p.Timers {
		v.Timers[i] = timerLine{t.Name, t.In, t.Due.Text, t.Then}
	}
	return v
}

// Run prints the generated page of a process.
func (c processesShow) Run(env environment) error {
	p, err := processOf(c.Name)
	if err != nil {
		return err
	}
	return c.show(env, func() error { return print(env, c.Name, process.Document) }, newProcessPage(env, p))
}

type processesMermaid struct {
	Name string `arg:"" names:"processes" help:"escrow_online, or escrow_online@1."`
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
	reading[explored] `embed:""`
	Name              string `arg:"" optional:"" names:"processes" help:"escrow_online, or escrow_online@1; without it every process."`
}

// explored is how much of a process was walked through. Every invariant held.
type explored struct {
	Process    string `json:"process"`
	States     int    `json:"states"`
	Situations int    `json:"situations"`
	Commands   int    `json:"commands" help:"How many were tried."`
	Refused    int    `json:"refused"`
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
		e := explored{p.Ref(), len(p.States), report.Deals, report.Commands, report.Refusals}
		if err := c.show(env, func() error {
			_, err := fmt.Fprintf(env.out, "%-18s ok: %d states, %d situations, %d commands tried, %d refused, every invariant held\n", e.Process, e.States, e.Situations, e.Commands, e.Refused)
			return err
		}, e); err != nil {
			return err
		}
	}
	return nil
}
