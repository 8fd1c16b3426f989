package exchange

import (
	"fmt"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/notices"
)

// Occasions of e-mails, as their templates are called.
const (
	mailCreated   = "offer_created"
	mailPaid      = "payment_indicated"
	mailCancelled = "offer_cancelled"
	mailSaleOff   = "sale_cancelled" // to the buyer, who may appeal
	mailReleased  = "funds_released"
	mailExpired   = "order_expired" // to the buyer, who may appeal
	mailUnpaid    = "offer_expired" // to the seller
	mailDisputed  = "order_disputed"
	mailResolved  = "dispute_resolved"
)

// words are what a letter says in addition to the names of both sides.
type words struct {
	amount money.Amount // nothing is not mentioned
	reason string
	until  time.Time
}

// whole is the order's amount.
func (t *telling) whole() words { return words{amount: t.tx.Price} }

// shareOf is what somebody gets in the end.
func (t *telling) shareOf(minor int64, reason string) words {
	return words{amount: money.New(minor, t.tx.Price.Currency()), reason: reason}
}

// mail adds an e-mail for each of the users. Its id is the same for every repeat,
// and fit to begin a Message-ID.
func (t *telling) mail(kind string, w words, users ...string) {
	for _, user := range users {
		l := notices.About(strconv.FormatInt(t.tx.ID, 10), w.amount)
		l.Recipient, l.Counterparty = t.user[user].Name, t.user[other(t.tx, user)].Name
		l.Reason, l.Happened, l.Until = w.reason, t.e.At, w.until
		data, err := l.JSON()
		if err != nil {
			t.err = err
			return
		}
		side := "buyer"
		if user == t.tx.Seller {
			side = "seller"
		}
		t.news.Mails = append(t.news.Mails, notices.Mail{
			ID:          fmt.Sprintf("%d.%d.%s.%s", t.tx.ID, t.e.Sequence, kind, side),
			CommunityID: t.tx.CommunityID, UserID: user, Kind: kind, Data: data, At: t.e.At,
		})
	}
}
