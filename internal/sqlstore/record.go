package sqlstore

import (
	"context"
	"fmt"
	"strings"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// DealsByID finds deals of a community by their ids, as many as a page has; those that it does not have are missing.
func (db Finder) DealsByID(ctx context.Context, community int64, ids []int64) ([]orchestrator.Transaction, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	args, places := among([]any{community}, ids[:min(len(ids), maxPage)])
	return db.deals(ctx, dealTable.selection(`where community_id = $1 and id in (`+places+`)`), args...)
}

// Dealings are the newest deals of a user, orchestrator.MaxRecorded at most, found with one index range per role. A dispute is
// looked for in the steps of each of them, by its key.
func (db Finder) Dealings(ctx context.Context, community int64, user string, disputes []process.State) ([]orchestrator.Dealing, error) {
	args := []any{community, user, orchestrator.MaxRecorded}
	args, states := among(args, texts(disputes))
	ids := make([]string, len(roles))
	for i, role := range roles {
		ids[i] = fmt.Sprintf(`select id from (select id from transactions where community_id = $1 and %s order by id desc limit $3) as r%d`, strings.ReplaceAll(role, "$4", "$2"), i)
	}
	var rows []struct {
		Process  string        `db:"process"`
		State    process.State `db:"state"`
		Buyer    string        `db:"buyer"`
		Seller   string        `db:"seller"`
		Held     int64         `db:"held"`
		Released int64         `db:"released"`
		Refunded int64         `db:"refunded"`
		Disputed int           `db:"disputed"`
	}
	err := db.all(ctx, &rows, `select t.process, t.state, t.buyer, t.seller, t.held + t.authorized as held, t.released, t.refunded,
			case when exists (select 1 from transaction_log l where l.transaction_id = t.id and l.to_state in (`+states+`)) then 1 else 0 end as disputed
		from transactions t where t.id in (`+strings.Join(ids, " union ")+`) order by t.id desc limit $3`, args...)
	all := make([]orchestrator.Dealing, len(rows))
	for i, r := range rows {
		all[i] = orchestrator.Dealing{Process: r.Process, State: r.State, Buyer: r.Buyer, Seller: r.Seller, Open: r.Held > 0, Released: r.Released, Refunded: r.Refunded, Disputed: r.Disputed == 1}
	}
	return all, err
}
