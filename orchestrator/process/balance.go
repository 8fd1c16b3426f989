package process

// Booked is where what staff enters rests: it is done at once.
const Booked State = "booked"

// Deposit1 books money that came into a user's balance from outside.
func Deposit1() *Process {
	return booking("deposit", "Staff books money that came in from outside.", Credit)
}

// Withdrawal1 books money that left a user's balance for the outside.
func Withdrawal1() *Process {
	return booking("withdrawal", "Staff books money that was paid out to the outside.", Debit)
}

func booking(name, summary string, e Effect) *Process {
	return &Process{
		Name: name, Version: 1, Internal: true, Summary: summary,
		States: []StateInfo{{Name: Booked, Terminal: true, Money: HoldsNothing}},
		Rules: []Rule{{
			Name: "create", To: Booked, By: []Role{Operator},
			Input: []Input{reasonInput}, Guards: []Guard{pricePositive}, Effect: e,
		}},
	}
}
