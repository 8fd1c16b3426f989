package app_test

import (
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
)

// What the marketplace had paid at its bank before the payout went back to the buyer is
// booked: the seller owes it, a task shows it, and the end of the loss ends that.
func TestPayouts_paidWhenItWentBack(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		goesBack func(d *cardDeal)
		due      string // what is still due and settled first; empty: nothing
		paid     string // beyond that
		owed     int64
	}{
		"refunded":     {func(d *cardDeal) { d.staff("refund_after_payout", "", 200) }, "", "5000", 5000},
		"charged back": {func(d *cardDeal) { d.dispute(0); d.MustSettle() }, "", "5000", 5000},
		"charged back, and the loss was settled": {func(d *cardDeal) {
			d.dispute(0)
			d.MustSettle()
			d.staff("settle_loss", `"recovered":0,`, 200)
		}, "", "5000", 5000},
		"a part was charged back": {func(d *cardDeal) { d.dispute(2000); d.MustSettle() }, "3000", "2000", 2000},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testkit.OnEither(t, func(t *testing.T, url string) {
				d := completed(t, url)
				id := d.payouts("/v1/payouts?status=due")[0].ID
				tc.goesBack(d)
				if tc.due != "" {
					if r := d.book("2000", 409); !strings.Contains(string(r.Body), "no_undue_payout") {
						t.Errorf("booked before what is due is settled: %s", r.Body)
					}
					d.settle(id, "due", `{"reference":"RF18 5390","amount":`+tc.due+`}`, 200)
				}
				if r := d.book("5001", 400); !strings.Contains(string(r.Body), "invalid_amount") {
					t.Errorf("more than the payout was: %s", r.Body)
				}
				d.book(tc.paid, 200)
				if r := d.book(tc.paid, 409); !strings.Contains(string(r.Body), "no_undue_payout") {
					t.Errorf("booked twice: %s", r.Body)
				}
				if list := d.payouts("/v1/payouts?status=paid_out"); len(list) != 1 || list[0].Amount.Amount != 5000 || list[0].PaidAt == nil {
					t.Errorf("paid: %+v", list)
				}
				if debt := d.debt(); debt != tc.owed {
					t.Errorf("the seller owes %d, want %d", debt, tc.owed)
				}
				var tasks struct{ Items []struct{ Kind string } }
				if d.get("/v1/operator/tasks", &tasks); len(tasks.Items) != 1 {
					t.Errorf("tasks: %+v", tasks.Items)
				}
				d.CheckBooks()
				d.staff("settle_loss", `"recovered":1000,`, 200)
				if debt := d.debt(); debt != 0 {
					t.Errorf("after the end of the loss the seller owes %d", debt)
				}
				if d.get("/v1/operator/tasks", &tasks); len(tasks.Items) != 0 {
					t.Errorf("tasks after the end: %+v", tasks.Items)
				}
				now := d.Sandbox.Now()
				if report, err := d.Engine.Reconcile(t.Context(), orchestrator.ReconcileInput{Gateway: "braintree", From: now.AddDate(0, 0, -3), To: now.AddDate(0, 0, 1)}); err != nil || len(report.Differences) != 0 {
					t.Errorf("reconciliation: %+v, %v", report.Differences, err)
				}
				d.CheckBooks()
			})
		})
	}
}

// book says that a sum was paid to the seller when it was due no longer.
func (d *cardDeal) book(minor string, status int) testkit.Response {
	d.t.Helper()
	return d.staff("book_payout", `"reference":"RF18 5390","amount":`+minor+`,`, status)
}

// debt is what the seller owes in euro cents.
func (d *cardDeal) debt() (minor int64) {
	d.t.Helper()
	var seller struct{ Debt []struct{ Amount int64 } }
	d.get("/v1/sellers/sam", &seller)
	for _, m := range seller.Debt {
		minor += m.Amount
	}
	return minor
}
