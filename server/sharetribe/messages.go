package sharetribe

import (
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// legacyMessage is the body of POST /conversations/v1/{conversation_id}/messages.
type legacyMessage struct {
	Content  string `json:"content" required:"true"`
	SenderID string `json:"sender_id" required:"true"`
}

type legacyMessageOut struct {
	ID             int64     `json:"id"`
	ConversationID int64     `json:"conversation_id"`
	SenderID       string    `json:"sender_id"`
	Content        string    `json:"content"`
	CreatedAt      time.Time `json:"created_at"`
}

// legacyMessageAnswer is the answer.
type legacyMessageAnswer struct {
	Message legacyMessageOut `json:"message"`
}

// say posts a message. Without an actor the key speaks for the sender; a
// conversation has the id of its transaction.
func (f face) say(c *gin.Context, who deal.Caller) error {
	var in legacyMessage
	body, err := f.ReadJSON(c, web.InEveryString, &in)
	if err != nil {
		return err
	}
	if err := fault.All(web.Paragraphs("content", in.Content, deal.MaxMessage), web.UserID("sender_id", &in.SenderID)); err != nil {
		return err
	}
	id, err := legacyID(c, "conversation_id")
	if err != nil {
		return err
	}
	speaker := who.Actor
	if speaker.Kind == process.Backend {
		speaker = process.Actor{Kind: process.User, ID: in.SenderID}
	}
	if _, err := f.engine.Find(c.Request.Context(), who.Community(), id, speaker); err != nil {
		return err
	}
	if speaker.ID != in.SenderID {
		return fault.New(fault.Forbidden, "not_yourself", "sender_id must be the actor that the header names")
	}
	return f.Post(c, who, body, deal.Posting{
		SayInput: orchestrator.SayInput{CommunityID: who.Community(), TransactionID: id, Actor: speaker, Sender: in.SenderID, Content: in.Content},
		View: func(m orchestrator.Message) any {
			return legacyMessageAnswer{legacyMessageOut{m.ID, m.TransactionID, m.Sender, m.Content, m.At.UTC()}}
		},
	})
}
