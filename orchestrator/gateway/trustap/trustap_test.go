package trustap_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway/trustap"
	"github.com/handsel-dev/handsel/orchestrator/gatewaytest"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/sandbox"
	"github.com/handsel-dev/handsel/sandbox/sandboxtest"
)

// accounts are ids in memory, and a profile for everybody but ghost.
type accounts struct{ gatewaytest.Accounts }

func newAccounts(ids map[string]string) *accounts {
	return &accounts{gatewaytest.Accounts{IDs: ids}}
}

func (a *accounts) Profile(_ context.Context, community int64, user string) (orchestrator.Profile, bool, error) {
	if user == "ghost" {
		return orchestrator.Profile{}, false, nil
	}
	p := orchestrator.Profile{
		CommunityID: community, UserID: user, Email: user + "@example.com", FirstName: "Sample", LastName: "User", CountryCode: "IE",
		TermsAcceptedAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), TermsIP: "192.0.2.1",
	}
	if user == "hasty" { // has accepted no terms
		p.TermsAcceptedAt, p.TermsIP = time.Time{}, ""
	}
	return p, true, nil
}

func (a *accounts) SaveProfile(context.Context, orchestrator.Profile) error { return nil }

var t0 = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func newGateway(t *testing.T) (*trustap.Gateway, *sandboxtest.Server) {
	t.Helper()
	return newGatewayOf(t, sandbox.Config{Start: t0, Seed: 1, FaultTimeout: time.Second})
}

func newGatewayOf(t *testing.T, c sandbox.Config) (*trustap.Gateway, *sandboxtest.Server) {
	t.Helper()
	c.FirstF2FID = 1309 // the models may count alike: a payment is known by its model and id
	w := sandboxtest.Start(t, c)
	return gatewayAt(t, w), w
}

func gatewayAt(t *testing.T, w *sandboxtest.Server) *trustap.Gateway {
	t.Helper()
	c, err := client.New(client.WithBaseURL(w.URL+"/api/v1"), client.WithAPIKey(w.APIKey))
	if err != nil {
		t.Fatal(err)
	}
	g, err := trustap.New(trustap.Config{Client: c, Accounts: newAccounts(map[string]string{}), ActionsURL: w.URL, ReturnURL: "https://shop.example.com/back"})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func operation(verb process.Verb) orchestrator.Operation {
	return orchestrator.Operation{
		IntentID: "5f1c0e0a", Verb: verb, Actor: process.Actor{Kind: process.User, ID: "bea"},
		Input: map[string]string{"carrier": "ups", "tracking_code": "1Z", "description": "broken"},
		Transaction: orchestrator.Transaction{CommunityID: 1, ListingTitle: "Old city bike", Deal: process.Deal{
			Starter: "bea", Author: "sam", Buyer: "bea", Seller: "sam", Price: money.New(1234, "EUR"),
		}},
	}
}

// open creates a payment and returns operations on it.
func open(t *testing.T, g *trustap.Gateway) func(process.Verb) orchestrator.Operation {
	t.Helper()
	out := g.Perform(t.Context(), operation(process.Charge))
	if out.Status != process.RequiresAction {
		t.Fatalf("charge: %+v", out)
	}
	return func(v process.Verb) orchestrator.Operation {
		op := operation(v)
		op.Transaction.PaymentID = out.Snapshot.PaymentID
		return op
	}
}

func TestCharge_tellsHowTheBuyerPays(t *testing.T) {
	t.Parallel()
	g, w := newGateway(t)
	out := g.Perform(t.Context(), operation(process.Charge))
	s := out.Snapshot
	if out.Status != process.RequiresAction || !s.Found || s.Price != money.New(1234, "EUR") || *s.Fees != (process.Fees{Buyer: 78}) {
		t.Fatalf("outcome %+v", out)
	}
	want := w.URL + "/online/transactions/" + s.PaymentID + "/guest_pay?redirect_uri=https%3A%2F%2Fshop.example.com%2Fback"
	if s.RedirectURL != want {
		t.Errorf("pay at %s, want %s", s.RedirectURL, want)
	}
	if d := w.Sandbox.Transactions()[0].Description; !strings.Contains(d, "Old city bike") || !strings.Contains(d, "[5f1c0e0a]") {
		t.Errorf("description %q lacks the title or the reference", d)
	}
}

// What Trustap says of a payment's life, as facts.
func TestLookup_facts(t *testing.T) {
	t.Parallel()
	g, w := newGateway(t)
	on := open(t, g)
	id, err := strconv.ParseInt(on(process.Track).Transaction.PaymentID, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	perform := func(v process.Verb) func() {
		return func() {
			if out := g.Perform(t.Context(), on(v)); out.Status != process.Succeeded {
				t.Fatalf("%s: %+v", v, out)
			}
		}
	}
	steps := []struct {
		name string
		do   func()
		want []process.Fact
	}{
		{"opened", func() {}, []process.Fact{"joined"}},
		{"paid", func() { _, err = w.Sandbox.Pay(id, "success") }, []process.Fact{"joined", "paid"}},
		{"tracked", perform(process.Track), []process.Fact{"joined", "paid", "tracked"}},
		{"delivered", perform(process.ConfirmDelivery), []process.Fact{"delivered", "joined", "paid", "tracked"}},
		{"complained", perform(process.Complain), []process.Fact{"complained", "delivered", "joined", "paid", "tracked"}},
		{"refunded", func() { _, err = w.Sandbox.ResolveComplaint(id, "refund") }, []process.Fact{"complained", "delivered", "funds_refunded", "joined", "paid", "tracked"}},
	}
	for _, step := range steps {
		step.do()
		if err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		s, err := g.Lookup(t.Context(), orchestrator.PaymentRef{CommunityID: 1, PaymentID: on("").Transaction.PaymentID, Buyer: "bea"})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, sorted(s.Facts)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, diff)
		}
		if (s.RedirectURL != "") != (step.name == "opened") {
			t.Errorf("%s: pay at %q", step.name, s.RedirectURL)
		}
		if _, known := s.Deadlines[process.ComplaintDeadline]; known != (len(step.want) >= 4) {
			t.Errorf("%s: complaint deadline known = %v", step.name, known)
		}
	}
}

func sorted(facts map[process.Fact]time.Time) []process.Fact {
	var names []process.Fact
	for _, name := range []process.Fact{"cancelled", "complained", "complaint_period_ended", "delivered", "funds_refunded", "funds_released", "joined", "paid", "payment_refunded", "rejected", "tracked"} {
		if _, ok := facts[name]; ok {
			names = append(names, name)
		}
	}
	return names
}

func TestLookup_byReference(t *testing.T) {
	t.Parallel()
	g, w := newGateway(t)
	ref := orchestrator.PaymentRef{CommunityID: 1, Reference: "5f1c0e0a", Since: t0, Buyer: "bea", Seller: "sam"}
	if s, err := g.Lookup(t.Context(), ref); err != nil || s.Found {
		t.Fatalf("before anything was made: %+v, %v", s, err)
	}
	if err := w.Sandbox.SetFaults([]sandbox.Fault{{Route: "create_with_guest_user", Kind: "cut_after"}}); err != nil {
		t.Fatal(err)
	}
	if out := g.Perform(t.Context(), operation(process.Charge)); out.Status != process.Unknown {
		t.Fatalf("cut line: %+v, want unknown", out)
	}
	s, err := g.Lookup(t.Context(), ref)
	if err != nil || !s.Found || s.PaymentID == "" {
		t.Errorf("lost payment: %+v, %v; want it found", s, err)
	}
	for name, other := range map[string]orchestrator.PaymentRef{
		"another reference": {CommunityID: 1, Reference: "5f1c0e0", Since: t0, Buyer: "bea"},
		"made later":        {CommunityID: 1, Reference: "nope", Since: t0.Add(time.Hour), Buyer: "bea"},
		"unknown id":        {CommunityID: 1, PaymentID: "999999", Buyer: "bea"},
	} {
		if s, err := g.Lookup(t.Context(), other); err != nil || s.Found {
			t.Errorf("%s: %+v, %v; want nothing", name, s, err)
		}
	}
}

func TestPerform_outcomes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		paid   bool
		verb   process.Verb
		twice  bool
		fault  sandbox.Fault
		change func(*orchestrator.Operation)
		status process.Status
		code   fault.Reason
	}{
		"done":                       {paid: true, verb: process.Track, status: process.Succeeded},
		"already done":               {paid: true, verb: process.Track, twice: true, status: process.Succeeded},
		"cancelled twice":            {verb: process.Void, twice: true, status: process.Succeeded},
		"refused":                    {verb: process.Track, status: process.Declined, code: "payment_details_not_added"},
		"too late":                   {paid: true, verb: process.Void, status: process.Declined, code: "already_paid"},
		"line cut":                   {paid: true, verb: process.Track, fault: sandbox.Fault{Route: "track_with_guest_seller", Kind: "cut_after"}, status: process.Unknown, code: "no_clear_answer"},
		"server error":               {paid: true, verb: process.Track, fault: sandbox.Fault{Route: "track_with_guest_seller", Kind: "error_before"}, status: process.Unknown, code: "no_clear_answer"},
		"too many requests":          {paid: true, verb: process.Track, fault: sandbox.Fault{Route: "track_with_guest_seller", Kind: "rate_limit"}, status: process.NotSent, code: "gateway_unreachable"},
		"no quote":                   {verb: process.Charge, fault: sandbox.Fault{Route: "get_charge", Kind: "cut_before", Times: -1}, status: process.NotSent, code: "gateway_unreachable"},
		"price too low":              {verb: process.Charge, change: func(op *orchestrator.Operation) { op.Transaction.Price = money.New(1, "EUR") }, status: process.Declined, code: "price_too_low"},
		"currency not offered":       {verb: process.Charge, change: func(op *orchestrator.Operation) { op.Transaction.Price = money.New(1000, "CHF") }, status: process.Declined, code: "unsupported_currency"},
		"seller without a profile":   {verb: process.Charge, change: func(op *orchestrator.Operation) { op.Transaction.Seller = "ghost" }, status: process.Declined, code: "profile_missing"},
		"buyer without terms":        {verb: process.Charge, change: func(op *orchestrator.Operation) { op.Transaction.Buyer = "hasty" }, status: process.Declined, code: "profile_missing"},
		"payment id is not a number": {verb: process.Track, change: func(op *orchestrator.Operation) { op.Transaction.PaymentID = "x" }, status: process.NotSent, code: "payment_unknown"},
		"verb of another gateway":    {verb: process.Capture, status: process.NotSent, code: "unsupported_verb"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, w := newGateway(t)
			on := open(t, g)
			if tc.paid {
				id, _ := strconv.ParseInt(on("").Transaction.PaymentID, 10, 64)
				if _, err := w.Sandbox.Pay(id, "success"); err != nil {
					t.Fatal(err)
				}
			}
			if tc.fault.Kind != "" {
				if err := w.Sandbox.SetFaults([]sandbox.Fault{tc.fault}); err != nil {
					t.Fatal(err)
				}
			}
			op := on(tc.verb)
			if tc.change != nil {
				tc.change(&op)
			}
			if tc.twice {
				g.Perform(t.Context(), op)
			}
			out := g.Perform(t.Context(), op)
			if out.Status != tc.status || out.Code != tc.code {
				t.Errorf("outcome %s %q (%v), want %s %q", out.Status, out.Code, out.Err, tc.status, tc.code)
			}
			if tc.status == process.Declined && tc.verb != process.Charge && !out.Snapshot.Found {
				t.Error("a refusal about a payment comes without a look at it")
			}
		})
	}
}

func TestNew_refusesBadConfig(t *testing.T) {
	t.Parallel()
	c, err := client.New(client.WithAPIKey("k"))
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]trustap.Config{
		"nothing":       {},
		"no accounts":   {Client: c, ActionsURL: "https://example.com"},
		"no pay pages":  {Client: c, Accounts: &accounts{}},
		"relative page": {Client: c, Accounts: &accounts{}, ActionsURL: "/pay"},
	} {
		if _, err := trustap.New(bad); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Of who has accepted no terms no guest is made, and they are told so before a deal is opened with them.
func TestSeller_withoutTerms(t *testing.T) {
	t.Parallel()
	g, _ := newGateway(t)
	for user, want := range map[string]orchestrator.SellerStatus{"sam": orchestrator.SellerActive, "hasty": orchestrator.SellerMissing, "ghost": orchestrator.SellerMissing} {
		ready, err := g.CanReceive(t.Context(), 1, user)
		s, errSeller := g.Seller(t.Context(), 1, user)
		if err != nil || errSeller != nil || ready != (want == orchestrator.SellerActive) || s.CanBePaid != ready || s.Status != want {
			t.Errorf("%s can be paid: %t (%v), and is %+v (%v)", user, ready, err, s, errSeller)
		}
	}
}
