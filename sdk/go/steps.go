package handsel

import (
	"fmt"
	"strings"
)

// Is reports whether the deal is of a process. The process of a deal has its version: "preauthorize@1".
func (t Transaction) Is(process ProcessName) bool {
	name, _, _ := strings.Cut(string(t.Process), "@")
	return name == string(process)
}

// String is the amount for a log, "1234 minor units of EUR": nobody takes it for 1234 euros.
func (m Money) String() string { return fmt.Sprintf("%d minor units of %s", m.Amount, m.Currency) }

// step is a transition with its input, in names and values.
func step(transition TransitionName, input ...any) WantedTransitionInput {
	return WantedTransitionInput{Transition: transition, Input: given(input)}
}

// opened is a deal that is opened by a transition with its input.
func opened(in TransactionInput, process ProcessName, transition TransitionName, input ...any) TransactionInput {
	in.Process, in.Transition, in.Input = process, transition, given(input)
	return in
}

// given are the values that are there.
func given(pairs []any) map[string]any {
	all := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		switch v := pairs[i+1].(type) {
		case string:
			if v != "" {
				all[pairs[i].(string)] = v
			}
		case *Money:
			if v != nil {
				all[pairs[i].(string)] = *v
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}
