package main

import (
	"cmp"
	"slices"

	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// deal is a process as a client sees it: its states, and the steps that people take.
type deal struct {
	name, text string
	states     []string
	opens      []step // they open a deal
	steps      []step
}

// step is a transition that a person takes, with what it takes along.
type step struct {
	name, text string
	inputs     []input
}

type input struct {
	name     string
	required bool
	amount   bool
}

// deals are the processes whose deals a backend opens and moves.
func deals() []deal {
	var all []deal
	for _, p := range catalog.All() {
		if p.Internal || p.Exchange {
			continue
		}
		d := deal{name: p.Name, text: p.Summary}
		for _, s := range p.States {
			d.states = append(d.states, string(s.Name))
		}
		slices.Sort(d.states)
		d.states = slices.Compact(d.states)
		for _, r := range p.Rules {
			d.add(r)
		}
		all = append(all, d)
	}
	return all
}

// add notes a rule that a person takes. Rules of one name are one step, which may take what any of them takes.
func (d *deal) add(r process.Rule) {
	if !slices.ContainsFunc(r.By, func(by process.Role) bool { return by != process.Gateway && by != process.Clock }) {
		return
	}
	list := &d.steps
	if len(r.From) == 0 {
		list = &d.opens
	}
	at := slices.IndexFunc(*list, func(s step) bool { return s.name == string(r.Name) })
	if at < 0 {
		at = len(*list)
		*list = append(*list, step{name: string(r.Name)})
	}
	s := &(*list)[at]
	first := s.text == "" && s.inputs == nil
	s.text = cmp.Or(s.text, r.Doc)
	for _, i := range r.Input {
		s.take(input{i.Name, i.Required, i.Amount}, first)
	}
}

// take notes an input; one that only some of the rules take is not required.
func (s *step) take(in input, first bool) {
	if at := slices.IndexFunc(s.inputs, func(i input) bool { return i.name == in.name }); at >= 0 {
		s.inputs[at].required = s.inputs[at].required && in.required
		return
	}
	in.required = in.required && first
	s.inputs = append(s.inputs, in)
}
