// Package socket is the websocket of the buy flow, and the ticket that opens it.
package socket

import (
	"net/http"

	"github.com/handsel-dev/handsel/server/trade"
	"github.com/handsel-dev/handsel/server/web"
)

// face is the websocket of the buy flow's document.
type face struct {
	*trade.Kit
	open *Sockets
}

// Face is the face with all its routes.
func Face(k *trade.Kit, open *Sockets) web.Face {
	f := face{k, open}
	return web.Face{Tag: "buy flow", Under: []string{"/ws/p2p"}, Pages: true, Refusal: trade.OfferFault(), Routes: []web.Route{
		{
			Method: http.MethodGet, Path: "/ws/p2p", Access: web.Users,
			Name: "buyFlow.connect", Summary: "Follow one's feed over a websocket", Query: []string{"ticket", "token", "last_seq", "v"}, Status: http.StatusSwitchingProtocols,
			Serve: f.openSocket,
		},
		{
			Method: http.MethodPost, Path: "/p2p/ws-ticket", Access: web.Users, Keying: web.KeyHonoured,
			Name: "buyFlow.createTicket", Summary: "Get a ticket for the websocket", Body: web.MaybeJSON[web.NoFields](), Answer: web.JSON[trade.Reply[ticketOut]](),
			Serve: f.User(f.ticket),
		},
	}}
}
