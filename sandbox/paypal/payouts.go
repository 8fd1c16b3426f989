package paypal

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// claimTime is how long a payout waits for a receiver without an account (official API).
const claimTime = 30 * 24 * time.Hour

// The states of payout items, besides isPending and isFailed.
const (
	isSuccess   = "SUCCESS"
	isUnclaimed = "UNCLAIMED"
	isReturned  = "RETURNED"
	isOnHold    = "ONHOLD"
	isBlocked   = "BLOCKED"
	isGivenBack = "REFUNDED"
	isReversed  = "REVERSED"
)

// payout is a batch.
type payout struct {
	ID, Sender, Subject string
	Items               []*payoutItem
	Created             time.Time
	Timer               uint64
}

// Name implements stage.Object.
func (p *payout) Name() string { return p.ID }

// payoutItem is money for one receiver.
type payoutItem struct {
	ID, Transaction      string
	Kind, Receiver, Note string
	Sender               string // sender_item_id
	Amount               money
	Status               string
	Processed            time.Time
}

type newPayout struct {
	Header *struct {
		ID      string `json:"sender_batch_id"`
		Kind    string `json:"recipient_type"`
		Subject string `json:"email_subject"`
	} `json:"sender_batch_header"`
	Items []struct {
		Kind     string    `json:"recipient_type"`
		Amount   *amountIn `json:"amount"`
		Receiver string    `json:"receiver"`
		Note     string    `json:"note"`
		Sender   string    `json:"sender_item_id"`
	} `json:"items"`
}

func (c *call) createPayout() (answer, error) {
	in, err := read[newPayout](c)
	if err != nil {
		return answer{}, err
	}
	if in.Header == nil || len(in.Items) == 0 {
		return answer{}, invalid("sender_batch_header", "MISSING_REQUIRED_PARAMETER")
	}
	if first := c.sentBefore(in.Header.ID); first != nil {
		again := &refusal{status: http.StatusBadRequest, field: "SENDER_BATCH_ID", issue: "USER_BUSINESS_ERROR"}
		again.links = []stage.Members{c.link("self", http.MethodGet, "/v1/payments/payouts/"+first.ID)}
		return answer{}, again
	}
	p := &payout{ID: c.newID()[:13], Sender: in.Header.ID, Subject: in.Header.Subject, Created: c.Now().UTC()}
	sums := map[string]int64{}
	for _, it := range in.Items {
		m, err := it.Amount.read("items.amount")
		if err != nil {
			return answer{}, err
		}
		item := &payoutItem{
			ID: c.newID()[:13], Transaction: c.newID(), Kind: stage.Or(it.Kind == "", in.Header.Kind, it.Kind), Receiver: it.Receiver, Note: it.Note,
			Sender: it.Sender, Amount: m, Processed: c.Now().UTC(),
		}
		switch {
		case !slices.Contains([]string{"EMAIL", "PAYPAL_ID", "PHONE", "USER_HANDLE"}, item.Kind):
			return answer{}, invalid("items.recipient_type", "INVALID_PARAMETER_VALUE")
		case item.Receiver == "" || len(item.Receiver) > 127 || len(item.Sender) > 63:
			return answer{}, invalid("items.receiver", "INVALID_PARAMETER_SYNTAX")
		}
		sums[m.Currency] += m.Minor
		p.Items = append(p.Items, item)
	}
	for currency, sum := range sums {
		if sum > c.available(currency) {
			return answer{}, unprocessable("INSUFFICIENT_FUNDS")
		}
	}
	c.Payouts.Add(p)
	for _, item := range p.Items {
		c.payOut(p, item)
	}
	c.comeBack(p)
	return answer{status: http.StatusCreated, object: p}, nil
}

// sentBefore is the batch of the last 30 days with an id of the sender.
func (c *call) sentBefore(sender string) *payout {
	for _, p := range c.Payouts.All {
		if sender != "" && p.Sender == sender && c.Now().Before(p.Created.Add(keepPayout)) {
			return p
		}
	}
	return nil
}

// payOut carries an item out as its receiver lets it. The balance pays at once.
func (c *call) payOut(p *payout, item *payoutItem) {
	item.Status = cmp.Or(c.Accounts[item.Receiver], c.Accounts[anybody], isSuccess)
	if paysNothing(item.Status) {
		c.effect("payout_failed", item.ID, item.Amount, c.key)
	} else {
		c.book(item.Amount.Currency, -item.Amount.Minor)
		c.effect("payout", item.ID, item.Amount, c.key)
	}
	c.tellItem(p, item)
}

// paysNothing reports whether the money of an item is with the sender.
func paysNothing(status string) bool {
	return slices.Contains([]string{isFailed, isReturned, isBlocked, isGivenBack, isReversed}, status)
}

// comeBack sets when unclaimed money returns.
func (s *state) comeBack(p *payout) {
	if !slices.ContainsFunc(p.Items, func(i *payoutItem) bool { return i.Status == isUnclaimed }) {
		return
	}
	p.Timer = s.Timers.Set(p.Created.Add(claimTime), func(time.Time) {
		for _, item := range p.Items {
			if item.Status == isUnclaimed {
				s.endItem(p, item, isReturned)
			}
		}
	})
}

// endItem gives an item another state.
func (s *state) endItem(p *payout, item *payoutItem, status string) {
	before := item.Status
	item.Status, item.Processed = status, s.Now().UTC()
	if paysNothing(status) && !paysNothing(before) {
		s.book(item.Amount.Currency, item.Amount.Minor)
		s.effect("payout_returned", item.ID, item.Amount, "")
	}
	s.tellItem(p, item)
}

// tellItem sends the event of an item's state.
func (s *state) tellItem(p *payout, item *payoutItem) {
	name := map[string]string{isSuccess: "SUCCEEDED", isOnHold: "HELD"}[item.Status]
	if name = stage.Or(name == "", item.Status, name); item.Status == isPending {
		return
	}
	s.tell("PAYMENT.PAYOUTS-ITEM."+name, "payouts_item", "A payout item is "+item.Status, item.view(s, p))
}

// itemNamed finds an item with its batch.
func (s *state) itemNamed(id string) (*payout, *payoutItem) {
	for _, p := range s.Payouts.All {
		for _, item := range p.Items {
			if item.ID == id {
				return p, item
			}
		}
	}
	return nil, nil
}

func (c *call) payoutItem() (answer, error) {
	p, item := c.itemNamed(c.id())
	if p == nil {
		return answer{}, &refusal{status: http.StatusNotFound, issue: "INVALID_RESOURCE_ID"}
	}
	return answer{status: http.StatusOK, body: item.view(c.state, p)}, nil
}

func (c *call) cancelPayoutItem() (answer, error) {
	p, item := c.itemNamed(c.id())
	switch {
	case p == nil:
		return answer{}, &refusal{status: http.StatusNotFound, issue: "INVALID_RESOURCE_ID"}
	case item.Status != isUnclaimed:
		return answer{}, &refusal{status: http.StatusBadRequest, issue: "ITEM_INCORRECT_STATUS"}
	}
	c.endItem(p, item, isReturned)
	return answer{status: http.StatusOK, body: item.view(c.state, p)}, nil
}

func (p *payout) view(s *state) stage.Members {
	status := isSuccess
	for _, item := range p.Items {
		if item.Status == isPending {
			status = "PROCESSING"
		}
	}
	var sum int64
	items := []stage.Members{}
	for _, item := range p.Items {
		sum += item.Amount.Minor
		items = append(items, item.view(s, p))
	}
	return stage.Members{
		"batch_header": stage.Members{
			"payout_batch_id": p.ID, "batch_status": status, "time_created": shown(p.Created),
			"sender_batch_header": stage.Members{"sender_batch_id": p.Sender, "email_subject": p.Subject},
			"amount":              p.Items[0].Amount.of(sum).paidOut(), "fees": p.Items[0].Amount.of(0).paidOut(),
		},
		"items": items, "links": []stage.Members{s.link("self", http.MethodGet, "/v1/payments/payouts/"+p.ID)},
	}
}

func (i *payoutItem) view(s *state, p *payout) stage.Members {
	sent := stage.Members{"recipient_type": i.Kind, "amount": i.Amount.paidOut(), "receiver": i.Receiver, "note": i.Note, "sender_item_id": i.Sender}
	v := stage.Members{
		"payout_item_id": i.ID, "transaction_id": i.Transaction, "transaction_status": i.Status, "payout_batch_id": p.ID,
		"payout_item_fee": i.Amount.of(0).paidOut(), "payout_item": sent, "time_processed": shown(i.Processed), "sender_batch_id": p.Sender,
		"links": []stage.Members{s.link("item", http.MethodGet, "/v1/payments/payouts-item/"+i.ID), s.link("batch", http.MethodGet, "/v1/payments/payouts/"+p.ID)},
	}
	if i.Status == isUnclaimed {
		v["errors"] = stage.Members{"name": "RECEIVER_UNREGISTERED", "message": "Receiver is unregistered"}
	}
	return v
}
