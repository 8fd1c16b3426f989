package process

import (
	"slices"

	"github.com/handsel-dev/handsel/money"
)

// Speech says a text of ours in another language. What stands in braces and brackets means the same there, and a
// layout of a time stays one. Every text is in Texts.
type Speech func(text string) string

// Voice is how somebody is told of a deal. The zero Voice is English, and knows the decimals of ISO 4217 alone.
type Voice struct {
	Say    Speech
	Assets money.Assets
}

// What slots say besides values.
const (
	payoutBecomesDue = "the payout of {gets} to {seller} becomes due"
	sellerIsPaid     = "{seller} is paid {gets}"
	instantLayout    = "Mon 2 Jan 2006 15:04 UTC"
)

var thePerson = map[Role]string{Buyer: "the buyer", Seller: "the seller"}

// Texts are all that Tell may say of deals of some processes, before anything is filled in, in a fixed order.
func Texts(processes ...*Process) []string {
	all := []string{payoutBecomesDue, sellerIsPaid, instantLayout, isInProgress, isUnknown}
	for _, text := range thePerson {
		all = append(all, text)
	}
	for _, text := range onHold {
		all = append(all, text)
	}
	for _, text := range doing {
		all = append(all, text)
	}
	for _, p := range processes {
		for _, sayings := range p.Words.States {
			for _, s := range sayings {
				all = append(all, s.Text)
			}
		}
		for _, text := range p.Words.Timers {
			all = append(all, text)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
