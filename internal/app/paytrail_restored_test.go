package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
)

// A restored database has forgotten that a hold of which nothing had shown was found and taken. It is not given up: the buyer has
// paid. Staff looks at Paytrail's pages, and ends it if there is nothing.
func TestPaytrail_holdAfterARestore(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		d := onCard(t, url)
		if err := d.till.SetFaults([]emulatorFault{{Route: "cit_authorization_hold", Kind: "cut_after"}, {Route: "webhook", Kind: "lose"}}); err != nil {
			t.Fatal(err)
		}
		d.opensOnCard("success", 502)
		backup := d.Backup()
		d.Advance(time.Minute)
		d.ask("POST", d.Config.EmulatorURLs["paytrail"]+"/_sandbox/webhooks/1/resend")
		d.Advance(time.Minute)
		d.is("preauthorized")
		d.step("complete_preauthorization", "sam", `{}`, 200)
		d.is("paid")
		backup.Restore()
		if _, err := orchestrator.BeginRecovery(t.Context(), d.Store, d.Sandbox.Now(), "a backup was restored"); err != nil {
			t.Fatal(err)
		}
		if err := d.Store.EndRecovery(t.Context(), orchestrator.Act{Actor: "ann", Name: "recovery.end", Object: "recovery", Reason: "compared", At: d.Sandbox.Now()}); err != nil {
			t.Fatal(err)
		}
		d.Advance(2 * time.Hour)
		if deal := d.deal(); deal.Operation == "" {
			t.Errorf("given up although the buyer has paid: %+v", deal)
		}
		if diff := cmp.Diff(map[string]int64{"authorize": 5000, "capture": 5000}, d.moved()); diff != "" {
			t.Errorf("at Paytrail (-want +got):\n%s", diff)
		}
		if r := d.outcome("arrived", 409); !strings.Contains(string(r.Body), `"no_open_refund"`) {
			t.Errorf("a hold is no refund: %s", r.Body)
		}
		d.outcome("not_arrived", 200)
		d.is("abandoned")
		d.CheckBooks()
	})
}
