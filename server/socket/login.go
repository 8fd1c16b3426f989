package socket

import (
	"context"
	"math"
	"net/url"
	"time"

	"github.com/coder/websocket"
	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/trade"
	"github.com/handsel-dev/handsel/server/web"
)

// openSocket opens the websocket /ws/p2p. Who brings a ticket is known before it is
// open; who does not has five seconds to say who they are.
func (f face) openSocket(c *gin.Context, r web.Route) error {
	query, err := r.ReadQuery(c.Request.URL)
	if err != nil {
		return err
	}
	k := &socket{face: f, after: live, pace: f.open.pace}
	if err := k.options(query); err != nil {
		return err
	}
	if origin := c.GetHeader("Origin"); origin != "" {
		page, err := f.Pages.Page(c.Request.Context(), origin)
		if err != nil {
			return err
		}
		k.page = &page
	}
	known, err := f.knock(c, query, k)
	if err != nil {
		return err
	}
	if known {
		// Before the handshake ends: nothing that comes after it is missed.
		if err := k.enter(c.Request.Context()); err != nil {
			return err
		}
	}
	if !known {
		// Who has not said who they are has few: a socket costs memory and a file.
		k.stranger = "address " + web.Address(c)
		if !f.open.enter(k.stranger, maxStrangers) {
			return fault.New(fault.RateLimited, "too_many_sockets", "an address may have %d websockets open that have not logged in", maxStrangers)
		}
	}
	// The origin was checked above, against the whole origin and not only its host.
	k.conn, err = websocket.Accept(c.Writer, c.Request, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		k.leave()
		c.Abort() // the library has answered
		return nil
	}
	k.conn.SetReadLimit(maxSocketMessage)
	f.open.serve(func(ctx context.Context) { k.serve(ctx, known) })
	return nil
}

// live is the number from which a socket reads that did not ask for more.
const live = math.MaxInt64

// options reads from where and in which version a socket wants its events.
func (k *socket) options(query url.Values) error {
	var err error
	if k.after, err = trade.WholeIn(query, "last_seq", live, 0, math.MaxInt64); err != nil {
		return err
	}
	version, err := trade.WholeIn(query, "v", 1, 1, 2)
	k.newer = version == 2
	return err
}

// knock identifies who brings a ticket, or a token where that is allowed.
func (f face) knock(c *gin.Context, query url.Values, k *socket) (known bool, err error) {
	ctx := c.Request.Context()
	switch {
	case query.Has("ticket"):
		if err := f.MayGuess(c, ""); err != nil {
			return false, err
		}
		h, err := f.takeTicket(ctx, query.Get("ticket"), c.GetHeader("Origin"))
		if err != nil {
			if limited := f.Guessed(c); limited != nil {
				return false, limited
			}
			return false, err
		}
		k.user, k.expires = h.User, h.Expires
	case query.Has("token"):
		if !f.TokenInQuery {
			return false, fault.New(fault.Unauthenticated, "token_in_query", "a token in the URL is not accepted here; use a ticket")
		}
		u, err := f.Verify(c, query.Get("token"))
		if err != nil {
			return false, err
		}
		k.user, k.expires = trade.Trader(u), u.Expires
	default:
		return false, nil
	}
	if err := k.fromPage(); err != nil {
		return false, err
	}
	return true, f.Trading.Seen(ctx, k.user)
}

// fromPage refuses a page that the user's community does not let in.
func (k *socket) fromPage() error {
	if k.page == nil || k.page.May(k.user.Community) {
		return nil
	}
	return web.Stranger()
}

// login waits for the first message, which must hold a token.
func (k *socket) login(ctx context.Context, heard <-chan utterance) error {
	token, err := k.firstMessage(ctx, heard)
	if err != nil {
		return err
	}
	u, err := k.face.Read(ctx, token)
	if err != nil {
		return err
	}
	k.user, k.expires = trade.Trader(u), u.Expires
	if err := k.fromPage(); err != nil {
		return err
	}
	if err := k.face.Trading.Seen(ctx, k.user); err != nil {
		return err
	}
	k.introduced()
	return k.enter(ctx)
}

func (k *socket) firstMessage(ctx context.Context, heard <-chan utterance) (token string, err error) {
	patience := time.NewTimer(k.pace.login)
	defer patience.Stop()
	select {
	case u := <-heard:
		if u.err != nil {
			return "", u.err
		}
		return readLogin(u.text, u.message)
	case <-patience.C:
		return "", fault.New(fault.Unauthenticated, "unauthenticated", "no token arrived in time")
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// readLogin reads the message {"type":"auth","token":"…"}.
func readLogin(text bool, message []byte) (token string, err error) {
	var in struct {
		Type  string `json:"type"`
		Token string `json:"token"`
	}
	if !text {
		return "", fault.New(fault.Invalid, "invalid_json", "the first message must be text")
	}
	if err := web.ExplainJSON(json.Unmarshal(message, &in, json.RejectUnknownMembers(true))); err != nil {
		return "", err
	}
	if in.Type != "auth" || in.Token == "" {
		return "", fault.New(fault.Unauthenticated, "unauthenticated", "the first message must be of type auth and hold a token")
	}
	return in.Token, nil
}
