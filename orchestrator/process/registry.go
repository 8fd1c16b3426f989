package process

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/handsel-dev/handsel/fault"
)

// Registry holds the processes that an engine knows. The newest version of a
// name serves new transactions; older versions serve those opened with them.
type Registry struct {
	byRef  map[string]*Process
	newest map[string]*Process
}

// NewRegistry validates the processes and puts them into a registry.
func NewRegistry(processes ...*Process) (*Registry, error) {
	r := &Registry{byRef: map[string]*Process{}, newest: map[string]*Process{}}
	for _, p := range processes {
		if err := Validate(p); err != nil {
			return nil, err
		}
		if err := agree(processes, p); err != nil {
			return nil, err
		}
		r.byRef[p.Ref()] = p
		if known := r.newest[p.Name]; known == nil || known.Version < p.Version {
			r.newest[p.Name] = p
		}
	}
	return r, nil
}

// agree refuses a fact that means one thing here and another in another process.
func agree(all []*Process, p *Process) error {
	for _, other := range all {
		for f, m := range p.Facts {
			if theirs, both := other.Facts[f]; both && !reflect.DeepEqual(m, theirs) {
				return fmt.Errorf("the fact %s means one thing in %s and another in %s", f, p.Ref(), other.Ref())
			}
		}
	}
	return nil
}

// Find returns the process under a name ("escrow_online", its newest version) or
// a ref ("escrow_online@1"). Unknown ones are unknown_process.
func (r *Registry) Find(nameOrRef string) (*Process, error) {
	if p, ok := r.byRef[nameOrRef]; ok {
		return p, nil
	}
	if p, ok := r.newest[nameOrRef]; ok {
		return p, nil
	}
	return nil, fault.New(fault.Invalid, ReasonUnknownProcess, "unknown process %s; use one of %s", strconv.Quote(nameOrRef), strings.Join(r.Names(), ", "))
}

// LocalTimers are the names of timers that ask no gateway, whatever the process:
// reminders, and transitions without a verb.
func (r *Registry) LocalTimers() []TimerName {
	asks := map[TimerName]bool{}
	for _, p := range r.newest {
		for _, t := range p.Timers {
			asks[t.Name] = asks[t.Name] || p.asks(t)
		}
	}
	maps.DeleteFunc(asks, func(_ TimerName, asks bool) bool { return asks })
	return slices.Sorted(maps.Keys(asks))
}

// Lookups are the names of timers that only look a payment up, whatever the process.
func (r *Registry) Lookups() []TimerName {
	looks := map[TimerName]bool{}
	for _, p := range r.byRef {
		for _, t := range p.Timers {
			before, known := looks[t.Name]
			looks[t.Name] = (before || !known) && t.Then == "" && !t.Remind
		}
	}
	maps.DeleteFunc(looks, func(_ TimerName, looks bool) bool { return !looks })
	return slices.Sorted(maps.Keys(looks))
}

// asks reports whether a timer may have a gateway asked: it looks, or takes a transition
// with a verb.
func (p *Process) asks(t Timer) bool {
	if t.Remind {
		return false
	}
	return t.Then == "" || slices.ContainsFunc(t.In, func(s State) bool {
		r, ok := p.Rule(t.Then, s)
		return ok && r.Verb != ""
	})
}

// Names lists the process names in alphabetical order.
func (r *Registry) Names() []string {
	names := make([]string, 0, len(r.newest))
	for name := range r.newest {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
