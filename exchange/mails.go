package exchange

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/handsel-dev/handsel/feed"
)

// Occasions of e-mails, as their templates are called.
const (
	mailCreated   = "offer_created"
	mailPaid      = "payment_indicated"
	mailCancelled = "offer_cancelled"
	mailReleased  = "funds_released"
	mailExpired   = "order_expired"
	mailDisputed  = "order_disputed"
	mailResolved  = "dispute_resolved"
)

// letter fills a template. Its members are those that the templates know.
type letter struct {
	Marketplace  string
	Recipient    string
	Counterparty string
	Amount       string
	Currency     string
	OrderID      string
	Reason       string
	Link         string
}

// whole is the order's amount as people write it.
func (t *telling) whole() string { return decimal(t.tx.Price.Minor()) }

// shareOf is what somebody gets in the end; nothing is not mentioned.
func shareOf(minor int64) string {
	if minor == 0 {
		return ""
	}
	return decimal(minor)
}

// mail adds an e-mail for each of the users. Its id is the same for every repeat,
// and fit to be a Message-ID.
func (t *telling) mail(kind, reason, amount string, users ...string) {
	for _, user := range users {
		l := letter{
			Marketplace: t.s.Marketplace, Recipient: t.user[user].Name, Counterparty: t.user[other(t.tx, user)].Name,
			Amount: amount, Currency: string(t.tx.Price.Currency()), OrderID: strconv.FormatInt(t.tx.ID, 10),
			Reason: reason, Link: t.s.Link(t.tx.ID),
		}
		data, err := json.Marshal(l)
		if err != nil {
			t.err = err
			return
		}
		side := "buyer"
		if user == t.tx.Seller {
			side = "seller"
		}
		t.news.Mails = append(t.news.Mails, feed.Mail{
			ID:          fmt.Sprintf("%d.%d.%s.%s@%s", t.tx.ID, t.e.Sequence, kind, side, t.s.MailDomain),
			CommunityID: t.tx.CommunityID, UserID: user, Kind: kind, Data: data, At: t.e.At,
		})
	}
}
