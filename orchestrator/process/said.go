package process

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/handsel-dev/handsel/fault"
)

// maxSaid bounds a value that is kept, in characters.
const maxSaid = 2_000

// Inputs are all values that the rule takes: those of its table, and a reason, which
// a person may give for every step.
func (r Rule) Inputs() []Input {
	person := slices.ContainsFunc(r.By, func(role Role) bool { return role != Gateway && role != Clock })
	if !person || r.takes(ReasonInput.Name) {
		return r.Input
	}
	return append(slices.Clone(r.Input), ReasonInput)
}

// InputsFor are the values that the rule takes from an actor: a person of the staff has to
// give a reason.
func (r Rule) InputsFor(a Actor) []Input {
	inputs := slices.Clone(r.Inputs())
	for i := range inputs {
		if inputs[i].Name == ReasonInput.Name && a.Person() {
			inputs[i].Required = true
		}
	}
	return inputs
}

// Said is what of an input is kept with the step: what people said. It is nil when
// nothing was said.
func (r Rule) Said(input map[string]string) map[string]string {
	var said map[string]string
	for _, in := range r.Inputs() {
		if value := input[in.Name]; in.Kept != ForNobody && strings.TrimSpace(value) != "" {
			if said == nil {
				said = map[string]string{}
			}
			said[in.Name] = value
		}
	}
	return said
}

// Shown is what of a step's sayings an actor may read who may see the deal.
func (p *Process) Shown(name Transition, said map[string]string, a Actor) map[string]string {
	var shown map[string]string
	for key, value := range said {
		if a.Kind == User && p.audience(name, key) == ForStaff {
			continue
		}
		if shown == nil {
			shown = map[string]string{}
		}
		shown[key] = value
	}
	return shown
}

// audience is the narrowest one that a transition has for an input.
func (p *Process) audience(name Transition, input string) Audience {
	for _, r := range p.Rules {
		for _, in := range r.Input {
			if r.Name == name && in.Name == input && in.Kept == ForStaff {
				return ForStaff
			}
		}
	}
	return ForParties
}

// checkSaid refuses what cannot be kept as it was said.
func checkSaid(name, value string) error {
	if utf8.RuneCountInString(value) > maxSaid {
		return fault.New(fault.Invalid, ReasonTooLong, "%q may have at most %d characters", name, maxSaid).With("field", name)
	}
	if !utf8.ValidString(value) || strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
		return fault.New(fault.Invalid, ReasonInvalidText, "%q must be text without control characters", name).With("field", name)
	}
	return nil
}
