// Package gatewaysin is where gateways report to.
package gatewaysin

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/web"
)

// Receiver takes in what gateways report; webhooks.Receiver is one.
type Receiver interface {
	// Admit refuses a message by its header, before its body is read.
	Admit(gateway string, header http.Header) error
	// Receive verifies and stores one message. A fault says why it was refused.
	Receive(ctx context.Context, gateway string, header http.Header, body []byte) error
}

// Challenges is a Receiver of which gateways may ask whether an address is ours.
type Challenges interface {
	// Challenge is the answer; asked is false where the query is a message.
	Challenge(gateway string, query url.Values) (answer string, asked bool, err error)
}

// face is where gateways report to.
type face struct {
	Receiver
	messages *web.Turns
}

// Messages of gateways that are read at the same time. Who sends one is known after it
// was read: before, it is anybody's, and in memory.
const (
	maxMessages        = 256
	maxAddressMessages = 32
	messageTime        = 5 * time.Second // for a body; a gateway sends it with the header
)

var errMessages = fault.New(fault.RateLimited, "too_many_messages", "an address may send %d messages at the same time", maxAddressMessages).With("retry_after", int64(1))

const maxWebhookBody = 256 << 10

// Face is the face: gateways post, or say all in the query of a GET. Without a receiver every
// gateway is unknown.
func Face(r Receiver) web.Face {
	if r == nil {
		r = noGateways{}
	}
	g := face{r, web.NewTurns(maxMessages, maxAddressMessages, errMessages)}
	return web.Face{Tag: "gateways in", Routes: []web.Route{{
		Method: http.MethodPost, Path: "/gateways/{gateway}/webhooks", Access: web.Public,
		Name: "gatewaysIn.receive", Summary: "Receive a webhook of a gateway", AnyQuery: true, Body: web.Media("*/*"),
		Serve: g.webhook,
	}, {
		Method: http.MethodGet, Path: "/gateways/{gateway}/webhooks", Access: web.Public,
		Name: "gatewaysIn.challenge", Summary: "Receive a callback of a gateway that tells in the query what happened", AnyQuery: true,
		Serve: g.callback,
	}}}
}

// callback takes in what a gateway reports in a query: what it signs is that. A gateway that only asks whether the address is
// ours gets its answer.
func (g face) callback(c *gin.Context, _ web.Route) error {
	query := c.Request.URL.RawQuery
	if ours, ok := g.Receiver.(Challenges); ok {
		answer, asked, err := ours.Challenge(c.Param("gateway"), c.Request.URL.Query())
		if asked && err == nil {
			c.String(http.StatusOK, "%s", answer)
		}
		if asked {
			return err
		}
	}
	if err := g.Admit(c.Param("gateway"), c.Request.Header); err != nil {
		return err
	}
	if err := g.Receive(c.Request.Context(), c.Param("gateway"), c.Request.Header, []byte(query)); err != nil {
		return err
	}
	c.Status(http.StatusOK)
	return nil
}

// webhook takes in what a gateway reports. The gateway looks at the status alone.
func (g face) webhook(c *gin.Context, _ web.Route) error {
	if err := g.Admit(c.Param("gateway"), c.Request.Header); err != nil {
		return err
	}
	body, err := g.readMessage(c)
	if err != nil {
		return err
	}
	if err := g.Receive(c.Request.Context(), c.Param("gateway"), c.Request.Header, body); err != nil {
		return err
	}
	c.Status(http.StatusOK)
	return nil
}

// readMessage reads the body of a gateway's message. Whoever sends it slowly keeps
// neither memory nor a turn for long.
func (g face) readMessage(c *gin.Context) ([]byte, error) {
	leave, err := g.messages.Enter(c.Request.Context(), web.Address(c), "")
	if err != nil {
		return nil, err
	}
	defer leave()
	connection := http.NewResponseController(c.Writer)
	late := time.AfterFunc(messageTime, func() { _ = connection.SetReadDeadline(time.Unix(1, 0)) }) // long over
	defer late.Stop()
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxWebhookBody))
	if err != nil {
		return nil, web.BodyError(err, maxWebhookBody)
	}
	return body, nil
}

// noGateways receives nothing.
type noGateways struct{}

func (n noGateways) Admit(gateway string, header http.Header) error {
	return n.Receive(context.Background(), gateway, header, nil)
}

func (noGateways) Receive(context.Context, string, http.Header, []byte) error {
	return fault.New(fault.NotFound, "unknown_gateway", "unknown gateway; send webhooks to the address of a configured gateway")
}
