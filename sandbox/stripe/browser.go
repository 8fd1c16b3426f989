package stripe

import (
	_ "embed"
	"net/http"
	"strings"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

//go:embed stripejs.js
var stripeJS []byte

// browserInput is the JSON body with which a page confirms a payment.
type browserInput struct {
	Key          string `json:"key"`
	ClientSecret string `json:"client_secret"`
	Card         string `json:"card"`
	ReturnURL    string `json:"return_url"`
}

// routeBrowser serves what the official service serves to a buyer's browser: the script at /v3/ and the two calls that it
// makes. Pages of every origin may make them, as there: the client secret is what lets them.
func routeBrowser(t *stage.Router[*Emulator]) {
	t.Handle("GET /v3/{$}", func(_ *Emulator, w http.ResponseWriter, _ *http.Request) {
		open(reply{Status: http.StatusOK, Body: stripeJS, Header: map[string]string{"Content-Type": "text/javascript; charset=utf-8"}}).Write(w)
	})
	t.Handle("GET /v3/payment_intents/{id}", func(e *Emulator, w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		e.browse(r.PathValue("id"), browserInput{Key: q.Get("key"), ClientSecret: q.Get("client_secret")}, nil).Write(w)
	})
	t.Handle("POST /v3/payment_intents/{id}/confirm", func(e *Emulator, w http.ResponseWriter, r *http.Request) {
		body, large := stage.Body(w, r)
		in, bad := stage.Decode[browserInput](body)
		switch {
		case large != nil:
			open(tooLarge().reply()).Write(w)
			return
		case bad != nil:
			open(badJSON().reply()).Write(w)
			return
		}
		e.browse(r.PathValue("id"), in, func(s *state, p *paymentIntent) *Error {
			if stage.IsWeb(in.ReturnURL) {
				p.ReturnURL = in.ReturnURL
			}
			return s.playBuyer(p, in.Card, self(s.Now()))
		}).Write(w)
	})
	t.Handle("OPTIONS /v3/", func(_ *Emulator, w http.ResponseWriter, _ *http.Request) {
		open(reply{Status: http.StatusNoContent, Header: map[string]string{"Content-Type": "application/json"}}).Write(w)
	})
}

// browse does something with a payment intent whose client secret a page has, and answers what a page may see of it.
func (e *Emulator) browse(id string, in browserInput, do func(*state, *paymentIntent) *Error) reply {
	if !strings.HasPrefix(in.Key, "pk_test_") {
		return open((&Error{Status: http.StatusUnauthorized, Type: typeInvalid, Message: "A page uses a publishable test key, pk_test_…"}).reply())
	}
	refused := noSuch("payment_intent", id, "")
	var seen object
	e.having(id).locked(func(s *state) {
		p, ok := s.Intents.Get(id)
		if !ok || in.ClientSecret != p.Secret {
			return
		}
		if refused = nil; do != nil {
			refused = do(s, p)
		}
		seen = object{}
		for name, value := range p.view() {
			switch name {
			case "id", "object", "amount", "currency", "description", "status", "next_action", "livemode":
				seen[name] = value
			}
		}
	})
	if refused != nil {
		return open(refused.reply())
	}
	return open(jsonReply(http.StatusOK, seen))
}

// open lets pages of every origin read an answer.
func open(r reply) reply {
	header := map[string]string{
		"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "GET, POST", "Access-Control-Allow-Headers": "Content-Type",
		"Cache-Control": "no-store",
	}
	for name, value := range r.Header {
		header[name] = value
	}
	r.Header = header
	return r
}
