package orchestrator

import "github.com/handsel-dev/handsel/orchestrator/process"

// MaxRecorded is how many of somebody's deals their record is made of: the newest ones; our choice.
const MaxRecorded = 1000

// Dealing is what a record counts of a deal.
type Dealing struct {
	Process       string
	State         process.State
	Buyer, Seller string
	Open          bool  // money is held or reserved for it
	Released      int64 // minor units of the price's currency, as are those that went back
	Refunded      int64
	Disputed      bool // it was in one of the states of disputes once
}

// Record is what somebody has done in their deals.
type Record struct {
	Deals   int // that were looked at: MaxRecorded at most
	Going   int // of them, those that have not ended
	Paid    int // that ended with money for the payee
	Dispute Disputes
}

// Disputes is what came of somebody's disputes.
type Disputes struct {
	All, Open         int
	Won, Lost, Shared int // who got the money; the rest ended without any
}

// DisputeStates are the states in which somebody decides who gets the money.
func DisputeStates(r *process.Registry) (all []process.State) {
	seen := map[process.State]bool{}
	for _, name := range r.Names() {
		p, err := r.Find(name)
		if err != nil {
			continue
		}
		for _, s := range p.Where(func(s process.StateInfo) bool { return s.Dispute }) {
			if !seen[s] {
				seen[s], all = true, append(all, s)
			}
		}
	}
	return all
}

// RecordOf adds up what a user has done.
func RecordOf(r *process.Registry, user string, dealings []Dealing) Record {
	var rec Record
	for _, d := range dealings {
		p, err := r.Find(d.Process)
		if err != nil || p.Internal {
			continue
		}
		info, _ := p.StateInfo(d.State)
		rec.Deals++
		if !info.Terminal {
			rec.Going++
		} else if d.Released > 0 {
			rec.Paid++
		}
		if d.Disputed {
			rec.Dispute.count(d, info, d.paidTo(p) == user)
		}
	}
	return rec
}

// paidTo is who gets what is released.
func (d Dealing) paidTo(p *process.Process) string {
	if p.SellerPays {
		return d.Buyer
	}
	return d.Seller
}

func (c *Disputes) count(d Dealing, now process.StateInfo, payee bool) {
	c.All++
	switch {
	case now.Dispute || !now.Terminal && d.Open:
		c.Open++
	case d.Released > 0 && d.Refunded > 0:
		c.Shared++
	case d.Released > 0 && payee, d.Refunded > 0 && !payee:
		c.Won++
	case d.Released > 0 || d.Refunded > 0:
		c.Lost++
	}
}
