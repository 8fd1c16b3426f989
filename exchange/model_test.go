package exchange_test

import (
	"time"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/listings"
)

// model is what the exchange should be, in a few maps. Each of its methods does what
// a command should do and returns the reason of the refusal, or nothing.
type model struct {
	now    time.Time
	free   map[string]int64
	frozen map[string]int64
	ads    map[int64]*modelAd
	orders map[int64]*modelOrder
	locks  map[string]int64 // taker and direction to order
}

type modelAd struct {
	owner       string
	side        listings.AdType
	status      listings.AdStatus
	total, left int64
}

type modelOrder struct {
	ad                                  int64
	buyer, seller, taker                string
	amount, toBuyer                     int64
	status                              exchange.Status
	revocable                           bool // may be called back
	deadline, paid, entered             time.Time
	reason                              string
	lock                                string
	appealed, agreedBuyer, agreedSeller bool
	contested                           bool
	expired                             time.Time
	calledBack                          bool      // appealed or contested, ever
	failed                              []failure // by the taker's fault, but for an expiry
}

type failure struct {
	at     time.Time
	points int64
}

func newModel(now time.Time) *model {
	return &model{
		now: now, free: map[string]int64{}, frozen: map[string]int64{},
		ads: map[int64]*modelAd{}, orders: map[int64]*modelOrder{}, locks: map[string]int64{},
	}
}

func (o *modelOrder) open() bool {
	return o.status == exchange.Pending || o.status == exchange.PaidByBuyer || o.status == exchange.Disputed
}

// publish tells whether an owner may have another active ad; one that is sold out
// and has no open order makes room.
func (m *model) publish(owner string, side listings.AdType) string {
	for id, a := range m.ads {
		if a.owner != owner || a.side != side || a.status != listings.Active {
			continue
		}
		if a.left > 0 || m.openOn(id) > 0 {
			return "duplicate_ad_type"
		}
		a.status = listings.Closed
	}
	return ""
}

func (m *model) openOn(ad int64) (n int) {
	for _, o := range m.orders {
		if o.ad == ad && o.open() {
			n++
		}
	}
	return n
}

// take returns the order that should come of it, without an id.
func (m *model) take(taker string, ad, amount int64) (*modelOrder, string) {
	a := m.ads[ad]
	switch {
	case a == nil || a.status != listings.Active:
		return nil, "ad_not_active"
	case a.owner == taker:
		return nil, "own_ad"
	}
	o := &modelOrder{ad: ad, taker: taker, amount: amount, buyer: taker, seller: a.owner, lock: taker + " buys"}
	refusal := "active_deposit_order_exists"
	if a.side == listings.Buy {
		o.buyer, o.seller, o.lock, refusal = a.owner, taker, taker+" sells", "active_withdraw_order_exists"
	}
	switch {
	case m.locks[o.lock] != 0:
		return nil, refusal
	case m.points(taker) >= 30:
		return nil, "too_many_expired_orders"
	case amount < 1000:
		return nil, "amount_too_low"
	case amount > 5000:
		return nil, "amount_too_high"
	case amount > a.left:
		return nil, "amount_exceeds_available"
	case amount > m.free[o.seller]:
		return nil, "seller_insufficient_balance"
	}
	o.status, o.deadline, o.entered = exchange.Pending, m.now.Add(31*time.Minute), m.now
	return o, ""
}

func (m *model) opened(id int64, o *modelOrder) {
	m.orders[id], m.locks[o.lock] = o, id
	m.freeze(o)
}

func (m *model) freeze(o *modelOrder) {
	m.ads[o.ad].left -= o.amount
	m.free[o.seller] -= o.amount
	m.frozen[o.seller] += o.amount
}

// points are those of a taker's orders that failed within a day.
func (m *model) points(taker string) (n int64) {
	since := m.now.Add(-24 * time.Hour)
	for _, o := range m.orders {
		if o.taker != taker {
			continue
		}
		if o.buyer == taker && !o.calledBack && o.expired.After(since) {
			n += 10
		}
		for _, f := range o.failed {
			if f.at.After(since) {
				n += f.points
			}
		}
	}
	return n
}

// fail notes what is the taker's fault.
func (m *model) fail(o *modelOrder, who string, points int64) {
	if who == o.taker {
		o.failed = append(o.failed, failure{m.now, points})
	}
}

// end gives part of the order to the buyer and the rest back. What is given back
// whole is there to be taken again.
func (m *model) end(o *modelOrder, s exchange.Status, toBuyer int64, reason string) string {
	o.status, o.toBuyer, o.reason, o.entered = s, toBuyer, reason, m.now
	m.frozen[o.seller] -= o.amount
	m.free[o.seller] += o.amount - toBuyer
	m.free[o.buyer] += toBuyer
	if s == exchange.Cancelled {
		m.ads[o.ad].left += o.amount
	}
	if o.lock != "" {
		delete(m.locks, o.lock)
		o.lock = ""
	}
	o.revocable = (reason == "expired" || reason == "seller") && !o.appealed
	return ""
}

// overdue lets a pending order expire whose time is over.
func (m *model) overdue(o *modelOrder) {
	if o.status == exchange.Pending && !m.now.Before(o.deadline) {
		o.expired = m.now
		m.end(o, exchange.Cancelled, 0, "expired")
	}
}

// fire is what happens by itself.
func (m *model) fire() {
	for _, o := range m.orders {
		m.overdue(o)
		if o.status == exchange.PaidByBuyer && !m.now.Before(o.paid.Add(24*time.Hour)) {
			o.status = exchange.Disputed
		}
		if o.revocable && !m.now.Before(o.entered.Add(15*time.Minute)) {
			o.revocable = false
		}
		// The deadline of an order has a minute of grace in it already.
		if o.appealed && o.status == exchange.Disputed && !m.now.Before(o.deadline.Add(8*24*time.Hour)) {
			m.fail(o, o.buyer, 15)
			m.end(o, exchange.Cancelled, 0, "deadline")
		}
	}
}

const wrongStatus = "invalid_order_status"

func (m *model) step(name, who string, id int64) string {
	o := m.orders[id]
	if who != o.buyer && who != o.seller {
		return "order_not_found"
	}
	m.overdue(o)
	switch name {
	case "paid":
		return m.pay(o, who)
	case "received":
		switch {
		case who != o.seller:
			return "role_not_allowed"
		case o.status == exchange.PaidByBuyer || o.status == exchange.Disputed:
			return m.end(o, exchange.Completed, o.amount, "")
		}
		return wrongStatus
	case "cancel", "not paid":
		return m.cancel(o, who, name == "not paid")
	case "operator":
		switch o.status {
		case exchange.PaidByBuyer:
			o.status = exchange.Disputed
			return ""
		case exchange.Disputed:
			return ""
		}
		return wrongStatus
	}
	return m.appeal(o, who)
}

func (m *model) pay(o *modelOrder, who string) string {
	switch {
	case who != o.buyer:
		return "role_not_allowed"
	case o.status == exchange.Pending:
		o.status, o.paid = exchange.PaidByBuyer, m.now
		return ""
	case o.status == exchange.Cancelled && o.reason == "expired":
		return "order_expired"
	}
	return wrongStatus
}

func (m *model) cancel(o *modelOrder, who string, notPaid bool) string {
	buys := who == o.buyer
	if o.status == exchange.Pending || o.status == exchange.PaidByBuyer && buys && notPaid {
		m.fail(o, who, 5)
	}
	switch {
	case o.status == exchange.Pending && buys:
		return m.end(o, exchange.Cancelled, 0, "buyer")
	case o.status == exchange.Pending:
		return m.end(o, exchange.Cancelled, 0, "seller")
	case o.status == exchange.PaidByBuyer && buys && notPaid:
		return m.end(o, exchange.Cancelled, 0, "buyer")
	case o.status != exchange.Disputed || !notPaid:
		return wrongStatus
	}
	o.agreedBuyer, o.agreedSeller = o.agreedBuyer || buys, o.agreedSeller || !buys
	if o.agreedBuyer && o.agreedSeller {
		return m.end(o, exchange.Cancelled, 0, "mutual")
	}
	return ""
}

func (m *model) appeal(o *modelOrder, who string) string {
	ended := o.status == exchange.Cancelled && (o.reason == "expired" || o.reason == "seller")
	switch {
	case who != o.buyer:
		return "role_not_allowed"
	case !ended:
		return wrongStatus
	case o.contested:
		return "seller_insufficient_balance"
	case !o.revocable || !m.now.Before(o.entered.Add(15*time.Minute)):
		return "appeal_window_over"
	case m.free[o.seller] < o.amount:
		o.contested, o.revocable, o.calledBack = true, false, true
		return "seller_insufficient_balance"
	case m.locks[o.buyer+" buys"] != 0:
		o.contested, o.revocable, o.calledBack = true, false, true
		return "active_deposit_order_exists"
	}
	if a := m.ads[o.ad]; a.left < o.amount {
		a.total, a.left = a.total+o.amount-a.left, o.amount
	}
	o.appealed, o.revocable, o.calledBack, o.status, o.reason = true, false, true, exchange.Disputed, ""
	o.lock = o.buyer + " buys"
	m.locks[o.lock] = o.ad
	m.freeze(o)
	return ""
}

func (m *model) resolve(id int64, v exchange.Verdict) string {
	o := m.orders[id]
	if o.contested && v.Outcome == exchange.Close {
		o.contested = false
		m.fail(o, o.buyer, 15)
		return ""
	}
	if o.status != exchange.Disputed {
		return wrongStatus
	}
	switch v.Outcome {
	case exchange.Release:
		return m.end(o, exchange.Completed, o.amount, "")
	case exchange.Refund:
		m.fail(o, o.buyer, 15)
		return m.end(o, exchange.Cancelled, 0, "operator")
	}
	return m.end(o, exchange.Completed, v.BuyerAmount, "")
}
