package process

import (
	"fmt"
	"hash/fnv"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
)

// hopeless are deals that most processes refuse to open, by what is wrong with them.
func hopeless(d Deal) map[string]Deal {
	alone, free, unpaid, noBuyer, noSeller := d, d, d, d, d
	alone.Author, alone.Seller = d.Starter, d.Buyer
	free.Price = money.New(0, d.Price.Currency())
	unpaid.Price = money.New(-1, d.Price.Currency())
	noBuyer.Buyer, noSeller.Seller = "", ""
	return map[string]Deal{"one person on both sides": alone, "no price": free, "a price below zero": unpaid, "no buyer": noBuyer, "no seller": noSeller}
}

// tryHopeless notes what a process says to deals that should not be opened, so that
// a guard that lets everybody pass is seen. What is opened nevertheless leads nowhere.
func (x *explorer) tryHopeless() {
	first := openings(x.p)[0]
	now := first.EnteredAt.Add(time.Minute)
	for what, d := range hopeless(first.Deal) {
		for _, r := range x.p.Rules {
			if !r.creates() {
				continue
			}
			for _, who := range everybody {
				_, err := Decide(x.p, d, Command{Transition: r.Name, Actor: who, Input: inputs(x.p, r, d)[0], AtOnce: first.own}, now)
				h := fnv.New64a()
				fmt.Fprint(h, what, r.Name, who, fault.ReasonOf(err))
				x.seenOutcomes[h.Sum64()] = true
			}
		}
	}
}
