package web

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/handsel-dev/handsel/fault"
)

// StepInput refuses what no step of a process takes, whoever sends it: names and values that are too long, values with
// control characters (too_long, invalid_text), and members that end in _url whose value is no address of the web (invalid_url).
func StepInput(step string, input map[string]string) error {
	var wrong []error
	if len(step) > MaxName {
		wrong = append(wrong, Invalid("too_long", "transition", "transition may have at most %d characters", MaxName))
	}
	for _, name := range slices.Sorted(maps.Keys(input)) {
		wrong = append(wrong, inputMember(name, input[name]))
	}
	return fault.All(wrong...)
}

func inputMember(name, value string) error {
	switch {
	case len(name) > MaxName || len(value) > MaxText:
		return Invalid("too_long", "input", "a name in input may have at most %d bytes, a value %d", MaxName, MaxText)
	case strings.HasSuffix(name, "_url") && value != "":
		return WebURL("input."+name, value)
	case strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }):
		return Invalid("invalid_text", "input", "a value in input must not hold control characters")
	}
	return nil
}
