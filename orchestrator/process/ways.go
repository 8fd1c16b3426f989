package process

// Way is an arrow of a process's drawing: a transition that leads from one state to another.
type Way struct {
	Transition Transition
	From, To   State  // no From: it opens a deal
	After      Status // the gateway's answer that leads there; empty: there is one way only
}

// Ways lists the arrows of a process in the order of its table.
func (p *Process) Ways() []Way {
	var ways []Way
	for i := range p.Rules {
		r := &p.Rules[i]
		from, after := r.From, Status("")
		if r.creates() {
			from = []State{""}
			if r.During != "" {
				ways = append(ways, Way{Transition: r.Name, To: r.During})
				from, after = []State{r.During}, Succeeded
			}
		}
		for _, f := range from {
			ways = append(ways, Way{r.Name, f, r.To, after})
			for _, status := range []Status{RequiresAction, Pending, Declined} {
				if branch, ok := r.Else[status]; ok && branch.To != f && branch.To != r.To {
					ways = append(ways, Way{r.Name, f, branch.To, status})
				}
			}
		}
	}
	return ways
}
