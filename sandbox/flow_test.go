package sandbox_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/sandbox"
)

func TestEscrowFromQuoteToPayout(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	var quote sandbox.Charge
	x.ok(200, "GET", "/charge?currency=eur&price=1234", "", "", &quote)
	same(t, "charge", quote.Charge, int64(78))

	id := x.open("").ID
	path := fmt.Sprintf("/transactions/%d/", id)
	var statuses []string
	note := func(tx sandbox.Transaction) { statuses = append(statuses, tx.Status) }
	note(x.get(id))
	after, err := x.Sandbox.Pay(id, "success")
	must(t, err)
	note(after)
	note(x.tx("POST", path+"track_with_guest_seller", x.seller, `{"carrier":"an-post","tracking_code":"RR1"}`))
	note(x.tx("POST", path+"confirm_delivery_with_guest_buyer", x.buyer, `{}`))
	note(x.tx("POST", path+"end_complaint_period", x.buyer, ""))
	final := x.get(id)
	note(final)
	same(t, "statuses", statuses, []string{"joined", "paid", "tracked", "delivered", "complaint_period_ended", "funds_released"})
	same(t, "released to seller", *final.ReleasedToSeller, true)
	same(t, "amount released", *final.AmountReleased, int64(1234))
	same(t, "tracking deadline", final.TrackingDetailsDeadline, start.Add(96*time.Hour))
	same(t, "complaint deadline", final.ComplaintPeriodDeadline, start.Add(24*time.Hour))
}

func TestWireOfTransaction(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{Seed: 7})
	id := x.at("complained")
	a := x.api("GET", fmt.Sprintf("/transactions/%d", id), x.buyer, "")
	want := fmt.Sprintf(`{"id":1309,"status":"complained","currency":"eur","price":1234,"charge":78,"charge_seller":0,`+
		`"charge_buyer_client":0,"charge_seller_client":0,"description":"Soccer ticket","quantity":1,"client_id":"sandbox",`+
		`"seller_id":%q,"buyer_id":%q,"is_payment_in_progress":false,"created":"2030-03-01T09:00:00Z",`+
		`"joined":"2030-03-01T09:00:00Z","paid":"2030-03-01T09:00:00Z","tracking_details_window_started":"2030-03-01T09:00:00Z",`+
		`"tracking_details_deadline":"2030-03-05T09:00:00Z","tracked":"2030-03-01T09:00:00Z",`+
		`"tracking":{"carrier":"ups","tracking_code":"1Z"},"delivered":"2030-03-01T09:00:00Z",`+
		`"complaint_period_deadline":"2030-03-02T09:00:00Z","complained":"2030-03-01T09:00:00Z",`+
		`"complaint":{"description":"Item was fake"}}`, x.seller, x.buyer)
	same(t, "body", compact(t, a.body), want)
}

func TestJoinCode(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	tx := x.tx("POST", "/me/transactions", "bearer:"+fullBuyer, `{`+terms+`,"role":"buyer"}`)
	same(t, "buyer", tx.BuyerID, fullBuyer)
	same(t, "seller", tx.SellerID, "")
	query := "/transactions?join_code=" + tx.JoinCode
	same(t, "read by code", x.tx("GET", query, "bearer:"+fullSeller, "").ID, tx.ID)
	joined := x.tx("PUT", query, "bearer:"+fullSeller, "")
	same(t, "joined by", joined.SellerID, fullSeller)
	same(t, "code is gone", joined.JoinCode, "")
	same(t, "code is dead", x.api("GET", query, "bearer:"+fullSeller, "").status, 404)

	again := x.tx("POST", "/me/transactions", "bearer:"+fullBuyer, `{`+terms+`,"role":"buyer"}`)
	rejected := x.tx("POST", "/transactions-by-join-code/"+again.JoinCode+"/reject", "bearer:"+fullSeller, "")
	same(t, "status", rejected.Status, "rejected")
	same(t, "denied", rejected.Denied, start)
}

func TestCreateAndJoin(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	tx := x.tx("POST", "/me/transactions/create_and_join", fullSeller, `{`+terms+`,"creator_role":"seller","join_user_id":"`+fullBuyer+`"}`)
	same(t, "parties and status", []string{tx.SellerID, tx.BuyerID, tx.Status, tx.JoinCode}, []string{fullSeller, fullBuyer, "joined", ""})
}

func TestAutomaticStepsAreStampedWhenDue(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, from string
		timelines  sandbox.Timelines
		want       func(*testing.T, sandbox.Transaction)
	}{
		{"no tracking", "paid", sandbox.Timelines{RefundDelay: time.Hour}, func(t *testing.T, tx sandbox.Transaction) {
			same(t, "status", tx.Status, "payment_refunded")
			same(t, "cancelled", tx.Cancelled, start.Add(96*time.Hour))
			same(t, "refunded", tx.PaymentRefunded, start.Add(97*time.Hour))
			same(t, "amount", *tx.AmountRefunded, int64(1234))
			same(t, "refund", tx.Refunds[0].Amount, int64(1234))
		}},
		{"nobody complains", "delivered", sandbox.Timelines{ReleaseDelay: 2 * time.Hour}, func(t *testing.T, tx sandbox.Transaction) {
			same(t, "status", tx.Status, "funds_released")
			same(t, "ended", tx.ComplaintPeriodEnded, start.Add(24*time.Hour))
			same(t, "released", tx.FundsReleased, start.Add(26*time.Hour))
		}},
		{"complaint stops the clock", "complained", sandbox.Timelines{}, func(t *testing.T, tx sandbox.Transaction) {
			same(t, "status", tx.Status, "complained")
		}},
		{"payment accepted but no tracking", "payment_accepted+acceptance", sandbox.Timelines{TrackingAllowance: time.Hour},
			func(t *testing.T, tx sandbox.Transaction) {
				same(t, "cancelled", tx.Cancelled, start.Add(time.Hour))
			}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			x := newTester(t, sandbox.Config{Timelines: test.timelines})
			id := x.at(test.from)
			must(t, x.Sandbox.Advance(365*24*time.Hour))
			test.want(t, x.get(id))
			same(t, "now", x.Sandbox.Now(), start.Add(365*24*time.Hour))
		})
	}
}

func TestExtendedDeadlineReplacesTheOldOne(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	id := x.at("paid")
	tx := x.tx("POST", fmt.Sprintf("/transactions/%d/extend_tracking_deadline", id), x.buyer, "")
	same(t, "deadline", tx.TrackingDetailsDeadline, start.Add(192*time.Hour))
	must(t, x.Sandbox.Advance(192*time.Hour-time.Second))
	same(t, "a second before", x.get(id).Status, "paid")
	must(t, x.Sandbox.Advance(time.Second))
	same(t, "cancelled", x.get(id).Cancelled, start.Add(192*time.Hour))
}

func TestAcceptedComplaintRefundsTheBuyer(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{RefundCharge: true})
	tx := x.tx("POST", fmt.Sprintf("/transactions/%d/accept_complaint", x.at("complained")), x.seller, "")
	same(t, "status", tx.Status, "funds_released")
	same(t, "released to seller", *tx.ReleasedToSeller, false)
	same(t, "refunded", *tx.AmountRefunded, int64(1234+78))
	if tx.AmountReleased != nil {
		t.Errorf("amount released: got %d, want none", *tx.AmountReleased)
	}
}

func TestFollowingClockRunsByItself(t *testing.T) {
	t.Parallel()
	now := start
	x := newTester(t, sandbox.Config{Follow: true, Now: func() time.Time { return now }})
	id := x.at("delivered")
	now = now.Add(23 * time.Hour)
	same(t, "still open", x.get(id).Status, "delivered")
	must(t, x.Sandbox.Advance(time.Hour))
	same(t, "over", x.get(id).ComplaintPeriodEnded, start.Add(24*time.Hour))
}

func TestListsAndBatch(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	a, b, c := x.open("").ID, x.open("").ID, x.open("").ID
	ids := func(path string) (got []int64) {
		var page []sandbox.Transaction
		x.ok(200, "GET", path, x.buyer, "", &page)
		for _, tx := range page {
			got = append(got, tx.ID)
		}
		return got
	}
	same(t, "newest first", ids("/me/transactions"), []int64{c, b, a})
	same(t, "older than", ids(fmt.Sprintf("/me/transactions?after_id=%d", b)), []int64{a})
	same(t, "newer than", ids(fmt.Sprintf("/me/transactions?before_id=%d", b)), []int64{c})
	same(t, "limit", ids("/me/transactions?limit=2"), []int64{c, b})
	same(t, "nothing before the first", x.api("GET", "/me/transactions?after_id=0", x.buyer, "").body, []byte("[]\n"))

	var batch []*sandbox.Transaction
	x.ok(200, "GET", fmt.Sprintf("/batch/transactions?ids=%d,%d,7,%d", c, a, c), x.buyer, "", &batch)
	if len(batch) != 4 || batch[0].ID != c || batch[1].ID != a || batch[2] != nil || batch[3].ID != c {
		t.Errorf("batch: got %v", batch)
	}
	x.ok(200, "GET", fmt.Sprintf("/batch/transactions?ids=%d", a), fullBuyer, "", &batch)
	if len(batch) != 1 || batch[0] != nil {
		t.Errorf("batch of a stranger: got %v", batch)
	}
}

func TestQuotes(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{Charges: append(sandbox.DefaultCharges(),
		sandbox.ChargeConfig{ID: 2, Currency: "gbp", PaymentMethod: "card", BasisPoints: 100, SellerBasisPoints: 200, SellerFlat: 5})})
	tests := []struct {
		name, query                    string
		price, charge, seller, postage int64
	}{
		{"the document's example", "currency=eur&price=1234", 1234, 78, 0, 0},
		{"the document's second example", "currency=eur&price=5000", 5000, 190, 0, 0},
		{"bank transfer", "currency=eur&price=20001&payment_method=bank_transfer", 20001, 201, 0, 0},
		{"quantity", "currency=usd&price=1000&quantity=5", 5000, 190, 0, 0},
		{"postage has no fee", "currency=eur&price=10000&postage_fee=1000", 10000, 340, 0, 1000},
		{"another config", "currency=gbp&price=1001&charge_config=2", 1001, 11, 26, 0},
		{"the largest price", "currency=eur&price=1000000000000", 1_000_000_000_000, 30_000_000_040, 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var q sandbox.Charge
			x := *x
			x.t = t
			x.ok(200, "GET", "/charge?"+test.query, "", "", &q)
			same(t, "quote", []int64{q.Price, q.Charge, q.ChargeSeller, q.ChargePostageBuyer, q.CalculatorVersion},
				[]int64{test.price, test.charge, test.seller, test.postage, 5})
		})
	}
}

func TestReadOnlyCalls(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	same(t, "carriers", compact(t, x.api("GET", "/supported_carriers", "", "").body),
		`[{"code":"an-post","name":"An Post"},{"code":"fedex","name":"FedEx"},{"code":"ups","name":"UPS"},{"code":"usps","name":"USPS"}]`)
	same(t, "timelines", compact(t, x.api("GET", "/clients/sandbox/timelines", "", "").body),
		`{"complaint_period_seconds":86400,"delivery_allowance_seconds":0,"tracking_details_allowance_seconds":345600}`)
	id := x.at("joined")
	same(t, "publishable key", compact(t, x.api("GET", fmt.Sprintf("/transactions/%d/stripe_publishable_key", id), x.seller, "").body),
		`{"publishable_key":"pk_test_sandbox"}`)
	var secret struct {
		ClientSecret string `json:"client_secret"`
	}
	x.ok(200, "GET", fmt.Sprintf("/transactions/%d/stripe_client_secret", id), x.buyer, "", &secret)
	if secret.ClientSecret == "" {
		t.Error("client secret: got none")
	}
}
