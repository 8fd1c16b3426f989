package browsertest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/console"
)

// evil is a text of what people write, with everything that does something where it is read as HTML.
func evil(where string) string {
	return where + `<script>document.title="` + where + `"</script>"'><img/src=x/onerror="document.title=1">{{7*7}}javascript:alert(1)`
}

// hostile is the id of a user, which has no space.
const hostile = `"><script>document.title=1;{{7*7}}`

// market is a marketplace with a deal of each kind, in which everybody writes what they should not.
type market struct {
	*testkit.Testbed
	t     *testing.T
	deals map[string]string // by what is the matter: paths in the console
	wrote map[string]bool   // texts that a page must show as they are
}

// staff are the operators: one of them has a name of the same kind.
var staff = []string{"ann", "bob", app.Olga.ID, `"><img/src=x/onerror=alert(1)>`}

// newBareMarket has operators with names of the same kind, two of whom are needed above 100 euro, and no deals.
func newBareMarket(t *testing.T) *market { return newMarketWith(t, testkit.Options{}) }

func newMarketWith(t *testing.T, o testkit.Options) *market {
	t.Helper()
	m := &market{testkit.New(t, o), t, map[string]string{}, map[string]bool{}}
	m.ask("PUT", "/v1/community/letterhead", 200, object{"marketplace": "Fair & <i>square</i>", "sender": "fair@example.com", "language": "en", "reason": m.write("brand")})
	m.ask("PUT", "/v1/community/operators", 200, object{"operators": staff, "reason": m.write("staff")})
	m.ask("PUT", "/v1/community/approval-limits", 200, object{"limits": object{"EUR": 10_000}, "reason": "policy"})
	return m
}

// newMarket has deals that are held, refused, disputed, on hold and ended, at a gateway and in our own books.
func newMarket(t *testing.T) *market {
	t.Helper()
	m := newBareMarket(t)
	m.ask("POST", "/v1/balances/bea/deposits", 201, object{"amount": 9_000, "currency": "EUR", "reason": m.write("deposit")})

	m.ask("POST", "/v1/balances/"+url.PathEscape(hostile)+"/deposits", 201, object{"amount": 100, "currency": "EUR", "reason": "paid in"})
	m.wrote[hostile] = true

	m.deals["held in our books"] = m.sale(object{"gateway": "balance", "unit_price": price(5_000)})
	m.deals["held at a gateway"] = m.sale(object{"unit_price": price(50_000), "input": object{"payment_method": "pm_card_visa"}})
	m.deals["refused"] = m.refused()
	disputed := m.BringTo("delivered")
	m.take(fmt.Sprint(disputed.ID), "bea", object{"transition": "complain", "input": object{"description": m.write("complaint")}})
	m.deals["a dispute"] = m.path(disputed.ID)
	m.deals["tracked"] = m.tracked()
	m.deals["on hold"] = m.onHold()
	m.deals["ended"] = m.ended()
	m.deals["traded"] = m.traded()
	m.deals["canceled"] = m.canceled()
	m.asked()
	m.MustSettle()
	for range 2 { // seals what was posted, and counts it
		if _, err := m.Due.Once(m.t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

type object = map[string]any

func price(minor int64) object { return object{"amount": minor, "currency": "EUR"} }

// write remembers a text that is the marketplace's own, to be found on a page.
func (m *market) write(where string) string {
	text := evil(where)
	m.wrote[text] = true
	return text
}

// ask calls as the backend, for an operator, and reads the answer.
func (m *market) ask(method, path string, status int, body object, header ...string) (answer object) {
	m.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		m.t.Fatal(err)
	}
	if len(header) == 0 {
		header = []string{"Handsel-Operator", "ann"}
	}
	got := m.Call(method, path, string(text), append([]string{"Idempotency-Key", fmt.Sprint(method, path, time.Now().UnixNano())}, header...)...)
	if got.Status != status {
		m.t.Fatalf("%s %s: %d %s", method, path, got.Status, got.Body)
	}
	if len(got.Body) > 0 {
		got.JSON(m.t, &answer)
	}
	return answer
}

func (m *market) create(status int, more object) object {
	m.t.Helper()
	body := object{
		"process": "preauthorize", "gateway": "stripe", "starter_id": "bea", "author_id": "sam",
		"listing": object{"title": m.write("title")}, "unit_price": price(5_000), "metadata": object{"note": m.write("note")},
	}
	for name, value := range more {
		body[name] = value
	}
	return m.ask("POST", "/v1/transactions", status, body, "Handsel-Actor", body["starter_id"].(string))
}

// sale opens a deal and says where the console shows it.
func (m *market) sale(more object) string {
	m.t.Helper()
	return "/console/deals/" + m.create(http.StatusCreated, more)["id"].(string)
}

func (m *market) take(deal, actor string, body object) object {
	m.t.Helper()
	return m.ask("POST", "/v1/transactions/"+deal+"/transitions", 200, body, "Handsel-Actor", actor)
}

// refused opens a deal that the payer's bank refuses, under a reference that finds it.
func (m *market) refused() string {
	m.t.Helper()
	m.create(http.StatusPaymentRequired, object{"external_reference": m.write("ref"), "input": object{"payment_method": "pm_card_chargeDeclinedStolenCard"}})
	return m.path(m.named(evil("ref")).ID)
}

// named is the deal with an external reference.
func (m *market) named(reference string) orchestrator.Transaction {
	m.t.Helper()
	all, err := m.Engine.List(m.t.Context(), orchestrator.Filter{CommunityID: app.SampleCommunity, ExternalReference: reference, Limit: 1}, testkit.Backend)
	if err != nil || len(all) != 1 {
		m.t.Fatalf("the deal %s: %v %v", reference, all, err)
	}
	return all[0]
}

// path is where the console shows a deal.
func (m *market) path(id int64) string { return fmt.Sprint("/console/deals/", id) }

// tracked is a parcel on its way under a code that somebody made up.
func (m *market) tracked() string {
	m.t.Helper()
	tx := m.BringTo("paid")
	m.take(fmt.Sprint(tx.ID), "sam", object{"transition": "track", "input": object{"carrier": "an-post", "tracking_code": m.write("code")}})
	return m.path(tx.ID)
}

// onHold is a deal whose seller was paid behind the engine's back.
func (m *market) onHold() string {
	m.t.Helper()
	deal := m.create(http.StatusCreated, object{"input": object{"payment_method": "pm_card_visa"}})["id"].(string)
	m.take(deal, "sam", object{"transition": "complete_preauthorization"})
	tx := m.find(deal)
	m.TransferElsewhere(tx, 4_000)
	m.ask("POST", "/v1/transactions/"+deal+"/refresh", 200, nil)
	if tx = m.Load(tx); tx.Attention == "" {
		m.t.Fatal("the deal is not on hold")
	}
	return m.path(tx.ID)
}

func (m *market) find(deal string) orchestrator.Transaction {
	m.t.Helper()
	number := m.ask("GET", "/v1/transactions/"+deal, 200, nil)["number"].(float64)
	return m.Load(orchestrator.Transaction{CommunityID: app.SampleCommunity, ID: int64(number)})
}

// ended is a deal that went well, between people with ids of the same kind.
func (m *market) ended() string {
	m.t.Helper()
	buyer := `<img/src=x/onerror=alert(1)>`
	m.wrote[buyer+" buys of sam"] = true
	deal := m.create(http.StatusCreated, object{"starter_id": buyer, "input": object{"payment_method": "pm_card_visa"}})["id"].(string)
	m.take(deal, "sam", object{"transition": "complete_preauthorization"})
	m.ask("POST", "/v1/transactions/"+deal+"/transitions", 200, object{"transition": "complete", "input": object{"reason": m.write("completed")}})
	return "/console/deals/" + deal
}

// traded is an order of the exchange.
func (m *market) traded() string {
	m.t.Helper()
	return m.path(m.dispute(app.SampleUser{ID: app.Bob.ID, Name: evil("bob")}))
}

// dispute is an order of the exchange whose buyer has called an operator, after a chat.
func (m *market) dispute(buyer app.SampleUser) (order int64) {
	m.t.Helper()
	order = takeAd(m.t, m.Testbed, buyer)
	path := fmt.Sprint("orders/", order)
	trade(m.t, m.Testbed, buyer, path+"/confirm-paid", "")
	trade(m.t, m.Testbed, buyer, path+"/messages", `{"message":"I have paid"}`)
	trade(m.t, m.Testbed, buyer, path+"/call-operator", `{"reason":"the seller is silent"}`)
	return order
}

// order is one of the exchange as it stands.
func (m *market) order(id int64) orchestrator.Transaction {
	m.t.Helper()
	tx, err := m.Engine.Find(m.t.Context(), app.SampleCommunity, id, testkit.Backend)
	if err != nil {
		m.t.Fatal(err)
	}
	return tx
}

// canceled is a sale that was called off after it was paid; both sides have written what they should not.
func (m *market) canceled() string {
	m.t.Helper()
	m.ask("POST", "/v1/balances/bea/deposits", 201, object{"amount": 5_000, "currency": "EUR", "reason": "paid in"})
	id := m.create(http.StatusCreated, object{"gateway": "balance"})["id"].(string)
	m.take(id, "sam", object{"transition": "complete_preauthorization"})
	m.take(id, "bea", object{"transition": "cancel", "input": object{"reason": m.write("rattles")}})
	m.ask("POST", "/v1/transactions/"+id+"/messages", http.StatusCreated, object{"content": m.write("chat")}, "Handsel-Actor", "sam")
	return "/console/deals/" + id
}

// asked are acts above the limit: one that waits for each operator, and one that was decided.
func (m *market) asked() {
	m.t.Helper()
	for _, who := range []string{staff[0], staff[3]} {
		m.ask("POST", "/v1/balances/bea/deposits", 202, object{"amount": 90_000, "currency": "EUR", "reason": m.write("asked by " + who[:1])}, "Handsel-Operator", who)
	}
	decided := m.ask("POST", "/v1/balances/bea/deposits", 202, object{"amount": 80_000, "currency": "EUR", "reason": m.write("no")})
	m.ask("POST", fmt.Sprint("/v1/operator/approvals/", decided["id"], "/reject"), 200, object{"reason": m.write("rejected")}, "Handsel-Operator", "bob")
}

// link signs an operator in, once.
func (m *market) link(name string, role console.Role) string {
	m.t.Helper()
	link, _, err := m.Door.Link(m.t.Context(), console.SignIn{Community: app.SampleCommunity, Name: name, Role: role}, orchestrator.By{Actor: "operator:ann", Reason: "a test", At: testkit.Start})
	if err != nil {
		m.t.Fatal(err)
	}
	return link
}

// enter is a tab of its own, with cookies of its own, where an operator has signed in.
func (m *market) enter(browser context.Context, name string, role console.Role) tab {
	m.t.Helper()
	b := openTab(m.t, browser, m.link(name, role), chromedp.WithNewBrowserContext())
	b.follow("button.main")
	return b
}
