package process

import (
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
)

// situation is a deal, and where its money is.
type situation struct {
	Deal
	own    bool   // on our own ledger: no gateway is asked and none reports
	digest uint64 // of what tells it from others of its process, once it is visited
}

// shape is what tells situations from each other.
type shape struct {
	own, booked      bool
	state            State
	buyer, starter   string
	operation        Transition
	facts, deadlines string // the names
	funds            Funds
	price            money.Amount
	duePayouts       bool
}

func shapeOf(s situation) shape {
	return shape{
		own: s.own, booked: !s.BookingEnd.IsZero(), state: s.State, buyer: s.Buyer, starter: s.Starter, operation: s.Operation,
		facts: names(s.Facts), deadlines: names(s.Deadlines), funds: s.Funds, price: s.Price, duePayouts: s.MarketplacePays,
	}
}

// names are the keys of a map, in order, as they are printed.
func names[K ~string](of map[K]time.Time) string {
	all := make([]string, 0, len(of))
	for name := range of {
		all = append(all, string(name))
	}
	slices.Sort(all)
	return "[" + strings.Join(all, " ") + "]"
}

// openings are deals before they exist: both parties known, or one only where the
// other can join; with and without a booking and announced deadlines; at a gateway,
// or on our own ledger.
func openings(p *Process) []situation {
	epoch := time.Unix(0, 0).UTC()
	base := Deal{
		EnteredAt: epoch, Starter: "buyer", Author: "seller", Buyer: "buyer", Seller: "seller",
		Price: money.New(10_000, "EUR"), BuyerFee: 340, SellerFee: 25, ConfirmAfterDays: 14,
		Policy: pricing.Policy{BuyerBasisPoints: 340, SellerBasisPoints: 25}.WithRules(),
	}
	if p.Deposits {
		base.Price, base.Deposit, base.DepositFee = money.New(0, "EUR"), 2_000, 90
	}
	deals := []Deal{base}
	if slices.ContainsFunc(p.Rules, func(r Rule) bool { return r.Seats }) {
		invited := base
		invited.Buyer, invited.Starter, invited.Author, invited.JoinCode = "", "seller", "", "code"
		deals = append(deals, invited)
	}
	for _, d := range slices.Clone(deals) {
		d.BookingEnd = epoch.Add(2 * Day)
		deals = append(deals, d)
	}
	for _, d := range slices.Clone(deals) {
		d.Deadlines = map[Deadline]time.Time{
			TrackingDeadline: epoch.Add(4 * Day), ComplaintDeadline: epoch.Add(Day), CaptureBefore: epoch.Add(7 * Day), PayDeadline: epoch.Add(Day),
			EvidenceDeadline: epoch.Add(7 * Day),
		}
		deals = append(deals, d)
	}
	if p.Samples != nil {
		deals = append(deals, p.Samples(base)...)
	}
	var all []situation
	if slices.ContainsFunc(p.Rules, func(r Rule) bool { return r.Effect == SettlePayout }) {
		due := base
		due.MarketplacePays = true
		all = append(all, situation{Deal: due})
	}
	for _, d := range deals {
		for _, own := range p.ledgers() {
			all = append(all, situation{Deal: d, own: own})
		}
	}
	return all
}
