package paypal

import (
	"net/http"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// The statuses of authorizations, besides isCreated, isVoided and isPending.
const (
	isCaptured     = "CAPTURED"
	isDenied       = "DENIED"
	isPartly       = "PARTIALLY_CAPTURED"
	isPending      = "PENDING"
	honoured       = 3 * 24 * time.Hour  // the funds are there (official API)
	authorizedFor  = 29 * 24 * time.Hour // from the first one of an order (official API)
	overPercent    = 115                 // of a payment can be captured (official API)
	maxCaptures    = 10                  // of one authorization (official API)
	refundableTime = 180 * 24 * time.Hour
)

// authorization is money of a buyer that is reserved.
type authorization struct {
	ID, Order, Status, Reason string
	Amount                    money
	Captured                  int64
	Count                     int       // of captures
	Created, First            time.Time // and when the first authorization of the order was made
	Again                     bool      // it was made by a reauthorization
	Timer                     uint64
}

// Name implements stage.Object.
func (a *authorization) Name() string { return a.ID }

func (a *authorization) ends() time.Time { return a.First.Add(authorizedFor) }

// open reports whether something can be captured.
func (a *authorization) open() bool {
	return a.Status == isCreated || a.Status == isPartly || a.Status == isPending
}

// expire sets the end of an authorization.
func (s *state) expire(a *authorization) {
	if !a.open() {
		return
	}
	a.Timer = s.Timers.Set(a.ends(), func(time.Time) {
		if a.open() {
			s.drop(a, "expire", "")
		}
	})
}

// drop ends an authorization; what was captured of it stays.
func (s *state) drop(a *authorization, why, key string) {
	a.Status = isVoided
	s.effect(why, a.ID, a.Amount.of(a.Amount.Minor-a.Captured), key)
	s.tell("PAYMENT.AUTHORIZATION.VOIDED", "authorization", "A payment authorization was voided", a.view(s))
}

func (c *call) void() (answer, error) {
	a, err := inPath(c, &c.Auths)
	if err != nil {
		return answer{}, err
	}
	o, _ := c.Orders.Get(a.Order)
	if err := c.acts(o); err != nil {
		return answer{}, err
	}
	switch {
	case a.Again:
		return answer{}, unprocessable("CANNOT_BE_VOIDED")
	case a.Status == isVoided, a.Status == isDenied:
		return answer{}, unprocessable("PREVIOUSLY_VOIDED")
	case a.Status == isCaptured, a.Status == isPartly:
		return answer{}, unprocessable("PREVIOUSLY_CAPTURED")
	}
	c.drop(a, "void", c.key)
	for _, later := range c.Auths.All {
		if later.Order == a.Order && later.open() {
			later.Status = isVoided
		}
	}
	if c.full() {
		return answer{status: http.StatusOK, object: a}, nil
	}
	return answer{status: http.StatusNoContent}, nil
}

type newReauthorization struct {
	Amount *amountIn `json:"amount"`
}

func (c *call) reauthorize() (answer, error) {
	a, err := inPath(c, &c.Auths)
	if err != nil {
		return answer{}, err
	}
	in, err := read[newReauthorization](c)
	if err != nil {
		return answer{}, err
	}
	m := a.Amount
	if in.Amount != nil {
		if m, err = in.Amount.read("/amount"); err != nil {
			return answer{}, err
		}
	}
	o, _ := c.Orders.Get(a.Order)
	switch {
	case a.Status == isVoided:
		return answer{}, unprocessable("AUTHORIZATION_VOIDED")
	case !c.Now().Before(a.ends()):
		return answer{}, unprocessable("AUTHORIZATION_EXPIRED")
	case a.Status != isCreated:
		return answer{}, unprocessable("AUTHORIZATION_ALREADY_CAPTURED")
	case a.Again || ways[o.Way].once || o.Delayed || c.reauthorized(a):
		return answer{}, unprocessable("REAUTHORIZATION_NOT_SUPPORTED")
	case c.Now().Before(a.Created.Add(honoured)):
		return answer{}, unprocessable("REAUTHORIZATION_TOO_SOON")
	case m.Currency != a.Amount.Currency:
		return answer{}, unprocessable("AUTH_CURRENCY_MISMATCH")
	case m.Minor*100 > a.Amount.Minor*overPercent:
		return answer{}, unprocessable("AUTHORIZATION_AMOUNT_EXCEEDED")
	}
	again := &authorization{ID: c.newID(), Order: a.Order, Amount: m, Status: isCreated, Created: c.Now().UTC(), First: a.First, Again: true}
	c.Auths.Add(again)
	c.expire(again)
	c.effect("reauthorize", again.ID, again.Amount, c.key)
	return answer{status: http.StatusCreated, object: again}, nil
}

// reauthorized reports whether an order was authorized once more already.
func (c *call) reauthorized(a *authorization) bool {
	for _, other := range c.Auths.All {
		if other.Order == a.Order && other.Again {
			return true
		}
	}
	return false
}

func (a *authorization) view(s *state) stage.Members {
	o, _ := s.Orders.Get(a.Order)
	path := "/v2/payments/authorizations/" + a.ID
	links := []stage.Members{s.link("self", http.MethodGet, path)}
	if a.open() {
		links = append(links, s.link("capture", http.MethodPost, path+"/capture"), s.link("void", http.MethodPost, path+"/void"), s.link("reauthorize", http.MethodPost, path+"/reauthorize"))
	}
	links = append(links, s.link("up", http.MethodGet, "/v2/checkout/orders/"+a.Order))
	v := stage.Members{
		"id": a.ID, "status": a.Status, "amount": a.Amount.view(), "create_time": shown(a.Created), "update_time": shown(a.Created),
		"expiration_time": shown(a.ends()), "links": links,
		"supplementary_data": stage.Members{"related_ids": stage.Members{"order_id": a.Order}},
	}
	ours(v, o)
	if a.Reason != "" {
		v["status_details"] = stage.Members{"reason": a.Reason}
	}
	return v
}

// ours adds what the merchant has put on an order.
func ours(v stage.Members, o *order) {
	if o.Custom != "" {
		v["custom_id"] = o.Custom
	}
	if o.Invoice != "" {
		v["invoice_id"] = o.Invoice
	}
}

// review ends the review of an authorization.
func (s *state) review(a *authorization, status string) {
	a.Status, a.Reason = status, ""
	if status == isDenied {
		s.effect("authorize_failed", a.ID, a.Amount, "")
		s.tell("PAYMENT.AUTHORIZATION.VOIDED", "authorization", "A payment authorization was voided", a.view(s))
		return
	}
	s.tell("PAYMENT.AUTHORIZATION.CREATED", "authorization", "A payment authorization was created", a.view(s))
}
