package app_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testkit"
)

// counted counts what the engine asks gateways to change.
type counted struct{ changes atomic.Int64 }

func (c *counted) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		c.changes.Add(1)
	}
	return http.DefaultTransport.RoundTrip(r)
}

// trial is a testbed in which requests are tried before they are made.
type trial struct {
	*testkit.Testbed
	t     *testing.T
	url   string
	asked *counted
	keys  int
}

type previewed struct {
	DryRun  bool `json:"dry_run"`
	Allowed bool
	Refusal *struct{ Code, Detail string }
	From,
	To *string
	Money []struct {
		Account  string
		Amount   int64
		Currency string
	}
	Fees         []struct{ Amount *int64 }
	GatewayCalls []struct{ Gateway, Verb string } `json:"gateway_calls"`
	Timers       []struct {
		Name string
		Due  time.Time
	}
	Events       []string
	SecondPerson bool `json:"second_person"`
}

// would tries a request and proves that nothing was written or asked.
func (w *trial) would(method, path, body string, header ...string) previewed {
	w.t.Helper()
	w.delivered()
	before, asked := testkit.Tables(w.t, w.url), w.asked.changes.Load()
	r := w.Call(method, path+"?dry_run=true", body, header...)
	var p previewed
	if r.Status != http.StatusOK {
		w.t.Fatalf("%s: %d %s", path, r.Status, r.Body)
	}
	r.JSON(w.t, &p)
	if diff := cmp.Diff(before, testkit.Tables(w.t, w.url)); diff != "" {
		w.t.Errorf("trying %s wrote (-before +after):\n%s", path, diff)
	}
	if now := w.asked.changes.Load(); now != asked {
		w.t.Errorf("trying %s asked gateways to change something %d times", path, now-asked)
	}
	sum := int64(0)
	for _, m := range p.Money {
		sum += m.Amount
	}
	if !p.DryRun || p.Allowed != (p.Refusal == nil) || sum != 0 || p.Fees == nil || p.Timers == nil || p.Events == nil || p.GatewayCalls == nil {
		w.t.Errorf("%s answers %s", path, r.Body)
	}
	return p
}

// both tries a request under the key that it is made with then, and compares what
// was said with what happened: postings, timers and events.
func (w *trial) both(method, path, body string, status int, header ...string) (previewed, testkit.Response) {
	w.t.Helper()
	w.keys++
	header = append(header, "Idempotency-Key", fmt.Sprint("k", w.keys))
	p := w.would(method, path, body, header...)
	if !p.Allowed {
		w.t.Errorf("%s would be refused: %+v", path, p.Refusal)
	}
	before := testkit.Tables(w.t, w.url)
	r := w.Call(method, path, body, header...)
	if r.Status != status || r.Header.Get("Idempotent-Replayed") != "" {
		w.t.Fatalf("%s: %d %s", path, r.Status, r.Body)
	}
	after := testkit.Tables(w.t, w.url)
	count := func(table string) int { return lines(after[table]) - lines(before[table]) }
	// What the gateway keeps for itself is only known once it has charged.
	kept := strings.Count(after["postings"], "|gateway_fee|") - strings.Count(before["postings"], "|gateway_fee|")
	if count("postings")-kept != len(p.Money) || count("events") != len(p.Events) {
		w.t.Errorf("%s made %d postings and %d events; said were %+v and %v", path, count("postings"), count("events"), p.Money, p.Events)
	}
	for _, timer := range p.Timers {
		if !strings.Contains(after["timers"], timer.Name) {
			w.t.Errorf("%s: no timer %s", path, timer.Name)
		}
	}
	return p, r
}

// delivered waits until the emulators have said what they have to say.
func (w *trial) delivered() {
	w.t.Helper()
	if err := errors.Join(w.Stripe.WaitDelivered(w.t.Context()), w.Sandbox.WaitDelivered(w.t.Context())); err != nil {
		w.t.Fatal(err)
	}
}

func lines(table string) int {
	if table == "" {
		return 0
	}
	return strings.Count(table, "\n") + 1
}

func newTrial(t *testing.T, url string) *trial {
	asked := &counted{}
	return &trial{testkit.New(t, testkit.Options{DatabaseURL: url, Transport: asked, Manual: true}), t, url, asked, 0}
}

func id(t *testing.T, r testkit.Response, path ...string) string {
	t.Helper()
	var v any
	r.JSON(t, &v)
	for _, name := range path {
		v = v.(map[string]any)[name]
	}
	if n, ok := v.(float64); ok {
		return fmt.Sprint(int64(n))
	}
	return v.(string)
}

// A wish for a dry run moves nothing, on any face, and says what the real thing does.
func TestM7_dryRunWritesNothing(t *testing.T) {
	t.Parallel()
	for name, play := range map[string]func(*trial){"native": native, "sharetribe": sharetribe, "exchange": exchange, "buy flow": buyFlow} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testkit.OnEither(t, func(t *testing.T, url string) { play(newTrial(t, url)) })
		})
	}
}

const sale = `{"process":"preauthorize","gateway":%q,"starter_id":"bea","author_id":%q,"listing":{"title":"Bike"},"unit_price":{"amount":5000,"currency":"EUR"}%s}`

func native(w *trial) {
	t := w.t
	w.both("POST", "/v1/balances/bea/deposits", `{"amount":9000,"currency":"EUR"}`, 201)
	w.both("POST", "/v1/balances/bea/withdrawals", `{"amount":1000,"currency":"EUR"}`, 201)
	if p := w.would("POST", "/v1/balances/bea/withdrawals", `{"amount":8001,"currency":"EUR"}`); p.Allowed || p.Refusal.Code != "insufficient_balance" {
		t.Errorf("a withdrawal of more than there is: %+v", p)
	}
	_, made := w.both("POST", "/v1/transactions", fmt.Sprintf(sale, "balance", "sam", ""), 201)
	deal := "/v1/transactions/" + id(t, made, "id") + "/transitions"
	w.both("POST", deal, `{"transition":"complete_preauthorization"}`, 200)
	p, _ := w.both("POST", deal, `{"transition":"complete"}`, 200)
	if len(p.GatewayCalls) != 0 || *p.To != "confirmed" || p.Money[0].Account != "frozen:bea" {
		t.Errorf("%+v", p)
	}
	if p := w.would("POST", deal, `{"transition":"complete"}`); p.Allowed || p.Refusal.Code != "illegal_transition" || *p.From != "confirmed" || p.To != nil {
		t.Errorf("completed twice: %+v", p)
	}
	card := `,"input":{"payment_method":"pm_card_visa"}`
	p, made = w.both("POST", "/v1/transactions", fmt.Sprintf(sale, "stripe", "sam", card), 201)
	if len(p.GatewayCalls) != 1 || p.GatewayCalls[0].Gateway != "stripe" || p.GatewayCalls[0].Verb != "authorize" || p.From != nil || *p.To != "preauthorized" {
		t.Errorf("%+v", p)
	}
	if p := w.would("POST", "/v1/transactions", fmt.Sprintf(sale, "stripe", app.NoAccount, card)); p.Allowed || p.Refusal.Code != "payee_not_ready" || !strings.Contains(p.Refusal.Detail, "connected account") {
		t.Errorf("a seller who cannot be paid: %+v", p)
	}
	deal = "/v1/transactions/" + id(t, made, "id") + "/transitions"
	p, _ = w.both("POST", deal, `{"transition":"complete_preauthorization"}`, 200)
	if p.GatewayCalls[0].Verb != "capture" || !slices.ContainsFunc(p.Money, func(m struct {
		Account  string
		Amount   int64
		Currency string
	}) bool {
		return strings.HasPrefix(m.Account, "escrow:txn_") && m.Amount == 5000
	}) {
		t.Errorf("%+v", p)
	}
	w.both("POST", deal, `{"transition":"cancel"}`, 200)
	staff := []string{"Handsel-Operator", "ann"}
	p = w.would("POST", deal, `{"transition":"split","input":{"refund":"2000","release":"3000","reason":"half each"}}`, staff...)
	if len(p.GatewayCalls) != 2 || p.GatewayCalls[1].Verb != "transfer" || *p.To != "settling" {
		t.Errorf("a split: %+v", p)
	}
	w.both("POST", deal, `{"transition":"refund","input":{"reason":"half each"}}`, 200, staff...)
	escrow := `{"process":"escrow_online","gateway":"trustap","starter_id":"bea","author_id":"sam","listing":{"title":"Bike"},"unit_price":{"amount":5000,"currency":"EUR"}}`
	p, _ = w.both("POST", "/v1/transactions", escrow, 201)
	if len(p.Fees) != 2 || p.Fees[0].Amount != nil {
		t.Errorf("the fees of a gateway that tells them later: %+v", p.Fees)
	}
	r := w.Call("POST", "/v1/listings", `{"author_id":"sam","kind":"single_use","model":"online","title":"Bike","description":"A bike","price":{"amount":5000,"currency":"EUR"}}`)
	listing := "/v1/listings/" + id(t, r, "id") + "/transactions"
	w.both("POST", listing, `{"starter_id":"bea"}`, 201)
	if p := w.would("POST", listing, `{"starter_id":"bea"}`); p.Allowed || p.Refusal.Code != "listing_is_disabled" {
		t.Errorf("sold out: %+v", p)
	}
}

func sharetribe(w *trial) {
	start := func(process, gateway, fields string) string {
		return fmt.Sprintf(`{"transaction":{"payment_process":%q,"payment_gateway":%q,"community_id":501,"starter_id":"bea","listing_id":7,
			"listing_title":"Bike","listing_price":{"amount":5000,"currency":"EUR"},"listing_author_id":"sam"},"gateway_fields":%s}`, process, gateway, fields)
	}
	const create, deals = "/transactions/v1/create", "/transactions/v1/"
	card := `{"payment_method":"pm_card_visa"}`
	_, made := w.both("POST", create, start("preauthorize", "stripe", card), 201)
	deal := deals + id(w.t, made, "transaction", "id") + "/"
	w.both("POST", deal+"complete_preauthorization", "", 200)
	if p := w.would("POST", deal+"invoice", `{"gateway_fields":{"total_sum":{"amount":1,"currency":"EUR"}}}`); p.Allowed || p.Refusal.Code != "illegal_transition" {
		w.t.Errorf("an invoice: %+v", p)
	}
	p, _ := w.both("POST", deal+"complete", "", 200)
	if *p.From != "paid" || *p.To != "completed" {
		w.t.Errorf("labels: %+v", p)
	}
	_, made = w.both("POST", create, start("preauthorize", "stripe", card), 201)
	w.both("POST", deals+id(w.t, made, "transaction", "id")+"/reject", "", 200)
	_, made = w.both("POST", create, start("postpay", "stripe", "{}"), 201)
	deal = deals + id(w.t, made, "transaction", "id") + "/"
	w.both("POST", deal+"invoice", `{"gateway_fields":{"total_sum":{"amount":6000,"currency":"EUR"}}}`, 200)
	w.both("POST", deal+"pay_invoice", `{"gateway_fields":`+card+`}`, 200)
	w.both("POST", deal+"cancel", "", 200)
}

// as is the header of a user's requests.
func (w *trial) as(u app.SampleUser) []string {
	w.t.Helper()
	token, err := w.Token(u)
	if err != nil {
		w.t.Fatal(err)
	}
	if r := w.Call("GET", "/api/v1/p2p/balance", "", "Authorization", "Bearer "+token); r.Status != http.StatusOK { // at first sight
		w.t.Fatalf("%d %s", r.Status, r.Body)
	}
	return []string{"Authorization", "Bearer " + token}
}

func (w *trial) ad(owner []string) string {
	w.t.Helper()
	r := w.Call("POST", "/api/v1/p2p/ads", `{"type":"sell","fiat_currency":"RUB","exchange_rate":100,"min_amount":100,"max_amount":5000000,
		"payment_methods":["card"],"payment_details":{"card_number":"2200000000000004"},"total_amount":5000000}`, owner...)
	return id(w.t, r, "id")
}

func exchange(w *trial) {
	alice, bob, olga := w.as(app.Alice), w.as(app.Bob), w.as(app.Olga)
	ad := w.ad(alice)
	const orders = "/api/v1/p2p/orders"
	take := `{"ad_id":` + ad + `,"usdt_amount":50000,"payment_method":"card"}`
	order := func() string {
		w.t.Helper()
		_, made := w.both("POST", orders, take, 200, bob...)
		return orders + "/" + id(w.t, made, "id")
	}
	o := order()
	if p := w.would("POST", orders, take, bob...); p.Allowed || p.Refusal.Code != "active_deposit_order_exists" {
		w.t.Errorf("a second order: %+v", p)
	}
	if p := w.would("POST", o+"/confirm-received", "", alice...); p.Allowed || p.Refusal.Code != "invalid_order_status" {
		w.t.Errorf("too early: %+v", p)
	}
	w.both("POST", o+"/confirm-paid", "", 200, bob...)
	p, _ := w.both("POST", o+"/confirm-received", "", 200, alice...)
	if *p.From != "paid_by_buyer" || *p.To != "completed" {
		w.t.Errorf("%+v", p)
	}
	o = order()
	w.both("POST", o+"/cancel", "", 200, bob...)
	o = order()
	w.both("POST", o+"/confirm-paid", "", 200, bob...)
	w.both("POST", o+"/call-operator", `{"reason":"no money came"}`, 200, alice...)
	if p := w.would("POST", o+"/call-operator", `{"reason":"me too"}`, bob...); !p.Allowed {
		w.t.Errorf("the second caller: %+v", p)
	}
	operator := strings.Replace(o, "/orders/", "/operator/orders/", 1)
	if r := w.Call("POST", operator+"/assign", "", olga...); r.Status != http.StatusOK {
		w.t.Fatalf("%d %s", r.Status, r.Body)
	}
	w.both("POST", operator+"/resolve", `{"outcome":"split","buyer_amount":30000,"seller_amount":20000,"reason":"half"}`, 200, olga...)
	o = order()
	if err := w.Sandbox.Advance(2 * time.Hour); err != nil { // overdue, and no timer has noticed
		w.t.Fatal(err)
	}
	if p := w.would("POST", o+"/confirm-paid", "", bob...); p.Allowed || p.Refusal.Code != "order_expired" {
		w.t.Errorf("too late: %+v", p)
	}
	if p := w.would("POST", o+"/cancel", "", bob...); p.Allowed || p.Refusal.Code != "invalid_order_status" {
		w.t.Errorf("cancelled too late: %+v", p)
	}
	if p := w.would("POST", o+"/appeal", `{"reason":"I paid"}`, bob...); !p.Allowed {
		w.t.Errorf("an appeal: %+v", p)
	}
}

func buyFlow(w *trial) {
	alice, bob := w.as(app.Alice), w.as(app.Bob)
	ad := w.ad(alice)
	offer := func() string {
		w.t.Helper()
		_, made := w.both("POST", "/p2p/offer/create", `{"ad":`+ad+`,"fiat_amount":"500.00"}`, 200, bob...)
		return id(w.t, made, "entity", "id")
	}
	o := offer()
	w.both("POST", "/p2p/offer/paid/"+o, "", 200, bob...)
	if p := w.would("POST", "/p2p/offer/release/"+o, "", bob...); p.Allowed || p.Refusal.Code != "role_not_allowed" {
		w.t.Errorf("released by the buyer: %+v", p)
	}
	w.both("POST", "/p2p/offer/release/"+o, "", 200, alice...)
	w.both("POST", "/p2p/offer/cancel/"+offer(), "", 200, bob...)
	if got := slices.Collect(maps.Keys(testkit.Tables(w.t, w.url))); len(got) == 0 {
		w.t.Error("nothing was compared")
	}
}
