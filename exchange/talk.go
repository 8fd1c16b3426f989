package exchange

import (
	"context"
	"strings"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
)

// maxMessage is how many characters a message may have (our choice).
const maxMessage = 2000

// Say posts a message. The conversation is open until 7 days after the end of
// the order, and all through a dispute.
func (s *Service) Say(ctx context.Context, u User, id int64, text string, r MessageRequest) (orchestrator.Message, *idempotency.Reply, error) {
	return once(ctx, s, r.Key, func() (orchestrator.Message, *idempotency.Reply, error) { return s.say(ctx, u, id, text, r) })
}

func (s *Service) say(ctx context.Context, u User, id int64, text string, r MessageRequest) (orchestrator.Message, *idempotency.Reply, error) {
	tx, actor, err := s.look(ctx, u, id, ReadChat)
	switch {
	case err != nil:
		return orchestrator.Message{}, nil, err
	case strings.TrimSpace(text) == "" || !plain(text, maxMessage):
		return orchestrator.Message{}, nil, invalid("message", "a message must be text of 1 to %d characters", maxMessage)
	case !lingers(tx, s.now()):
		return orchestrator.Message{}, nil, errChatClosed
	}
	m, result, err := s.Engine.Say(ctx, orchestrator.SayInput{
		CommunityID: tx.CommunityID, TransactionID: tx.ID, Actor: actor, Content: text,
		RequestID: r.ID, Key: r.Key, Render: r.Render,
	})
	return m, result.Replay, err
}

// Messages returns a page of an order's chat, oldest first, and how many there are. A
// party who reads up to the end has nothing unread any more.
func (s *Service) Messages(ctx context.Context, u User, id int64, p listings.Page) ([]orchestrator.Message, int64, error) {
	if err := checkPage(p.Limit, p.Offset); err != nil {
		return nil, 0, err
	}
	tx, actor, err := s.look(ctx, u, id, ReadChat)
	if err != nil {
		return nil, 0, err
	}
	total, err := s.Store.MessageCount(ctx, tx.ID)
	if err != nil {
		return nil, 0, err
	}
	page, _, err := entire(p, func(p listings.Page) ([]orchestrator.Message, int64, error) {
		f := orchestrator.MessageFilter{TransactionID: tx.ID, Limit: p.Limit, Offset: int(min(p.Offset, total))}
		some, err := s.Engine.Messages(ctx, tx.CommunityID, f, actor)
		return some, total, err
	})
	if err != nil || p.Offset+int64(len(page)) < total || !isParty(tx, u.ID) {
		return page, total, err
	}
	return page, total, s.Conversations.MarkRead(ctx, tx.CommunityID, tx.ID, u.ID, 0)
}

// Chats are the lines of a chat list: the user's orders, the last active first, without
// payment details.
func (s *Service) Chats(ctx context.Context, u User, p listings.Page) ([]Chat, int64, error) {
	if err := checkPage(p.Limit, p.Offset); err != nil {
		return nil, 0, err
	}
	found, total, err := entire(p, func(p listings.Page) ([]conversations.Chat, int64, error) {
		return s.Conversations.Chats(ctx, conversations.ChatFilter{
			CommunityID: u.Community, User: u.ID, Process: processName, Limit: p.Limit, Offset: p.Offset,
		})
	})
	if err != nil {
		return nil, 0, err
	}
	others := make([]string, len(found))
	for i, f := range found {
		others[i] = other(f.Transaction, u.ID)
	}
	public, err := s.Public(ctx, u.Community, others...)
	if err != nil {
		return nil, 0, err
	}
	all := make([]Chat, len(found))
	for i, f := range found {
		all[i] = Chat{Order: order(f.Transaction), Last: f.Last, Counterparty: public[others[i]], Unread: f.Unread.Messages}
	}
	return all, total, nil
}

// other is the other party of an order.
func other(tx orchestrator.Transaction, user string) string {
	if user == tx.Buyer {
		return tx.Seller
	}
	return tx.Buyer
}
