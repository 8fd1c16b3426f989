package paytrail

import (
	"net/http"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// holdTime is how long a hold stands at most (official API).
const holdTime = 7 * 24 * time.Hour

func (c *call) holdAsked() (answer, error)     { return c.payWithToken(true, false) }
func (c *call) chargeAsked() (answer, error)   { return c.payWithToken(true, true) }
func (c *call) holdUnasked() (answer, error)   { return c.payWithToken(false, false) }
func (c *call) chargeUnasked() (answer, error) { return c.payWithToken(false, true) }

// payWithToken makes a payment with a saved card. asked tells that the buyer is there, so that the bank may want 3-D Secure;
// commits that what is held is taken at once.
func (c *call) payWithToken(asked, commits bool) (answer, error) {
	in, err := c.payable()
	if err != nil {
		return answer{}, err
	}
	saved := c.cardWith(in.Token)
	if saved == nil {
		return failedToken("", ""), nil
	}
	p, err := c.opens(in)
	if err != nil {
		return answer{}, err
	}
	p.Card, p.Token, p.Commits = saved.Card, saved.Token, commits
	for _, one := range cards {
		switch {
		case one.card != saved.Card:
		case one.code != "":
			p.Status = isFail
			c.tell(p)
			return failedToken(one.code, one.why), nil
		case one.asks && asked:
			return answer{http.StatusForbidden, p.ID, stage.Members{"transactionId": p.ID, "threeDSecureUrl": c.secureURL(p)}}, nil
		}
	}
	c.hold(p)
	return answer{http.StatusCreated, p.ID, stage.Members{"transactionId": p.ID}}, nil
}

// failedToken is the answer to a payment that the acquirer refused; the code is empty where there is none.
func failedToken(code, why string) answer {
	return answer{status: http.StatusBadRequest, body: stage.Members{
		"status": "error", "message": "Failed to create token payment.", "acquirerResponseCode": code, "acquirerResponseCodeDescription": why,
	}}
}

// cardWith finds the merchant's saved card of a token.
func (c *call) cardWith(token string) *card {
	for _, saved := range c.Cards.All {
		if token != "" && saved.Token == token && saved.Card != "" && (saved.Merchant == "" || saved.Merchant == c.merchant.ID) {
			return saved
		}
	}
	return nil
}

// secureURL is the page on which the buyer's bank asks.
func (s *state) secureURL(p *payment) string {
	return strings.TrimRight(s.cfg.PublicURL, "/") + "/3ds/" + p.ID
}

// held reports whether money is held on the card.
func (p *payment) held() bool { return p.Card != "" && p.Status == isPending }

// hold holds the money of a payment, or takes it, and tells the merchant.
func (s *state) hold(p *payment) {
	if p.Commits {
		s.take(p, "charge")
		return
	}
	p.Status, p.Until = isPending, s.Now().UTC().Add(holdTime)
	s.effect("authorize", p.ID, p.Amount, p.Stamp)
	s.awaitEnd(p)
	s.tell(p)
}

func (s *state) take(p *payment, operation string) {
	p.Status, p.Paid = isOK, s.Now().UTC()
	s.effect(operation, p.ID, p.Amount, p.Stamp)
	s.tell(p)
}

// awaitEnd sets the end of a hold, which the merchant is told of.
func (s *state) awaitEnd(p *payment) {
	p.Timer = s.Timers.Set(p.Until, func(time.Time) {
		if !p.held() {
			return
		}
		p.Status = isFail
		s.effect("hold_expired", p.ID, p.Amount, p.Stamp)
		s.tell(p)
	})
}

// playCardholder plays the buyer whom their bank asks.
func (s *state) playCardholder(p *payment, answer string) error {
	switch {
	case p.Status != isNew:
		return bad("The payment is %s already", p.Status)
	case answer == "success":
		s.hold(p)
	case answer == "declined" || answer == "cancel":
		p.Status = isFail
		s.tell(p)
	default:
		return bad("There is no answer %q to 3-D Secure", answer)
	}
	return nil
}

// held finds the hold that a call is about.
func (c *call) held() (*payment, error) {
	p, ok := c.Payments.Get(c.id)
	if !ok || p.Merchant != c.merchant.ID {
		return nil, refuse(http.StatusNotFound, "Transaction %s does not exist", c.id)
	}
	if p.Card == "" {
		return nil, bad("Transaction %s is not an authorization hold", p.ID)
	}
	return p, nil
}

// commitHold takes what is held, or less, once. The items may be others than those of the hold.
func (c *call) commitHold() (answer, error) {
	p, err := c.held()
	if err != nil {
		return answer{}, err
	}
	in, err := c.payable()
	switch {
	case err != nil:
		return answer{}, err
	case !p.held():
		return answer{}, bad("Transaction %s is %s and cannot be committed", p.ID, p.Status)
	case in.Token != p.Token:
		return answer{}, bad("token is not that of the hold")
	case *in.Amount > p.Amount:
		return answer{}, bad("The amount is more than is held")
	}
	p.Amount, p.Items = *in.Amount, in.Items
	c.take(p, "capture")
	return answer{http.StatusCreated, p.ID, stage.Members{"transactionId": p.ID}}, nil
}

// revertHold lets go what is held. One that still waits for the buyer's bank is ended.
func (c *call) revertHold() (answer, error) {
	p, err := c.held()
	switch {
	case err != nil:
		return answer{}, err
	case p.held():
		c.effect("void", p.ID, p.Amount, p.Stamp)
	case p.Status != isNew:
		return answer{}, bad("Transaction %s is %s and cannot be reverted", p.ID, p.Status)
	}
	p.Status = isFail
	return answer{http.StatusOK, p.ID, stage.Members{"transactionId": p.ID}}, nil
}
