package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
)

// longPage is how many rows the longer of two pages has.
const longPage = 20

// lists are the routes that answer with a page, with what is asked for here.
var lists = map[string]struct {
	query string
	by    string // whose token is sent; empty: the API key
}{
	"/v1/transactions":                      {query: "process=preauthorize"},
	"/v1/transactions/{id}/messages":        {},
	"/v1/sessions":                          {query: "user=" + app.Alice.ID},
	"/v1/listings":                          {},
	"/v1/payouts":                           {},
	"/v1/sellers":                           {query: "metadata[shop]=one"},
	"/v1/sellers/{user_id}/payouts":         {},
	"/v1/sellers/{user_id}/bank-payouts":    {},
	"/v1/operator/transactions":             {},
	"/v1/webhook-endpoints/{id}/deliveries": {},
	"/v1/operator/tasks":                    {},
	"/v1/operator/approvals":                {},
	"/v1/operator/audit":                    {},
	"/v1/events":                            {},
	"/api/v1/p2p/ads":                       {by: "alice"},
	"/api/v1/p2p/ads/my":                    {by: "alice"},
	"/api/v1/p2p/orders":                    {query: "status=completed", by: "alice"},
	"/api/v1/p2p/orders/{id}/messages":      {by: "alice"},
	"/api/v1/p2p/sessions":                  {by: "alice"},
	"/api/v1/p2p/operator/disputes":         {by: "olga"},
}

// shop is a marketplace with more than a page of everything.
type shop struct {
	*testkit.Testbed
	t    *testing.T
	ids  map[string]string // of what is in a path
	keys int
}

// as is the header of a user's requests.
func (s *shop) as(u app.SampleUser) []string {
	s.t.Helper()
	token, err := s.Token(u)
	if err != nil {
		s.t.Fatal(err)
	}
	return []string{"Authorization", "Bearer " + token}
}

func (s *shop) do(method, path, body string, status int, header ...string) testkit.Response {
	s.t.Helper()
	s.keys++
	r := s.Call(method, path, body, append([]string{"Idempotency-Key", fmt.Sprint("key ", s.keys)}, header...)...)
	if r.Status != status {
		s.t.Fatalf("%s %s: %d %s, want %d", method, path, r.Status, r.Body, status)
	}
	return r
}

// fill makes it.
func (s *shop) fill() {
	staff := []string{"Handsel-Operator", "ann"}
	s.do("PUT", "/v1/community/operators", `{"operators":["ann","`+app.Olga.ID+`"],"reason":"staff"}`, 200, staff...)
	s.do("PUT", "/v1/community/approval-limits", `{"limits":{"CHF":100},"reason":"rule"}`, 200, staff...)
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.t.Cleanup(receiver.Close)
	s.ids["/v1/webhook-endpoints/{id}"] = id(s.t, s.do("POST", "/v1/webhook-endpoints", `{"url":"`+receiver.URL+`","reason":"a test"}`, 201, staff...), "id")
	s.do("POST", "/v1/balances/bea/deposits", `{"amount":1000000,"currency":"EUR","reason":"paid in"}`, 201, staff...)
	for i := range longPage {
		s.do("POST", "/v1/balances/bea/deposits", fmt.Sprintf(`{"amount":%d,"currency":"CHF","reason":"paid in"}`, 1000+i), 202, staff...)
		s.do("POST", "/v1/listings", `{"author_id":"sam","title":"Bike","kind":"multi_use","model":"online","stock":5,"price":{"amount":5000,"currency":"EUR"}}`, 201)
		made := s.do("POST", "/v1/transactions", fmt.Sprintf(sale, "balance", "sam", ""), 201)
		if s.ids["/v1/transactions/{id}"] == "" {
			s.ids["/v1/transactions/{id}"] = id(s.t, made, "id")
		}
		s.do("POST", "/v1/transactions/"+s.ids["/v1/transactions/{id}"]+"/messages", `{"content":"hello","sender_id":"bea"}`, 201)
	}
	s.ids["/v1/sellers/{user_id}"] = "sam"
	for range longPage {
		deal := "/v1/transactions/" + id(s.t, s.do("POST", "/v1/transactions", fmt.Sprintf(sale, "stripe", "sam", `,"input":{"payment_method":"pm_card_visa"}`), 201), "id") + "/transitions"
		s.do("POST", deal, `{"transition":"complete_preauthorization"}`, 200)
		s.do("POST", deal, `{"transition":"complete"}`, 200)
	}
	for i := range longPage {
		s.do("PATCH", fmt.Sprint("/v1/sellers/seller", i), `{"metadata":{"shop":"one"}}`, 200)
	}
	for i := range longPage {
		p := orchestrator.BankPayout{
			CommunityID: app.SampleCommunity, Number: int64(i + 1), Gateway: "stripe", AccountID: "acct_1", ID: fmt.Sprint("po_", i), UserID: "sam",
			Amount: money.New(5000, "EUR"), Status: orchestrator.BankPayoutPaid, MadeAt: testkit.Start, EndedAt: testkit.Start,
		}
		if _, err := s.Store.SaveBankPayout(s.t.Context(), p); err != nil {
			s.t.Fatal(err)
		}
	}
	s.trade()
	if _, err := s.Due.Once(s.t.Context()); err != nil { // events get their numbers, and are sent
		s.t.Fatal(err)
	}
}

// trade makes orders: half of them an operator has decided, the others wait for one.
func (s *shop) trade() {
	alice, olga := s.as(app.Alice), s.as(app.Olga)
	const orders, operator = "/api/v1/p2p/orders", "/api/v1/p2p/operator/orders/"
	const terms = `{"type":%q,"asset":%q,"fiat_currency":"RUB","exchange_rate":100,"min_amount":100,"max_amount":5000000,"payment_methods":["card"],"total_amount":5000000%s}`
	s.do("GET", "/api/v1/p2p/balance", "", 200, alice...)
	ad := id(s.t, s.do("POST", "/api/v1/p2p/ads", fmt.Sprintf(terms, "sell", "RUB", `,"payment_details":{"card_number":"2200000000000004"}`), 200, alice...), "id")
	for range longPage {
		paused := id(s.t, s.do("POST", "/api/v1/p2p/ads", fmt.Sprintf(terms, "buy", "RUB", ""), 200, alice...), "id")
		s.do("POST", "/api/v1/p2p/ads/"+paused+"/pause", "", 200, alice...)
	}
	for i := range 2 * longPage {
		buyer := s.as(app.SampleUser{ID: fmt.Sprintf("00000000-0000-4000-8000-0000000001%02d", i), Name: fmt.Sprint("Buyer ", i)})
		s.do("POST", "/api/v1/p2p/ads", fmt.Sprintf(terms, "buy", "RUB", ""), 200, buyer...)
		order := id(s.t, s.do("POST", orders, `{"ad_id":`+ad+`,"usdt_amount":10000,"payment_method":"card"}`, 200, buyer...), "id")
		s.do("POST", orders+"/"+order+"/confirm-paid", "", 200, buyer...)
		s.do("POST", orders+"/"+order+"/call-operator", `{"reason":"nothing came"}`, 200, alice...)
		if s.ids["/api/v1/p2p/orders/{id}"] == "" {
			s.ids["/api/v1/p2p/orders/{id}"] = order
		}
		s.do("POST", orders+"/"+s.ids["/api/v1/p2p/orders/{id}"]+"/messages", `{"message":"hello"}`, 200, alice...)
		if i >= longPage {
			s.do("POST", operator+order+"/assign", "", 200, olga...)
			s.do("POST", operator+order+"/resolve", `{"outcome":"split","buyer_amount":6000,"seller_amount":4000,"reason":"both were late"}`, 200, olga...)
		}
	}
}

// took counts the statements of a page, and its rows.
func (s *shop) took(path, query string, limit int, header []string) (statements int64, rows int) {
	s.t.Helper()
	for name, id := range s.ids {
		if strings.HasPrefix(path, name) {
			path = strings.NewReplacer("{id}", id, "{user_id}", id).Replace(path)
		}
	}
	target := path + "?" + (url.Values{"limit": {fmt.Sprint(limit)}}).Encode()
	if query != "" {
		target += "&" + query
	}
	for range 2 { // the first one prepares statements and remembers who asks
		before := s.Store.Stats().Statements
		r := s.Call("GET", target, "", header...)
		statements = s.Store.Stats().Statements - before
		if r.Status != http.StatusOK {
			s.t.Fatalf("GET %s: %d %s", target, r.Status, r.Body)
		}
		var page struct {
			Items []json.RawMessage `json:"items"`
		}
		r.JSON(s.t, &page)
		rows = len(page.Items)
	}
	return statements, rows
}

// A page takes as many statements as any other, however many rows it has: what belongs
// to its rows is read for all of them at once.
func TestCost_lists(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		s := &shop{Testbed: testkit.New(t, testkit.Options{DatabaseURL: url, Manual: true}), t: t, ids: map[string]string{}}
		s.fill()
		tokens := map[string][]string{"": {"Handsel-Operator", "ann"}, "alice": s.as(app.Alice), "olga": s.as(app.Olga)}
		known := map[string]bool{}
		for _, r := range s.Server.Routes() {
			if r.Method != http.MethodGet || !slices.Contains(r.Query, "limit") {
				continue
			}
			l, asked := lists[r.Path]
			if known[r.Path] = true; !asked {
				t.Errorf("the statements of %s are not counted", r.Path)
				continue
			}
			few, two := s.took(r.Path, l.query, 2, tokens[l.by])
			many, more := s.took(r.Path, l.query, longPage, tokens[l.by])
			if two != 2 || more != longPage {
				t.Errorf("%s: pages of %d and %d rows", r.Path, two, more)
			}
			if few != many {
				t.Errorf("%s takes %d statements for %d rows, and %d for %d", r.Path, few, two, many, more)
			}
		}
		for path := range lists {
			if !known[path] {
				t.Errorf("there is no list %s", path)
			}
		}
	})
}
