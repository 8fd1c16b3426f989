package notices

import (
	"context"
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// cond is a condition on what happened.
type cond func(Happening) bool

func not(c cond) cond { return func(h Happening) bool { return !c(h) } }

// of holds for the deals of a process, of any version.
func of(name string) cond {
	return func(h Happening) bool {
		base, _, _ := strings.Cut(h.Transaction.Process, "@")
		return base == name
	}
}

// by holds for some steps, from for steps out of a state, and to for steps into one.
func by(steps ...process.Transition) cond {
	return func(h Happening) bool {
		return slices.Contains(steps, process.Transition(h.Event.Data["transition"]))
	}
}

func from(s process.State) cond {
	return func(h Happening) bool { return h.Event.Data["from"] == string(s) }
}

func to(s process.State) cond {
	return func(h Happening) bool { return h.Event.Data["to"] == string(s) }
}

// in holds while the deal is in a state.
func in(s process.State) cond { return func(h Happening) bool { return h.Transaction.State == s } }

// still holds while the deal is where the event has left it. Who reads late what to do next
// would be told of a step that nobody can take.
func still(h Happening) bool {
	at := h.Event.Data["to"]
	if at == "" { // a reminder
		at = h.Event.Data["state"]
	}
	return string(h.Transaction.State) == at
}

// begunBy holds for deals that one of the sides has opened.
func begunBy(p Person) cond {
	return func(h Happening) bool { return h.Transaction.Starter == p.of(h.Transaction) }
}

func priced(h Happening) bool { return h.Transaction.Has(process.FactPriced) }

func buyerConfirmed(h Happening) bool {
	return h.Transaction.Has(process.FactBuyerHandoverConfirmed)
}

// content is what stands in an e-mail to a person: an amount of the deal, and how long
// something can be done.
type content struct {
	sum      func(tx orchestrator.Transaction, to Person) int64 // minor units; nil: none
	deadline process.Deadline
}

// until names a deadline of the deal, where it has that.
func (c content) until(d process.Deadline) content {
	c.deadline = d
	return c
}

func (c content) letter(h Happening, to Person) Letter {
	var l Letter
	if c.sum != nil {
		l = Amount(money.New(c.sum(h.Transaction, to), h.Transaction.Price.Currency()))
	}
	l.Until = h.Transaction.Deadlines[c.deadline]
	return l
}

type deal = orchestrator.Transaction

// What the sides pay and get. Sums of a deal that has gone on meanwhile are those of now.
var (
	nothing  content
	price    = content{sum: func(tx deal, _ Person) int64 { return tx.Price.Minor() }}
	total    = content{sum: func(tx deal, _ Person) int64 { return tx.Price.Minor() + tx.BuyerFee }}
	deposit  = content{sum: func(tx deal, to Person) int64 { return depositOf(tx, to) }}
	rest     = content{sum: func(tx deal, _ Person) int64 { return tx.Price.Minor() + tx.BuyerFee - tx.Deposit - tx.DepositFee }}
	first    = content{sum: firstOf}
	held     = content{sum: func(tx deal, _ Person) int64 { return tx.Funds.Held }}
	refunded = content{sum: func(tx deal, _ Person) int64 { return tx.Funds.Refunded }}
	spent    = content{sum: func(tx deal, _ Person) int64 { return tx.Funds.Captured - tx.Funds.Refunded }}
	payout   = content{sum: func(tx deal, _ Person) int64 { return tx.Payout().Amount.Minor() }}
	returned = content{sum: func(tx deal, _ Person) int64 { return tx.Funds.ChargedBack }}
	share    = content{sum: shareOf}
)

// depositOf is what the buyer pays in advance, and of that what is the seller's.
func depositOf(tx deal, to Person) int64 {
	if to == Seller {
		return tx.Deposit
	}
	return tx.Deposit + tx.DepositFee
}

// firstOf is what is paid first: the deposit, or all of it.
func firstOf(tx deal, to Person) int64 {
	switch {
	case tx.Deposit > 0:
		return depositOf(tx, to)
	case to == Seller:
		return tx.Price.Minor()
	}
	return tx.Price.Minor() + tx.BuyerFee
}

// shareOf is what a decision gave a side.
func shareOf(tx deal, to Person) int64 {
	if to == Buyer {
		return tx.Funds.Refunded
	}
	return tx.Payout().Amount.Minor()
}

// banked says how much has arrived at a seller's bank.
func banked(_ context.Context, h Happening, _ Person) (Words, error) {
	return Words{Letter: Amount(h.Payout.Amount)}, nil
}
