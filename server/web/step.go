package web

import (
	"strings"
	"unicode"
)

// StepInput refuses what no step of a process takes, whoever sends it: names and values that are too long, values with
// control characters (too_long, invalid_text), and members that end in _url whose value is no address of the web (invalid_url).
func StepInput(step string, input map[string]string) error {
	if len(step) > MaxName {
		return Invalid("too_long", "transition", "transition may have at most %d characters", MaxName)
	}
	for name, value := range input {
		if len(name) > MaxName || len(value) > MaxText {
			return Invalid("too_long", "input", "a name in input may have at most %d bytes, a value %d", MaxName, MaxText)
		}
		if strings.HasSuffix(name, "_url") && value != "" {
			if err := WebURL("input."+name, value); err != nil {
				return err
			}
		}
		if strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
			return Invalid("invalid_text", "input", "a value in input must not hold control characters")
		}
	}
	return nil
}
