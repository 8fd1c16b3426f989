package server

import (
	"net/http"
	"strings"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
)

// chatIn is the body of a chat message. A client that sends the id that it gave
// the message itself may repeat it, like with an Idempotency-Key.
type chatIn struct {
	Message  *string `json:"message" required:"true"`
	ClientID *string `json:"client_message_id"`
}

func (p p2p) chatRoutes() []Route {
	const get, post, order, user = http.MethodGet, http.MethodPost, p2pBase + "orders/{id}/", p2pBase + "users/{id}/block"
	return []Route{
		{
			Method: post, Path: order + "messages", Access: Users, Keying: KeyHonoured,
			Summary: "Post a chat message", Body: is[chatIn](), Answer: is[chatOut](),
			Serve: p.User(p.sendMessage),
		},
		{
			Method: get, Path: order + "messages", Access: Users,
			Summary: "Read the chat", Query: []string{"limit", "offset"}, Answer: is[numberedPage[chatOut]](),
			Serve: p.User(p.listMessages),
		},
		{
			Method: post, Path: order + "rate", Access: Users, Keying: KeyHonoured,
			Summary: "Rate the other side", Body: is[stars](), Answer: is[empty](),
			Serve: p.User(p.rate),
		},
		{
			Method: get, Path: p2pBase + "sessions", Access: Users,
			Summary: "List one's chats", Query: []string{"limit", "offset"}, Answer: is[numberedPage[chatLineOut]](),
			Serve: p.User(p.sessions),
		},
		{
			Method: get, Path: p2pBase + "balance", Access: Users,
			Summary: "Read one's balance", Query: []string{"currency"}, Answer: is[holdingsOut](),
			Serve: p.User(p.balance),
		},
		{
			Method: post, Path: user, Access: Users, Keying: KeyHonoured,
			Summary: "Block a user", Body: maybe[noFields](), Answer: is[empty](),
			Serve: p.User(p.block(true)),
		},
		{
			Method: http.MethodDelete, Path: user, Access: Users,
			Summary: "End a block", Body: maybe[noFields](), Answer: is[empty](),
			Serve: p.User(p.block(false)),
		},
	}
}

func (p p2p) sendMessage(r *request) error {
	id, err := r.pathID(errNoOrder)
	if err != nil {
		return err
	}
	var in chatIn
	if err := r.read(&in); err != nil {
		return err
	}
	if in.Message == nil {
		return missing("message")
	}
	if err := paragraphs("message", *in.Message, maxText); err != nil {
		return err
	}
	if in.ClientID != nil && r.key == nil {
		if err := text("client_message_id", *in.ClientID, maxName); err != nil {
			return err
		}
		r.keyed("message " + *in.ClientID)
		if done, err := r.replayed(); done || err != nil {
			return err
		}
	}
	var status int
	var body []byte
	render := func(m orchestrator.Message) (int, []byte) {
		status, body = r.encode(showChat(m))
		return status, body
	}
	q := exchange.MessageRequest{ID: requestID(r.Context), Key: r.key, Render: render}
	said, stored, err := p.Trading.Say(r.Request.Context(), r.user, id, *in.Message, q)
	switch {
	case err != nil:
		return err
	case stored != nil:
		r.replay(*stored)
		return nil
	case body == nil:
		render(said)
	}
	r.Data(status, jsonType, body)
	return nil
}

func (p p2p) listMessages(r *request) error {
	id, err := r.pathID(errNoOrder)
	if err != nil {
		return err
	}
	page, err := r.page(chatPerPage)
	if err != nil {
		return err
	}
	all, total, err := p.Trading.Messages(r.Request.Context(), r.user, id, page)
	if err != nil {
		return err
	}
	return send(r.Context, http.StatusOK, paged(each(all, showChat), total, page))
}

// chatLineOut is one line of a chat list.
type chatLineOut struct {
	OrderID      int64           `json:"order_id"`
	Status       exchange.Status `json:"status"`
	LastMessage  *chatOut        `json:"last_message"`
	Counterparty userOut         `json:"counterparty"`
}

func (p p2p) sessions(r *request) error {
	page, err := r.page(ordersPerPage)
	if err != nil {
		return err
	}
	all, total, err := p.Trading.Sessions(r.Request.Context(), r.user, page)
	if err != nil {
		return err
	}
	shown := each(all, func(s exchange.Session) chatLineOut {
		line := chatLineOut{OrderID: s.Order.ID, Status: s.Order.Status, Counterparty: showUser(s.Counterparty)}
		if s.Last != nil {
			last := showChat(*s.Last)
			line.LastMessage = &last
		}
		return line
	})
	return send(r.Context, http.StatusOK, paged(shown, total, page))
}

// stars is the body of a rating.
type stars struct {
	Rating *int64 `json:"rating" required:"true"`
}

// empty is the answer {}.
type empty struct{}

func (p p2p) rate(r *request) error {
	id, err := r.pathID(errNoOrder)
	if err != nil {
		return err
	}
	var in stars
	if err := r.read(&in); err != nil {
		return err
	}
	if err := whole("rating", in.Rating, 1, 5, "out_of_range"); err != nil {
		return err
	}
	return r.once(func() (any, error) {
		return empty{}, p.Trading.Rate(r.Request.Context(), r.user, id, int(*in.Rating))
	})
}

type holdingsOut struct {
	Currency  string `json:"currency"`
	Available int64  `json:"available"`
	Frozen    int64  `json:"frozen"`
	Decimals  *int   `json:"decimals,omitempty"` // of an asset that is not of ISO 4217
}

func (p p2p) balance(r *request) error {
	held, err := p.held(r)
	if err != nil {
		return err
	}
	available, frozen, err := p.Trading.Balance(r.Request.Context(), r.user, string(held))
	if err != nil {
		return err
	}
	shown := holdingsOut{string(held), available, frozen, nil}
	if decimals, _ := p.Assets.Scale(held); !isISO(held) {
		shown.Decimals = &decimals
	}
	return send(r.Context, http.StatusOK, shown)
}

func isISO(c money.Currency) bool {
	_, ok := c.Exponent()
	return ok
}

// held is the currency or asset whose balance is asked for, by default the exchange's.
func (p p2p) held(r *request) (money.Currency, error) {
	if !r.query.Has("currency") {
		return p.Asset, nil
	}
	return unit(p.Assets, "currency", r.query.Get("currency"))
}

// block keeps a user from taking the caller's ads and hides theirs, or ends that.
func (p p2p) block(blocked bool) func(*request) error {
	return func(r *request) error {
		if err := r.nothing(); err != nil {
			return err
		}
		other, err := p.otherUser(r)
		if err != nil {
			return err
		}
		return r.once(func() (any, error) {
			return empty{}, p.Trading.Block(r.Request.Context(), r.user, other, blocked)
		})
	}
}

// otherUser is the user of the path, who is not the caller.
func (p p2p) otherUser(r *request) (string, error) {
	id := strings.ToLower(r.Param("id"))
	if !uuid.MatchString(id) {
		return "", fault.New(fault.NotFound, "user_not_found", "there is no such user")
	}
	if id == r.user.ID {
		return "", invalid("not_yourself", "", "this does not work on yourself")
	}
	return id, nil
}
