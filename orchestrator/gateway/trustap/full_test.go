package trustap_test

//lint:file-ignore SA1019 the customer's document has listings in full; the official API no longer supports them

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway/trustap"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/sandbox"
	"github.com/handsel-dev/handsel/sandbox/sandboxtest"
)

// withUsers is a gateway at a sandbox, and the accounts that its users have.
func withUsers(t *testing.T, linked map[string]string) (*trustap.Gateway, *sandboxtest.Server, *accounts) {
	t.Helper()
	g, w := newGatewayOf(t, sandbox.Config{Start: t0, Seed: 1, APIKeys: []string{"right"}})
	known := newAccounts(linked)
	g.Accounts = known
	return g, w, known
}

// sides are the accounts of a payment, as the deal keeps them.
func sides(op *orchestrator.Operation, s orchestrator.Snapshot) {
	op.Transaction.PayerAccount, op.Transaction.PayeeAccount = s.Payer, s.Payee
}

// A payment goes on with the people that it was opened for: whoever is linked or unlinked
// meanwhile, whether or not the deal has noted them, and whoever has claimed a side.
func TestFull_paymentKeepsItsPeople(t *testing.T) {
	t.Parallel()
	claim := func(t *testing.T, w *sandboxtest.Server, id int64) {
		t.Helper()
		c, err := client.New(client.WithBaseURL(w.URL+"/api/v1"), client.WithAPIKey(w.APIKey))
		must(t, err)
		_, err = c.Online.ClaimForSeller(t.Context(), id, client.AsUser(fullSeller))
		must(t, err)
		_, err = c.Online.ClaimForBuyer(t.Context(), id, client.AsUser(fullBuyer))
		must(t, err)
	}
	for name, tt := range map[string]struct {
		begin  map[string]string
		change func(*testing.T, *accounts, *sandboxtest.Server, int64)
		noted  bool
		paid   func(first orchestrator.Snapshot) string // who has the money
	}{
		"linked": {noted: true, change: func(_ *testing.T, a *accounts, _ *sandboxtest.Server, _ int64) {
			a.Link("sam", fullSeller)
			a.Link("bea", fullBuyer)
		}},
		"linked, opened by an older release": {change: func(_ *testing.T, a *accounts, _ *sandboxtest.Server, _ int64) {
			a.Link("sam", fullSeller)
			a.Link("bea", fullBuyer)
		}},
		"exchanged": {noted: true, begin: map[string]string{"sam": fullSeller, "bea": fullBuyer}, change: func(_ *testing.T, a *accounts, _ *sandboxtest.Server, _ int64) {
			a.Link("sam", fullBuyer)
			a.Link("bea", fullSeller)
		}},
		"unlinked": {noted: true, begin: map[string]string{"sam": fullSeller, "bea": fullBuyer}, change: func(_ *testing.T, a *accounts, _ *sandboxtest.Server, _ int64) {
			clear(a.IDs)
		}},
		"claimed": {noted: true, change: func(t *testing.T, _ *accounts, w *sandboxtest.Server, id int64) { claim(t, w, id) },
			paid: func(orchestrator.Snapshot) string { return fullSeller }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begin := tt.begin
			if begin == nil {
				begin = map[string]string{}
			}
			g, w, known := withUsers(t, begin)
			first := g.Perform(t.Context(), operation(process.Charge)).Snapshot
			id, err := strconv.ParseInt(first.PaymentID, 10, 64)
			must(t, err)
			tt.change(t, known, w, id)
			_, err = w.Sandbox.Pay(id, "success")
			must(t, err)
			last := orchestrator.Snapshot{}
			for _, v := range []process.Verb{process.Track, process.ConfirmDelivery, process.Release} {
				op := operation(v)
				op.Transaction.PaymentID = first.PaymentID
				if tt.noted {
					sides(&op, first)
				}
				out := g.Perform(t.Context(), op)
				if out.Status != process.Succeeded {
					t.Fatalf("%s: %+v", v, out)
				}
				last = out.Snapshot
			}
			want := first.Payee
			if tt.paid != nil {
				want = tt.paid(first)
			}
			ref := orchestrator.PaymentRef{CommunityID: 1, PaymentID: first.PaymentID, Buyer: "bea", Seller: "sam", Payer: first.Payer}
			seen, err := g.Lookup(t.Context(), ref)
			if err != nil || last.Payee != want || seen.Payee != want || seen.Facts[process.FactFundsReleased].IsZero() {
				t.Errorf("released to %q (%q, %v), want %q", seen.Payee, last.Payee, err, want)
			}
		})
	}
}

// What was opened in an answer that was lost is found, whatever accounts its people have by now
// and whether or not they still let the marketplace look.
func TestFull_lostPaymentIsFound(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		begin  map[string]string
		route  string
		change func(*accounts, *sandboxtest.Server) error
		hidden bool
	}{
		"guests, linked": {map[string]string{}, "create_with_guest_user", func(a *accounts, _ *sandboxtest.Server) error {
			a.Link("sam", fullSeller)
			a.Link("bea", fullBuyer)
			return nil
		}, false},
		"full users, exchanged": {map[string]string{"sam": fullSeller, "bea": fullBuyer}, "create_and_join", func(a *accounts, _ *sandboxtest.Server) error {
			a.Link("sam", fullBuyer)
			a.Link("bea", fullSeller)
			return nil
		}, false},
		"full users, the buyer's consent taken back": {map[string]string{"sam": fullSeller, "bea": fullBuyer}, "create_and_join", func(_ *accounts, w *sandboxtest.Server) error {
			return w.Sandbox.ChangeUser(sandbox.User{ID: fullBuyer, NoConsent: true})
		}, false},
		"full users, both consents taken back": {map[string]string{"sam": fullSeller, "bea": fullBuyer}, "create_and_join", func(_ *accounts, w *sandboxtest.Server) error {
			must(t, w.Sandbox.ChangeUser(sandbox.User{ID: fullSeller, NoConsent: true}))
			return w.Sandbox.ChangeUser(sandbox.User{ID: fullBuyer, NoConsent: true})
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, w, known := withUsers(t, tt.begin)
			must(t, w.Sandbox.SetFaults([]sandbox.Fault{{Route: tt.route, Kind: "cut_after"}}))
			op := operation(process.Charge)
			if out := g.Perform(t.Context(), op); out.Status != process.Unknown {
				t.Fatalf("%+v", out)
			}
			must(t, tt.change(known, w))
			made := w.Sandbox.Transactions()[0]
			s, err := g.Lookup(t.Context(), orchestrator.PaymentRef{CommunityID: 1, Reference: op.Reference(), Since: t0, Buyer: "bea", Seller: "sam"})
			if tt.hidden {
				if err == nil || s.Found {
					t.Errorf("nobody lets us look, and it is said that there is %+v", s)
				}
				return
			}
			if err != nil || s.PaymentID != fmt.Sprint(made.ID) || s.Payer != made.BuyerID || s.Payee != made.SellerID {
				t.Errorf("found %q of %q for %q (%v), want %d", s.PaymentID, s.Payer, s.Payee, err, made.ID)
			}
		})
	}
}

// Where the buyer's account that opened a payment lets us see nothing any more, somebody else's payment with the same reference does
// not stand in for it: else nothing would count as opened, and it would be opened twice.
func TestFull_copyHidesNothing(t *testing.T) {
	t.Parallel()
	for name, both := range map[string]bool{"the seller lets us look": false, "nobody does": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, w, known := withUsers(t, map[string]string{"sam": fullSeller, "bea": fullBuyer})
			must(t, w.Sandbox.SetFaults([]sandbox.Fault{{Route: "create_and_join", Kind: "cut_after"}}))
			op := operation(process.Charge)
			if out := g.Perform(t.Context(), op); out.Status != process.Unknown {
				t.Fatalf("%+v", out)
			}
			made := w.Sandbox.Transactions()[0]
			known.Unlink("bea")
			copied := op
			copied.Transaction.Seller = "eve"
			if out := g.Perform(t.Context(), copied); out.Status != process.RequiresAction {
				t.Fatalf("%+v", out)
			}
			must(t, w.Sandbox.ChangeUser(sandbox.User{ID: fullBuyer, NoConsent: true}))
			if both {
				must(t, w.Sandbox.ChangeUser(sandbox.User{ID: fullSeller, NoConsent: true}))
			}
			s, err := g.Lookup(t.Context(), orchestrator.PaymentRef{CommunityID: 1, Reference: op.Reference(), Since: t0, Buyer: "bea", Seller: "sam"})
			if both && (err == nil || s.Found) || !both && (err != nil || s.PaymentID != fmt.Sprint(made.ID)) {
				t.Errorf("found %q of %q for %q, %v; %d was opened", s.PaymentID, s.Payer, s.Payee, err, made.ID)
			}
		})
	}
}

// Why nothing is done is told as what it is, and nothing is opened.
func TestFull_refusals(t *testing.T) {
	t.Parallel()
	both := func() map[string]string { return map[string]string{"sam": fullSeller, "bea": fullBuyer} }
	for name, tt := range map[string]struct {
		linked map[string]string
		change sandbox.User
		wrong  bool // the API key
		step   bool
		want   process.Status
		code   fault.Reason
	}{
		"one account for both":          {linked: map[string]string{"sam": fullSeller, "bea": fullSeller}, want: process.Declined, code: "same_account"},
		"the creator has not agreed":    {linked: both(), change: sandbox.User{ID: fullBuyer, NoConsent: true}, want: process.Declined, code: "consent_missing"},
		"the other has not agreed":      {linked: both(), change: sandbox.User{ID: fullSeller, NoConsent: true}, want: process.Declined, code: "consent_missing"},
		"the creator is not finished":   {linked: both(), change: sandbox.User{ID: fullBuyer, Unfinished: true}, want: process.Declined, code: "account_not_finished"},
		"the other is not finished":     {linked: both(), change: sandbox.User{ID: fullSeller, Unfinished: true}, want: process.Declined, code: "account_not_finished"},
		"beside a guest":                {linked: map[string]string{"sam": fullSeller}, change: sandbox.User{ID: fullSeller, NoConsent: true}, want: process.Declined, code: "consent_missing"},
		"the key is wrong":              {linked: both(), wrong: true, want: process.NotSent, code: "gateway_unreachable"},
		"a step without consent":        {linked: both(), step: true, change: sandbox.User{ID: fullSeller, NoConsent: true}, want: process.Declined, code: "consent_missing"},
		"a step of an unfinished user":  {linked: both(), step: true, change: sandbox.User{ID: fullSeller, Unfinished: true}, want: process.Declined, code: "account_not_finished"},
		"a step with a key that is bad": {linked: both(), step: true, wrong: true, want: process.NotSent, code: "gateway_unreachable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, w, _ := withUsers(t, tt.linked)
			op := operation(process.Charge)
			if tt.step {
				s := g.Perform(t.Context(), op).Snapshot
				id, err := strconv.ParseInt(s.PaymentID, 10, 64)
				must(t, err)
				_, err = w.Sandbox.Pay(id, "success")
				must(t, err)
				op = operation(process.Track)
				op.Transaction.PaymentID = s.PaymentID
				sides(&op, s)
			}
			if tt.change.ID != "" {
				must(t, w.Sandbox.ChangeUser(tt.change))
			}
			if tt.wrong {
				c, err := client.New(client.WithBaseURL(w.URL+"/api/v1"), client.WithAPIKey("wrong"))
				must(t, err)
				g.Client = c
			}
			before := len(w.Sandbox.Effects())
			out := g.Perform(t.Context(), op)
			if out.Status != tt.want || out.Code != tt.code {
				t.Errorf("%s %q (%v), want %s %q", out.Status, out.Code, out.Err, tt.want, tt.code)
			}
			for _, e := range w.Sandbox.Effects()[before:] {
				if e.Operation != "create_guest_user" {
					t.Errorf("Trustap has done %s", e.Operation)
				}
			}
		})
	}
}

// How a full user stands, as Trustap tells, also where it does not answer.
func TestFull_seller(t *testing.T) {
	t.Parallel()
	g, w, _ := withUsers(t, map[string]string{"sam": fullSeller})
	must(t, w.Sandbox.SetFaults([]sandbox.Fault{{Route: "get_payout_status", Kind: "cut_before", Times: -1}}))
	if s, err := g.Seller(t.Context(), 1, "sam"); err == nil {
		t.Errorf("nobody answers, and sam is %+v", s)
	}
	must(t, w.Sandbox.SetFaults(nil))
	c, err := client.New(client.WithBaseURL(w.URL+"/api/v1"), client.WithAPIKey("wrong"))
	must(t, err)
	g.Client = c
	if s, err := g.Seller(t.Context(), 1, "sam"); err == nil {
		t.Errorf("the key is wrong, and sam is %+v", s)
	}
}

// A listing goes on as its author was when it was made.
func TestFull_listingsOfAGuest(t *testing.T) {
	t.Parallel()
	g, w, known := withUsers(t, map[string]string{})
	shelf, goods := trustap.Shelf{Gateway: g}, offered(false, true, 5000)
	var err error
	goods.RemoteID, err = shelf.Create(t.Context(), goods)
	must(t, err)
	known.Link("sam", fullSeller)
	goods.Text = "New city bike"
	must(t, shelf.SetDescription(t.Context(), goods))
	must(t, shelf.Disable(t.Context(), goods))
	if got := look(t, w, goods); got.Description != "New city bike" || got.Enabled {
		t.Errorf("there is %+v", got)
	}
	must(t, shelf.Delete(t.Context(), goods))
	c, err := client.New(client.WithBaseURL(w.URL+"/api/v1"), client.WithAPIKey(w.APIKey))
	must(t, err)
	if l, err := c.OnlineMultiUseListings.Get(t.Context(), client.ID(goods.RemoteID)); err == nil {
		t.Errorf("it is still there: %+v", l)
	}
}
