package native

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// Conversations is what people say to and about each other around a deal, besides
// the messages; conversations.Service is one.
type Conversations interface {
	MarkRead(ctx context.Context, community, transaction int64, user string, message int64) error
	Chats(ctx context.Context, f conversations.ChatFilter) ([]conversations.Chat, int64, error)
	Review(ctx context.Context, ref conversations.Ref, rating int64, content string) (conversations.Review, error)
	Reviews(ctx context.Context, community, transaction int64, a process.Actor) ([]conversations.Review, error)
	Rating(ctx context.Context, community int64, user string) (conversations.Rating, error)
	Add(ctx context.Context, ref conversations.Ref, up conversations.Upload) (conversations.File, error)
	Files(ctx context.Context, ref conversations.Ref) ([]conversations.File, error)
	Open(ctx context.Context, ref conversations.Ref, id string) (conversations.File, []byte, error)
}

// people is the part of the native API about what surrounds a deal.
type people struct {
	face
	talks Conversations
}

// routes are those around conversations; there are none without a service.
func (n people) routes() []web.Route {
	if n.talks == nil {
		return nil
	}
	const get, post = http.MethodGet, http.MethodPost
	return []web.Route{
		{
			Method: post, Path: "/v1/transactions/{id}/read", Access: web.Writing, Keying: web.KeyHonoured,
			Name: "transactions.markRead", Summary: "Mark a conversation as read", Body: web.MaybeJSON[readUpTo](), Status: http.StatusNoContent,
			Serve: n.Kept(n.markRead),
		},
		{
			Method: get, Path: "/v1/sessions", Access: web.Reading,
			Summary: "Read a user's inbox, the last active deal first", Query: []string{"limit", "cursor", "user", "process"}, Answer: web.JSON[sessionPage](),
			Serve: n.Backend(n.sessions),
		},
		{
			Method: post, Path: "/v1/transactions/{id}/reviews", Access: web.Writing, Keying: web.KeyHonoured,
			Summary: "Review the other party", Body: web.JSON[newReview](), Answer: web.JSON[reviewOut](), Status: http.StatusCreated,
			Serve: n.Kept(n.review),
		},
		{
			Method: get, Path: "/v1/transactions/{id}/reviews", Access: web.Reading,
			Summary: "Read the reviews", Answer: web.JSON[page[reviewOut]](),
			Serve: n.Backend(n.reviews),
		},
		{
			Method: get, Path: "/v1/users/{id}/rating", Access: web.Reading, Published: true,
			Summary: "Read a user's reputation", Answer: web.JSON[ratingOut](),
			Serve: n.Backend(n.rating),
		},
		{
			Method: post, Path: "/v1/transactions/{id}/evidence", Access: web.Writing, Keying: web.KeyHonoured,
			Name: "transactions.addEvidence", Summary: "Add a file as evidence", Body: web.Form[deal.UploadForm](), Answer: web.JSON[evidenceOut](), Status: http.StatusCreated,
			Serve: n.Backend(n.addEvidence),
		},
		{
			Method: get, Path: "/v1/transactions/{id}/evidence", Access: web.Reading,
			Summary: "List the evidence", Answer: web.JSON[page[evidenceOut]](),
			Serve: n.Backend(n.listEvidence),
		},
		{
			Method: get, Path: "/v1/transactions/{id}/evidence/{evidence_id}", Access: web.Reading,
			Name: "transactions.downloadEvidence", Summary: "Read a file", Answer: web.Media("*/*"),
			Serve: n.Backend(n.openEvidence),
		},
	}
}

// forUser finds the user for whom something is done: the actor, or the one that
// the backend names.
func forUser(who deal.Caller, field, named string) (string, error) {
	if who.Actor.Kind != process.User {
		err := web.UserID(field, &named)
		return named, err
	}
	if err := web.OptionalUserID(field, &named); err != nil {
		return "", err
	}
	if named != "" && named != who.Actor.ID {
		return "", fault.New(fault.Forbidden, "not_yourself", "a user may do this only for themselves")
	}
	return who.Actor.ID, nil
}

// readUpTo is the body of POST /v1/transactions/{id}/read, which may be left out.
// Without a message all of the conversation is read.
type readUpTo struct {
	UserID    string `json:"user_id"`
	MessageID string `json:"message_id"`
}

func (n people) markRead(c *gin.Context, who deal.Caller) error {
	id, err := n.transactionID(c)
	if err != nil {
		return err
	}
	body, err := web.ReadBody(c, n.MaxBody)
	if err != nil {
		return err
	}
	var in readUpTo
	if len(body) > 0 {
		if err := web.Decode(body, web.InFreeText, &in); err != nil {
			return err
		}
	}
	user, err := forUser(who, "user_id", in.UserID)
	if err != nil {
		return err
	}
	var message int64
	if in.MessageID != "" {
		var ok bool
		if message, ok = n.either(messageID, in.MessageID); !ok {
			return fault.New(fault.NotFound, "message_not_found", "there is no such message in this conversation")
		}
	}
	if err := n.talks.MarkRead(c.Request.Context(), who.Community(), id, user, message); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

// sessionOut is a deal as a user's inbox shows it.
type sessionOut struct {
	Transaction transactionOut `json:"transaction"`
	LastMessage *messageOut    `json:"last_message"`
	Unread      int64          `json:"unread"`  // messages of others
	Changed     bool           `json:"changed"` // something else happened
}

// sessionPage is a part of an inbox. Its order moves, so that a deal may appear on
// two pages.
type sessionPage struct {
	page[sessionOut]
	Total int64 `json:"total"`
}

func (n people) sessions(c *gin.Context, who deal.Caller) error {
	query, err := web.Parameters(c, "limit", "cursor", "user", "process")
	if err != nil {
		return err
	}
	f := conversations.ChatFilter{CommunityID: who.Community(), Process: query["process"]}
	if f.User, err = forUser(who, "user", query["user"]); err != nil {
		return err
	}
	if f.Limit, f.Offset, err = n.place(query); err != nil {
		return err
	}
	found, total, err := n.talks.Chats(c.Request.Context(), f)
	if err != nil {
		return err
	}
	p := sessionPage{page[sessionOut]{Items: make([]sessionOut, len(found))}, total}
	viewer := process.Actor{Kind: process.User, ID: f.User}
	for i, s := range found {
		p.Items[i] = sessionOut{Transaction: n.show(s.Transaction, viewer), Unread: s.Unread.Messages, Changed: s.Unread.Changed}
		if s.Last != nil {
			last := n.showMessage(*s.Last)
			p.Items[i].LastMessage = &last
		}
	}
	if next := f.Offset + int64(len(found)); len(found) > 0 && next < total {
		p.NextCursor = n.cursor(next)
	}
	return web.Send(c, http.StatusOK, p)
}

// newReview is the body of POST /v1/transactions/{id}/reviews.
type newReview struct {
	ReviewerID string `json:"reviewer_id"`
	Rating     *int64 `json:"rating" required:"true"`
	Content    string `json:"content"`
}

type reviewOut struct {
	TransactionID string    `json:"transaction_id"`
	ReviewerID    string    `json:"reviewer_id"`
	SubjectID     string    `json:"subject_id"`
	Rating        int64     `json:"rating"`
	Content       string    `json:"content"`
	CreatedAt     time.Time `json:"created_at"`
}

func (n people) showReview(r conversations.Review) reviewOut {
	return reviewOut{n.IDs.Seal(publicid.Transaction, r.TransactionID), r.Reviewer, r.Subject, r.Rating, r.Content, r.At.UTC()}
}

func (n people) review(c *gin.Context, who deal.Caller) error {
	id, err := n.transactionID(c)
	if err != nil {
		return err
	}
	var in newReview
	if _, err := n.ReadJSON(c, web.InFreeText, &in); err != nil {
		return err
	}
	in.ReviewerID, err = forUser(who, "reviewer_id", in.ReviewerID)
	if err := fault.All(web.Whole("rating", in.Rating, 1, 5, "invalid_rating"), err, conversations.CheckReview(in.Content)); err != nil {
		return err
	}
	r, err := n.talks.Review(c.Request.Context(), about(who, id, in.ReviewerID), *in.Rating, in.Content)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusCreated, n.showReview(r))
}

// about says which deal is meant, and by whom.
func about(who deal.Caller, id int64, user string) conversations.Ref {
	return conversations.Ref{CommunityID: who.Community(), TransactionID: id, Actor: who.Actor, User: user}
}

func (n people) reviews(c *gin.Context, who deal.Caller) error {
	id, err := n.transactionID(c)
	if err != nil {
		return err
	}
	found, err := n.talks.Reviews(c.Request.Context(), who.Community(), id, who.Actor)
	if err != nil {
		return err
	}
	all := page[reviewOut]{Items: make([]reviewOut, len(found))}
	for i, r := range found {
		all.Items[i] = n.showReview(r)
	}
	return web.Send(c, http.StatusOK, all)
}

// ratingOut is a user's reputation. Average has two decimals.
type ratingOut struct {
	UserID    string `json:"user_id"`
	Average   string `json:"average"`
	Votes     int64  `json:"votes"`
	Positive  int64  `json:"positive"`
	Negative  int64  `json:"negative"`
	Completed int64  `json:"completed"`
}

func (n people) rating(c *gin.Context, who deal.Caller) error {
	id := c.Param("id")
	if err := web.UserID("id", &id); err != nil {
		return err
	}
	r, err := n.talks.Rating(c.Request.Context(), who.Community(), id)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, ratingOut{id, r.Average, r.Votes, r.Positive, r.Negative, r.Completed})
}
