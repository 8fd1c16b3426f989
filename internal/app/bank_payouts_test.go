package app_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/sandbox/stripe"
)

// refuseAtBank gives a seller a bank account at Stripe that takes no payout.
func (w *trial) refuseAtBank(user string) { refuseAtBank(w.t, w.Testbed, user) }

func refuseAtBank(t *testing.T, w *testkit.Testbed, user string) {
	t.Helper()
	w.AtStripe("/v1/accounts/"+accountOf(t, w, user)+"/external_accounts", url.Values{
		"external_account[object]": {"bank_account"}, "external_account[country]": {"DE"}, "external_account[currency]": {"eur"},
		"external_account[account_number]": {"DE62370400440532013001"}, "default_for_currency": {"true"},
	})
}

func accountOf(t *testing.T, w *testkit.Testbed, user string) string {
	t.Helper()
	account, found, err := w.Store.Account(t.Context(), app.SampleCommunity, user, "stripe")
	if err != nil || !found {
		t.Fatalf("account of %s: %t, %v", user, found, err)
	}
	return account
}

// bankPayout is what is shown of a payout to a bank.
type bankPayout struct {
	Gateway, Status string
	Failure         *string
	Amount          struct{ Amount int64 }
	Transactions    []string `json:"transaction_ids"`
}

func bankPayoutsOf(t *testing.T, w *testkit.Testbed, user string) []bankPayout {
	t.Helper()
	var page struct{ Items []bankPayout }
	r := w.Call("GET", "/v1/sellers/"+user+"/bank-payouts", "")
	if r.Status != 200 {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	r.JSON(t, &page)
	return page.Items
}

func tasksOf(t *testing.T, w *testkit.Testbed, kind string) int {
	t.Helper()
	var page struct{ Items []struct{ Kind string } }
	w.Call("GET", "/v1/operator/tasks?kind="+kind, "").JSON(t, &page)
	return len(page.Items)
}

// sold plays a deal at a gateway up to the seller's money.
func sold(t *testing.T, w *testkit.Testbed, gateway, title string) string {
	t.Helper()
	body := `{"process":"preauthorize","gateway":"` + gateway + `","starter_id":"bea","author_id":"sam","listing":{"title":"` + title + `"},
		"unit_price":{"amount":5000,"currency":"EUR"}`
	if gateway == "stripe" {
		body += `,"input":{"payment_method":"pm_card_visa"}`
	}
	r := w.Call("POST", "/v1/transactions", body+`}`, "Idempotency-Key", title)
	deal := id(t, r, "id")
	for _, step := range []string{"complete_preauthorization", "complete"} {
		if r := w.Call("POST", "/v1/transactions/"+deal+"/transitions", `{"transition":"`+step+`"}`, "Idempotency-Key", title+step); r.Status != 200 && r.Status != 202 {
			t.Fatalf("%s: %d %s", step, r.Status, r.Body)
		}
	}
	return deal
}

// Two deals go to the bank together, and what the bank does with them is told: it is on its way, it
// arrives, and when it comes back later it is a task, an e-mail and something that the
// seller is asked for. Their money in the books does not move by it.
func TestBankPayout(t *testing.T) {
	t.Parallel()
	for name, url := range databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			followsBank(t, testkit.New(t, testkit.Options{DatabaseURL: url}))
		})
	}
}

func followsBank(t *testing.T, w *testkit.Testbed) {
	t.Helper()
	deals := []string{sold(t, w, "stripe", "Bike"), sold(t, w, "stripe", "Bell")}
	before := w.Call("GET", "/v1/sellers/sam/statement?from=2020-01-01&to=2020-12-31", "")
	w.Advance(72 * time.Hour)
	w.MustSettle()
	got := bankPayoutsOf(t, w, "sam")
	if len(got) != 1 {
		t.Fatalf("payouts to the bank: %+v", got)
	}
	slices.Sort(deals)
	slices.Sort(got[0].Transactions)
	if diff := cmp.Diff(deals, got[0].Transactions); diff != "" || got[0].Amount.Amount != 10_000 || got[0].Gateway != "stripe" {
		t.Errorf("in it: %+v (-want +got):\n%s", got[0], diff)
	}
	w.Advance(48 * time.Hour)
	w.MustSettle()
	if got = bankPayoutsOf(t, w, "sam"); len(got) != 1 || got[0].Status != "paid" || got[0].Failure != nil {
		t.Fatalf("arrived: %+v", got)
	}
	if kept, err := w.Store.ListBankPayouts(t.Context(), orchestrator.BankPayoutFilter{CommunityID: app.SampleCommunity, UserID: "sam"}); err != nil || len(kept) != 1 || kept[0].ToldAt.IsZero() {
		t.Errorf("nobody was told that it arrived: %+v, %v", kept, err)
	}
	account := accountOf(t, w, "sam")
	ids := w.Stripe.Payouts(account)
	if err := w.Stripe.EndPayout(ids[0], "account_closed"); err != nil {
		t.Fatal(err)
	}
	w.MustSettle()
	if got = bankPayoutsOf(t, w, "sam"); len(got) != 1 || got[0].Status != "failed" || got[0].Failure == nil || *got[0].Failure != "account_closed" {
		t.Fatalf("came back: %+v", got)
	}
	if n := tasksOf(t, w, "payout_failed"); n != 1 {
		t.Errorf("%d tasks, want 1", n)
	}
	if s := string(w.Call("GET", "/v1/operator/tasks?kind=payout_failed", "").Body); !strings.Contains(s, `"/v1/sellers/sam"`) {
		t.Errorf("the task leads to no seller: %s", s)
	}
	if s := string(w.Call("GET", "/v1/sellers/sam", "").Body); !strings.Contains(s, `"restricted"`) || !strings.Contains(s, `"external_account"`) {
		t.Errorf("the seller: %s", s)
	}
	for _, deal := range deals {
		if s := string(w.Call("GET", "/v1/transactions/"+deal, "").Body); !strings.Contains(s, `"state":"confirmed"`) {
			t.Errorf("the deal: %s", s)
		}
	}
	if n := tasksOf(t, w, "on_hold"); n != 0 {
		t.Errorf("%d deals are on hold", n)
	}
	after := w.Call("GET", "/v1/sellers/sam/statement?from=2020-01-01&to=2020-12-31", "")
	if string(before.Body) != string(after.Body) {
		t.Errorf("the books have moved: %s\n%s", before.Body, after.Body)
	}
	// Another bank account, given on the page, takes it: the money goes out again, with the same deals in it.
	link := w.Call("POST", "/v1/sellers/sam/onboarding", `{"gateway":"stripe","return_url":"https://shop.example.com/payouts"}`)
	if r := w.Call("POST", id(t, link, "url"), `{"card":"success"}`); r.Status != 200 {
		t.Fatalf("the page: %d %s", r.Status, r.Body)
	}
	w.Advance(72 * time.Hour)
	w.MustSettle()
	got = bankPayoutsOf(t, w, "sam")
	if len(got) != 2 || got[0].Status != "paid" || got[1].Status != "failed" || len(got[0].Transactions) != 2 {
		t.Fatalf("paid again: %+v", got)
	}
	if n := tasksOf(t, w, "payout_failed"); n != 0 {
		t.Errorf("%d tasks after the money has arrived", n)
	}
}

// A lost message delays the news and loses none: what is on its way is looked up.
func TestBankPayout_lostMessages(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	sold(t, w, "stripe", "Bike")
	account := accountOf(t, w, "sam")
	for range 72 {
		if w.Advance(time.Hour); len(w.Stripe.Payouts(account)) > 0 {
			break
		}
	}
	w.MustSettle()
	if got := bankPayoutsOf(t, w, "sam"); len(got) != 1 || got[0].Status != "in_transit" {
		t.Fatalf("on its way: %+v", got)
	}
	if err := w.Stripe.SetFaults([]stripe.Fault{{Route: "webhook", Kind: "lose", Times: -1}}); err != nil {
		t.Fatal(err)
	}
	w.Advance(48 * time.Hour)
	w.MustSettle()
	if got := bankPayoutsOf(t, w, "sam"); len(got) != 1 || got[0].Status != "paid" {
		t.Errorf("after the messages were lost: %+v", got)
	}
}

// PayPal's payouts tell the same events: nobody claims one, so that it is on its way; then it is
// paid, or it fails.
func TestBankPayout_PayPal(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]string{"SUCCESS": "paid", "FAILED": "failed"} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			d := atPayPal(t, "")
			p := paypalOf(t, d.Testbed)
			d.captures("success")
			if err := p.ReceiveAll("UNCLAIMED"); err != nil {
				t.Fatal(err)
			}
			d.call("POST", "/transactions/v1/"+d.id+"/complete", "bea", `{}`, 502)
			d.MustSettle()
			if err := p.ReceiveAll(status); err != nil {
				t.Fatal(err)
			}
			d.Advance(time.Hour)
			got := bankPayoutsOf(t, d.Testbed, "sam")
			if len(got) != 1 || got[0].Status != want || got[0].Gateway != "paypal" || len(got[0].Transactions) != 1 || got[0].Amount.Amount != 5000 {
				t.Errorf("%+v", got)
			}
			if n := tasksOf(t, d.Testbed, "payout_failed"); n != map[string]int{"paid": 0, "failed": 1}[want] {
				t.Errorf("%d tasks", n)
			}
		})
	}
}
