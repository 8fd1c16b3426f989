package process

var everybody = []Actor{
	{User, "buyer"}, {User, "seller"}, {User, "stranger"}, {Kind: Backend}, {Staff, "op"}, {Kind: AtGateway}, {Kind: OfSchedule},
}

// doorway is all that find may know of a situation. Thousands of situations share one, so
// that the explorer asks once who may take which transition from there.
type doorway struct {
	state                          State
	starter, author, buyer, seller string
	own                            bool
}

// doors are the transitions of a process at a doorway.
type doors struct {
	open   []door
	closed []refusal
}

// door is a row of the table, and who may take it.
type door struct {
	row Rule
	to  []Actor
}

// refusal is a command that find refuses, whatever the rest of the deal is.
type refusal struct {
	command Command
	err     error
}

// telling is a doorway of situations with one digest, of which the refusals are noted.
type telling struct {
	at     doorway
	digest uint64
}

func doorwayOf(s situation) doorway {
	return doorway{s.State, s.Starter, s.Author, s.Buyer, s.Seller, s.own}
}

// doorsOf asks find for every transition and everybody. Our own ledger reports nothing.
func (x *explorer) doorsOf(s situation) doors {
	at := doorwayOf(s)
	if found, ok := x.doors[at]; ok {
		return found
	}
	var found doors
	names := map[Transition]bool{}
	for _, r := range x.p.Rules {
		if names[r.Name] {
			continue
		}
		names[r.Name] = true
		open := door{}
		for _, who := range everybody {
			c := Command{Transition: r.Name, Actor: who, AtOnce: s.own}
			if s.own && who.Kind == AtGateway {
				continue
			}
			row, err := x.p.find(s.known(), c)
			if err != nil {
				found.closed = append(found.closed, refusal{c, err})
				continue
			}
			open.row, open.to = row, append(open.to, who)
		}
		if len(open.to) > 0 {
			found.open = append(found.open, open)
		}
	}
	x.doors[at] = found
	return found
}

// tellRefusals notes what find refuses in a situation.
func (x *explorer) tellRefusals(s situation, here doors) {
	told := telling{doorwayOf(s), s.digest}
	if x.told[told] {
		x.report.Commands += len(here.closed)
		x.report.Refusals += len(here.closed)
		return
	}
	x.told[told] = true
	for _, r := range here.closed {
		x.refused(s, r.command, 0, r.err)
	}
}
