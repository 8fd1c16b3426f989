package app_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testkit"
)

// What is planted and has one form from the beginning; the rest is picked up on the way.
const (
	refusedCard  = "4000056655665556" // tried where no card may be
	spacedCard   = "4000 0566-5566 5556"
	detailsCard  = "2200000000000004" // where a seller says how they are paid
	securityCode = "canary-cvv-7391"
	bankAccount  = "4111111111111111" // of a seller, which reads like a card
	birthday     = "1981-11-19"
	detailsText  = "canary-details-Sberbank"
	messageText  = "canary-message: meet me at the blue door"
	reasonText   = "canary-reason: the bell is missing"
	noteText     = "canary-note: for the marketplace alone"
	evidenceText = "canary-evidence: the receipt of the bank"
	paymentToken = "pm_card_visa"
	keyText      = "canary-key-"
)

// kept is where a planted secret may be found: a pattern of table.column, and why.
type kept struct{ what, where, why string }

var keptOnPurpose = []kept{
	{"message", "messages.content", "conversations are kept to be read"},
	{"message", "feed_entries.data", "the feed tells the parties what was said until it is pruned"},
	{"message", "reviews.content", "reviews are public"},
	{"message", "ads.instructions", "every trader who looks at an ad reads them"},
	{"message", "transactions.terms", "an order keeps the instructions that it was taken on"},
	{"reason", "transaction_log.said", "what was said along with a step is its record"},
	{"reason", "approvals.reason", "the second person decides by it"},
	{"reason", "approvals.decision", "why it was approved or rejected is its record"},
	{"reason", "audit_log.reason", "why staff acted is what the audit log is for"},
	{"reason", "messages.content", "the system tells the parties in their conversation why an operator was called"},
	{"reason", "feed_entries.data", "as messages are"},
	{"reason", "mails.data", "a mail that waits to be sent"},
	{"reason", "mail", "operators and parties are told the reason"},
	{"note", "transactions.metadata", "what a marketplace notes is its own, and kept to be found by it"},
	{"note", "listings.metadata", "as with a deal"},
	{"note", "seller_labels.metadata", "as with a deal"},
	{"note", "event_log.data", "events say what is noted with a deal or a listing; they go after 90 days"},
	{"evidence", "evidence.content", "files are shown to operators; they are as private as the database"},
	{"idempotency key", "replies.key", "a repeat is found by it; it lets nobody in"},
}

// notPlayed are the routes that write and that the plan does not play, and why.
var notPlayed = map[string]string{
	"POST /gateways/{gateway}/webhooks":           "the emulators call it, signed, for every payment of the plan; inbox.body is sealed",
	"PUT /v1/community/mail-templates/{name}":     "it stores a text of the marketplace with names of placeholders in it, and no data",
	"DELETE /v1/community/mail-templates/{name}":  "it forgets such a text",
	"POST /mail/stop/{token}":                     "it stores a user and a kind of e-mail; the token is in no column",
	"POST /mail/resume/{token}":                   "it forgets what stop stores",
	"POST /v1/operator/holds/end":                 "it stores a reason and who gives it, like clear, which is played",
	"POST /v1/operator/tasks/{id}/assign":         "it stores a reason and who gives it, like clear, which is played",
	"POST /v1/operator/tasks/{id}/done":           "it stores a reason and who gives it, like clear, which is played",
	"POST /portal/open/{token}":                   "it takes the ticket of a link, which is made in the plan, and stores nothing",
	"POST /console/open/{token}":                  "it takes the ticket of a link, and stores the name and the role of who signs in",
	"POST /console/sign-in/account":               "it takes a password and a code, which its own tests look for",
	"POST /console/invite/{token}":                "it takes a password, which its own tests look for",
	"POST /console/sign-in":                       "it does what POST /console/open/{token} does",
	"POST /console/sign-in/oidc":                  "it stores the page to come back to, under the hash of a secret",
	"POST /console/sessions":                      "it stores who ended whose session",
	"POST /console/leave":                         "it stores nothing",
	"POST /console/deals/{id}/do/{transition}":    "it does what POST /v1/transactions/{id}/transitions does, which is played",
	"POST /console/deals/{id}":                    "it keeps words for staff, which its own tests look for",
	"POST /console/risk/{id}/{act}":               "it does what the routes of /v1/operator/tasks do, which are played",
	"POST /console/approvals/{id}/{act}":          "it does what the routes of /v1/operator/approvals do, which are played",
	"POST /console/webhooks/endpoints":            "it does what POST /v1/webhook-endpoints does, which is played",
	"POST /console/webhooks/endpoints/{id}/{act}": "it does what the routes of /v1/webhook-endpoints do, which are played",
	"POST /console/jobs/{id}":                     "it stores a reason and who gives it, like clear, which is played",
	"POST /console/disputes/{id}/take":            "it does what the routes of /v1/operator/tasks and of the exchange do, which are played",
	"POST /console/sellers/{user}/{act}":          "it does what the routes of the exchange for operators do, which are played",
	"POST /console/community/{act}":               "it does what PUT /v1/community/fees and its like do, which are played",
	"POST /console/keys":                          "it stores a name, a reason and who gives it, and shows a key once",
	"POST /console/keys/{id}/revoke":              "it stores a reason and who gives it, like clear, which is played",
	"POST /console/listings/{id}/{act}":           "it stores a reason and who gives it, like clear, which is played",
	"POST /console/ads/{id}/{act}":                "it stores a reason and who gives it, like clear, which is played",
	"POST /console/inbox/{id}/replay":             "it stores a reason and who gives it, like clear, which is played",
	"POST /portal/leave":                          "it stores nothing",
	"POST /portal/endpoints":                      "it does what POST /v1/webhook-endpoints does, which is played",
	"POST /portal/endpoints/{id}/{act}":           "it does what the routes of /v1/webhook-endpoints do, which are played",
}

// diary is a log that is read afterwards.
type diary struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (a *diary) Write(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.all.Write(p)
}

func (a *diary) String() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.all.String()
}

// planter plays a plan with marked secrets.
type planter struct {
	*testkit.Testbed
	t       *testing.T
	secrets map[string][]string
	played  map[string]bool
	keys    int
	spoil   func(method, target, body string, header []string) // default: tamper
}

// do plays a route whose parameters are ids, after trying the same with card data in
// every place that takes text.
func (p *planter) do(method, route string, ids []string, body string, status int, header ...string) testkit.Response {
	p.t.Helper()
	route, query, _ := strings.Cut(route, "?")
	p.played[method+" "+route] = true
	target := route
	for _, id := range ids {
		from, to := strings.Index(target, "{"), strings.Index(target, "}")
		target = target[:from] + id + target[to+1:]
	}
	if query != "" {
		target += "?" + query
	}
	if p.spoil != nil {
		p.spoil(method, target, body, header)
	} else {
		p.tamper(method, target, body, header)
	}
	p.keys++
	r := p.Call(method, target, body, append([]string{"Idempotency-Key", fmt.Sprint(keyText, p.keys)}, header...)...)
	if r.Status != status {
		p.t.Fatalf("%s %s: %d %s, want %d", method, target, r.Status, r.Body, status)
	}
	return r
}

func (p *planter) tamper(method, target, body string, header []string) {
	p.t.Helper()
	try := func(what, path, body string, extra ...string) {
		p.t.Helper()
		p.keys++
		h := slices.Concat([]string{"Idempotency-Key", fmt.Sprint(keyText, p.keys)}, header, extra)
		if r := p.Call(method, path, body, h...); !strings.Contains(string(r.Body), "card data is not accepted here") {
			p.t.Errorf("%s %s with card data in %s: %d %s", method, target, what, r.Status, r.Body)
		}
	}
	try("the key", target, body, "Idempotency-Key", "pay-"+refusedCard)
	address, _, _ := strings.Cut(target, "?")
	try("the query", address+"?note="+refusedCard, body)
	var whole map[string]any
	if json.Unmarshal([]byte(body), &whole) != nil {
		return
	}
	for _, planted := range plant(whole) {
		try(planted.where, target, planted.body)
	}
}

type planted struct{ where, body string }

// plant makes bodies of a body: with a card number in one text each, and with a
// security code beside the members of one object each.
func plant(whole map[string]any) (all []planted) {
	add := func(where string) {
		body, _ := json.Marshal(whole) // of what was unmarshalled
		all = append(all, planted{where, string(body)})
	}
	var visit func(node map[string]any, at string)
	visit = func(node map[string]any, at string) {
		for _, name := range slices.Sorted(maps.Keys(node)) {
			switch was := node[name].(type) {
			case string:
				if strings.HasPrefix(at, "payment_details") || name == "tracking_code" || name == "funding_account_number" {
					continue // a seller's card, and what looks like one
				}
				for _, card := range []string{refusedCard, spacedCard} {
					node[name] = was + " " + card
					add(at + name)
				}
				node[name] = was
			case map[string]any:
				visit(was, at+name+".")
			}
		}
		node["cvv"] = securityCode
		add(at + "cvv")
		delete(node, "cvv")
	}
	visit(whole, "")
	return all
}

// as is the header of a user's requests; their token is a secret.
func (p *planter) as(u app.SampleUser) []string {
	p.t.Helper()
	token, err := p.Token(u)
	if err != nil {
		p.t.Fatal(err)
	}
	p.secret("user token", token)
	header := []string{"Authorization", "Bearer " + token}
	if r := p.Call("GET", "/api/v1/p2p/balance", "", header...); r.Status != http.StatusOK { // at first sight
		p.t.Fatalf("%d %s", r.Status, r.Body)
	}
	return header
}

func (p *planter) secret(what, text string) {
	p.t.Helper()
	if len(text) < 8 {
		p.t.Fatalf("no %s: %q", what, text)
	}
	p.secrets[what] = append(p.secrets[what], text)
}

// TestP8_canaries plays every route that writes with marked secrets, and finds each of
// them only where keptOnPurpose allows it: in no other column of the database, and not
// in logs, metrics, mails or files.
func TestP8_canaries(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		log := &diary{}
		p := &planter{Testbed: testkit.New(t, testkit.Options{DatabaseURL: url, BraintreeEscrow: true, Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))}), t: t, played: map[string]bool{}}
		p.secrets = map[string][]string{
			"refused card": {refusedCard, spacedCard}, "security code": {securityCode}, "seller's card": {detailsCard}, "payment details": {detailsText},
			"message": {messageText}, "reason": {reasonText}, "evidence": {evidenceText}, "note": {noteText}, "seller's bank account": {bankAccount}, "seller's birthday": {birthday}, "payment token": {paymentToken}, "idempotency key": {keyText},
		}
		p.secret("API key", p.Key)
		p.secret("API key", p.OtherKey)
		defer func() { p.find(url, log.String()) }() // after a failure as well
		p.native()
		p.listings()
		p.sharetribe()
		p.exchange()
		p.buyFlow()
		p.MustSettle()
		p.complete()
	})
}

// complete fails for routes that write and are neither played nor excused.
func (p *planter) complete() {
	for _, r := range p.Server.Routes() {
		name := r.Method + " " + r.Path
		if r.Method != http.MethodGet && !p.played[name] && notPlayed[name] == "" {
			p.t.Errorf("%s is not played with secrets: add it to the plan, or to notPlayed with the reason", name)
		}
	}
	for name := range notPlayed {
		if p.played[name] {
			p.t.Errorf("%s is played: it needs no excuse", name)
		}
	}
}

// find looks for every secret, as it is and encoded, wherever something is kept.
func (p *planter) find(url, log string) {
	places := testkit.Columns(p.t, url)
	metrics := httptest.NewRecorder()
	p.Server.Ops().ServeHTTP(metrics, httptest.NewRequestWithContext(p.t.Context(), http.MethodGet, "/metrics", nil))
	if !strings.Contains(metrics.Body.String(), "handsel_") || !strings.Contains(log, "route=/v1/transactions") {
		p.t.Error("metrics or log were not collected: this test tests nothing")
	}
	places["metrics"], places["log"] = []string{metrics.Body.String()}, []string{log}
	for _, m := range p.Mailbox.Messages() {
		places["mail"] = append(places["mail"], m.Subject+m.Text)
	}
	if len(places["mail"]) == 0 && !p.t.Failed() {
		p.t.Error("no mail was sent: this test tests nothing of them")
	}
	used := map[kept]bool{}
	everywhere := map[string]bool{} // what may be in the file, because it may be in a column
	for what, texts := range p.secrets {
		for place, values := range places {
			if !slices.ContainsFunc(values, func(v string) bool { return holds(v, texts) }) {
				continue
			}
			i := slices.IndexFunc(keptOnPurpose, func(k kept) bool {
				ok, err := path.Match(k.where, place)
				return k.what == what && ok && err == nil
			})
			if i < 0 {
				p.t.Errorf("the %s is in %s", what, place)
				continue
			}
			used[keptOnPurpose[i]], everywhere[what] = true, true
		}
	}
	for _, k := range keptOnPurpose {
		if !used[k] && !p.t.Failed() {
			p.t.Errorf("the %s is not in %s: take it off the list", k.what, k.where)
		}
	}
	p.files(url, everywhere)
}

// files looks at the bytes of the database, deleted ones as well.
func (p *planter) files(url string, allowed map[string]bool) {
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(url + suffix)
		if err != nil {
			continue // PostgreSQL, or no such file
		}
		for what, texts := range p.secrets {
			if !allowed[what] && holds(string(content), texts) {
				p.t.Errorf("the %s is in the file of the database%s", what, suffix)
			}
		}
	}
}

func holds(place string, texts []string) bool {
	return slices.ContainsFunc(texts, func(text string) bool {
		b := []byte(text)
		return strings.Contains(place, text) || strings.Contains(place, base64.StdEncoding.EncodeToString(b[:len(b)/3*3])) ||
			strings.Contains(place, hex.EncodeToString(b))
	})
}
