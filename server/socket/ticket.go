package socket

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/trade"
)

// ticketLife is how long a ticket waits to be used, on the real clock (customer's
// contract).
const ticketLife = 30 * time.Second

// holder is whom a ticket lets in.
type holder struct {
	User    exchange.User `json:"user"`
	Expires time.Time     `json:"expires"`          // of the token that the ticket was bought with
	Origin  string        `json:"origin,omitempty"` // of the page that bought it; no other page may use it
}

// newTicket makes a ticket for the caller. Only its hash is kept.
func (f face) newTicket(r *trade.Request) (secret string, err error) {
	secret = f.NewTicket()
	content, err := json.Marshal(holder{r.User, r.Expires, r.GetHeader("Origin")})
	if err != nil {
		return "", fmt.Errorf("write ticket: %w", err)
	}
	expires := f.Now().Add(ticketLife)
	if err := f.Tickets.PutTicket(r.Request.Context(), ticketHash(secret), content, expires); err != nil {
		return "", fmt.Errorf("keep ticket: %w", err)
	}
	return secret, nil
}

var errTicket = fault.New(fault.Unauthenticated, "invalid_ticket", "the ticket is unknown, used or too old; get a new one")

// takeTicket uses a ticket up, by whoever brings it.
func (f face) takeTicket(ctx context.Context, secret, origin string) (h holder, err error) {
	content, found, err := f.Tickets.TakeTicket(ctx, ticketHash(secret), f.Now())
	switch {
	case err != nil:
		return h, fmt.Errorf("take ticket: %w", err)
	case !found:
		return h, errTicket
	}
	if err := json.Unmarshal(content, &h); err != nil {
		return h, fmt.Errorf("read ticket: %w", err)
	}
	if h.User.ID == "" { // it was kept for something else
		return holder{}, errTicket
	}
	if h.Origin != "" && h.Origin != origin {
		return h, fault.New(fault.Unauthenticated, "invalid_ticket", "the ticket was made for a page of another origin")
	}
	return h, nil
}

func ticketHash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// ticketOut is what opens the websocket once.
type ticketOut struct {
	Ticket    string `json:"ticket"`
	ExpiresIn int    `json:"expires_in"` // seconds
}

func (f face) ticket(r *trade.Request) error {
	if err := r.Nothing(); err != nil {
		return err
	}
	return r.Once(func() (any, error) {
		secret, err := f.newTicket(r)
		return trade.Success(ticketOut{secret, int(ticketLife / time.Second)}, ""), err
	})
}
