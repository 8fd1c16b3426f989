package server

import "net/http"

// wsFace is the websocket of the buy flow's document.
type wsFace struct {
	*tradeKit
	open *Sockets
}

// SocketFace is the face with all its routes.
func SocketFace(k *tradeKit, open *Sockets) Face {
	f := wsFace{k, open}
	return Face{Tag: "buy flow", Under: []string{"/ws/p2p"}, Refusal: OfferFault(), Routes: []Route{
		{
			Method: http.MethodGet, Path: "/ws/p2p", Access: Users,
			Summary: "Follow one's feed over a websocket", Query: []string{"ticket", "token", "last_seq", "v"}, Status: http.StatusSwitchingProtocols,
			Serve: f.openSocket,
		},
		{
			Method: http.MethodPost, Path: "/p2p/ws-ticket", Access: Users,
			Summary: "Get a ticket for the websocket", Body: maybe[noFields](), Answer: is[reply[ticketOut]](),
			Serve: f.User(f.ticket),
		},
	}}
}
