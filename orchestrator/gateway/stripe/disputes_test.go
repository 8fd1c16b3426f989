package stripe

import (
	"testing"
	"time"

	sdk "github.com/stripe/stripe-go/v76"

	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Sums of several disputes of one payment count together, in whatever order they come.
func TestDisputes_ofOnePayment(t *testing.T) {
	t.Parallel()
	dispute := func(status sdk.DisputeStatus, amount, created int64) *sdk.Dispute {
		return &sdk.Dispute{Status: status, Amount: amount, Currency: "eur", Created: created}
	}
	open, lost, won := dispute(sdk.DisputeStatusNeedsResponse, 40, 2), dispute(sdk.DisputeStatusLost, 60, 1), dispute(sdk.DisputeStatusWon, 7, 3)
	for _, list := range [][]*sdk.Dispute{{open, lost, won}, {lost, won, open}, {won, open, lost}} {
		s := settlement{facts: map[process.Fact]time.Time{}}
		if err := s.disputes(list); err != nil {
			t.Fatal(err)
		}
		if s.refunded != 60 || s.disputed != 40 || s.byBank != 100 {
			t.Errorf("refunded %d, disputed %d, by the bank %d; want 60, 40 and 100", s.refunded, s.disputed, s.byBank)
		}
		if _, is := s.facts[process.FactDisputeOpened]; !is || len(s.facts) != 1 {
			t.Errorf("the facts are %v, want an open dispute", s.facts)
		}
	}
}
