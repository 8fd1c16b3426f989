package braintree

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"regexp"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// call is one API request on its way through the state, with the lock held.
type call struct {
	*state
	merchant Merchant
	id       string // of the transaction in the path; classic API
	body     fields // of the classic API
}

// answered is what the GraphQL API answers: always with status 200, errors too.
func answered(data stage.Value, errs []stage.Members, request string) stage.Reply {
	m := stage.Members{"data": data, "extensions": stage.Members{"requestId": request}}
	if len(errs) > 0 {
		m["errors"] = errs
	}
	return stage.Reply{Status: http.StatusOK, Body: stage.JSON(m)}
}

// failing is an answer of the GraphQL API to a request of which nothing was done.
func failing(class, message, request string) stage.Reply {
	return answered(nil, []stage.Members{{"message": message, "extensions": stage.Members{"errorClass": class, "errorType": "developer_error"}}}, request)
}

// world finds who calls, and the world they see.
func (e *Emulator) world(r *http.Request) (Merchant, *World, bool) {
	public, private, _ := r.BasicAuth()
	m, known := e.cfg.caller(public)
	if !known || subtle.ConstantTimeCompare([]byte(private), []byte(m.Private)) != 1 {
		return m, e.World, false
	}
	of, err := e.ForMerchant(m)
	return m, of, err == nil
}

// The API is versioned by date (official API).
var version = regexp.MustCompile(`^20[0-9]{2}-[0-9]{2}-[0-9]{2}$`)

// graphql serves the GraphQL API, with the fault that waits for what is asked first.
func (e *Emulator) graphql(w http.ResponseWriter, r *http.Request) {
	body, large := stage.Body(w, r)
	m, of, known := e.world(r)
	refuse := func(reply func(request string) stage.Reply) {
		var request string
		of.locked(func(s *state) { request = s.requestID() })
		stage.Note(of.World, r, "graphql", http.StatusOK, "")
		reply(request).Write(w)
	}
	switch {
	case !known:
		refuse(func(id string) stage.Reply {
			return failing("AUTHENTICATION", "Authentication credentials are invalid.", id)
		})
		return
	case !version.MatchString(r.Header.Get("Braintree-Version")):
		refuse(func(id string) stage.Reply {
			return failing("UNSUPPORTED_CLIENT", "The Braintree-Version header is missing or no date.", id)
		})
		return
	}
	d, err := readRequest(body, large != nil)
	if err != nil {
		refuse(func(id string) stage.Reply { return answered(nil, []stage.Members{mistake(err)}, id) })
		return
	}
	stage.Serve(of.World, w, r, d.first(), func(t stage.Treatment) (reply stage.Reply, done func()) {
		of.locked(func(s *state) {
			c := &call{state: s, merchant: m}
			if t.Effect {
				reply = c.execute(d)
			}
			if t.Failing {
				reply = failing("INTERNAL", "Unknown error.", s.requestID())
			}
		})
		return reply, nil
	})
}

// mistake is the error of a query that is not carried out.
func mistake(err error) stage.Members {
	m := stage.Members{"message": err.Error(), "extensions": stage.Members{"errorClass": "VALIDATION", "errorType": "developer_error"}}
	var q *queryError
	if errors.As(err, &q) && q.line > 0 {
		m["locations"] = []stage.Members{{"line": q.line, "column": q.column}}
	}
	return m
}

func readRequest(body []byte, large bool) (*document, error) {
	if large {
		return nil, invalid(nil, "The request is too large")
	}
	raw, err := readJSON(body)
	in, ok := raw.(map[string]stage.Value)
	query, _ := in["query"].(string)
	if err != nil || !ok || query == "" {
		return nil, invalid(nil, "The body must be JSON with a query")
	}
	name, _ := in["operationName"].(string)
	given, _ := in["variables"].(map[string]stage.Value)
	return played().read(query, name, given)
}

// first is the name of what is asked first, which faults know it by.
func (d *document) first() string {
	keys, all := (&execution{document: d}).collect(d.operation.SelectionSet, d.rootType())
	if len(keys) == 0 {
		return "graphql"
	}
	return all[keys[0]].Name
}

func (d *document) rootType() string {
	return stage.Or(d.operation.Operation == ast.Query, "Query", "Mutation")
}

// execute carries out a request. Its mutations are done one after the other.
func (c *call) execute(d *document) stage.Reply {
	of := record{d.rootType(), map[string]stage.Value{}}
	for _, r := range roots() {
		of.values[r.name] = resolver(func(args fields) (stage.Value, error) { return r.handle(c, args) })
	}
	x := &execution{document: d}
	data := x.run(d.operation.SelectionSet, of, nil)
	return answered(data, x.errors, c.requestID())
}

// requestID names an answer, for support.
func (s *state) requestID() string {
	r := s.Random()
	return fmt.Sprintf("%x-%x", r[:4], r[4:12])
}
