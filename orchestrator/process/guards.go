package process

import (
	"time"

	"github.com/handsel-dev/handsel/fault"
)

var (
	DifferentPeople = Guard{
		Name: "starter is not the author", Code: fault.Invalid, Reason: "starter_is_author",
		Message: "nobody can buy from themselves: starter and listing author must differ",
		Holds: func(d Deal, _ Command, _ time.Time) bool {
			return d.Starter != d.Author && (d.Buyer != d.Seller || d.Buyer == "")
		},
	}
	BothParties = Guard{
		Name: "buyer and seller are known", Code: fault.Invalid, Reason: "party_missing",
		Message: "name both buyer and seller, or open the transaction with the transition invite",
		Holds:   func(d Deal, _ Command, _ time.Time) bool { return d.Buyer != "" && d.Seller != "" },
	}
	OneParty = Guard{
		Name: "one side is still open", Code: fault.Invalid, Reason: "parties_complete",
		Message: "buyer and seller are both known already; open the transaction with the transition create",
		Holds:   func(d Deal, _ Command, _ time.Time) bool { return (d.Buyer == "") != (d.Seller == "") },
	}
	PayerOpens = Guard{
		Name: "the starter is who pays", Code: fault.Invalid, Reason: "payer_is_not_starter",
		Message: "in this process the starter pays and the listing's author is paid",
		Holds:   func(d Deal, _ Command, _ time.Time) bool { return d.Buyer == d.Starter && d.Seller == d.Author },
	}
	RightJoinCode = Guard{
		Name: "join code matches", Code: fault.NotFound, Reason: ReasonNotFound,
		Message: "there is no transaction with this join code",
		Holds: func(d Deal, c Command, _ time.Time) bool {
			return d.JoinCode != "" && c.Input["join_code"] == d.JoinCode
		},
	}
	ComplaintPeriodOpen = Guard{
		Name: "complaint period is open", Code: fault.Conflict, Reason: "complaint_period_expired",
		Message: "the complaint period is over",
		Holds: func(d Deal, c Command, now time.Time) bool {
			deadline, ok := d.Deadlines[ComplaintDeadline]
			return c.Actor.Kind == AtGateway || !ok || now.Before(deadline)
		},
	}
	DepositPositive = Guard{
		Name: "deposit is above zero", Code: fault.Invalid, Reason: "deposit_too_low",
		Message: "the deposit must be above zero",
		Holds:   func(d Deal, _ Command, _ time.Time) bool { return d.Deposit > 0 },
	}
	WholeSplit = Guard{
		Name: "refund and release add up to what is held", Code: fault.Invalid, Reason: ReasonSums, OnInput: true,
		Message: "refund and release must both be above zero and add up to the amount that is held; fees follow the parts by the marketplace's rules",
		Holds: func(d Deal, c Command, _ time.Time) bool {
			refund, release := c.Amount("refund"), c.Amount("release")
			return refund > 0 && release > 0 && refund <= d.Funds.Held && release == d.Funds.Held-refund
		},
	}
	Unsplit = Guard{
		Name: "nothing was split before", Code: fault.Conflict, Reason: "already_split",
		Message: "the money was split before; refund or dismiss what is left",
		Holds:   func(d Deal, _ Command, _ time.Time) bool { return !d.Has(FactSplit) },
	}
	PricePositive = Guard{
		Name: "price is above zero", Code: fault.Invalid, Reason: "price_too_low",
		Message: "the amount must be above zero",
		Holds:   func(d Deal, _ Command, _ time.Time) bool { return d.Price.Minor() > 0 },
	}
	NotPriced = Guard{
		Name: "the price is not set yet", Code: fault.Conflict, Reason: "price_already_set",
		Message: "the price is set already",
		Holds:   func(d Deal, _ Command, _ time.Time) bool { return !d.Has(FactPriced) },
	}
	Priced = Guard{
		Name: "the price is set", Code: fault.Conflict, Reason: "missing_pricing",
		Message: "the seller has not set the price yet",
		Holds:   func(d Deal, _ Command, _ time.Time) bool { return d.Has(FactPriced) },
	}
	AboveDeposit = Guard{
		Name: "the price is above the deposit", Code: fault.Invalid, Reason: "remainder_too_low", OnInput: true,
		Message: "the price includes the deposit and must be above it; to take the deposit alone, skip the remainder",
		Holds:   func(d Deal, c Command, _ time.Time) bool { return c.Amount("price") > d.Deposit },
	}
	PriceSplit = Guard{
		Name: "refund and release add up to the order's amount", Code: fault.Invalid, Reason: ReasonSums, OnInput: true,
		Message: "what the buyer and the seller get must both be above zero and add up to the order's amount",
		Holds: func(d Deal, c Command, _ time.Time) bool {
			refund, release := c.Amount("refund"), c.Amount("release")
			return refund > 0 && release > 0 && release < d.Price.Minor() && refund == d.Price.Minor()-release
		},
	}
)
