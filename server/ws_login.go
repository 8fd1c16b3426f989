package server

import (
	"context"
	"math"
	"net"
	"net/url"
	"slices"
	"time"

	"github.com/coder/websocket"
	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"github.com/handsel-dev/handsel/fault"
)

// openSocket opens the websocket /ws/p2p. Who brings a ticket is known before it is
// open; who does not has five seconds to say who they are.
func (p p2p) openSocket(c *gin.Context, _ caller) error {
	query, err := p.Server.query(c.Request.URL, c.Request.Method, c.FullPath())
	if err != nil {
		return err
	}
	k := &socket{p2p: p, after: live, pace: p.traders.sockets.pace}
	if err := k.options(query); err != nil {
		return err
	}
	if origin := c.GetHeader("Origin"); origin != "" && !p.allows(origin) {
		return fault.New(fault.Forbidden, "origin_not_allowed", "pages of this origin may not open the websocket")
	}
	known, err := p.knock(c, query, k)
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
		k.stranger = "address " + address(c)
		if !p.traders.sockets.enter(k.stranger, maxStrangers) {
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
	p.traders.sockets.serve(func(ctx context.Context) { k.serve(ctx, known) })
	return nil
}

// live is the number from which a socket reads that did not ask for more.
const live = math.MaxInt64

// options reads from where and in which version a socket wants its events.
func (k *socket) options(query url.Values) error {
	r := &request{query: query}
	var err error
	if k.after, err = r.whole("last_seq", live, 0, math.MaxInt64); err != nil {
		return err
	}
	version, err := r.whole("v", 1, 1, 2)
	k.newer = version == 2
	return err
}

// knock identifies who brings a ticket, or a token where that is allowed.
func (p p2p) knock(c *gin.Context, query url.Values, k *socket) (known bool, err error) {
	ctx := c.Request.Context()
	switch {
	case query.Has("ticket"):
		if err := p.mayGuess(c, ""); err != nil {
			return false, err
		}
		h, err := p.takeTicket(ctx, query.Get("ticket"), c.GetHeader("Origin"))
		if err != nil {
			if limited := p.guessed(c); limited != nil {
				return false, limited
			}
			return false, err
		}
		k.user, k.expires = h.User, h.Expires
	case query.Has("token"):
		if !p.TokenInQuery {
			return false, fault.New(fault.Unauthenticated, "token_in_query", "a token in the URL is not accepted here; use a ticket")
		}
		u, err := p.verify(c, query.Get("token"))
		if err != nil {
			return false, err
		}
		k.user, k.expires = trader(u), u.Expires
	default:
		return false, nil
	}
	return true, p.Trading.Seen(ctx, k.user)
}

// login waits for the first message, which must hold a token.
func (k *socket) login(ctx context.Context, heard <-chan utterance) error {
	token, err := k.firstMessage(ctx, heard)
	if err != nil {
		return err
	}
	u, err := k.p2p.read(ctx, token)
	if err != nil {
		return err
	}
	k.user, k.expires = trader(u), u.Expires
	if err := k.p2p.Trading.Seen(ctx, k.user); err != nil {
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
		return "", fault.New(fault.Unauthenticated, "unauthenticated", "no token came in time")
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
	if err := explainJSON(json.Unmarshal(message, &in, json.RejectUnknownMembers(true))); err != nil {
		return "", err
	}
	if in.Type != "auth" || in.Token == "" {
		return "", fault.New(fault.Unauthenticated, "unauthenticated", "the first message must be of type auth and hold a token")
	}
	return in.Token, nil
}

// allows reports whether pages of an origin may open the websocket.
func (x *Exchange) allows(origin string) bool {
	if slices.Contains(x.AllowedOrigins, origin) {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || !x.LocalOrigins || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	host := u.Hostname()
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}
