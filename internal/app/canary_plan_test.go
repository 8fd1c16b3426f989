package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/internal/app"
)

// form is an upload of the evidence.
func form(fields ...string) (body string, header []string) {
	var b strings.Builder
	for i := 0; i+1 < len(fields); i += 2 {
		fmt.Fprintf(&b, "--cut\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n", fields[i], fields[i+1])
	}
	fmt.Fprintf(&b, "--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"receipt.txt\"\r\nContent-Type: text/plain\r\n\r\n%s\r\n--cut--\r\n", evidenceText)
	return b.String(), []string{"Content-Type", "multipart/form-data; boundary=cut"}
}

// second lets two people decide above a limit, in a currency that nothing else uses.
func (p *planter) second(staff []string) {
	const approvals = "/v1/operator/approvals/{id}/"
	other := []string{"Handsel-Operator", "bob"}
	p.do("PUT", "/v1/community/operators", nil, `{"operators":["ann","bob","`+app.Olga.ID+`"],"reason":"`+reasonText+`"}`, 200, staff...)
	p.do("PUT", "/v1/community/approval-limits", nil, `{"limits":{"CHF":100},"reason":"`+reasonText+`"}`, 200, staff...)
	for _, what := range []string{"approve", "reject"} {
		asked := p.do("POST", "/v1/balances/{user_id}/deposits", []string{"bea"}, `{"amount":9000,"currency":"CHF","reason":"`+reasonText+`"}`, 202, staff...)
		p.do("POST", approvals+what, []string{id(p.t, asked, "id")}, `{"reason":"`+reasonText+`"}`, 200, other...)
	}
}

func (p *planter) native() {
	const deals, deal = "/v1/transactions", "/v1/transactions/{id}/"
	staff := []string{"Handsel-Operator", "ann"}
	p.do("GET", "/v1/sellers/{user_id}", []string{"sam"}, "", 200)
	p.do("POST", "/v1/sellers/{user_id}/onboarding", []string{"sam"}, `{"gateway":"stripe","return_url":"https://shop.example.com/payouts"}`, 201)
	p.do("POST", "/v1/sellers/{user_id}/onboarding", []string{app.NoAccount}, strings.NewReplacer("1123581321", bankAccount, "1981-11-19", birthday).Replace(jane("approve_me")), 201)
	p.do("PUT", "/v1/sellers/{user_id}/accounts/{gateway}", []string{"sam", "stripe"}, `{"account_id":"acct_nobody","reason":"asked"}`, 400)
	p.do("DELETE", "/v1/sellers/{user_id}/accounts/{gateway}", []string{"nobody", "stripe"}, "", 404)
	p.do("PUT", "/v1/users/{id}", []string{"bea"}, `{"email":"bea@example.com","first_name":"Bea","last_name":"Buyer","country_code":"IE","terms_accepted_at":"2026-03-01T00:00:00Z","terms_ip":"192.0.2.1"}`, 200)
	p.do("POST", "/v1/balances/{user_id}/deposits", []string{"bea"}, `{"amount":9000,"currency":"EUR","reason":"`+reasonText+`"}`, 201)
	p.do("POST", "/v1/balances/{user_id}/withdrawals", []string{"bea"}, `{"amount":1000,"currency":"EUR","reason":"`+reasonText+`"}`, 201)
	made := p.do("POST", "/v1/payment-setups", nil, `{"gateway":"braintree","currency":"EUR"}`, 201)
	p.secret("client token", id(p.t, made, "client_token"))
	p.do("POST", "/v1/prices/preview", nil, `{"gateway":"balance","unit_price":{"amount":5000,"currency":"EUR"}}`, 200)
	made = p.do("POST", deals, nil, fmt.Sprintf(sale, "stripe", "sam", `,"input":{"payment_method":"`+paymentToken+`"}`), 201)
	sold := []string{id(p.t, made, "id")}
	p.do("PATCH", "/v1/transactions/{id}", sold, `{"external_reference":"order-1","metadata":{"note":"`+noteText+`"}}`, 200)
	p.do("PATCH", "/v1/sellers/{user_id}", []string{"sam"}, `{"metadata":{"note":"`+noteText+`"}}`, 200)
	p.do("POST", deal+"dry-run", sold, `{"transition":"complete_preauthorization"}`, 200)
	p.do("POST", deal+"transitions", sold, `{"transition":"complete_preauthorization"}`, 200)
	p.do("POST", deal+"messages", sold, `{"content":"`+messageText+`","sender_id":"bea"}`, 201)
	p.do("POST", deal+"read", sold, `{"user_id":"sam"}`, 204)
	body, header := form("uploader_id", "bea")
	p.do("POST", deal+"evidence", sold, body, 201, header...)
	p.do("POST", deal+"transitions", sold, `{"transition":"complete"}`, 200)
	p.do("POST", deal+"reviews", sold, `{"reviewer_id":"bea","rating":5,"content":"`+messageText+`"}`, 201)
	p.do("POST", "/v1/payouts/{id}/settle", sold, `{"reference":"`+reasonText+`","reason":"`+reasonText+`"}`, 404, staff...)
	p.do("POST", "/v1/payouts/settlements", nil, `{"payouts":[{"id":"pyt_1","reference":"`+reasonText+`","amount":1}],"reason":"`+reasonText+`"}`, 200, staff...)
	p.do("POST", "/v1/operator/transactions/{id}/clear", sold, `{"reason":"`+reasonText+`"}`, 409, staff...)
	p.do("POST", "/v1/operator/transactions/{id}/take_over", sold, `{"reason":"`+reasonText+`"}`, 409, staff...)
	p.do("POST", "/v1/operator/transactions/{id}/outcome", sold, `{"outcome":"arrived","reason":"`+reasonText+`"}`, 409, staff...)
	p.do("POST", deal+"refresh", sold, "", 200)
	p.do("PUT", "/v1/community/fees", nil, `{"seller_basis_points":100,"seller_minimum":0,"buyer_basis_points":0,"buyer_minimum":0,"reason":"`+reasonText+`"}`, 200, staff...)
	p.do("PUT", "/v1/community/confirmation", nil, `{"automatic_confirmation_after_days":14,"reason":"`+reasonText+`"}`, 200, staff...)
	p.do("PUT", "/v1/community/letterhead", nil, `{"marketplace":"Canary market","sender":"canary@example.com","language":"de","reason":"`+reasonText+`"}`, 200, staff...)
	p.do("PUT", "/v1/community/origins", nil, `{"origins":["https://canary.example.com"],"reason":"`+reasonText+`"}`, 200, staff...)
	p.endpoints(staff)
	p.second(staff)
	p.do("PUT", "/v1/community/exchange-rules", nil, `{"cancel_points":1,"reason":"`+reasonText+`"}`, 200, staff...)
	made = p.do("POST", deals, nil, `{"process":"preauthorize","gateway":"stripe","starter_id":"bea","author_id":"sam","listing":{"title":"Lamp"},"unit_price":{"amount":5000,"currency":"EUR"}}`, 201)
	p.secret("client secret", id(p.t, made, "client_secret"))
	p.secret("page to pay on", id(p.t, made, "redirect_url"))
	made = p.do("POST", deals, nil, `{"process":"escrow_online","gateway":"trustap","transition":"invite","starter_id":"bea","buyer_id":"bea","listing":{"title":"Chair"},"unit_price":{"amount":5000,"currency":"EUR"}}`, 201, "Handsel-Actor", "bea")
	invited, code := []string{id(p.t, made, "id")}, id(p.t, made, "join_code")
	p.secret("join code", code)
	p.do("POST", deal+"transitions", invited, `{"transition":"join","input":{"join_code":"`+code+`"}}`, 200, "Handsel-Actor", "sam")
	made = p.do("POST", deals, nil, `{"process":"escrow_online","gateway":"trustap","transition":"invite","starter_id":"bea","buyer_id":"bea","listing":{"title":"Stool"},"unit_price":{"amount":5000,"currency":"EUR"}}`, 201, "Handsel-Actor", "bea")
	p.secret("join code", id(p.t, made, "join_code")) // of a deal that nobody joins
	p.MustSettle()
	tx := p.BringTo("delivered")
	p.do("POST", deal+"transitions", []string{fmt.Sprint(tx.ID)}, `{"transition":"complain","input":{"description":"`+reasonText+`"}}`, 200, "Handsel-Actor", "bea")
}

// endpoints has events sent to where nobody listens.
func (p *planter) endpoints(staff []string) {
	const all, one, because = "/v1/webhook-endpoints", "/v1/webhook-endpoints/{id}", `"reason":"` + reasonText + `"`
	made := p.do("POST", all, nil, `{"url":"http://127.0.0.1:1/hooks",`+because+`}`, 201, staff...)
	p.secret("secret of webhooks", id(p.t, made, "secret"))
	at := []string{id(p.t, made, "id")}
	p.do("PATCH", one, at, `{"description":"ERP",`+because+`}`, 200, staff...)
	p.secret("next secret of webhooks", id(p.t, p.do("POST", one+"/rotate-secret", at, `{`+because+`}`, 200, staff...), "secret"))
	p.do("POST", one+"/disable", at, `{`+because+`}`, 200, staff...)
	p.do("POST", one+"/enable", at, `{`+because+`}`, 200, staff...)
	p.do("POST", one+"/test", at, `{`+because+`}`, 200, staff...)
	p.do("POST", one+"/replay", at, `{"from_sequence":1000000,`+because+`}`, 400, staff...)
	p.do("POST", one+"/deliveries/{event}/resend", append(at, "evt_1"), `{`+because+`}`, 404, staff...)
	_, link, _ := strings.Cut(id(p.t, p.do("POST", "/v1/portal-links", nil, `{`+because+`}`, 201, staff...), "url"), "/portal/open/")
	p.secret("link to the portal", link)
	p.do("DELETE", one+"?reason=tidy", []string{id(p.t, p.do("POST", all, nil, `{"url":"http://127.0.0.1:1/hooks",`+because+`}`, 201, staff...), "id")}, "", 204, staff...)
}

func (p *planter) listings() {
	const all, one = "/v1/listings", "/v1/listings/{id}"
	bike := func(more string) []string {
		return []string{id(p.t, p.do("POST", all, nil, `{"author_id":"sam","title":"Bike","description":"A bike","price":{"amount":5000,"currency":"EUR"},`+more+`}`, 201), "id")}
	}
	l := bike(`"kind":"multi_use","model":"online","stock":5`)
	p.do("PUT", one+"/description", l, `{"description":"Runs well"}`, 200)
	p.do("PUT", one+"/pricing", l, `{"price":{"amount":6000,"currency":"EUR"}}`, 200)
	p.do("PUT", one+"/stock", l, `{"stock":6}`, 200)
	p.do("PATCH", one, l, `{"metadata":{"note":"`+noteText+`"}}`, 200)
	p.do("POST", one+"/disable", l, "", 200)
	p.do("POST", one+"/enable", l, "", 200)
	p.do("POST", one+"/transactions", l, `{"starter_id":"bea"}`, 201)
	room := bike(`"kind":"multi_use","model":"online","unit":"night"`)
	p.do("POST", one+"/blocked-dates", room, `{"days":["2026-04-01"]}`, 204)
	p.do("DELETE", one+"/blocked-dates?from=2026-04-01&to=2026-04-02", room, "", 204)
	p.do("DELETE", one, room, "", 204)
}

func (p *planter) sharetribe() {
	const create, deal = "/transactions/v1/create", "/transactions/v1/{id}/"
	start := func(process, fields string) []string {
		made := p.do("POST", create, nil, fmt.Sprintf(`{"transaction":{"payment_process":%q,"payment_gateway":"stripe","community_id":501,"starter_id":"bea","listing_id":7,
			"listing_title":"Bike","listing_price":{"amount":5000,"currency":"EUR"},"listing_author_id":"sam"},"gateway_fields":%s}`, process, fields), 201)
		return []string{id(p.t, made, "transaction", "id")}
	}
	const card = `{"payment_method":"` + paymentToken + `"}`
	d := start("preauthorize", card)
	p.do("POST", deal+"complete_preauthorization", d, "", 200)
	p.do("POST", "/conversations/v1/{conversation_id}/messages", d, `{"content":"`+messageText+`","sender_id":"bea"}`, 201)
	p.do("POST", deal+"complete", d, "", 200)
	p.do("POST", deal+"refresh", d, "", 200)
	p.do("POST", deal+"reject", start("preauthorize", card), "", 200)
	d = start("postpay", "{}")
	p.do("POST", deal+"invoice", d, `{"gateway_fields":{"total_sum":{"amount":6000,"currency":"EUR"}}}`, 200)
	p.do("POST", deal+"pay_invoice", d, `{"gateway_fields":`+card+`}`, 200)
	p.do("POST", deal+"cancel", d, "", 200)
}

const details = `"payment_details":{"card_number":"` + detailsCard + `","bank":"` + detailsText + `"}`

func (p *planter) ad(owner []string) string {
	p.t.Helper()
	return id(p.t, p.do("POST", "/api/v1/p2p/ads", nil, adTerms, 200, owner...), "id")
}

const adTerms = `{"type":"sell","fiat_currency":"RUB","exchange_rate":100,"min_amount":100,"max_amount":5000000,
	"payment_methods":["card"],` + details + `,"instructions":"` + messageText + `","total_amount":5000000}`

func (p *planter) exchange() {
	alice, bob, olga := p.as(app.Alice), p.as(app.Bob), p.as(app.Olga)
	const ads, orders, order = "/api/v1/p2p/ads", "/api/v1/p2p/orders", "/api/v1/p2p/orders/{id}/"
	ad := p.ad(alice)
	p.do("POST", ads+"/{id}/pause", []string{ad}, "", 200, alice...)
	p.do("PUT", ads+"/{id}", []string{ad}, adTerms, 200, alice...)
	p.do("POST", ads+"/{id}/resume", []string{ad}, "", 200, alice...)
	take := func() []string {
		p.t.Helper()
		return []string{id(p.t, p.do("POST", orders, nil, `{"ad_id":`+ad+`,"usdt_amount":50000,"payment_method":"card"}`, 200, bob...), "id")}
	}
	o := take()
	p.do("POST", order+"messages", o, `{"message":"`+messageText+`","client_message_id":"m1"}`, 200, bob...)
	body, header := form()
	p.do("POST", order+"evidence", o, body, 200, append(header, bob...)...)
	p.do("POST", order+"confirm-paid", o, "", 200, bob...)
	p.MustSettle()
	p.do("POST", order+"confirm-received", o, "", 200, alice...)
	p.do("POST", order+"rate", o, `{"rating":5}`, 200, bob...)
	p.do("POST", order+"cancel", take(), `{"not_paid":true}`, 200, bob...)
	o = take()
	p.do("POST", order+"confirm-paid", o, "", 200, bob...)
	p.do("POST", order+"call-operator", o, `{"reason":"`+reasonText+`"}`, 200, alice...)
	p.MustSettle()
	operator := "/api/v1/p2p/operator/orders/{id}/"
	p.do("POST", operator+"assign", o, "", 200, olga...)
	verdict := `{"outcome":"split","buyer_amount":30000,"seller_amount":20000,"reason":"` + reasonText + `"}`
	p.do("POST", operator+"preview", o, verdict, 200, olga...)
	p.do("POST", operator+"resolve", o, verdict, 200, olga...)
	o = take()
	p.Advance(35 * time.Minute) // nobody paid
	p.do("POST", order+"appeal", o, `{"reason":"`+reasonText+`"}`, 200, bob...)
	p.do("POST", operator+"assign", o, "", 200, olga...)
	p.do("POST", operator+"resolve", o, `{"outcome":"release","reason":"`+reasonText+`"}`, 200, olga...)
	stranger := []string{"00000000-0000-4000-8000-0000000000cc"}
	p.as(app.SampleUser{ID: stranger[0], Name: "Carl"})
	p.do("POST", "/api/v1/p2p/users/{id}/block", stranger, "", 200, alice...)
	p.do("DELETE", "/api/v1/p2p/users/{id}/block", stranger, "", 200, alice...)
	p.do("POST", "/api/v1/p2p/operator/users/{id}/ban", stranger, `{"reason":"`+reasonText+`"}`, 200, olga...)
	p.do("POST", "/api/v1/p2p/operator/users/{id}/unban", stranger, `{"reason":"`+reasonText+`"}`, 200, olga...)
	p.do("DELETE", ads+"/{id}", []string{ad}, "", 204, alice...)
}

func (p *planter) buyFlow() {
	alice, bob := p.as(app.Alice), p.as(app.Bob)
	ad := p.ad(alice)
	offer := func() []string {
		p.t.Helper()
		return []string{id(p.t, p.do("POST", "/p2p/offer/create", nil, `{"ad":`+ad+`,"fiat_amount":"500.00"}`, 200, bob...), "entity", "id")}
	}
	o := offer()
	p.do("POST", "/p2p/offer/paid/{id}", o, "", 200, bob...)
	p.do("POST", "/p2p/offer/release/{id}", o, "", 200, alice...)
	p.do("POST", "/p2p/offer/cancel/{id}", offer(), "", 200, bob...)
	for range 2 {
		p.secret("ticket", id(p.t, p.do("POST", "/p2p/ws-ticket", nil, "", 200, bob...), "entity", "ticket"))
	}
	p.upgrade("?ticket=" + p.secrets["ticket"][1])
	p.upgrade("?token=" + strings.TrimPrefix(bob[1], "Bearer "))
}

// upgrade opens a websocket and leaves.
func (p *planter) upgrade(query string) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.URL+"/ws/p2p"+query, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	for name, value := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="} {
		r.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusSwitchingProtocols {
		p.t.Fatalf("the websocket: %d", answer.StatusCode)
	}
}
