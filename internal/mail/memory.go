package mail

import (
	"context"
	"slices"
	"sync"
)

// memorySize is how many messages a Memory keeps.
const memorySize = 200

// Memory is a sender that delivers to nobody and keeps the last 200 messages, for
// development. The zero value is ready; it is safe for concurrent use.
type Memory struct {
	mu   sync.Mutex
	kept []Message // oldest first
}

// Send keeps a message, or returns the same permanent error as SMTP for a
// malformed one. A repeat takes the place of the message with its ID, as in a
// real mailbox.
func (m *Memory) Send(_ context.Context, message Message) error {
	if _, err := message.check(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept = slices.DeleteFunc(m.kept, func(k Message) bool { return k.ID == message.ID })
	if len(m.kept) == memorySize {
		m.kept = slices.Delete(m.kept, 0, 1)
	}
	m.kept = append(m.kept, message)
	return nil
}

// Messages returns what was sent, the newest first.
func (m *Memory) Messages() []Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	newest := slices.Clone(m.kept)
	slices.Reverse(newest)
	return newest
}
