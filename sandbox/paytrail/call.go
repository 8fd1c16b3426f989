package paytrail

import (
	"cmp"
	"crypto/subtle"
	"fmt"
	"net/http"
	"strings"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// call is one API request on its way through the state, with the lock held.
type call struct {
	*state
	merchant  Merchant
	algorithm string
	id        string // of the transaction in the path
	body      []byte
}

// route is one row of the API.
type route struct {
	name, method, path string
	handle             func(*call) (answer, error)
	// names is the header that repeats the id of the path; empty: checkout-transaction-id.
	names string
}

// answer is what a call gives, and which transaction it is about.
type answer struct {
	status      int
	transaction string
	body        stage.Value
}

// routes is the part of the API that is played.
func routes() []route {
	return []route{
		{name: "create_payment", method: http.MethodPost, path: "/payments", handle: (*call).createPayment},
		{name: "get_payment", method: http.MethodGet, path: "/payments/{id}", handle: (*call).getTransaction},
		{name: "create_refund", method: http.MethodPost, path: "/payments/{id}/refund", handle: (*call).createRefund},
		{name: "get_token", method: http.MethodPost, path: "/tokenization/{id}", handle: (*call).getToken, names: "checkout-tokenization-id"},
		{name: "cit_authorization_hold", method: http.MethodPost, path: "/payments/token/cit/authorization-hold", handle: (*call).holdAsked},
		{name: "cit_charge", method: http.MethodPost, path: "/payments/token/cit/charge", handle: (*call).chargeAsked},
		{name: "mit_authorization_hold", method: http.MethodPost, path: "/payments/token/mit/authorization-hold", handle: (*call).holdUnasked},
		{name: "mit_charge", method: http.MethodPost, path: "/payments/token/mit/charge", handle: (*call).chargeUnasked},
		{name: "commit_hold", method: http.MethodPost, path: "/payments/{id}/token/commit", handle: (*call).commitHold},
		{name: "revert_hold", method: http.MethodPost, path: "/payments/{id}/token/revert", handle: (*call).revertHold},
	}
}

// refusal is an answer of the API that is no success.
type refusal struct {
	status  int
	message string
}

func (r *refusal) Error() string { return r.message }

// Refusal implements what the controls say of it.
func (r *refusal) Refusal() *stage.Refusal {
	return &stage.Refusal{Status: r.status, Code: codes[r.status], Message: r.message}
}

var codes = map[int]string{http.StatusBadRequest: "bad_request", http.StatusNotFound: "not_found", http.StatusUnauthorized: "unauthorized", http.StatusUnprocessableEntity: "not_supported"}

func refuse(status int, format string, args ...any) error {
	return &refusal{status, fmt.Sprintf(format, args...)}
}

func bad(format string, args ...any) error { return refuse(http.StatusBadRequest, format, args...) }

// failure is an answer that nobody signs.
func failure(status int, message string) stage.Reply {
	return stage.Reply{Status: status, Body: stage.JSON(stage.Members{"status": "error", "message": message})}
}

// api serves one route, with the fault that waits for it. A call that is not signed meets no fault.
func (e *Emulator) api(op route, w http.ResponseWriter, r *http.Request) {
	m, known := e.cfg.merchant(r.Header.Get("checkout-account"))
	body, large := stage.Body(w, r)
	of := e.World
	if known {
		if own, err := e.ForMerchant(m.ID); err == nil {
			of = own
		}
	}
	c := &call{merchant: m, algorithm: r.Header.Get("checkout-algorithm"), id: r.PathValue("id"), body: body}
	if large != nil || !known || !c.signed(r) {
		stage.Note(of.World, r, op.name, http.StatusUnauthorized, "")
		failure(http.StatusUnauthorized, "Signature mismatch").Write(w)
		return
	}
	stage.Serve(of.World, w, r, op.name, func(t stage.Treatment) (reply stage.Reply, done func()) {
		of.locked(func(s *state) {
			c.state = s
			reply = c.run(op, r, t)
		})
		return reply, nil
	})
}

// signed reports whether the merchant signed the call.
func (c *call) signed(r *http.Request) bool {
	if algorithms[c.algorithm] == nil {
		return false
	}
	params := map[string]string{}
	for name, values := range r.Header {
		params[strings.ToLower(name)] = strings.Join(values, ",")
	}
	for _, name := range []string{"checkout-method", "checkout-nonce", "checkout-timestamp"} {
		if params[name] == "" {
			return false
		}
	}
	want := sign(c.merchant.Secret, c.algorithm, params, c.body)
	return subtle.ConstantTimeCompare([]byte(want), []byte(r.Header.Get("signature"))) == 1
}

// run does one route under the lock and signs the answer.
func (c *call) run(op route, r *http.Request, t stage.Treatment) stage.Reply {
	a := answer{status: http.StatusInternalServerError, body: stage.Members{"status": "error", "message": "Internal server error"}}
	if t.Effect {
		made, err := c.begin(op, r)
		if err != nil {
			made = refusedWith(err)
		}
		if !t.Failing {
			a = made
		}
	}
	return c.reply(a, r.Method)
}

func refusedWith(err error) answer {
	words := stage.RefusalOf(err)
	return answer{status: words.Status, body: stage.Members{"status": "error", "message": words.Message}}
}

// begin checks what every call needs, and does it.
func (c *call) begin(op route, r *http.Request) (answer, error) {
	signature := r.Header.Get("signature")
	switch {
	case r.Header.Get("checkout-method") != r.Method:
		return answer{}, bad("checkout-method is not the method of the request")
	case c.id != "" && r.Header.Get(cmp.Or(op.names, "checkout-transaction-id")) != c.id:
		return answer{}, bad("%s is not that of the path", cmp.Or(op.names, "checkout-transaction-id"))
	case c.Seen[signature]:
		return answer{}, refuse(http.StatusUnauthorized, "The nonce was used before")
	}
	c.Seen[signature] = true
	return op.handle(c)
}

// reply signs an answer as the official API does.
func (c *call) reply(a answer, method string) stage.Reply {
	body := stage.JSON(a.body)
	headers := map[string]string{
		"checkout-account": c.merchant.ID, "checkout-algorithm": c.algorithm, "checkout-method": method,
		"checkout-nonce": c.Random(), "checkout-timestamp": c.Now().UTC().Format(timeForm),
	}
	if a.transaction != "" {
		headers["checkout-transaction-id"] = a.transaction
	}
	headers["signature"] = sign(c.merchant.Secret, c.algorithm, headers, body)
	headers["request-id"] = c.newID()
	headers["Content-Type"] = "application/json; charset=utf-8"
	return stage.Reply{Status: a.status, Header: headers, Body: body}
}

const timeForm = "2006-01-02T15:04:05.000Z"
