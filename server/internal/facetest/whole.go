package facetest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/console"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/mailstop"
	"github.com/handsel-dev/handsel/server/native"
	"github.com/handsel-dev/handsel/server/paypage"
	"github.com/handsel-dev/handsel/server/trade"
	"github.com/handsel-dev/handsel/server/web"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

type (
	charging   = native.Terms // embedded under its own name it would hide its method
	holding    = native.Holds
	reaching   = native.Origins
	templating = native.MailTemplates
	keyring    = console.Keys
)

// wholeServer is a server that has all parts, none of which does anything: it is asked what
// it would serve.
var wholeServer = sync.OnceValues(func() (*server.Server, error) {
	ids, err := publicid.New([]byte("a secret for tests of the server"))
	if err != nil {
		return nil, err
	}
	return server.New(server.Config{
		Engine: &orchestrator.Engine{}, Keys: struct{ deal.Keys }{}, Profiles: struct{ native.Profiles }{}, Books: struct{ native.Books }{}, IDs: ids,
		Listings: &listings.Service{}, Conversations: struct{ native.Conversations }{}, Terms: struct{ charging }{}, Holds: struct{ holding }{}, Approvals: struct{ native.Approvals }{},
		Letterheads: struct{ native.Letterheads }{}, Origins: struct{ reaching }{}, Templates: struct{ templating }{}, MailStops: struct{ mailstop.Desk }{}, StripePage: &paypage.Config{PublishableKey: "pk_test_page"}, Webhooks: &outbound.Desk{}, Passes: &outbound.Passes{}, Console: &console.Door{}, Sums: struct{ console.Sums }{}, Finder: struct{ console.Finder }{}, People: struct{ console.People }{}, KeyDesk: struct{ keyring }{}, MailLog: struct{ console.Mails }{}, Timeline: struct{ console.Timeline }{}, Arrivals: struct{ console.Arrivals }{}, Jobs: struct{ console.Jobs }{}, Late: struct{ console.Late }{},
		Events: struct{ events.Log }{}, Hub: notices.NewHub(), Audit: struct{ orchestrator.Auditor }{}, Replies: struct{ idempotency.Runner }{},
		Exchange: &trade.Exchange{
			Trading: &exchange.Service{}, Ads: &listings.Ads{}, Tokens: struct{ trade.Tokens }{}, Feed: struct{ trade.Feed }{},
			Hub: notices.NewHub(), Tickets: struct{ trade.Tickets }{}, Replies: struct{ idempotency.Runner }{}, Evidence: struct{ trade.Evidence }{},
		},
	})
})

// EveryRoute lists the routes of a server that has all parts.
func EveryRoute() ([]web.Route, error) {
	s, err := wholeServer()
	if err != nil {
		return nil, err
	}
	return s.Routes(), nil
}

// WholeSpec is its description.
func WholeSpec() ([]byte, error) {
	s, err := wholeServer()
	if err != nil {
		return nil, err
	}
	answer := httptest.NewRecorder()
	s.Handler().ServeHTTP(answer, httptest.NewRequest("GET", "/openapi.yaml", nil))
	if answer.Code != http.StatusOK {
		return nil, fmt.Errorf("the description answers %d %s", answer.Code, answer.Body)
	}
	return answer.Body.Bytes(), nil
}
