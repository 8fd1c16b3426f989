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
	id, kind, source   string
	account            string // empty for the platform
	amount, fee        int64  // the balance changes by amount less fee
	feeFor             string // what the fee is for
	currency           string
	created, available time.Time
	now                func() time.Time
}

func (n *entry) name() string     { return n.id }
func (n *entry) since() time.Time { return n.created }

func (n *entry) settled() bool { return !n.now().Before(n.available) }

func (n *entry) view() object {
	status := "pending"
	if n.settled() {
		status = "available"
	}
	details := []object{}
	if n.fee != 0 {
		details = append(details, object{"amount": n.fee, "application": nil, "currency": n.currency, "description": n.feeFor, "type": "stripe_fee"})
	}
	return object{
		"id": n.id, "object": "balance_transaction", "amount": n.amount, "available_on": n.available.Unix(), "created": n.created.Unix(),
		"currency": n.currency, "description": nil, "exchange_rate": nil, "fee": n.fee, "fee_details": details, "net": n.net(),
		"reporting_category": n.kind, "source": ref(n.source), "status": status, "type": n.kind,
	}
}

// net is what the balance changes by.
func (n *entry) net() int64 { return n.amount - n.fee }

// book adds an entry.
func (s *state) book(n entry) *entry {
	n.id, n.now = "txn_"+s.random(), s.now
	s.entries.add(&n)
	return &n
}

// sums adds up the balance of an account by currency.
func (s *state) sums(account string) (available, pending map[string]int64) {
	available, pending = map[string]int64{}, map[string]int64{}
	for _, n := range s.entries.all {
		if n.account != account {
			continue
		}
		// Both lists name every currency there is.
		available[n.currency] += 0
		pending[n.currency] += 0
		if n.settled() {
			available[n.currency] += n.net()
		} else {
			pending[n.currency] += n.net()
		}
	}
	return available, pending
}

// getBalance serves GET /v1/balance.
func getBalance(c *call) (object, *Error) {
	if c.account != "" {
		if _, ok := c.accounts.get(c.account); !ok {
			return nil, noSuch("account", c.account, "")
		}
	}
	available, pending := c.sums(c.account)
	return object{"object": "balance", "available": amounts(available), "pending": amounts(pending), "livemode": false}, nil
}

func amounts(sums map[string]int64) []object {
	out := []object{}
	for _, currency := range slices.Sorted(maps.Keys(sums)) {
		out = append(out, object{"amount": sums[currency], "currency": currency, "source_types": object{"card": sums[currency]}})
	}
	return out
}

func listEntries(c *call) (object, *Error) {
	kind, source, currency := c.form.text("type"), c.form.text("source"), c.form.text("currency")
	return list(c, &c.entries, func(n *entry) bool {
		return n.account == c.account && (kind == "" || n.kind == kind) && (source == "" || n.source == source) &&
			(currency == "" || n.currency == currency)
	})
}
