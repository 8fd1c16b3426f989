package paytrail

import (
	"net/http"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// refundTime is how long a refund is pending; our choice.
const refundTime = 24 * time.Hour

type newRefund struct {
	Amount    *int64       `json:"amount"`
	Email     string       `json:"email"`
	Stamp     string       `json:"refundStamp"`
	Reference string       `json:"refundReference"`
	Items     []refundItem `json:"items"`
	Callback  *urls        `json:"callbackUrls"`
}

type refundItem struct {
	Amount int64  `json:"amount"`
	Stamp  string `json:"stamp"`
}

func (c *call) createRefund() (answer, error) {
	p, ok := c.Payments.Get(c.id)
	if !ok || p.Merchant != c.merchant.ID {
		return answer{}, refuse(http.StatusNotFound, "Transaction %s does not exist", c.id)
	}
	in, refused := stage.Decode[newRefund](c.body)
	if refused != nil {
		return answer{}, bad("The body is not valid JSON for a refund")
	}
	r, err := c.refundOf(p, in)
	if err != nil {
		return answer{}, err
	}
	c.Refunds.Add(r)
	if p.Way == "refund_pending" || p.Way == "refund_fails" {
		r.Status, r.Fails = isPending, p.Way == "refund_fails"
		p.ReturnedPending += r.Amount
		c.await(r)
	} else {
		p.Returned += r.Amount
		c.end(r, isOK)
	}
	return answer{http.StatusCreated, r.ID, stage.Members{"transactionId": r.ID, "provider": p.provider(), "status": r.Status}}, nil
}

// refundOf makes a refund, or says why there is none.
func (c *call) refundOf(p *payment, in newRefund) (*refund, error) {
	r := &refund{ID: c.newID(), Payment: p.ID, Stamp: in.Stamp, Reference: in.Reference, Created: c.Now().UTC(), Items: map[string]int64{}}
	switch {
	case !in.Callback.sound(3000):
		return nil, bad("callbackUrls.success and callbackUrls.cancel are required and https")
	case p.Status != isOK:
		return nil, bad("Transaction %s is not paid", p.ID)
	case p.Way == "refund_refused" && in.Email == "":
		return nil, refuse(http.StatusUnprocessableEntity, "The payment method does not support refunds")
	case in.Amount != nil:
		r.Amount = *in.Amount
	}
	if len(in.Items) > 0 {
		sum, err := c.itemsBack(p, in.Items, r)
		if err != nil {
			return nil, err
		}
		if in.Amount != nil && sum != r.Amount {
			return nil, bad("amount is not the sum of the items")
		}
		r.Amount = sum
	} else if c.merchant.Aggregate && r.Amount != p.Amount {
		return nil, bad("a part of a shop-in-shop payment is refunded by items")
	}
	if r.Amount < 1 || r.Amount > p.Amount-p.Returned-p.ReturnedPending {
		return nil, bad("The amount is more than is left of the payment")
	}
	if in.Stamp != "" && !c.takeStamp(in.Stamp) {
		return nil, bad("refundStamp %s was used before", in.Stamp)
	}
	r.CallSuccess, r.CallCancel = in.Callback.Success, in.Callback.Cancel
	return r, nil
}

// itemsBack adds up what goes back of each item.
func (c *call) itemsBack(p *payment, items []refundItem, r *refund) (sum int64, err error) {
	left := map[string]int64{}
	for _, it := range p.Items {
		left[it.Stamp] += it.amount()
	}
	for _, earlier := range c.Refunds.All {
		if earlier.Payment == p.ID && earlier.Status != isFail {
			for stamp, amount := range earlier.Items {
				left[stamp] -= amount
			}
		}
	}
	for _, it := range items {
		if it.Stamp == "" || it.Amount < 1 || it.Amount > left[it.Stamp] {
			return 0, bad("item %q cannot be refunded with %d", it.Stamp, it.Amount)
		}
		left[it.Stamp] -= it.Amount
		r.Items[it.Stamp] += it.Amount
		sum += it.Amount
	}
	return sum, nil
}

// await sets the end of a refund that is pending.
func (s *state) await(r *refund) {
	if r.Status != isPending {
		return
	}
	r.Timer = s.Timers.Set(r.Created.Add(refundTime), func(time.Time) { s.settle(r, r.Fails) })
}

// settle ends a refund that is pending.
func (s *state) settle(r *refund, fails bool) {
	if r.Status != isPending {
		return
	}
	p := s.paymentOf(r)
	p.ReturnedPending -= r.Amount
	if fails {
		s.end(r, isFail)
		return
	}
	p.Returned += r.Amount
	s.end(r, isOK)
}

// end says how a refund ended and tells the merchant.
func (s *state) end(r *refund, status string) {
	r.Status, r.Ended = status, s.Now().UTC()
	operation := "refund"
	if status == isFail {
		operation = "refund_failed"
	}
	s.effect(operation, r.ID, r.Amount, r.Stamp)
	p := s.paymentOf(r)
	s.callBack(p, message{r.ID, r.Stamp, r.Reference, r.Amount, status}, stage.Or(status == isFail, r.CallCancel, r.CallSuccess))
}

func (r *refund) view() stage.Members {
	v := stage.Members{
		"transactionId": r.ID, "status": r.Status, "amount": r.Amount, "currency": "EUR", "stamp": r.Stamp, "reference": r.Reference,
		"createdAt": r.Created.Format(timeForm),
	}
	if r.Status == isOK {
		v["paidAt"] = r.Ended.Format(timeForm)
	}
	return v
}
