package sqlstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
)

type accountRow struct {
	Account  string `db:"account"`
	Currency string `db:"currency"`
	Balance  int64  `db:"balance"`
	Posted   int64  `db:"posted"`
	Hold     string `db:"hold"`
	Sum      int64  `db:"posted_sum"`
}

// evidence is an account beside the sum of its postings, both of one moment.
const evidence = `select a.account, a.currency, a.balance, a.posted, a.hold,
	(select cast(coalesce(sum(p.amount), 0) as bigint) from postings p
		where p.community_id = $1 and p.account = $2 and p.currency = $3 and (p.account like 'available:%' or p.account like 'frozen:%')) as posted_sum
	from accounts a where a.community_id = $1 and a.account = $2 and a.currency = $3`

// Examine implements orchestrator.Guard.
func (db Guard) Examine(ctx context.Context, community int64, a ledger.Account, c money.Currency) (string, error) {
	var r accountRow
	found, err := db.one(ctx, &r, evidence, community, a.String(), string(c))
	if err != nil || !found || r.Hold != "" {
		return r.Hold, err
	}
	const at = ` where community_id = $1 and account = $2 and currency = $3 and balance = $4 and posted = $5`
	if r.Balance == r.Sum {
		if r.Posted != r.Sum { // written by an older version, beside this one
			_, err = db.exec(ctx, `update accounts set posted = balance`+at, community, a.String(), string(c), r.Balance, r.Posted)
		}
		return "", err
	}
	why := fmt.Sprintf("the balance is %d %s and its postings sum to %d", r.Balance, c, r.Sum)
	n, err := db.exec(ctx, `update accounts set hold = $6, held_at = $7`+at, community, a.String(), string(c), r.Balance, r.Posted, why, stamp{db.now()})
	if err == nil && n == 0 {
		return db.Examine(ctx, community, a, c) // it moved meanwhile
	}
	return why, err
}

// CommunityHold implements orchestrator.Guard.
func (db Guard) CommunityHold(community int64) string {
	if held := db.held.Load(); held != nil {
		return (*held)[community]
	}
	return ""
}

// loadHolds reads which communities are on hold. One that has come to it is an error,
// once.
func (db *database) loadHolds(ctx context.Context) error {
	var rows []struct {
		ID   int64  `db:"id"`
		Hold string `db:"hold"`
	}
	if err := db.all(ctx, &rows, `select id, hold from communities where hold <> ''`); err != nil {
		return err
	}
	held := make(map[int64]string, len(rows))
	for _, r := range rows {
		held[r.ID] = r.Hold
	}
	before := db.held.Swap(&held)
	var news error
	for community, why := range held {
		if before == nil || (*before)[community] == "" {
			news = errors.Join(news, fmt.Errorf("community %d is on hold and pays nothing: %s", community, why))
		}
	}
	return news
}

// Holds implements orchestrator.Guard.
func (db Guard) Holds(ctx context.Context, community int64) ([]orchestrator.Hold, error) {
	var holds []orchestrator.Hold
	var why string
	if _, err := db.one(ctx, &why, `select hold from communities where id = $1`, community); err != nil {
		return nil, err
	}
	if why != "" {
		holds = append(holds, orchestrator.Hold{CommunityID: community, Reason: why})
	}
	var rows []accountRow
	if err := db.all(ctx, &rows, `select account, currency, balance, posted, hold from accounts
		where community_id = $1 and hold <> '' order by account, currency`, community); err != nil {
		return nil, err
	}
	for _, r := range rows {
		a, err := ledger.ParseAccount(r.Account)
		if err != nil {
			return nil, err
		}
		holds = append(holds, orchestrator.Hold{CommunityID: community, Account: a, Currency: money.Currency(r.Currency), Reason: r.Hold})
	}
	return holds, nil
}

// EndHold implements orchestrator.Guard.
func (db Guard) EndHold(ctx context.Context, h orchestrator.Hold, by orchestrator.By) error {
	none := fault.New(fault.NotFound, "not_on_hold", "there is no such hold")
	if h.Account == (ledger.Account{}) {
		data := map[string]string{"was": db.CommunityHold(h.CommunityID)}
		err := db.act(ctx, by.Act(h.CommunityID, "hold.end", h.Object(), data), func(u unit) error {
			n, err := u.exec(ctx, `update communities set hold = '' where id = $1 and hold <> ''`, h.CommunityID)
			if err == nil && n == 0 {
				err = none
			}
			return err
		})
		if err != nil {
			return err
		}
		return db.loadHolds(ctx)
	}
	var r accountRow
	found, err := db.one(ctx, &r, evidence, h.CommunityID, h.Account.String(), string(h.Currency))
	switch {
	case err != nil:
		return err
	case !found || r.Hold == "":
		return none
	case r.Sum < 0:
		return fault.New(fault.Conflict, "ledger_below_zero", "the postings of this account sum to %d; book what is missing first", r.Sum)
	}
	data := map[string]string{"was": r.Hold, "balance_before": fmt.Sprint(r.Balance), "balance": fmt.Sprint(r.Sum)}
	return db.act(ctx, by.Act(h.CommunityID, "hold.end", h.Object(), data), func(u unit) error {
		n, err := u.exec(ctx, `update accounts set balance = $5, posted = $5, hold = ''
			where community_id = $1 and account = $2 and currency = $3 and balance = $4 and hold <> ''`,
			h.CommunityID, h.Account.String(), string(h.Currency), r.Balance, r.Sum)
		if err == nil && n == 0 {
			err = fault.New(fault.Conflict, "busy", "the account is being changed; try again")
		}
		return err
	})
}
