// Package balance holds the processes that book what staff enters: money that came into
// a user's balance from outside, and money that left it.
package balance

import "github.com/handsel-dev/handsel/orchestrator/process"

// DepositName is how transactions name the process.
const DepositName = "deposit"

// WithdrawalName is how transactions name the process.
const WithdrawalName = "withdrawal"

// Booked is where what staff enters rests: it is done at once.
const Booked process.State = "booked"

// Deposit1 books money that came into a user's balance from outside.
func Deposit1() *process.Process {
	return booking(DepositName, "Staff books money that came in from outside.", "An operator has booked {price} that came in from outside.", process.Credit)
}

// Withdrawal1 books money that left a user's balance for the outside.
func Withdrawal1() *process.Process {
	return booking(WithdrawalName, "Staff books money that was paid out to the outside.", "An operator has booked {price} that were paid out to the outside.", process.Debit)
}

func booking(name, summary, told string, e process.Effect) *process.Process {
	return &process.Process{
		Name: name, Version: 1, Internal: true, Summary: summary,
		States: []process.StateInfo{{Name: Booked, Terminal: true, Money: process.HoldsNothing}},
		Words:  process.Words{States: map[process.State][]process.Saying{Booked: process.Says("", told)}},
		Rules: []process.Rule{{
			Name: process.Create, To: Booked, By: []process.Role{process.Operator},
			Input: []process.Input{process.ReasonInput}, Guards: []process.Guard{process.PricePositive}, Effect: e,
		}},
	}
}
