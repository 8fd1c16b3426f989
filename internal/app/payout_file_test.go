package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit"
)

// A file settles each of its payouts for itself. A repeat finds them settled, whatever it was
// that kept the first answer away; another reference or sum is not what was settled.
func TestPayouts_file(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		d := completed(t, url)
		due := d.payouts("/v1/payouts?status=due")[0]
		send := func(status int, body string) string {
			t.Helper()
			r := d.Call("POST", "/v1/payouts/settlements", body, "Handsel-Operator", "olga")
			if r.Status != status {
				t.Fatalf("%s: %d %s, want %d", body, r.Status, r.Body, status)
			}
			return string(r.Body)
		}
		line := func(id, reference string, amount int64) string {
			return fmt.Sprintf(`{"id":%q,"reference":%q,"amount":%d}`, id, reference, amount)
		}
		file := func(lines ...string) string {
			return `{"reason":"payments of March","payouts":[` + strings.Join(lines, ",") + `]}`
		}
		for body, code := range map[string]string{
			file(): "invalid_payout_file",
			file(strings.Repeat(line("pyt_1", "RF18", 1)+",", 200) + line("pyt_1", "RF18", 1)): "invalid_payout_file",
			file(line(due.ID, "RF18", 5000), line(due.ID, "RF18", 5000)):                       "invalid_payout_file",
			file(`{"id":"pyt_1","reference":"RF18"}`):                                          "missing_field",
			`{"payouts":[` + line(due.ID, "RF18", 5000) + `]}`:                                 "reason_missing",
		} {
			if got := send(400, body); !strings.Contains(got, `"`+code+`"`) {
				t.Errorf("%s: %s, want %s", body, got, code)
			}
		}
		if got := send(200, file(line(due.ID, "RF18", 4999))); !strings.Contains(got, `"settled":0`) || !strings.Contains(got, "payout_changed") {
			t.Errorf("another sum: %s", got)
		}
		whole := file(line("pyt_1", "RF17", 1), line(due.ID, "RF18", 5000))
		for range 2 {
			got := send(200, whole)
			if !strings.Contains(got, `"settled":1`) || !strings.Contains(got, `"unknown_payout"`) || !strings.Contains(got, `{"id":"`+due.ID+`","status":"settled"}`) {
				t.Errorf("the file: %s", got)
			}
		}
		for _, other := range []string{line(due.ID, "RF19", 5000), line(due.ID, "RF18", 5001)} {
			if got := send(200, file(other)); !strings.Contains(got, `"no_payout_due"`) {
				t.Errorf("%s, which was not settled so: %s", other, got)
			}
		}
		var paid payoutLine
		d.get("/v1/payouts/"+due.ID, &paid)
		if paid.Status != "paid_out" || paid.Reference == nil || *paid.Reference != "RF18" {
			t.Errorf("the payout: %+v", paid)
		}
		d.CheckBooks()
	})
}
