package paypal_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway/paypal"
	"github.com/handsel-dev/handsel/orchestrator/gatewaytest"
	"github.com/handsel-dev/handsel/orchestrator/process"
	sandbox "github.com/handsel-dev/handsel/sandbox/paypal"
)

var toShop = orchestrator.Return{Done: "https://shop.example.com/done", Again: "https://shop.example.com/again"}

func newPartner(t *testing.T) (*world, *gatewaytest.Accounts) {
	t.Helper()
	stored := newAccounts()
	return newWorld(t, func(c *paypal.Config) { c.PartnerID, c.Accounts = "PARTNER222222", stored }), stored
}

// lead follows a link for a user and leaves the page.
func (w *world) lead(user, how string) {
	w.t.Helper()
	link, err := w.Onboard(w.t.Context(), 501, user, toShop)
	if err != nil || !link.ExpiresAt.IsZero() {
		w.t.Fatalf("link: %+v, %v", link, err)
	}
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, link.URL, strings.NewReader(`{"card":"`+how+`"}`))
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil || resp.Body.Close() != nil || resp.StatusCode != http.StatusOK {
		w.t.Fatalf("the page: %v %v", resp, err)
	}
}

func (w *world) stands(user string) orchestrator.SellerAccount {
	w.t.Helper()
	s, err := w.Seller(w.t.Context(), 501, user)
	if err != nil {
		w.t.Fatal(err)
	}
	if can, err := w.CanReceive(w.t.Context(), 501, user); can != s.CanBePaid || err != nil {
		w.t.Errorf("%s can be paid: %t, %v, want %t", user, can, err, s.CanBePaid)
	}
	return s
}

// A seller is led to PayPal's page, and stands as PayPal says: nobody who has not agreed is paid.
func TestOnboard(t *testing.T) {
	t.Parallel()
	for how, want := range map[string]orchestrator.SellerAccount{
		"cancel":         {Status: "pending", Due: []orchestrator.SellerDue{{What: "oauth_integrations"}}},
		"success":        {Status: "active", CanBePaid: true, GetsPayouts: true},
		"unconfirmed":    {Status: "restricted", Due: []orchestrator.SellerDue{{What: "primary_email_confirmed"}}},
		"not_receivable": {Status: "restricted", Due: []orchestrator.SellerDue{{What: "payments_receivable"}}},
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			w, stored := newPartner(t)
			if s := w.stands("ann"); s.Status != "missing" {
				t.Errorf("before: %+v", s)
			}
			w.lead("ann", how)
			got := w.stands("ann")
			if agreed := how != "cancel"; agreed != (got.ID != "") || agreed != (stored.IDs["ann"] == got.ID) {
				t.Errorf("%q is shown and %q stored", got.ID, stored.IDs["ann"])
			}
			want.ID = got.ID
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if how == "cancel" {
				w.lead("ann", "success")
			} else {
				w.till.SetSeller(got.ID, sandbox.ReadySeller())
			}
			if s := w.stands("ann"); !s.CanBePaid || s.Status != "active" {
				t.Errorf("in the end: %+v", s)
			}
			w.till.SetSeller(stored.IDs["ann"], sandbox.Seller{Receivable: true, Confirmed: true})
			if s := w.stands("ann"); s.CanBePaid || s.Status != "pending" {
				t.Errorf("the consent was taken back: %+v", s)
			}
		})
	}
}

// Who has agreed is paid at the account with which they did, which is looked up then.
func TestOnboard_paid(t *testing.T) {
	t.Parallel()
	w, stored := newPartner(t)
	delete(stored.IDs, "sam")
	w.lead("sam", "success")
	if !strings.HasPrefix(stored.IDs["sam"], "referral:") {
		t.Fatalf("stored %q before anybody asked", stored.IDs["sam"])
	}
	id := w.captured("success")
	w.does(process.Transfer, id, process.Succeeded)
	if len(stored.IDs["sam"]) != 13 || w.effects("payout") != 1 {
		t.Errorf("%d payouts, to %q", w.effects("payout"), stored.IDs["sam"])
	}
}

// One PayPal account is one user's, whoever agrees with it, and whatever staff says.
func TestOnboard_taken(t *testing.T) {
	t.Parallel()
	w, stored := newPartner(t)
	w.lead("ann", "success")
	ann := w.stands("ann").ID
	w.lead("ben", "success")
	stored.IDs["eve"] = w.stands("ben").ID // the account with which ben agrees next is eve's
	stored.IDs["ben"] = "referral:" + tracked(t, w, stored.IDs["eve"])
	if can, err := w.CanReceive(t.Context(), 501, "ben"); can || fault.ReasonOf(err) != "account_taken" {
		t.Errorf("eve's account for ben: %t, %v", can, err)
	}
	for user, want := range map[string]bool{"ann": true, "eve": false} {
		if known, err := w.KnowsAccount(t.Context(), 501, user, ann); known != want || err != nil {
			t.Errorf("ann's account for %s: %t, %v", user, known, err)
		}
	}
	if known, err := w.KnowsAccount(t.Context(), 501, "eve", samsID); known || err != nil {
		t.Errorf("an account that has not agreed: %t, %v", known, err)
	}
	if known, err := w.KnowsAccount(t.Context(), 501, "eve", "eve@example.com"); !known || err != nil {
		t.Errorf("an address: %t, %v", known, err)
	}
}

// tracked is the tracking id under which an account agreed.
func tracked(t *testing.T, w *world, merchant string) (tracking string) {
	t.Helper()
	for _, d := range w.till.Deliveries() {
		if body := string(d.Body); strings.Contains(body, merchant) {
			_, rest, _ := strings.Cut(strings.ReplaceAll(body, " ", ""), `"tracking_id":"`)
			tracking, _, _ = strings.Cut(rest, `"`)
		}
	}
	return tracking
}

func TestOnboard_refused(t *testing.T) {
	t.Parallel()
	alone := newWorld(t, nil)
	w, stored := newPartner(t)
	long := toShop
	long.Done += strings.Repeat("e", 127)
	for name, tc := range map[string]struct {
		w      *world
		user   string
		to     orchestrator.Return
		reason fault.Reason
	}{
		"no partner":      {alone, "ann", toShop, "no_onboarding"},
		"a long address":  {w, "ann", long, "invalid_url"},
		"paid by address": {w, "eve", toShop, "no_onboarding"},
	} {
		if _, err := tc.w.Onboard(t.Context(), 501, tc.user, tc.to); fault.ReasonOf(err) != tc.reason {
			t.Errorf("%s: %v", name, err)
		}
	}
	if stored.IDs["ann"] != "" {
		t.Errorf("what was refused stored %q", stored.IDs["ann"])
	}
	if err := w.till.SetFaults([]sandbox.Fault{{Route: "*", Kind: "cut_before", Times: -1}}); err != nil {
		t.Fatal(err)
	}
	ask := map[string]func(context.Context) error{
		"a link":   func(ctx context.Context) error { _, err := w.Onboard(ctx, 501, "ann", toShop); return err },
		"a status": func(ctx context.Context) error { _, err := w.Seller(ctx, 501, "sam"); return err },
		"an account": func(ctx context.Context) error {
			_, err := w.KnowsAccount(ctx, 501, "sam", samsID)
			return err
		},
	}
	for name, call := range ask {
		if call(t.Context()) == nil {
			t.Errorf("%s without an answer", name)
		}
	}
}
