package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/sandbox/braintree"
)

type payoutLine struct {
	ID        string
	Number    int64
	SellerID  string `json:"seller_id"`
	Status    string
	PaidBy    string `json:"paid_by"`
	Amount    struct{ Amount int64 }
	PaidAt    *string `json:"paid_at"`
	Reference *string
}

// completed plays a deal at Braintree to its end, from where the marketplace owes the seller.
func completed(t *testing.T, url string) *cardDeal {
	t.Helper()
	d := atBraintree(t, url)
	d.preauthorized()
	d.step("complete_preauthorization", "sam", "", 200)
	d.Advance(24 * time.Hour)
	d.step("complete", "bea", "", 200)
	d.is("completed")
	return d
}

func (d *cardDeal) get(path string, into any) {
	d.t.Helper()
	r := d.Call("GET", path, "")
	if r.Status != 200 {
		d.t.Fatalf("%s: %d %s", path, r.Status, r.Body)
	}
	r.JSON(d.t, into)
}

func (d *cardDeal) payouts(path string) []payoutLine {
	d.t.Helper()
	var list struct{ Items []payoutLine }
	d.get(path, &list)
	return list.Items
}

func (d *cardDeal) settle(id, key, body string, status int) testkit.Response {
	d.t.Helper()
	r := d.Call("POST", "/v1/payouts/"+id+"/settle", body, "Idempotency-Key", key)
	if r.Status != status {
		d.t.Fatalf("settle: %d %s, want %d", r.Status, r.Body, status)
	}
	return r
}

// disputeUnheard lets the buyer's bank take the payment back, of which no message arrives.
func (d *cardDeal) disputeUnheard() {
	d.t.Helper()
	if err := d.bank.SetFaults([]braintree.Fault{{Route: "webhook", Kind: "lose", Times: -1}}); err != nil {
		d.t.Fatal(err)
	}
	d.dispute(0)
}

// dispute lets the buyer's bank take a sum of the payment back; 0: all of it.
func (d *cardDeal) dispute(minor int64) (id string) {
	d.t.Helper()
	id, err := d.bank.Dispute(d.bank.Effects()[0].ObjectID, minor, "")
	if err != nil {
		d.t.Fatal(err)
	}
	return id
}

// A seller whom the gateway does not pay is owed until the marketplace has paid: nobody reads
// "paid" before that.
func TestPayouts_due(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		d := completed(t, url)
		due := d.payouts("/v1/payouts?status=due")
		if len(due) != 1 || due[0].Amount.Amount != 5000 || due[0].SellerID != "sam" || due[0].Status != "due" || due[0].PaidBy != "marketplace" || due[0].PaidAt != nil {
			t.Fatalf("due: %+v", due)
		}
		if sam := d.payouts("/v1/sellers/sam/payouts"); len(sam) != 1 || sam[0].ID != due[0].ID {
			t.Errorf("sam's: %+v", sam)
		}
		if bea := append(d.payouts("/v1/sellers/bea/payouts"), d.payouts("/v1/payouts?status=paid_out")...); len(bea) != 0 {
			t.Errorf("payouts that are none: %+v", bea)
		}
		if all := string(d.Call("GET", "/v1/transactions/"+d.id+"/explain", "").Body); !strings.Contains(all, `"payout_due":5000`) || strings.Contains(all, "paid_out") || strings.Contains(all, "take_back") {
			t.Errorf("explained: %s", all)
		} else if want := `"summary":"The deal is complete; payout due: an operator has to pay 50.00 EUR to sam (the seller)."`; !strings.Contains(all, want) {
			t.Errorf("it is not told as due: %s", all)
		}
		for body, code := range map[string]string{`{}`: "reference", `{"reference":""}`: "missing_field", `{"reference":"x","sum":1}`: "sum"} {
			if r := d.settle(due[0].ID, "wrong", body, 400); !strings.Contains(string(r.Body), code) {
				t.Errorf("%s: %s", body, r.Body)
			}
		}
		first := d.settle(due[0].ID, "paid", `{"reference":"RF18 5390"}`, 200)
		again := d.settle(due[0].ID, "paid", `{"reference":"RF18 5390"}`, 200)
		if string(first.Body) != string(again.Body) {
			t.Errorf("repeated: %s, first %s", again.Body, first.Body)
		}
		if r := d.settle(due[0].ID, "twice", `{"reference":"RF18 5391"}`, 409); !strings.Contains(string(r.Body), `"no_payout_due"`) {
			t.Errorf("paid twice: %s", r.Body)
		}
		var paid payoutLine
		d.get("/v1/payouts/"+due[0].ID, &paid)
		if paid.Status != "paid_out" || paid.PaidAt == nil || paid.Reference == nil || *paid.Reference != "RF18 5390" || paid.Amount.Amount != 5000 {
			t.Errorf("settled: %+v", paid)
		}
		if left := d.payouts("/v1/payouts?status=due"); len(left) != 0 {
			t.Errorf("still due: %+v", left)
		}
		now := d.Sandbox.Now()
		if report, err := d.Engine.Reconcile(t.Context(), orchestrator.ReconcileInput{Gateway: "braintree", From: now.AddDate(0, 0, -3), To: now.AddDate(0, 0, 1)}); err != nil || len(report.Differences) != 0 {
			t.Errorf("reconciliation: %+v, %v", report.Differences, err)
		}
		if r := d.Call("GET", "/v1/payouts/"+d.id+"0", ""); r.Status != 404 {
			t.Errorf("no payout: %d %s", r.Status, r.Body)
		}
		d.staff("refund_after_payout", "", 409)
		d.CheckBooks()
	})
}

// A statement says what each deal brought, in both formats, and its sums are those of its lines.
func TestPayouts_statement(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		d := completed(t, url)
		d.settle(d.payouts("/v1/payouts?status=due")[0].ID, "paid", `{"reference":"RF18 5390"}`, 200)
		day := func(n int) string { return d.Sandbox.Now().AddDate(0, 0, n).Format(time.DateOnly) }
		var s struct {
			Entries []struct {
				Kind      string
				PaidOut   int64 `json:"paid_out"`
				Due, Debt int64
			}
			Totals []struct {
				Currency string
				PaidOut  int64 `json:"paid_out"`
				Due      int64
			}
		}
		const statement = "/v1/sellers/sam/statement"
		d.get(statement+"?from="+day(-3)+"&to="+day(1), &s)
		if len(s.Entries) != 2 || s.Entries[0].Due != 5000 || s.Entries[1].Due != -5000 || s.Entries[1].PaidOut != 5000 || s.Entries[1].Kind != "settle_payout" {
			t.Errorf("entries: %+v", s.Entries)
		}
		if len(s.Totals) != 1 || s.Totals[0].Currency != "EUR" || s.Totals[0].PaidOut != 5000 || s.Totals[0].Due != 0 {
			t.Errorf("totals: %+v", s.Totals)
		}
		file := d.Call("GET", statement+"?format=csv&from="+day(-3)+"&to="+day(1), "")
		lines := strings.Split(strings.TrimSpace(string(file.Body)), "\n")
		if len(lines) != 3 || lines[0] != "at,transaction_id,number,kind,currency,paid_out,due,debt" || !strings.HasSuffix(lines[2], ",settle_payout,EUR,5000,-5000,0") {
			t.Errorf("as a file: %s", file.Body)
		}
		d.get(statement+"?from="+day(-9)+"&to="+day(-8), &s)
		if len(s.Entries) != 0 {
			t.Errorf("before anything happened: %+v", s.Entries)
		}
		for query, code := range map[string]string{
			"": "invalid_time", "?from=" + day(1): "invalid_time", "?from=" + day(1) + "&to=" + day(1): "invalid_span", "?from=2020-01-01&to=2022-01-01": "invalid_span",
			"?from=yesterday&to=" + day(1): "invalid_time", "?format=pdf&from=" + day(0) + "&to=" + day(1): "invalid_format",
		} {
			if r := d.Call("GET", statement+query, ""); r.Status != 400 || !strings.Contains(string(r.Body), code) {
				t.Errorf("%s: %d %s", query, r.Status, r.Body)
			}
		}
		if r := d.Call("GET", statement+"?from="+day(-1)+"&to="+day(1), "", "Handsel-Actor", "bea"); r.Status != 403 {
			t.Errorf("read by somebody else: %d", r.Status)
		}
	})
}

// What is due goes back to the buyer before anybody has paid it.
func TestPayouts_dueGoesBack(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		d := completed(t, url)
		d.staff("refund_after_payout", "", 200)
		d.is("refunded")
		if moved := d.moved(); moved["refund"] != 5000 {
			t.Errorf("at Braintree: %v", moved)
		}
		if all := d.payouts("/v1/payouts"); len(all) != 0 {
			t.Errorf("payouts: %+v", all)
		}
		d.CheckBooks()
	})
}

// What is due pays what the seller owes when the buyer's bank takes the payment back.
func TestPayouts_duePaysADebt(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		d := completed(t, url)
		dispute := d.dispute(0)
		d.MustSettle()
		if all := d.payouts("/v1/payouts"); len(all) != 0 {
			t.Errorf("paid or due after the chargeback: %+v", all)
		}
		d.CheckBooks()
		if err := d.bank.CloseDispute(dispute, "won"); err != nil {
			t.Fatal(err)
		}
		d.MustSettle()
		if all := d.payouts("/v1/payouts?status=due"); len(all) != 1 || all[0].Amount.Amount != 5000 {
			t.Errorf("due again: %+v", all)
		}
		d.CheckBooks()
	})
}

// What was paid at the bank is settled as long as it is what is due.
func TestPayouts_changed(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		d := completed(t, url)
		due := d.payouts("/v1/payouts?status=due")[0]
		d.dispute(2000)
		d.MustSettle()
		if r := d.settle(due.ID, "all", `{"reference":"RF18 5390","amount":5000}`, 409); !strings.Contains(string(r.Body), `"payout_changed"`) {
			t.Errorf("settled with another sum: %s", r.Body)
		}
		d.settle(due.ID, "rest", `{"reference":"RF18 5390","amount":3000}`, 200)
		var paid payoutLine
		if d.get("/v1/payouts/"+due.ID, &paid); paid.Status != "paid_out" || paid.Amount.Amount != 3000 {
			t.Errorf("paid: %+v", paid)
		}
		d.CheckBooks()
	})
}

// Nobody is refunded while their bank has the money, also where nobody heard of that.
func TestPayouts_disputedIsNotRefunded(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		d := completed(t, url)
		d.disputeUnheard()
		if r := d.staff("refund_after_payout", "", 409); !strings.Contains(string(r.Body), `"payment_disputed"`) {
			t.Errorf("refunded with %s", r.Body)
		}
		if moved := d.moved(); moved["refund"] != 0 {
			t.Errorf("at Braintree: %v", moved)
		}
		if all := d.payouts("/v1/payouts"); len(all) != 0 {
			t.Errorf("paid or due: %+v", all)
		}
		d.CheckBooks()
	})
}

// Nothing becomes due to a seller while the buyer's bank has the money, also where nobody heard
// of that.
func TestPayouts_disputed(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		d := atBraintree(t, url)
		d.preauthorized()
		d.step("complete_preauthorization", "sam", "", 200)
		d.Advance(24 * time.Hour)
		d.disputeUnheard()
		if got := d.step("complete", "bea", "", 409); got != "payment_disputed" {
			t.Errorf("released with %s", got)
		}
		d.is("disputed")
		if all := d.payouts("/v1/payouts"); len(all) != 0 {
			t.Errorf("payouts: %+v", all)
		}
		d.CheckBooks()
	})
}
