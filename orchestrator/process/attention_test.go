package process_test

import (
	"testing"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// What is stored and shown is a text; what it means is one of a fixed list of reasons, for
// the texts of earlier releases as well.
func TestAttention_texts(t *testing.T) {
	t.Parallel()
	lost := process.Deal{Facts: map[process.Fact]time.Time{process.FactTakenBack: {}}, Price: money.New(1000, "EUR"), Funds: process.Funds{Captured: 1000, Released: 900, ChargedBack: 1000}}
	owed := process.Deal{Price: money.New(1000, "EUR"), Funds: process.Funds{PayeeDue: 900}}
	both := lost
	both.Funds.PayeeDue = 5
	for text, want := range map[string]process.AttentionReason{
		"": process.NoAttention,
		"the gateway reports 9.99 EUR, agreed are 50.00 EUR":                                      process.PriceDiffers,
		"the gateway reports a deposit of 5, agreed are 10":                                       process.PriceDiffers,
		"the books differ: the gateway has refunded 5.00 EUR, our books say 0.00 EUR":             process.BooksDiffer,
		"the books differ: the gateway has captured 999, agreed are 1000":                         process.BooksDiffer,
		"the books differ: the gateway does not know the payment":                                 process.BooksDiffer,
		"the books of this transaction contradict each other: the entry of revision 3 is invalid": process.BooksCorrupt,
		lost.ToSettle(): process.ToBeSettled, owed.ToSettle(): process.ToBeSettled, both.ToSettle(): process.ToBeSettled,
		"look here": process.OfAnother,
	} {
		got := process.AttentionOf(text)
		if got.Reason != want || got.String() != text || got.Needed() != (text != "") {
			t.Errorf("%q is %+v, want %s", text, got, want)
		}
	}
}
