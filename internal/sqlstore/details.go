package sqlstore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/migrations"
)

// stale are payment details that serve nobody any more. No digest covers where they
// stand, neither ads nor the terms of a deal, so the history stays whole without them.
// The conditions are those of partial indexes, and stand in the update once more: what
// was changed since it was found, an ad with a new end, keeps its details.
var stale = []struct {
	what, table, over, by string
	without               map[migrations.Dialect]string
}{
	{"closed ads", "ads", `length(sealed_details) > 0 and status = 'closed' and updated_at < $1`, "updated_at", noBytes},
	{"ads that have ended", "ads", `length(sealed_details) > 0 and ends_at is not null and ends_at < $1`, "ends_at", noBytes},
	// Nothing leads out of these two states: an order that is called back, or a case, is in another.
	{"orders", "transactions", `state in (` + quoted(closedOrder...) + `) and terms -> 'attributes' ->> 'payment_details' <> '' and entered_at < $1
		and process like 'p2p!_order@%' escape '!'`, "entered_at", map[migrations.Dialect]string{
		migrations.Postgres: `terms = terms #- '{attributes,payment_details}'`,
		migrations.SQLite:   `terms = json_remove(terms, '$.attributes.payment_details')`,
	}},
}

var noBytes = map[migrations.Dialect]string{migrations.Postgres: `sealed_details = ''`, migrations.SQLite: `sealed_details = x''`}

// PruneDetails deletes payment details whose time is over, up to a batch of each kind,
// and returns how many went. Now is the time of the deals. Those of an order are never
// deleted while someone may read them.
func (db Pruning) PruneDetails(ctx context.Context, now time.Time, keep Retention) (deleted int64, err error) {
	keep.Orders = max(keep.Orders, exchange.Afterwards)
	for _, s := range stale {
		before := now.Add(-keep.Ads)
		if s.table == "transactions" {
			before = now.Add(-keep.Orders)
		}
		update := fmt.Sprintf(`update %s set %s where id in (select id from %[1]s where %[3]s order by %s limit $2%s) and %[3]s`,
			s.table, s.without[db.dialect], strings.TrimSpace(s.over), s.by, db.skip)
		n, err := db.exec(ctx, update, stamp{before}, pruneBatch)
		if err != nil {
			return deleted, fmt.Errorf("payment details of %s: %w", s.what, err)
		}
		deleted += n
	}
	return deleted, nil
}
