package stripe

import (
	"maps"
	"slices"
	"time"
)

// settlement is how long the money of a charge is pending before it can be transferred or paid out. Our choice, near the
// official two business days.
const settlement = 2 * 24 * time.Hour

// entry is a balance transaction: a change of the balance of the platform or of a connected account, in minor units.
type entry struct {
	ID, Kind, Source   string
	Account            string // empty for the platform
	Amount, Fee        int64  // the balance changes by amount less fee
	FeeFor             string // what the fee is for
	Currency           string
	Created, Available time.Time
	Payout             string // the automatic payout that it went out with
	now                func() time.Time
}

func (n *entry) Name() string     { return n.ID }
func (n *entry) since() time.Time { return n.Created }

func (n *entry) settled(at time.Time) bool { return !at.Before(n.Available) }

func (n *entry) view() object {
	status := "pending"
	if n.settled(n.now()) {
		status = "available"
	}
	details := []object{}
	if n.Fee != 0 {
		details = append(details, object{"amount": n.Fee, "application": nil, "currency": n.Currency, "description": n.FeeFor, "type": "stripe_fee"})
	}
	return object{
		"id": n.ID, "object": "balance_transaction", "amount": n.Amount, "available_on": n.Available.Unix(), "created": n.Created.Unix(),
		"currency": n.Currency, "description": nil, "exchange_rate": nil, "fee": n.Fee, "fee_details": details, "net": n.net(),
		"reporting_category": n.Kind, "source": ref(n.Source), "status": status, "type": n.Kind,
	}
}

// net is what the balance changes by.
func (n *entry) net() int64 { return n.Amount - n.Fee }

// book adds an entry.
func (s *state) book(n entry) *entry {
	n.ID, n.now = "txn_"+s.Random(), s.Now
	s.Entries.Add(&n)
	if a, ok := s.Accounts.Get(n.Account); ok && n.net() > 0 {
		s.planPayout(a, n.Available)
	}
	return &n
}

// sums adds up the balance of an account by currency, as it is at a time.
func (s *state) sums(account string, at time.Time) (available, pending map[string]int64) {
	available, pending = map[string]int64{}, map[string]int64{}
	for _, n := range s.Entries.All {
		if n.Account != account {
			continue
		}
		// Both lists name every currency there is.
		available[n.Currency] += 0
		pending[n.Currency] += 0
		if n.settled(at) {
			available[n.Currency] += n.net()
		} else {
			pending[n.Currency] += n.net()
		}
	}
	return available, pending
}

// getBalance serves GET /v1/balance.
func getBalance(c *call) (object, *Error) {
	if c.account != "" {
		if _, ok := c.Accounts.Get(c.account); !ok {
			return nil, noSuch("account", c.account, "")
		}
	}
	available, pending := c.sums(c.account, c.by.at)
	return object{"object": "balance", "available": amounts(available), "pending": amounts(pending), "livemode": false}, nil
}

func amounts(sums map[string]int64) []object {
	out := []object{}
	for _, currency := range slices.Sorted(maps.Keys(sums)) {
		out = append(out, object{"amount": sums[currency], "currency": currency, "source_types": object{"card": sums[currency]}})
	}
	return out
}

func getEntry(c *call) (object, *Error) {
	n, err := inPath(c, &c.Entries, "balance transaction")
	if err != nil {
		return nil, err
	}
	if n.Account != c.account {
		return nil, noSuch("balance transaction", n.ID, "")
	}
	return n.view(), nil
}

func listEntries(c *call) (object, *Error) {
	kind, source, currency, within := c.form.text("type"), c.form.text("source"), c.form.text("currency"), c.form.text("payout")
	if within != "" {
		p, ok := c.Payouts.Get(within)
		if !ok || p.Account != c.account {
			return nil, noSuch("payout", within, "payout")
		}
		if !p.Automatic {
			return nil, invalid("", "payout", "What is in a payout is known of automatic payouts only; this one was made by hand.")
		}
	}
	return list(c, &c.Entries, func(n *entry) bool {
		return n.Account == c.account && (kind == "" || n.Kind == kind) && (source == "" || n.Source == source) &&
			(currency == "" || n.Currency == currency) && (within == "" || n.Payout == within)
	})
}
