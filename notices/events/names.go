package events

import (
	"strings"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Names finds the types of what is in the outbox. It is immutable.
type Names struct {
	steps map[string]map[process.Transition]Type
}

// NewNames reads them from the catalogue.
func NewNames() Names {
	n := Names{map[string]map[process.Transition]Type{}}
	for _, k := range catalogue() {
		for _, t := range k.Transitions {
			if n.steps[k.Process] == nil {
				n.steps[k.Process] = map[process.Transition]Type{}
			}
			n.steps[k.Process][t] = k.Name
		}
	}
	return n
}

// Of names an event of a deal of a process, such as p2p_order@1: after its step, where the
// catalogue has a name for that, else as in the outbox.
func (n Names) Of(processName string, e orchestrator.Event) Type {
	name, _, _ := strings.Cut(processName, "@")
	if t, known := n.steps[name][process.Transition(e.Data["transition"])]; known {
		return t
	}
	return Type(e.Type)
}
