package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/pgtest"
	"github.com/handsel-dev/handsel/internal/testport"
	"github.com/handsel-dev/handsel/internal/usertoken"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/sandbox"
	"github.com/handsel-dev/handsel/sandbox/braintree"
	"github.com/handsel-dev/handsel/sandbox/paypal"
	"github.com/handsel-dev/handsel/sandbox/paytrail"
	"github.com/handsel-dev/handsel/sandbox/sandboxtest"
	"github.com/handsel-dev/handsel/sandbox/stripe"
)

// market is the real server with the emulators of all gateways behind it. Nothing is written
// into its database by hand: sellers, profiles and balances come over HTTP as well.
type market struct {
	t         *testing.T
	url, key  string
	asked     *int   // how often, which makes a key for each request
	ad        string // of the exchange
	trustap   *sandboxtest.Server
	stripe    *stripe.Emulator
	paypal    *paypal.Emulator
	braintree *braintree.Emulator
	paytrail  *paytrail.Emulator
}

// life is what a pair of process and gateway is played to: the money at the seller, back at the
// buyer, and objected to. A life that is nil cannot be, and why says so.
type life struct {
	seller, refund, dispute func(m *market)
	why                     string
}

// lives are those of every pair that works.
func lives() map[string]life {
	const undisputed = "the gateway tells of no objections"
	const own = "nobody outside can object to a move in our own ledger; staff decides on a cancelled deal"
	return map[string]life{
		"none on none":              {seller: (*market).free, why: "no money moves"},
		"preauthorize on stripe":    card("preauthorize", "stripe", `,"input":{"payment_method":"pm_card_visa"}`, (*market).disputeAtStripe),
		"postpay on stripe":         card("postpay", "stripe", `{"payment_method":"pm_card_visa"}`, (*market).disputeAtStripe),
		"preauthorize on paypal":    card("preauthorize", "paypal", "", (*market).disputeAtPayPal),
		"preauthorize on braintree": card("preauthorize", "braintree", `,"input":{"payment_method":"fake-valid-visa-nonce"}`, (*market).disputeAtBraintree),
		"postpay on braintree":      card("postpay", "braintree", `{"payment_method":"fake-valid-visa-nonce"}`, (*market).disputeAtBraintree),
		"preauthorize on paytrail":  without(card("preauthorize", "paytrail", `,"input":{"payment_method":"`+aSavedCard+`"}`, nil), undisputed),
		"postpay on paytrail":       without(card("postpay", "paytrail", `{}`, nil), undisputed),
		"preauthorize on balance":   without(card("preauthorize", "balance", "", nil), own),
		"postpay on balance":        without(card("postpay", "balance", `{}`, nil), own),
		"escrow_online on trustap":  {seller: (*market).escrow, refund: (*market).escrowRefunded, dispute: (*market).escrowComplained},
		"escrow_f2f on trustap":     {seller: (*market).meeting, refund: (*market).meetingCancelled, dispute: (*market).meetingComplained},
		"p2p_order on balance":      {seller: (*market).order, refund: (*market).orderCancelled, dispute: (*market).orderDisputed},
		"deposit on balance":        {seller: (*market).deposit, why: "an entry by staff is whole at once"},
		"withdrawal on balance":     {seller: (*market).withdrawal, why: "an entry by staff is whole at once"},
	}
}

// without is a life that nobody objects to.
func without(l life, why string) life {
	l.dispute, l.why = nil, why
	return l
}

// TestPairs_inServe plays every pair of process and gateway in the real server on both databases;
// pairs that cannot work are refused by name.
func TestPairs_inServe(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]string{"sqlite": filepath.Join(t.TempDir(), "handsel.db"), "postgres": pgtest.URL(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := openMarket(t, database)
			plugins := app.Gateways()
			all, played := lives(), map[string]bool{}
			for _, p := range catalog.All() {
				able := gateway.Kinds(plugins).RunsOn(p)
				for _, g := range plugins {
					pair := p.Name + " on " + g.Name
					l, listed := all[pair]
					played[pair] = listed
					switch works := strings.Contains(" "+strings.Join(able, " ")+" ", " "+g.Name+" "); {
					case works != listed:
						t.Errorf("%s: it works: %v, and is played: %v", pair, works, listed)
					case works:
						m.plays(t, pair, l)
					default:
						m.refuses(t, p.Name, g.Name)
					}
				}
			}
			for pair := range all {
				if _, known := played[pair]; !known {
					t.Errorf("%s: there is no such pair", pair)
				}
			}
		})
	}
}

func (m *market) plays(t *testing.T, pair string, l life) {
	t.Helper()
	for end, play := range map[string]func(*market){"money at the seller": l.seller, "refund": l.refund, "dispute": l.dispute} {
		if play == nil {
			if l.why == "" {
				t.Errorf("%s: %s is not played, and nothing says why", pair, end)
			}
			continue
		}
		t.Run(pair+", "+end, func(t *testing.T) {
			here := *m
			here.t = t
			play(&here)
		})
	}
}

func (m *market) refuses(t *testing.T, process, gateway string) {
	t.Helper()
	*m.asked++
	a := call(t, "POST", m.url+"/v1/transactions", m.key, "", fmt.Sprint("refused ", *m.asked), sale(process, gateway, ""))
	code := a.field(t, "code")
	if a.Status < 400 || code != "process_gateway_mismatch" && code != "not_by_hand" {
		t.Errorf("%s on %s: %d %s", process, gateway, a.Status, a.Body)
	}
}

func sale(process, gateway, more string) string {
	return `{"process":"` + process + `","gateway":"` + gateway + `","starter_id":"bea","author_id":"sam","listing":{"title":"Old city bike"},"unit_price":{"amount":5000,"currency":"EUR"}` + more + `}`
}

func (m *market) do(method, path, actor, body string, want int, header ...string) answer {
	m.t.Helper()
	*m.asked++
	got := call(m.t, method, m.url+path, m.key, actor, fmt.Sprint("key ", *m.asked), body, header...)
	if got.Status != want {
		m.t.Fatalf("%s %s %s: %d %s, want %d", method, path, body, got.Status, got.Body, want)
	}
	return got
}

// opens opens a deal, and gives the path of it.
func (m *market) opens(process, gateway, more string) (deal string, made answer) {
	m.t.Helper()
	made = m.do("POST", "/v1/transactions", "", sale(process, gateway, more), 201)
	return "/v1/transactions/" + made.field(m.t, "id"), made
}

// step takes a step as a user; without one, as staff.
func (m *market) step(deal, who, transition, input string) answer {
	m.t.Helper()
	if input == "" {
		input = "{}"
	}
	body := `{"transition":"` + transition + `","input":` + input + `}`
	if who == "" {
		return m.do("POST", deal+"/transitions", "", body, 200, "Handsel-Operator", "olga")
	}
	return m.do("POST", deal+"/transitions", who, body, 200)
}

func (m *market) is(deal, state string) {
	m.t.Helper()
	await(m.t, state, func() bool { return m.do("GET", deal, "", "", 200).field(m.t, "state") == state })
}

// has compares a sum of a deal's funds.
func (m *market) has(deal, sum string, minor int64) {
	m.t.Helper()
	if a := m.do("GET", deal, "", "", 200); !strings.Contains(string(a.Body), fmt.Sprintf(`"%s":%d`, sum, minor)) && !strings.Contains(string(a.Body), fmt.Sprintf(`"%s":{"amount":%d,`, sum, minor)) {
		m.t.Errorf("%s is not %d: %s", sum, minor, a.Body)
	}
}

func (m *market) payment(deal string) string {
	m.t.Helper()
	return m.do("GET", deal, "", "", 200).field(m.t, "payment_id")
}

// openMarket starts the server and all emulators, and sets up who deals there.
func openMarket(t *testing.T, database string) *market {
	t.Helper()
	m := &market{t: t, asked: new(int), key: "hsk_test_00000000000000aa_" + strings.Repeat("ab", 32)}
	address := freeAddress(t)
	m.url = "http://" + address
	start(t, append(m.emulators(), "HANDSEL_ADDR="+address, "HANDSEL_OPS_ADDR=127.0.0.1:0", "HANDSEL_DATABASE_URL="+database, "HANDSEL_BOOTSTRAP_API_KEY="+m.key,
		"HANDSEL_JWT_SECRET="+tokenSecret, "HANDSEL_JWT_ISSUER=market", "HANDSEL_JWT_AUDIENCE=handsel", "HANDSEL_DETAILS_KEYS="+detailsKeys,
		"HANDSEL_EXCHANGE_COMMUNITY=1"), "serve")
	await(t, "the server", func() bool { return call(t, "GET", m.url+"/readyz", "", "", "", "").Status == 200 })
	for _, user := range []string{"bea", "sam"} {
		m.do("PUT", "/v1/users/"+user, "", profile(user), 200)
	}
	for gateway, account := range map[string]string{"stripe": "acct_sam", "paypal": "sam@example.com", "paytrail": "695874"} {
		m.do("PUT", "/v1/sellers/sam/accounts/"+gateway, "", `{"account_id":"`+account+`"}`, 200)
	}
	m.do("POST", "/v1/balances/bea/deposits", "", `{"amount":1000000,"currency":"EUR","reason":"to be spent"}`, 201, "Handsel-Operator", "olga")
	m.ad = m.offers()
	return m
}

// emulators starts them, and gives the settings under which the server uses them.
func (m *market) emulators() []string {
	m.t.Helper()
	hook := func(gateway string) string { return m.url + "/gateways/" + gateway + "/webhooks" }
	var atStripe, atPayPal, atBraintree, atPaytrail string
	m.stripe, atStripe = testport.Stand(m.t, func(url string) (*stripe.Emulator, error) {
		return stripe.New(stripe.Config{PublicURL: url, SharedWorld: true, WebhookURL: hook("stripe"), WebhookSecret: "whsec_0123456789abcdef", Accounts: []string{"acct_sam"}})
	})
	m.paypal, atPayPal = testport.Stand(m.t, func(url string) (*paypal.Emulator, error) {
		return paypal.New(paypal.Config{PublicURL: url, SharedWorld: true, WebhookURL: hook("paypal"), WebhookID: "WH-SHOP", Clients: []paypal.Client{{ID: "shop", Secret: "shop-secret"}}})
	})
	m.braintree, atBraintree = testport.Stand(m.t, func(url string) (*braintree.Emulator, error) {
		return braintree.New(braintree.Config{PublicURL: url, SharedWorld: true, WebhookURL: hook("braintree")})
	})
	m.paytrail, atPaytrail = testport.Stand(m.t, func(url string) (*paytrail.Emulator, error) {
		return paytrail.New(paytrail.Config{PublicURL: url, SharedWorld: true})
	})
	m.trustap = sandboxtest.Start(m.t, sandbox.Config{SharedWorld: true})
	if err := m.trustap.Sandbox.SetWebhookEndpoint(hook("trustap"), "trustap", "0123456789abcdef"); err != nil {
		m.t.Fatal(err)
	}
	shop := braintree.Example()
	return []string{
		"HANDSEL_STRIPE_URL=" + atStripe, "HANDSEL_STRIPE_SECRET_KEY=sk_test_0123456789", "HANDSEL_STRIPE_WEBHOOK_SECRET=whsec_0123456789abcdef",
		"HANDSEL_PAYPAL_URL=" + atPayPal, "HANDSEL_PAYPAL_CLIENT_ID=shop", "HANDSEL_PAYPAL_SECRET=shop-secret", "HANDSEL_PAYPAL_WEBHOOK_ID=WH-SHOP",
		"HANDSEL_PAYPAL_RETURN_URL=https://shop.example.com/back",
		"HANDSEL_BRAINTREE_URL=" + atBraintree, "HANDSEL_BRAINTREE_PUBLIC_KEY=" + shop.Public, "HANDSEL_BRAINTREE_PRIVATE_KEY=" + shop.Private,
		"HANDSEL_BRAINTREE_MERCHANT_ACCOUNTS=EUR=shop_eur",
		"HANDSEL_PAYTRAIL_URL=" + atPaytrail, "HANDSEL_PAYTRAIL_MERCHANT_ID=695861", "HANDSEL_PAYTRAIL_SECRET=MONISAIPPUAKAUPPIAS",
		"HANDSEL_PAYTRAIL_CALLBACK_URL=" + hook("paytrail"), "HANDSEL_PAYTRAIL_RETURN_URL=https://shop.example.com/back",
		"HANDSEL_TRUSTAP_URL=" + m.trustap.URL + "/api/v1", "HANDSEL_TRUSTAP_API_KEY=" + m.trustap.APIKey, "HANDSEL_TRUSTAP_ACTIONS_URL=" + m.trustap.URL,
		"HANDSEL_TRUSTAP_WEBHOOK_PASSWORD=0123456789abcdef",
	}
}

// token is a user's of the exchange.
func (m *market) token(user app.SampleUser) string {
	m.t.Helper()
	now := time.Now()
	u := usertoken.User{ID: user.ID, Name: user.Name, Community: 1, Operator: user == app.Olga, Expires: now.Add(time.Hour)}
	token, err := usertoken.Sign([]byte(tokenSecret), u, "market", "handsel", now)
	if err != nil {
		m.t.Fatal(err)
	}
	return token
}
