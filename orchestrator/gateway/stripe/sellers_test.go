package stripe_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gatewaytest"
)

// What Stripe tells of an account becomes one of the statuses, with what it asks for.
func TestSeller(t *testing.T) {
	t.Parallel()
	const active = `"capabilities":{"transfers":"active"},"payouts_enabled":true,"details_submitted":true`
	for name, tc := range map[string]struct {
		account string // what Stripe answers besides the id
		want    orchestrator.SellerAccount
	}{
		"active":    {active + `,"default_currency":"eur"`, orchestrator.SellerAccount{Status: "active", CanBePaid: true, GetsPayouts: true, Currencies: []string{"EUR"}}},
		"begun":     {`"requirements":{"currently_due":["external_account"]}`, orchestrator.SellerAccount{Status: "pending", Due: []orchestrator.SellerDue{{What: "external_account"}}}},
		"checked":   {`"details_submitted":true,"requirements":{"pending_verification":["individual.id_number"]}`, orchestrator.SellerAccount{Status: "pending"}},
		"asked":     {`"details_submitted":true,"requirements":{"currently_due":["a","b"],"past_due":["b"]}`, orchestrator.SellerAccount{Status: "restricted", Due: []orchestrator.SellerDue{{What: "a"}, {What: "b"}}}},
		"no payout": {`"capabilities":{"transfers":"active"},"details_submitted":true`, orchestrator.SellerAccount{Status: "restricted", CanBePaid: true}},
		"rejected":  {active + `,"requirements":{"disabled_reason":"rejected.fraud"}`, orchestrator.SellerAccount{Status: "rejected", GetsPayouts: true}},
		"deleted":   {`"deleted":true`, orchestrator.SellerAccount{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = w.Write([]byte(`{"id":"acct_sam","object":"account",` + tc.account + `}`))
			}))
			t.Cleanup(front.Close)
			g := newGateway(t, front.URL, nil)
			got, err := g.Seller(t.Context(), 501, "sam")
			if err != nil {
				t.Fatal(err)
			}
			if tc.want.ID = "acct_sam"; tc.want.Status == "" {
				tc.want = orchestrator.SellerAccount{Status: orchestrator.SellerMissing}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			can, err := g.CanReceive(t.Context(), 501, "sam")
			if err != nil || can != got.CanBePaid {
				t.Errorf("can be paid: %t, %v", can, err)
			}
			if known, err := g.KnowsAccount(t.Context(), 501, "sam", "acct_sam"); err != nil || known == strings.Contains(tc.account, "deleted") {
				t.Errorf("known: %t, %v", known, err)
			}
		})
	}
}

// An account is opened once for each user, with what is known of them, and the same call
// makes another link.
func TestOnboard(t *testing.T) {
	t.Parallel()
	w := newTestbed(t, nil)
	before := w.Accounts.(*gatewaytest.Accounts)
	var first string
	for range 2 {
		link, err := w.Onboard(t.Context(), 501, "new", orchestrator.Return{Done: "https://m.example/done", Again: "https://m.example/again"})
		if err != nil || !strings.HasPrefix(link.URL, "https://pay.example.com/setup/acct_") || link.ExpiresAt.IsZero() {
			t.Fatal(link, err)
		}
		id, _, _ := before.Account(context.Background(), 501, "new", "stripe")
		if first == "" {
			first = id
		}
		if id != first || !strings.Contains(link.URL, id) {
			t.Errorf("account %s, then %s: %s", first, id, link.URL)
		}
	}
	if s, err := w.Seller(t.Context(), 501, "new"); err != nil || s.Status != orchestrator.SellerPending || s.ID != first {
		t.Errorf("%+v, %v", s, err)
	}
	for _, tc := range []struct {
		community int64
		user      string
		want      bool
	}{{501, "new", true}, {501, "mallory", false}, {502, "new", false}} {
		if known, err := w.KnowsAccount(t.Context(), tc.community, tc.user, first); known != tc.want || err != nil {
			t.Errorf("%d %s may have the account: %t, %v", tc.community, tc.user, known, err)
		}
	}
	if err := w.sandbox.RejectAccount(first); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Onboard(t.Context(), 501, "new", orchestrator.Return{Done: "https://m.example/done", Again: "https://m.example/again"}); fault.ReasonOf(err) != "no_onboarding" {
		t.Errorf("a rejected account is set up again: %v", err)
	}
	if s, err := w.Seller(t.Context(), 501, "ghost"); err != nil || s.Status != orchestrator.SellerMissing {
		t.Errorf("%+v, %v", s, err)
	}
}
