package app_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowf2f"
	"github.com/handsel-dev/handsel/orchestrator/process/p2porder"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

// office is a testbed whose community has a limit of 10.00 and three operators.
type office struct{ *trial }

var (
	olga = []string{"Handsel-Operator", "olga"}
	ann  = []string{"Handsel-Operator", "ann"}
	bob  = []string{"Handsel-Operator", "bob"}
)

const approvalsPath = "/v1/operator/approvals"

func newOffice(t *testing.T, url string) *office {
	w := &office{newTrial(t, url)}
	w.limit()
	return w
}

func (w *office) limit() {
	w.t.Helper()
	w.must(200, "PUT", "/v1/community/operators", `{"operators":["olga","ann","bob","`+app.Olga.ID+`"],"reason":"our staff"}`, olga...)
	w.must(200, "PUT", "/v1/community/approval-limits", `{"limits":{"EUR":1000,"RUB":1000},"reason":"policy"}`, olga...)
}

func (w *office) must(status int, method, path, body string, header ...string) testkit.Response {
	w.t.Helper()
	w.keys++
	r := w.Call(method, path, body, append([]string{"Idempotency-Key", fmt.Sprint("o", w.keys)}, header...)...)
	if r.Status != status {
		w.t.Fatalf("%s %s: %d %s, want %d", method, path, r.Status, r.Body, status)
	}
	return r
}

// moved are the tables that change when something is done.
func (w *office) moved() map[string]string {
	w.t.Helper()
	all, some := testkit.Tables(w.t, w.url), map[string]string{}
	for _, name := range []string{"transactions", "postings", "intents", "accounts", "timers", "events", "messages"} {
		some[name] = all[name]
	}
	return some
}

// ask does something above the limit: it waits, also when it is repeated, and nothing
// has happened. It returns the approval's route. What has a dry run tells it before.
func (w *office) ask(dry bool, path, body string, header ...string) string {
	w.t.Helper()
	if dry {
		if p := w.would("POST", path, body, header...); !p.Allowed || !p.SecondPerson {
			w.t.Errorf("tried, %s tells nothing of a second person: %+v", path, p)
		}
	}
	w.delivered()
	before := w.moved()
	first := w.must(202, "POST", path, body, header...)
	w.keys-- // under the same key
	again := w.must(202, "POST", path, body, header...)
	if diff := cmp.Diff(before, w.moved()); diff != "" {
		w.t.Errorf("%s waits, and this has happened (-before +after):\n%s", path, diff)
	}
	if a, b := id(w.t, first, "id"), id(w.t, again, "id"); a != b {
		w.t.Errorf("%s asks twice: %s and %s", path, a, b)
	}
	one := approvalsPath + "/" + id(w.t, first, "id")
	w.listed(one)
	return one
}

// listed finds an approval in the list of what needs a person, with the route that
// ends it.
func (w *office) listed(approval string) {
	w.t.Helper()
	var all struct {
		Items []struct {
			Kind, Due string
			Link      struct{ Href string }
		}
	}
	w.must(200, "GET", "/v1/operator/tasks?kind=approval", "").JSON(w.t, &all)
	for _, task := range all.Items {
		if task.Link.Href == approval+"/approve" && task.Due != "" {
			return
		}
	}
	w.t.Errorf("%s is not on the list of what needs a person: %+v", approval, all.Items)
}

// approve lets it be done, and again: it is done once.
func (w *office) approve(approval string) {
	w.t.Helper()
	for _, who := range [][]string{ann, bob} {
		if r := w.must(200, "POST", approval+"/approve", `{"reason":"seen"}`, who...); id(w.t, r, "status") != "done" || id(w.t, r, "decided_by") != "operator:ann" {
			w.t.Errorf("approved: %s", r.Body)
		}
	}
}

// edit changes rows behind the engine's back.
func (w *office) edit(statement string) {
	w.t.Helper()
	driver := "sqlite"
	if strings.HasPrefix(w.url, "postgres") {
		driver = "postgres"
	}
	db, err := sql.Open(driver, w.url)
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(w.t.Context(), statement); err != nil {
		w.t.Fatal(err)
	}
}

// paid is a deal of 50.00 euro whose card was charged, with its route and number.
func (w *office) paid() (orchestrator.Transaction, string) {
	w.t.Helper()
	w.keys++ // a title of its own, by which the gateway's books are found
	body := strings.Replace(fmt.Sprintf(sale, "stripe", "sam", `,"input":{"payment_method":"pm_card_visa"}`), "Bike", fmt.Sprint("Bike ", w.keys), 1)
	made := w.must(201, "POST", "/v1/transactions", body)
	deal := "/v1/transactions/" + id(w.t, made, "id")
	w.must(200, "POST", deal+"/transitions", `{"transition":"complete_preauthorization"}`)
	return w.newest(), deal
}

func (w *office) newest() orchestrator.Transaction {
	w.t.Helper()
	all, err := w.Store.List(w.t.Context(), orchestrator.Filter{CommunityID: app.SampleCommunity, Limit: 1})
	if err != nil || len(all) != 1 {
		w.t.Fatalf("%d deals, %v", len(all), err)
	}
	return all[0]
}

// funds compares where the money of a deal is, here and at the gateway.
func (w *office) funds(tx orchestrator.Transaction, state process.State, refunded, released int64) {
	w.t.Helper()
	w.MustSettle()
	now := w.Load(tx)
	if f := now.Funds; now.State != state || f.Refunded != refunded || f.Released != released {
		w.t.Errorf("the deal is %s with %+v, want %s with %d refunded and %d released", now.State, f, state, refunded, released)
	}
	if tx.Gateway != "stripe" {
		return
	}
	if there := w.StripeBooks(tx.ListingTitle).Funds; there.Refunded != refunded || there.Released != released {
		w.t.Errorf("the gateway gave back %d and paid out %d, want %d and %d", there.Refunded, there.Released, refunded, released)
	}
}

// On every face what staff does above the limit waits, the dry run tells so, and a
// second person's approval does it once.
func TestS7_everyFace(t *testing.T) {
	t.Parallel()
	for name, play := range map[string]func(*office){
		"sharetribe": approveSharetribe, "exchange": approveExchange, "stripe": approveStripe, "trustap": approveTrustap, "holds": approveHolds,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testkit.OnEither(t, func(t *testing.T, url string) {
				w := newOffice(t, url)
				play(w)
				w.CheckBooks()
			})
		})
	}
}

func approveSharetribe(w *office) {
	made := w.must(201, "POST", "/transactions/v1/create", `{"transaction":{"payment_process":"preauthorize","payment_gateway":"stripe","community_id":501,"starter_id":"bea","listing_id":7,
		"listing_title":"Bike","listing_price":{"amount":5000,"currency":"EUR"},"listing_author_id":"sam"},"gateway_fields":{"payment_method":"pm_card_visa"}}`)
	deal := "/transactions/v1/" + id(w.t, made, "transaction", "id") + "/"
	taken := w.ask(true, deal+"complete_preauthorization", `{"reason":"the author is ill"}`, olga...)
	w.approve(taken)
	w.approve(w.ask(true, deal+"complete", `{"reason":"the buyer has it"}`, olga...))
	w.funds(w.newest(), settlement.Confirmed, 0, 5000)
}

func approveExchange(w *office) {
	alice, bob, staff := w.as(app.Alice), w.as(app.Bob), w.as(app.Olga)
	ad := w.ad(alice)
	o := "/api/v1/p2p/orders/" + id(w.t, w.must(200, "POST", "/api/v1/p2p/orders", `{"ad_id":`+ad+`,"usdt_amount":50000,"payment_method":"card"}`, bob...), "id")
	w.must(200, "POST", o+"/confirm-paid", "", bob...)
	w.must(200, "POST", o+"/call-operator", `{"reason":"no money came"}`, alice...)
	operator := strings.Replace(o, "/orders/", "/operator/orders/", 1)
	w.must(200, "POST", operator+"/assign", "", staff...)
	verdict := `{"outcome":"split","buyer_amount":30000,"seller_amount":20000,"reason":"half"}`
	var p previewed
	if w.must(200, "POST", operator+"/preview", verdict, staff...).JSON(w.t, &p); !p.SecondPerson {
		w.t.Errorf("the preview tells nothing of a second person: %+v", p)
	}
	w.approve(w.ask(true, operator+"/resolve", verdict, staff...))
	if r := w.must(200, "GET", o, "", bob...); id(w.t, r, "status") != "completed" || id(w.t, r, "resolution", "reason") != "half" {
		w.t.Errorf("decided: %s", r.Body)
	}
	w.funds(w.newest(), p2porder.Completed, 20000, 30000)
}

func approveStripe(w *office) {
	step := func(deal, what, input string) string {
		return w.ask(true, deal+"/transitions", `{"transition":"`+what+`","input":{`+input+`"reason":"agreed"}}`, olga...)
	}
	tx, deal := w.paid()
	w.must(200, "POST", deal+"/transitions", `{"transition":"cancel"}`)
	refund, dismiss := step(deal, "refund", ""), step(deal, "dismiss", "")
	w.approve(refund)
	w.funds(tx, settlement.Refunded, 5000, 0)
	// The deal has gone on: what waits still is not done, and says why.
	if r := w.must(409, "POST", dismiss+"/approve", `{"reason":"seen"}`, ann...); id(w.t, r, "code") != "illegal_transition" || id(w.t, r, "approval_status") != "refused" {
		w.t.Errorf("overtaken: %s", r.Body)
	}
	if r := w.must(200, "GET", dismiss, "", ann...); id(w.t, r, "status") != "refused" || id(w.t, r, "outcome") != "illegal_transition" {
		w.t.Errorf("overtaken: %s", r.Body)
	}
	w.funds(tx, settlement.Refunded, 5000, 0)

	tx, deal = w.paid()
	w.must(200, "POST", deal+"/transitions", `{"transition":"cancel"}`)
	w.approve(step(deal, "split", `"refund":"2000","release":"3000",`))
	w.funds(tx, settlement.Settled, 2000, 3000)

	// Somebody refunds by hand: the deal is on hold, and two people let it go.
	tx, deal = w.paid()
	w.AtStripe("/v1/refunds", url.Values{"payment_intent": {tx.PaymentID}, "amount": {"1500"}})
	w.MustSettle()
	operate := strings.Replace(deal, "/v1/", "/v1/operator/", 1)
	w.approve(w.ask(false, operate+"/clear", `{"reason":"looked at it"}`, olga...))
	if tx = w.Load(tx); tx.Attention != "" {
		w.t.Errorf("cleared: %q", tx.Attention)
	}
	if r := w.Call("POST", deal+"/refresh", ""); r.Status != http.StatusOK || w.Load(tx).Attention == "" {
		w.t.Fatalf("looked at again: %d %s", r.Status, r.Body)
	}
	w.approve(w.ask(false, operate+"/take_over", `{"reason":"the refund was agreed"}`, olga...))
	w.funds(tx, settlement.Paid, 1500, 0)
	w.must(200, "POST", deal+"/transitions", `{"transition":"complete"}`)
	w.funds(tx, settlement.Confirmed, 1500, 3500)
}

func approveTrustap(w *office) {
	// The gateway gives a cancelled deposit back automatically, and reports it later.
	tx := w.PayDeposit(w.OpenF2F())
	r := w.must(200, "GET", "/v1/transactions?limit=1", "")
	var listed struct{ Items []struct{ ID string } }
	r.JSON(w.t, &listed)
	deal := "/v1/transactions/" + listed.Items[0].ID + "/transitions"
	w.approve(w.ask(true, deal, `{"transition":"cancel","input":{"reason":"the seller is gone"}}`, olga...))
	w.funds(tx, escrowf2f.DepositRefunded, testkit.Deposit, 0)
}

func approveHolds(w *office) {
	edited := func() {
		w.t.Helper()
		w.edit(`update accounts set balance = 5000000, posted = 5000000 where account = 'available:bea'`)
		w.must(409, "POST", "/v1/balances/bea/withdrawals", `{"amount":500,"currency":"EUR"}`)
	}
	held := func() (objects []string) {
		w.t.Helper()
		var all struct{ Items []struct{ Object string } }
		w.must(200, "GET", "/v1/operator/holds", "").JSON(w.t, &all)
		for _, h := range all.Items {
			objects = append(objects, h.Object)
		}
		return objects
	}
	w.approve(w.ask(true, "/v1/balances/bea/deposits", `{"amount":9000,"currency":"EUR","reason":"paid in"}`, olga...))
	edited()
	const object = "account:available:bea:EUR"
	end := `{"object":"` + object + `","reason":"the edit was undone"}`
	approval := w.ask(false, "/v1/operator/holds/end", end, olga...)
	w.approve(approval)
	if diff := cmp.Diff([]string(nil), held()); diff != "" {
		w.t.Errorf("still on hold (-want +got):\n%s", diff)
	}
	var log struct {
		Items []struct {
			Act, Object, Actor string
			Data               map[string]string
		}
	}
	w.must(200, "GET", "/v1/operator/audit?limit=2", "").JSON(w.t, &log)
	short := strings.TrimPrefix(approval, approvalsPath+"/")
	if log.Items[0].Object != "approval:"+short || log.Items[1].Act != "hold.end" || log.Items[1].Data["approval"] != short || log.Items[1].Data["approved_by"] != "operator:ann" {
		w.t.Errorf("the audit log: %+v", log.Items)
	}
	w.must(200, "GET", "/v1/operator/audit?object=approval:"+short, "").JSON(w.t, &log)
	if len(log.Items) != 3 {
		w.t.Errorf("the approval's own lines: %+v", log.Items)
	}
	edited()
	if diff := cmp.Diff([]string{object}, held()); diff != "" {
		w.t.Errorf("on hold again (-want +got):\n%s", diff)
	}
	w.approve(w.ask(false, "/v1/operator/holds/end", end, olga...)) // not the first one's answer
	if diff := cmp.Diff([]string(nil), held()); diff != "" {
		w.t.Errorf("still on hold (-want +got):\n%s", diff)
	}
	if r := w.must(200, "GET", "/v1/operator/tasks?kind=approval", ""); string(r.Body) != `{"items":[],"next_cursor":null}` {
		w.t.Errorf("approvals that have ended are on the list: %s", r.Body)
	}
}
