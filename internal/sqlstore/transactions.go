package sqlstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/handsel-dev/handsel/orchestrator"
)

// Transaction implements orchestrator.Deals.
func (db Deals) Transaction(ctx context.Context, community, id int64) (orchestrator.Transaction, error) {
	return db.transaction(ctx, `where id = $1 and community_id = $2`, id, community)
}

// FindPayment implements orchestrator.Deals.
func (db Deals) FindPayment(ctx context.Context, gateway, paymentID string) (orchestrator.Transaction, error) {
	return db.transaction(ctx, `where gateway = $1 and payment_id = $2 and payment_id <> ''`, gateway, paymentID)
}

func (db *database) transaction(ctx context.Context, where string, args ...any) (orchestrator.Transaction, error) {
	t, found, err := findOne(ctx, db, dealTable, where, args...)
	if err == nil && !found {
		err = notFound()
	}
	if err != nil {
		return orchestrator.Transaction{}, err
	}
	return t, db.openDeal(ctx, &t)
}

const maxPage = 100

// List implements orchestrator.Deals. A limit outside 1 to 100 is 100.
func (db Deals) List(ctx context.Context, f orchestrator.Filter) ([]orchestrator.Transaction, error) {
	noted, err := db.labelConditions("", f.ExternalReference, f.Metadata)
	if err != nil {
		return nil, err
	}
	query, args := listQuery(f, noted)
	return db.deals(ctx, query, args...)
}

// roles are the ways to be a party of a deal, each with an index of its own.
var roles = []string{
	"buyer = $4", "seller = $4",
	"starter = $4 and starter <> buyer and starter <> seller", "author = $4 and author <> buyer and author <> seller",
}

// listQuery finds a page of deals, newest first. Those of a party are found with
// one index range per role.
func listQuery(f orchestrator.Filter, noted []condition) (string, []any) {
	args := pageOf(f.CommunityID, f.Before, f.Limit)
	if f.Party != "" {
		args = append(args, f.Party)
	}
	where, args := conditioned("community_id = $1 and id < $2", args, append(conditions(f), noted...))
	if f.Party == "" {
		return dealTable.selection(`where ` + where + ` order by id desc limit $3`), args
	}
	ids := make([]string, len(roles))
	for i, role := range roles {
		ids[i] = fmt.Sprintf(`select id from (select id from transactions where %s and %s order by id desc limit $3) as r%d`, where, role, i)
	}
	return dealTable.selection(`where id in (` + strings.Join(ids, " union ") + `) order by id desc limit $3`), args
}

// Payouts implements orchestrator.Deals. A limit outside 1 to 100 is 100.
func (db Deals) Payouts(ctx context.Context, f orchestrator.PayoutFilter) ([]orchestrator.Transaction, error) {
	args := pageOf(f.CommunityID, f.Before, f.Limit)
	args, gateways := among(args, f.Gateways)
	where := "where community_id = $1 and id < $2 and gateway in (" + gateways + ")"
	switch f.Status {
	case orchestrator.PayoutDue:
		where += " and payout_due > 0"
	case orchestrator.PayoutPaid:
		where += " and released > withheld and payout_due = 0"
	default:
		where += " and released > withheld"
	}
	if f.ID != 0 {
		args = append(args, f.ID)
		where += " and id = $" + strconv.Itoa(len(args))
	}
	if f.Seller != "" {
		args = append(args, f.Seller)
		where += " and seller = $" + strconv.Itoa(len(args))
	}
	return db.deals(ctx, dealTable.selection(where+" order by id desc limit $3"), args...)
}

// refusedOften is how many tries of a timer make a deal one for a person.
const refusedOften = 3

// condition is a part of a where clause with a question mark per value.
type condition struct {
	text   string
	values []any
}

func conditions(f orchestrator.Filter) []condition {
	var all []condition
	if f.State != "" {
		all = append(all, condition{"state = ?", []any{string(f.State)}})
	}
	if f.Process != "" {
		all = append(all, condition{`process like ? escape '!'`, []any{strings.ReplaceAll(f.Process, "_", "!_") + "@%"}})
	}
	if f.ListingID != 0 {
		all = append(all, condition{"listing_id = ?", []any{f.ListingID}})
	}
	var either []string
	var values []any
	for _, s := range f.States {
		either, values = append(either, "?"), append(values, string(s))
	}
	var wanted []string
	if f.Attention {
		wanted = append(wanted, "attention <> ''")
	}
	if len(either) > 0 {
		wanted = append(wanted, "state in ("+strings.Join(either, ", ")+")")
	}
	if f.Attention && len(f.Refused) > 0 {
		var names []string
		for _, name := range f.Refused {
			names, values = append(names, "?"), append(values, string(name))
		}
		wanted = append(wanted, fmt.Sprintf("exists (select 1 from timers r where r.transaction_id = transactions.id and r.attempts >= %d and r.name in (%s))",
			refusedOften, strings.Join(names, ", ")))
	}
	if len(wanted) > 0 {
		all = append(all, condition{"(" + strings.Join(wanted, " or ") + ")", values})
	}
	return all
}

// each turns rows into what they stand for.
func each[R, T any](rows []R, one func(R) T) []T {
	all := make([]T, len(rows))
	for i, r := range rows {
		all[i] = one(r)
	}
	return all
}

// convert is each of what may fail.
func convert[R, T any](rows []R, one func(R) (T, error)) ([]T, error) {
	all := make([]T, 0, len(rows))
	for _, r := range rows {
		t, err := one(r)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

// Timeline implements orchestrator.Deals.
func (db Deals) Timeline(ctx context.Context, id int64) ([]orchestrator.LogEntry, error) {
	rows, err := find(ctx, db, logTable, `where transaction_id = $1 order by revision`, id)
	return each(rows, func(l logLine) orchestrator.LogEntry { return l.LogEntry }), err
}

// Events implements orchestrator.Deals.
func (db Deals) Events(ctx context.Context, id int64) ([]orchestrator.Event, error) {
	return find(ctx, db, eventTable, `where transaction_id = $1 order by sequence`, id)
}
