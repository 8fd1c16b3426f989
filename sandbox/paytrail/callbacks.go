package paytrail

import (
	"net/url"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// message is what is told of a transaction, on the way back and in callbacks.
type message struct {
	transaction, stamp, reference string
	amount                        int64
	status                        string
}

// query signs a message with the secret and the algorithm of the payment's merchant.
func (s *state) query(p *payment, m message) url.Values {
	merchant, _ := s.cfg.merchant(p.Merchant)
	params := map[string]string{
		"checkout-account": p.Merchant, "checkout-algorithm": p.Algorithm, "checkout-amount": strconv.FormatInt(m.amount, 10),
		"checkout-stamp": m.stamp, "checkout-reference": m.reference, "checkout-transaction-id": m.transaction,
		"checkout-status": m.status, "checkout-provider": p.provider(),
	}
	q := url.Values{}
	for name, value := range params {
		q.Set(name, value)
	}
	q.Set("signature", sign(merchant.Secret, p.Algorithm, params, nil))
	return q
}

// led is an address with a message added to it.
func led(to string, q url.Values) string {
	u, err := url.Parse(to)
	if err != nil {
		return ""
	}
	all := u.Query()
	for name, values := range q {
		all[name] = values
	}
	u.RawQuery = all.Encode()
	return u.String()
}

func (p *payment) message() message {
	return message{p.ID, p.Stamp, p.Reference, p.Amount, p.Status}
}

// back is where the buyer is led to, with what came of the payment.
func (s *state) back(p *payment) string {
	return led(stage.Or(p.Status == isFail, p.Cancel, p.Success), s.query(p, p.message()))
}

// tell calls the merchant back about a payment, as late as the merchant wanted.
func (s *state) tell(p *payment) {
	to, m := stage.Or(p.Status == isFail, p.CallCancel, p.CallSuccess), p.message()
	if p.Delay == 0 {
		s.callBack(p, m, to)
		return
	}
	s.Timers.Set(s.Now().Add(p.Delay), func(time.Time) { s.callBack(p, m, to) })
}

func (s *state) callBack(p *payment, m message, to string) {
	if to == "" {
		return
	}
	q := s.query(p, m)
	shown := stage.Members{}
	for name := range q {
		shown[name] = q.Get(name)
	}
	s.Emit(stage.Delivery{Code: m.status, TargetID: m.transaction, URL: led(to, q), Body: stage.JSON(shown)})
}
