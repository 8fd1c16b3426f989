package conversations

import (
	"context"
	"slices"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Unread is what a user has not seen of a deal.
type Unread struct {
	TransactionID int64
	Messages      int64 // of others, after the last one that was read
	Changed       bool  // something else happened that the user did not do
}

// Chat is a deal as a user's inbox shows it.
type Chat struct {
	Transaction orchestrator.Transaction
	Last        *orchestrator.Message // the last message, nil if nobody has said anything
	Unread      Unread
}

// Size is about how many bytes its texts have.
func (c Chat) Size() int {
	if c.Last == nil {
		return c.Transaction.Size()
	}
	return c.Transaction.Size() + c.Last.Size()
}

// ChatFilter selects deals for an inbox. Zero fields do not filter.
type ChatFilter struct {
	CommunityID int64  // required
	User        string // a party; required
	Process     string // name without version
	Limit       int    // 1 to 100
	Offset      int64  // how many to pass over

	// Hidden are the names of processes that are left out; set by the service.
	Hidden []string
}

// MarkRead notes that a user has read a deal's conversation up to a message, 0 for
// all of it, and has seen what else happened. A mark never goes back, and posting
// a message does not move it: a message that arrives while one writes stays unread.
// Fault: message_not_found.
func (s *Service) MarkRead(ctx context.Context, community, transaction int64, user string, message int64) error {
	actor := process.Actor{Kind: process.User, ID: user}
	if _, err := s.Engine.Find(ctx, community, transaction, actor); err != nil {
		return err
	}
	if message != 0 {
		f := orchestrator.MessageFilter{TransactionID: transaction, ID: message}
		found, err := s.Engine.Messages(ctx, community, f, actor)
		if err != nil {
			return err
		}
		if len(found) == 0 || found[0].ID != message {
			return errNoMessage
		}
	}
	return s.Store.MarkRead(ctx, transaction, user, message)
}

// MarkUnread notes that something happened in a deal: it is unread for every party
// but the one who did it. (The system that the processes come from did it the
// wrong way round.) by is empty when nobody did, as with a timer. Messages need no
// note.
func (s *Service) MarkUnread(ctx context.Context, community, transaction int64, by string) error {
	tx, err := s.Engine.Find(ctx, community, transaction, process.Actor{Kind: process.OfSchedule})
	if err != nil {
		return err
	}
	users := []string{tx.Buyer, tx.Seller, tx.Starter, tx.Author}
	slices.Sort(users)
	users = slices.DeleteFunc(slices.Compact(users), func(user string) bool { return user == "" || user == by })
	return s.Store.MarkChanged(ctx, transaction, users)
}

// Unread lists the deals of a user in which something is unread, newest first.
func (s *Service) Unread(ctx context.Context, community int64, user string) ([]Unread, error) {
	return s.Store.Unread(ctx, community, user)
}

// Chats returns a page of a user's inbox and how many deals there are. The deal
// in which something happened last, or something was said, is the first. Faults:
// unknown_process, validation_error with the field.
func (s *Service) Chats(ctx context.Context, f ChatFilter) ([]Chat, int64, error) {
	switch {
	case f.User == "":
		return nil, 0, invalid("user", "a user is needed")
	case f.Limit < 1 || f.Limit > 100:
		return nil, 0, invalid("limit", "limit must be 1 to 100")
	case f.Offset < 0:
		return nil, 0, invalid("offset", "offset must not be negative")
	}
	if f.Process != "" {
		p, err := s.Processes.Find(f.Process)
		if err != nil {
			return nil, 0, err
		}
		f.Process = p.Name
	}
	f.Hidden = nil
	for _, name := range s.Processes.Names() {
		p, err := s.Processes.Find(name)
		if err != nil {
			return nil, 0, err
		}
		if p.Internal {
			f.Hidden = append(f.Hidden, name)
		}
	}
	return s.Store.Chats(ctx, f)
}
