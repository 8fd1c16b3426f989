package sandbox

import (
	"slices"
	"time"
)

// move is one row of a state machine over transactions of type T: where it starts, where it leads, which timestamp it
// sets, which webhook it sends, and which error code every other state answers.
type move[T any] struct {
	name  string
	from  []string
	to    string             // empty stays where it is
	stamp func(T) *time.Time // nil sets none
	event string             // webhook code without its prefix; empty sends none
	// refuse maps an error code to the states that answer it. Together with from it covers every state.
	refuse map[string][]string
	// because overrides refuse where the state alone does not tell the reason; an empty answer leaves it to refuse.
	because func(T) string
}

// refusal is the error code for a transaction in state, or "" when the move is allowed.
func (m *move[T]) refusal(t T, state string) string {
	if slices.Contains(m.from, state) {
		return ""
	}
	if m.because != nil {
		if code := m.because(t); code != "" {
			return code
		}
	}
	for code, states := range m.refuse {
		if slices.Contains(states, state) {
			return code
		}
	}
	return "forbidden"
}

// timeout is the automatic way on from a state: when it is due, and the move that is then made. Each state has at most one.
type timeout[T any] struct {
	due  func(Timelines, T) time.Time
	move *move[T]
}

// origin says what caused a change: an operation of request number request (0 for an automatic step) at a virtual time,
// and the user whom webhooks name (empty for nobody).
type origin struct {
	operation string
	request   uint64
	at        time.Time
	user      string
}
