package exchangeapi

import (
	"net/http"
	"strings"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/cards"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/trade"
	"github.com/handsel-dev/handsel/server/web"
)

// chatIn is the body of a chat message. A client that sends the id that it gave
// the message itself may repeat it, like with an Idempotency-Key.
type chatIn struct {
	Message  *string `json:"message" required:"true"`
	ClientID *string `json:"client_message_id"`
}

func (p face) chatRoutes() []web.Route {
	const get, post, order, user = http.MethodGet, http.MethodPost, base + "orders/{id}/", base + "users/{id}/block"
	return []web.Route{
		{
			Method: post, Path: order + "messages", Access: web.Users, Keying: web.KeyHonoured,
			Name: "exchange.createMessage", Summary: "Post a chat message", Body: web.JSON[chatIn](), Answer: web.JSON[chatOut](),
			Serve: p.User(p.sendMessage),
		},
		{
			Method: get, Path: order + "messages", Access: web.Users,
			Name: "exchange.listMessages", Summary: "Read the chat", Query: []string{"limit", "offset"}, Answer: web.JSON[numberedPage[chatOut]](),
			Serve: p.User(p.listMessages),
		},
		{
			Method: post, Path: order + "rate", Access: web.Users, Keying: web.KeyHonoured,
			Summary: "Rate the other side", Body: web.JSON[stars](), Answer: web.JSON[empty](),
			Serve: p.User(p.rate),
		},
		{
			Method: get, Path: base + "sessions", Access: web.Users,
			Summary: "List one's chats", Query: []string{"limit", "offset"}, Answer: web.JSON[numberedPage[chatLineOut]](),
			Serve: p.User(p.sessions),
		},
		{
			Method: get, Path: base + "balance", Access: web.Users,
			Summary: "Read one's balance", Query: []string{"currency"}, Answer: web.JSON[holdingsOut](),
			Serve: p.User(p.balance),
		},
		{
			Method: post, Path: user, Access: web.Users, Keying: web.KeyHonoured,
			Summary: "Block a user", Body: web.MaybeJSON[web.NoFields](), Answer: web.JSON[empty](),
			Serve: p.User(p.block(true)),
		},
		{
			Method: http.MethodDelete, Path: user, Access: web.Users, Keying: web.KeyHonoured,
			Name: "exchange.unblockUser", Summary: "End a block", Body: web.MaybeJSON[web.NoFields](), Answer: web.JSON[empty](),
			Serve: p.User(p.block(false)),
		},
	}
}

// repeated answers a message that was sent before, by the id that the client gave it.
func (in chatIn) repeated(r *trade.Request) (done bool, err error) {
	if in.ClientID == nil || r.Key != nil {
		return false, nil
	}
	r.Keyed("message " + *in.ClientID)
	return r.Replayed()
}

func (in chatIn) check() error {
	var id error
	if in.ClientID != nil {
		id = web.Text("client_message_id", *in.ClientID, web.MaxName)
	}
	return fault.All(web.Paragraphs("message", *in.Message, web.MaxText), id)
}

func (p face) sendMessage(r *trade.Request) error {
	id, err := r.PathID(trade.ErrNoOrder)
	if err != nil {
		return err
	}
	var in chatIn
	if err := r.Read(&in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	if done, err := in.repeated(r); done || err != nil {
		return err
	}
	var written web.Written
	render := func(m orchestrator.Message) (int, []byte) { return written.Keep(r.Encode(showChat(m))) }
	q := exchange.MessageRequest{ID: web.RequestID(r.Context), Key: r.Key, Render: render}
	said, stored, err := p.trading.Say(r.Request.Context(), r.User, id, *in.Message, q)
	switch {
	case err != nil:
		return err
	case stored != nil:
		web.Repeat(r.Context, *stored)
	default:
		written.Send(r.Context, func() (int, []byte) { return render(said) })
	}
	return nil
}

func (p face) listMessages(r *trade.Request) error {
	id, err := r.PathID(trade.ErrNoOrder)
	if err != nil {
		return err
	}
	page, err := r.Page(chatPerPage)
	if err != nil {
		return err
	}
	all, total, err := p.trading.Messages(r.Request.Context(), r.User, id, page)
	if err != nil {
		return err
	}
	return web.Send(r.Context, http.StatusOK, paged(each(all, showChat), total, page))
}

// chatLineOut is one line of a chat list.
type chatLineOut struct {
	OrderID      int64           `json:"order_id"`
	Status       exchange.Status `json:"status"`
	LastMessage  *chatOut        `json:"last_message"`
	Counterparty userOut         `json:"counterparty"`
}

func (p face) sessions(r *trade.Request) error {
	page, err := r.Page(ordersPerPage)
	if err != nil {
		return err
	}
	all, total, err := p.trading.Chats(r.Request.Context(), r.User, page)
	if err != nil {
		return err
	}
	shown := each(all, func(s exchange.Chat) chatLineOut {
		line := chatLineOut{OrderID: s.Order.ID, Status: s.Order.Status, Counterparty: showUser(s.Counterparty)}
		if s.Last != nil {
			last := showChat(*s.Last)
			line.LastMessage = &last
		}
		return line
	})
	return web.Send(r.Context, http.StatusOK, paged(shown, total, page))
}

// stars is the body of a rating.
type stars struct {
	Rating *int64 `json:"rating" required:"true"`
}

// empty is the answer {}.
type empty struct{}

func (p face) rate(r *trade.Request) error {
	id, err := r.PathID(trade.ErrNoOrder)
	if err != nil {
		return err
	}
	var in stars
	if err := r.Read(&in); err != nil {
		return err
	}
	if err := web.Whole("rating", in.Rating, 1, 5, "out_of_range"); err != nil {
		return err
	}
	return r.Once(func() (any, error) {
		return empty{}, p.trading.Rate(r.Request.Context(), r.User, id, int(*in.Rating))
	})
}

type holdingsOut struct {
	Currency  string `json:"currency"`
	Available int64  `json:"available"`
	Frozen    int64  `json:"frozen"`
	Decimals  *int   `json:"decimals,omitempty"` // of an asset that is not of ISO 4217
}

func (p face) balance(r *trade.Request) error {
	held, err := p.held(r)
	if err != nil {
		return err
	}
	available, frozen, err := p.trading.Balance(r.Request.Context(), r.User, string(held))
	if err != nil {
		return err
	}
	shown := holdingsOut{string(held), available, frozen, nil}
	if decimals, _ := p.Assets.Scale(held); !isISO(held) {
		shown.Decimals = &decimals
	}
	return web.Send(r.Context, http.StatusOK, shown)
}

func isISO(c money.Currency) bool {
	_, ok := c.Exponent()
	return ok
}

// held is the currency or asset whose balance is asked for, by default the exchange's.
func (p face) held(r *trade.Request) (money.Currency, error) {
	if !r.Query.Has("currency") {
		return p.Asset, nil
	}
	return deal.Unit(p.Assets, "currency", r.Query.Get("currency"))
}

// block keeps a user from taking the caller's ads and hides theirs, or ends that.
func (p face) block(blocked bool) func(*trade.Request) error {
	return func(r *trade.Request) error {
		if err := r.Nothing(); err != nil {
			return err
		}
		other, err := p.otherUser(r)
		if err != nil {
			return err
		}
		return r.Once(func() (any, error) {
			return empty{}, p.trading.Block(r.Request.Context(), r.User, other, blocked)
		})
	}
}

// otherUser is the user of the path, who is not the caller.
func (p face) otherUser(r *trade.Request) (string, error) {
	id := strings.ToLower(r.Param("id"))
	if !cards.UUIDForm.MatchString(id) {
		return "", fault.New(fault.NotFound, "user_not_found", "there is no such user")
	}
	if id == r.User.ID {
		return "", web.Invalid("not_yourself", "", "you cannot do this to yourself")
	}
	return id, nil
}
