package orchestrator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/sandbox/stripe"
)

// Whoever asks again and again does not use up what gateways take from us: a community has
// so many questions, and gets more with time.
func TestSeller_askedTooOften(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{Manual: true})
	var refused error
	asked := 0
	for ; refused == nil && asked < 1000; asked++ {
		_, refused = w.Engine.Seller(t.Context(), 501, "sam")
	}
	if fault.ReasonOf(refused) != "too_many_looks" || asked < 20 {
		t.Fatalf("after %d questions: %v", asked, refused)
	}
	if _, err := w.Engine.OnboardSeller(t.Context(), 501, "sam", "stripe", orchestrator.Return{Done: "https://m.example", Again: "https://m.example"}); fault.ReasonOf(err) != "too_many_looks" {
		t.Errorf("a link: %v", err)
	}
	if _, err := w.Engine.Seller(t.Context(), 502, "sam"); err != nil {
		t.Errorf("another community: %v", err)
	}
	w.Advance(time.Second)
	if _, err := w.Engine.Seller(t.Context(), 501, "sam"); err != nil {
		t.Errorf("a second later: %v", err)
	}
}

// Each gateway here tells how a seller stands; one that does not answer holds up nobody.
func TestSeller_gatewayAway(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{Manual: true})
	if _, err := w.Engine.CanReceive(t.Context(), "stripe", 501, "sam"); err != nil {
		t.Fatal(err)
	}
	if err := w.Stripe.SetFaults([]stripe.Fault{{Route: "*", Kind: "cut_before", Times: -1}}); err != nil {
		t.Fatal(err)
	}
	s, err := w.Engine.Seller(t.Context(), 501, "sam")
	if err != nil {
		t.Fatal(err)
	}
	status := map[string]orchestrator.SellerStatus{}
	for _, a := range s.Accounts {
		status[a.Gateway] = a.Status
	}
	if status["stripe"] != orchestrator.SellerUnknown || status["trustap"] != orchestrator.SellerActive || status["balance"] != orchestrator.SellerActive || status["none"] != "" {
		t.Errorf("the gateways say %v", status)
	}
}

// A name that somebody made up is not sent back whole.
func TestKinds_longName(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{Manual: true})
	err := w.Engine.LinkSeller(t.Context(), 501, "sam", strings.Repeat("x", 5000), "acct_1", orchestrator.By{})
	if fault.ReasonOf(err) != "unknown_gateway" || len(err.Error()) > 300 {
		t.Errorf("%d bytes: %.100s", len(err.Error()), err)
	}
}
