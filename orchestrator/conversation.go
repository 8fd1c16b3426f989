package orchestrator

import (
	"context"
	"fmt"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// SayInput posts a message into a deal's conversation.
type SayInput struct {
	CommunityID   int64
	TransactionID int64
	Actor         process.Actor
	// Sender is the user who speaks; default the actor. A backend must name a party.
	Sender    string
	Kind      MessageKind // default: text, or operator for staff
	Content   string
	RequestID string
	Key       *Key
	// Render makes the answer that is stored under Key, from the message.
	Render func(m Message) (status int, body []byte)
}

// Say posts a message. Only the two parties may, and staff; the conversation of an
// ended deal is closed unless its state keeps it open (chat_closed). A message
// never gets in the way of a transition: it is stored beside the deal. It returns
// the message too, unless the request is a replay.
func (e *Engine) Say(ctx context.Context, in SayInput) (Message, Result, error) {
	said, tx, err := e.say(ctx, in)
	result, err := e.answer(ctx, in.Key, Result{Transaction: tx}, err)
	return said, result, err
}

func (e *Engine) say(ctx context.Context, in SayInput) (Message, Transaction, error) {
	tx, err := e.Find(ctx, in.CommunityID, in.TransactionID, in.Actor)
	if err != nil {
		return Message{}, tx, err
	}
	m, err := e.message(tx, in)
	if err != nil {
		return m, tx, err
	}
	p, err := e.processOf(tx)
	if err != nil {
		return m, tx, err
	}
	if info, _ := p.StateInfo(tx.State); info.Terminal && !info.ChatOpen {
		return m, tx, fault.New(fault.Conflict, "chat_closed", "the conversation of this transaction is closed")
	}
	if m.ID, err = e.config.Store.NextID(ctx); err != nil {
		return m, tx, fmt.Errorf("new message id: %w", err)
	}
	var reply *idempotency.Reply
	if in.Key != nil {
		status, body := in.Render(m)
		reply = new(in.Key.For(idempotency.Reply{CommunityID: tx.CommunityID, TransactionID: tx.ID, Status: status, Body: body, At: m.At}))
	}
	if err := e.config.Store.AddMessage(ctx, m, reply); err != nil {
		return m, tx, err
	}
	e.config.Kick()
	return m, tx, nil
}

// message checks who speaks.
func (e *Engine) message(tx Transaction, in SayInput) (Message, error) {
	m := Message{TransactionID: tx.ID, CommunityID: tx.CommunityID, Sender: in.Sender, Kind: in.Kind, Content: in.Content, At: e.now()}
	if m.Sender == "" {
		m.Sender = in.Actor.ID
	}
	staff := in.Actor.Kind == process.Staff
	if m.Kind == "" {
		m.Kind = FromParty
		if staff {
			m.Kind = FromOperator
		}
	}
	if staff {
		return m, process.Impartial(in.Actor, tx.Deal)
	}
	if !(process.Actor{Kind: process.User, ID: m.Sender}).Sees(tx.Deal) {
		return m, fault.New(fault.Forbidden, "not_participant", "only the two parties of the transaction may speak in its conversation")
	}
	if in.Actor.Kind == process.User && in.Actor.ID != m.Sender {
		return m, fault.New(fault.Forbidden, "not_yourself", "a user may speak only for themselves")
	}
	return m, nil
}

// Messages reads a deal's conversation, oldest first.
func (e *Engine) Messages(ctx context.Context, community int64, f MessageFilter, a process.Actor) ([]Message, error) {
	if _, err := e.Find(ctx, community, f.TransactionID, a); err != nil {
		return nil, err
	}
	return e.config.Store.Messages(ctx, f)
}
