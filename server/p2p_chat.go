package server

import (
	"net/http"
	"strings"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
)

// messageIn is the body of a chat message. A client that sends the id that it gave
// the message itself may repeat it, like with an Idempotency-Key.
type messageIn struct {
	Message  *string `json:"message"`
	ClientID *string `json:"client_message_id"`
}

func (p p2p) sendMessage(r *request) error {
	id, err := r.pathID(errNoOrder)
	if err != nil {
		return err
	}
	var in messageIn
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
	return send(r.Context, http.StatusOK, list{each(all, showChat), total, page.Limit, page.Offset})
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
	return send(r.Context, http.StatusOK, list{shown, total, page.Limit, page.Offset})
}

// empty is the answer {}.
type empty struct{}

func (p p2p) rate(r *request) error {
	id, err := r.pathID(errNoOrder)
	if err != nil {
		return err
	}
	var in struct {
		Rating *int64 `json:"rating"`
	}
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
	held, err := r.held()
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
func (r *request) held() (money.Currency, error) {
	if !r.query.Has("currency") {
		return r.p2p.Asset, nil
	}
	return unit(r.p2p.Assets, "currency", r.query.Get("currency"))
}

// block keeps a user from taking the caller's ads and hides theirs, or ends that.
func (p p2p) block(blocked bool) func(*request) error {
	return func(r *request) error {
		if err := r.nothing(); err != nil {
			return err
		}
		other, err := r.otherUser()
		if err != nil {
			return err
		}
		return r.once(func() (any, error) {
			return empty{}, p.Trading.Block(r.Request.Context(), r.user, other, blocked)
		})
	}
}

// otherUser is the user of the path, who is not the caller.
func (r *request) otherUser() (string, error) {
	id := strings.ToLower(r.Param("id"))
	if !uuid.MatchString(id) {
		return "", fault.New(fault.NotFound, "user_not_found", "there is no such user")
	}
	if id == r.user.ID {
		return "", invalid("not_yourself", "", "this does not work on yourself")
	}
	return id, nil
}
