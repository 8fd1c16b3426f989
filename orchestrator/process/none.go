package process

// None1 is the process without payment: a conversation about a listing.
func None1() *Process {
	return &Process{
		Name: "none", Version: 1, PayerIsStarter: true,
		Summary: "A free deal: no payment and no states, only a conversation.",
		States: []StateInfo{
			{Name: "free", Terminal: true, Money: HoldsNothing, ChatOpen: true},
		},
		Rules: []Rule{
			{Name: "create", To: "free", By: []Role{Starter}, Guards: []Guard{differentPeople}},
		},
	}
}
