package app_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/sandbox/paytrail"
)

// A refund of a deal that is on hold is told as that, with the sums; one whose payment cannot be
// looked up is told as that. Nothing is sent either way.
func TestPaytrail_refundOnHold(t *testing.T) {
	t.Parallel()
	const why = "the books differ: the gateway has captured 10.00 EUR, our books say 14.60 EUR"
	testkit.OnEither(t, func(t *testing.T, url string) {
		d := canceled(t, url, "success")
		if err := d.till.SetFaults([]paytrail.Fault{{Route: "get_payment", Kind: "html", Times: -1}}); err != nil {
			t.Fatal(err)
		}
		if r := d.staff("refund", "", 503); !strings.Contains(string(r.Body), `"lookup_failed"`) {
			t.Errorf("without a look: %s", r.Body)
		}
		if deal := d.deal(); deal.Attention != "" {
			t.Errorf("a look that fails holds the deal: %s", deal.Attention)
		}
		if err := d.till.SetFaults(nil); err != nil {
			t.Fatal(err)
		}
		d.hold(why)
		if r := d.staff("refund", "", 409); !strings.Contains(string(r.Body), `"needs_attention"`) || !strings.Contains(string(r.Body), "captured 10.00 EUR, our books say 14.60 EUR") {
			t.Errorf("on hold: %s", r.Body)
		}
		if deal := d.deal(); deal.Attention != why || deal.Operation != "" {
			t.Errorf("after the refusal: %+v", deal)
		}
		if got := d.moved(); got["refund"] != 0 {
			t.Errorf("at Paytrail: %v", got)
		}
		d.hold("")
		d.staff("refund", "", 200)
		d.is("refunded")
		d.CheckBooks()
	})
}

// hold puts the deals on hold, as a look that shows other sums does; empty: none.
func (d *dealing) hold(why string) {
	d.t.Helper()
	driver, address := "postgres", d.Config.DatabaseURL
	if !strings.HasPrefix(address, "postgres") {
		driver, address = "sqlite", strings.TrimPrefix(address, "sqlite:")+"?_pragma=busy_timeout(10000)"
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		d.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(d.t.Context(), `update transactions set attention = $1`, why); err != nil {
		d.t.Fatal(err)
	}
}
