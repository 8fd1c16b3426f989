package sqlstore

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
)

// differing is a row of differences, as far as it is told of.
type differing struct {
	CommunityID   int64  `db:"community_id"` // 0: it is not known whose it is
	Gateway       string `db:"gateway"`
	Fingerprint   string `db:"fingerprint"`
	Class         string `db:"class"`
	What          string `db:"what"`
	PaymentID     string `db:"payment_id"`
	TransactionID int64  `db:"transaction_id"`
	Account       string `db:"account"`
	Here          int64  `db:"here"`
	There         int64  `db:"there"`
	Currency      string `db:"currency"`
	FirstSeen     stamp  `db:"first_seen"`
}

// ofDifference is its key, which begins every statement about one.
const ofDifference = ` where community_id = $1 and gateway = $2 and fingerprint = $3`

func (d differing) key() row { return row{d.CommunityID, d.Gateway, d.Fingerprint} }

// SaveDifferences implements orchestrator.Differences. Each is told of in the transaction that
// notes it, so that a comparison that is broken off tells nothing twice.
func (db TaskList) SaveDifferences(ctx context.Context, gateway string, from, at time.Time, found []orchestrator.Difference, complete bool) error {
	for _, d := range found {
		if !storable(d.PaymentID) || !storable(d.What) {
			continue
		}
		r := differing{
			CommunityID: d.CommunityID, Gateway: gateway, Class: string(d.Class), What: d.What, PaymentID: d.PaymentID, TransactionID: d.TransactionID,
			Here: d.Here.Minor(), There: d.There.Minor(), Currency: string(cmp.Or(d.Here.Currency(), d.There.Currency())), FirstSeen: stamp{at},
		}
		if d.Account.Owner != "" {
			r.Account = d.Account.String()
		}
		r.Fingerprint = strings.Join([]string{r.Class, r.What, cmp.Or(r.PaymentID, r.Account, strconv.FormatInt(r.TransactionID, 10))}, ":")
		if err := db.differs(ctx, r, d.Advice, at.Add(-d.Age), at); err != nil {
			return err
		}
	}
	if !complete {
		return nil
	}
	if err := db.differNoMore(ctx, gateway, from, at); err != nil {
		return err
	}
	return db.noteLook(ctx, orchestrator.Look{Who: gateway, At: at, Found: len(found)})
}

// differs notes a difference, and tells of one that was not there when it was last looked for.
func (db TaskList) differs(ctx context.Context, d differing, advice string, made, at time.Time) error {
	return db.announcing(ctx, func(u announcer) error {
		isNew, err := u.noteDifference(ctx, d, advice, made, at)
		if err != nil || !isNew {
			return err
		}
		return u.announceDifference(ctx, events.DifferenceFound, d, at)
	})
}

func (u announcer) noteDifference(ctx context.Context, d differing, advice string, made, at time.Time) (isNew bool, err error) {
	n, err := u.exec(ctx, `insert into differences (community_id, gateway, fingerprint, class, what, payment_id, transaction_id, account,
			here, there, currency, advice, made_at, first_seen, last_seen)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14) on conflict (community_id, gateway, fingerprint) do nothing`,
		append(d.key(), d.Class, d.What, d.PaymentID, d.TransactionID, d.Account, d.Here, d.There, d.Currency, advice, stamp{made}, stamp{at})...)
	if err != nil || n == 1 {
		return n == 1, err
	}
	now := append(d.key(), d.Here, d.There, advice, stamp{at})
	n, err = u.exec(ctx, `update differences set here = $4, there = $5, advice = $6, last_seen = $7, first_seen = $7, ended_at = null`+
		ofDifference+` and ended_at is not null`, now...)
	if err != nil || n == 1 {
		return n == 1, err
	}
	_, err = u.exec(ctx, `update differences set here = $4, there = $5, advice = $6, last_seen = $7`+ofDifference, now...)
	return false, err
}

// differNoMore ends the differences that a whole comparison would have found and has not.
func (db TaskList) differNoMore(ctx context.Context, gateway string, from, at time.Time) error {
	const gone = ` and ended_at is null and last_seen < `
	var over []differing
	err := db.all(ctx, &over, `select community_id, gateway, fingerprint, class, what, payment_id, transaction_id, account, here, there, currency, first_seen
		from differences where gateway = $1`+gone+`$3 and (made_at >= $2 or account <> '') order by first_seen, fingerprint`, gateway, stamp{from}, stamp{at})
	for _, d := range over {
		if err != nil {
			break
		}
		err = db.announcing(ctx, func(u announcer) error {
			n, err := u.exec(ctx, `update differences set ended_at = $4`+ofDifference+gone+`$4`, append(d.key(), stamp{at})...)
			if err != nil || n == 0 {
				return err
			}
			return u.announceDifference(ctx, events.DifferenceResolved, d, at)
		})
	}
	return err
}

// announceDifference tells whose it is: of one that belongs to nobody, the only marketplace that there is.
func (u announcer) announceDifference(ctx context.Context, happened events.Type, d differing, at time.Time) error {
	owner := d.CommunityID
	if owner == 0 {
		if err := u.tx.GetContext(ctx, &owner, `select case when count(*) = 1 then min(id) else 0 end from communities`); err != nil || owner == 0 {
			return readError(err)
		}
	}
	about := events.Object{Type: events.Community, Number: owner}
	if d.TransactionID != 0 {
		var reference []string
		if err := u.tx.SelectContext(ctx, &reference, `select external_reference from transactions where community_id = $1 and id = $2`, owner, d.TransactionID); err != nil {
			return readError(err)
		}
		about = events.Object{Type: events.Deal, Number: d.TransactionID, Reference: strings.Join(reference, "")}
	}
	c := money.Currency(d.Currency)
	return u.announce(ctx, events.Announcement{CommunityID: owner, Type: happened, TransactionID: d.TransactionID, Object: about, At: at}, map[string]any{
		"gateway": d.Gateway, "class": d.Class, "what": d.What, "payment_id": d.PaymentID, "account": d.Account,
		"here": events.MoneyOf(money.New(d.Here, c)), "there": events.MoneyOf(money.New(d.There, c)), "since": d.FirstSeen.at.UTC(),
	})
}
