package native

import (
	"cmp"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/paging"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

const messageID publicid.Kind = "msg"

func (n face) messageRoutes() []web.Route {
	return []web.Route{
		{
			Method: http.MethodPost, Path: "/v1/transactions/{id}/messages", Access: web.Writing, Keying: web.KeyHonoured,
			Summary: "Post a message", Body: web.JSON[newMessage](), Answer: web.JSON[messageOut](), Status: http.StatusCreated,
			Serve: n.Backend(n.say),
		},
		{
			Method: http.MethodGet, Path: "/v1/transactions/{id}/messages", Access: web.Reading,
			Summary: "Read the conversation, oldest first", Query: []string{"limit", "cursor"}, Answer: web.JSON[page[messageOut]](),
			Serve: n.Backend(n.listMessages),
		},
	}
}

// newMessage is the body of POST /v1/transactions/{id}/messages. SenderID is the
// actor's unless the backend speaks for a party.
type newMessage struct {
	Content  string `json:"content" required:"true"`
	SenderID string `json:"sender_id"`
}

type messageOut struct {
	ID            string    `json:"id"`
	Number        int64     `json:"number"` // its id on the customer's faces
	TransactionID string    `json:"transaction_id"`
	SenderID      *string   `json:"sender_id"` // null: the system
	Kind          string    `json:"kind"`
	Content       string    `json:"content"`
	CreatedAt     time.Time `json:"created_at"`
}

func (n face) showMessage(m orchestrator.Message) messageOut {
	return messageOut{
		n.IDs.Seal(messageID, m.ID), m.ID, n.IDs.Seal(publicid.Transaction, m.TransactionID),
		web.OptionalText(m.Sender), string(m.Kind), m.Content, m.At.UTC(),
	}
}

func (n face) say(c *gin.Context, who deal.Caller) error {
	id, err := n.transactionID(c)
	if err != nil {
		return err
	}
	var in newMessage
	body, err := n.ReadJSON(c, web.InFreeText, &in)
	if err != nil {
		return err
	}
	in.SenderID = cmp.Or(in.SenderID, who.Actor.ID)
	if err := fault.All(web.Paragraphs("content", in.Content, deal.MaxMessage), web.UserID("sender_id", &in.SenderID)); err != nil {
		return err
	}
	if who.Actor.Kind == process.Staff && in.SenderID != who.Actor.ID {
		return fault.New(fault.Forbidden, "not_yourself", "staff writes in its own name; leave sender_id out")
	}
	return n.Post(c, who, body, deal.Posting{
		SayInput: orchestrator.SayInput{CommunityID: who.Community(), TransactionID: id, Actor: who.Actor, Sender: in.SenderID, Content: in.Content},
		View:     func(m orchestrator.Message) any { return n.showMessage(m) },
	})
}

// listMessages shows a conversation, oldest first.
func (n face) listMessages(c *gin.Context, who deal.Caller) error {
	id, err := n.transactionID(c)
	if err != nil {
		return err
	}
	query, err := web.Parameters(c, "limit", "cursor")
	if err != nil {
		return err
	}
	f := orchestrator.MessageFilter{TransactionID: id}
	if f.Limit, f.After, err = n.place(query); err != nil {
		return err
	}
	found, err := n.engine.Messages(c.Request.Context(), who.Community(), f, who.Actor)
	if err != nil {
		return err
	}
	p := page[messageOut]{Items: make([]messageOut, len(found))}
	for i, m := range found {
		p.Items[i] = n.showMessage(m)
	}
	if paging.GoesOn(found, f.Limit) {
		p.NextCursor = n.cursor(found[len(found)-1].ID)
	}
	return web.Send(c, http.StatusOK, p)
}
