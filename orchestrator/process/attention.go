package process

import "strings"

// AttentionReason is why an operator must look at a deal before anybody goes on: it is on
// hold.
type AttentionReason string

// The reasons, which is all there are.
const (
	NoAttention  AttentionReason = ""
	PriceDiffers AttentionReason = "price_differs" // the gateway has another price, or another deposit, than agreed
	BooksDiffer  AttentionReason = "books_differ"  // the gateway moved other sums than our books say
	BooksCorrupt AttentionReason = "deal_corrupt"  // the deal's own books contradict each other
	ToBeSettled  AttentionReason = "to_be_settled" // staff has something to settle after the end of the deal
	OfAnother    AttentionReason = "of_another"    // a release that is not this one knows it
)

// Attention is why a deal is on hold, and what about this one. The zero value is none.
type Attention struct {
	Reason AttentionReason
	Detail string
}

// begins is how the text of a reason begins. What is to be settled says so at its end.
var begins = []struct {
	reason AttentionReason
	text   string
}{
	{PriceDiffers, "the gateway reports "},
	{BooksDiffer, "the books differ: "},
	{BooksCorrupt, "the books of this transaction contradict each other: "},
}

// Needed reports whether there is a reason.
func (a Attention) Needed() bool { return a.Reason != NoAttention }

// String is the text that is stored with a deal and shown to operators.
func (a Attention) String() string {
	for _, begin := range begins {
		if begin.reason == a.Reason {
			return begin.text + a.Detail
		}
	}
	return a.Detail
}

// AttentionOf reads what is stored.
func AttentionOf(text string) Attention {
	switch {
	case text == "":
		return Attention{}
	case strings.HasSuffix(text, settleLoss), strings.HasSuffix(text, repayPayee):
		return Attention{ToBeSettled, text}
	}
	for _, begin := range begins {
		if detail, ok := strings.CutPrefix(text, begin.text); ok {
			return Attention{begin.reason, detail}
		}
	}
	return Attention{OfAnother, text}
}
