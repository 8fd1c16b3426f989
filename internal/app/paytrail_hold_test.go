package app_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/sandbox/paytrail"
)

// onCard begins to open a deal of preauthorize whose buyer has saved a card.
func onCard(t *testing.T, databaseURL string) *dealing {
	t.Helper()
	d := &dealing{Testbed: testkit.New(t, testkit.Options{DatabaseURL: databaseURL}), t: t}
	e := tillOf(t, d.Testbed)
	d.till, d.moved = e, func() map[string]int64 { return movedAt(e) }
	return d
}

// opensOnCard opens the deal with a card, and tells where the buyer's bank asks, if it does.
func (d *dealing) opensOnCard(card string, status int) (page string) {
	d.t.Helper()
	body := `{"transaction":{"payment_process":"preauthorize","payment_gateway":"paytrail","community_id":501,
		"starter_id":"bea","listing_id":1234,"listing_title":"Old city bike","listing_price":{"amount":5000,"currency":"EUR"},"listing_author_id":"sam","listing_quantity":1},
		"gateway_fields":{"payment_method":"` + d.SaveCard(d.t, card) + `"}}`
	r := d.call("POST", "/transactions/v1/create", "bea", body, status)
	key := strconv.Itoa(d.n)
	d.again = func() testkit.Response {
		return d.Call("POST", "/transactions/v1/create", body, "Handsel-Actor", "bea", "Idempotency-Key", key)
	}
	list := d.shown(r)
	if d.id = jsonNumber(list.Transaction.ID); status != 201 {
		d.id = d.newest()
	}
	return list.Fields.RedirectURL
}

// ask steers the emulator.
func (d *dealing) ask(method, url string) {
	d.t.Helper()
	if r := d.Call(method, url, ""); r.Status >= 300 {
		d.t.Fatalf("%s %s: %d %s", method, url, r.Status, r.Body)
	}
}

// newest is the number of the deal that was opened last.
func (d *dealing) newest() string {
	d.t.Helper()
	var page struct {
		Items []struct{ Number int64 }
	}
	d.Call("GET", "/v1/transactions?limit=1", "", "Handsel-Operator", "olga").JSON(d.t, &page)
	if len(page.Items) == 0 {
		return "0"
	}
	return jsonNumber(page.Items[0].Number)
}

// Money that is held on a saved card is taken once, let go, or never held, whatever is lost on the way.
func TestPaytrail_holds(t *testing.T) {
	t.Parallel()
	type sums = map[string]int64
	for name, tc := range map[string]struct {
		play func(d *dealing)
		is   string
		want sums
	}{
		"accepted and completed": {func(d *dealing) {
			d.opensOnCard("success", 201)
			d.is("preauthorized")
			d.step("complete_preauthorization", "sam", `{}`, 200)
			d.is("paid")
			d.step("complete", "bea", `{}`, 200)
		}, "completed", sums{"authorize": 5000, "capture": 5000}},
		"accepted and given back": {func(d *dealing) {
			d.opensOnCard("success", 201)
			d.step("complete_preauthorization", "sam", `{}`, 200)
			d.step("cancel", "bea", `{}`, 200)
			d.staff("refund", "", 200)
		}, "refunded", sums{"authorize": 5000, "capture": 5000, "refund": 5000}},
		"rejected": {func(d *dealing) {
			d.opensOnCard("success", 201)
			d.step("reject", "sam", `{}`, 200)
		}, "rejected", sums{"authorize": 5000, "void": 5000}},
		"nobody decides": {func(d *dealing) {
			d.opensOnCard("success", 201)
			d.Advance(7*24*time.Hour - 5*time.Minute)
		}, "rejected", sums{"authorize": 5000, "void": 5000}},
		"the bank asks": {func(d *dealing) {
			page := d.opensOnCard("three_d_secure", 201)
			if !strings.Contains(page, "/3ds/") {
				d.t.Fatalf("the buyer is led to %q", page)
			}
			d.pays(page, "success")
			d.is("preauthorized")
			d.step("complete_preauthorization", "sam", `{}`, 200)
		}, "paid", sums{"authorize": 5000, "capture": 5000}},
		"the bank asks, and nobody answers": {func(d *dealing) {
			d.opensOnCard("three_d_secure", 201)
			d.Advance(time.Hour)
		}, "abandoned", sums{}},
		"the bank says no": {func(d *dealing) {
			d.opensOnCard("insufficient", 402)
		}, "abandoned", sums{}},
		"the answer that the bank says no is lost": {func(d *dealing) {
			d.fault("cit_authorization_hold", "cut_after")
			d.opensOnCard("insufficient", 502)
			d.Advance(5 * time.Minute) // the message tells it, long before the hold would be given up
			if deal := d.deal(); deal.Operation != "" {
				d.t.Errorf("still open: %+v", deal)
			}
		}, "abandoned", sums{}},
		"the answer of the hold is lost": {func(d *dealing) {
			d.fault("cit_authorization_hold", "cut_after")
			d.opensOnCard("success", 502)
			d.Advance(3 * time.Minute)
			d.is("preauthorized")
		}, "preauthorized", sums{"authorize": 5000}},
		"the hold is lost on its way": {func(d *dealing) {
			d.fault("cit_authorization_hold", "cut_before")
			d.opensOnCard("success", 502)
			d.Advance(8 * time.Minute)
			if deal := d.deal(); deal.Operation == "" {
				d.t.Errorf("given up early: %+v", deal)
			}
			d.Advance(8 * time.Minute)
			// Who asks again under the same key is told what came of it.
			if r := d.again(); r.Status != 402 || !strings.Contains(string(r.Body), `"code":"payment_not_shown"`) || !strings.Contains(string(r.Body), `"money_moved":"no"`) {
				d.t.Errorf("asked again: %d %s", r.Status, r.Body)
			}
		}, "abandoned", sums{}},
		"the answer is lost, and the message is late": {func(d *dealing) {
			if err := d.till.SetFaults([]paytrail.Fault{{Route: "cit_authorization_hold", Kind: "cut_after"}, {Route: "webhook", Kind: "lose"}}); err != nil {
				d.t.Fatal(err)
			}
			d.opensOnCard("success", 502)
			d.Advance(16 * time.Minute)
			d.is("abandoned")
			d.ask("POST", d.Config.EmulatorURLs["paytrail"]+"/_sandbox/webhooks/1/resend")
			d.Advance(10 * time.Minute)
		}, "abandoned", sums{"authorize": 5000, "void": 5000}},
		"the answer of the commit is lost": {func(d *dealing) {
			d.opensOnCard("success", 201)
			d.fault("commit_hold", "cut_after")
			d.step("complete_preauthorization", "sam", `{}`, 502)
			d.Advance(3 * time.Minute)
		}, "paid", sums{"authorize": 5000, "capture": 5000}},
		"the commit is lost on its way": {func(d *dealing) {
			d.opensOnCard("success", 201)
			d.fault("commit_hold", "cut_before")
			d.step("complete_preauthorization", "sam", `{}`, 502)
			d.Advance(5 * time.Minute)
		}, "paid", sums{"authorize": 5000, "capture": 5000}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testkit.OnEither(t, func(t *testing.T, url string) {
				d := onCard(t, url)
				tc.play(d)
				d.MustSettle()
				d.is(tc.is)
				if diff := cmp.Diff(tc.want, d.moved()); diff != "" {
					t.Errorf("at Paytrail (-want +got):\n%s", diff)
				}
				d.CheckBooks()
			})
		})
	}
}
