package server_test

import (
	"net/http/httptest"
	"sync"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/feed"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server"
)

type (
	charging  = server.Fees // embedded under its own name it would hide its method
	approving = orchestrator.Approvals
	tradings  = exchange.Trading
)

// wholeServer is a server that has all parts, none of which does anything: it is asked what
// it would serve.
var wholeServer = sync.OnceValues(func() (*server.Server, error) {
	ids, err := publicid.New([]byte("a secret for tests of the server"))
	if err != nil {
		return nil, err
	}
	engine := &orchestrator.Engine{Config: orchestrator.Config{Guard: struct{ orchestrator.Guard }{}, Approvals: struct{ approving }{}}}
	return server.New(server.Config{
		Engine: engine, Keys: struct{ server.Keys }{}, Profiles: struct{ server.Profiles }{}, IDs: ids,
		Listings: &listings.Service{}, Conversations: struct{ server.Conversations }{}, Fees: struct{ charging }{},
		Letterheads: struct{ server.Letterheads }{}, StripePage: &server.StripePage{PublishableKey: "pk_test_page"},
		Audit: struct{ orchestrator.Auditor }{}, Replies: struct{ server.Replies }{},
		Exchange: &server.Exchange{
			Trading: struct{ tradings }{}, Ads: &listings.Ads{}, Tokens: struct{ server.Tokens }{}, Feed: struct{ server.Feed }{},
			Hub: feed.NewHub(), Tickets: struct{ server.Tickets }{}, Replies: struct{ server.Replies }{}, Evidence: struct{ server.Evidence }{},
		},
	})
})

// everyRoute lists the routes of a server that has all parts.
func everyRoute() ([]server.Route, error) {
	s, err := wholeServer()
	if err != nil {
		return nil, err
	}
	return s.Routes(), nil
}

// wholeSpec is its description.
func wholeSpec() ([]byte, error) {
	s, err := wholeServer()
	if err != nil {
		return nil, err
	}
	answer := httptest.NewRecorder()
	s.Handler().ServeHTTP(answer, httptest.NewRequest("GET", "/openapi.yaml", nil))
	return answer.Body.Bytes(), nil
}
