package sqlstore

import (
	"context"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/migrations"
)

// Size is about how large a table is.
type Size struct {
	Table string
	Rows  int64 // about
	Bytes int64 // with its indexes; -1 where that is not known cheaply
}

// sized are the tables that grow: those that are pruned, and those that are kept.
var sized = []string{
	"replies", "inbox", "tickets", "mails", "feed_entries", "events", "messages", "evidence", "intents", "timers", "review_reminders", "told_later",
	"transactions", "transaction_log", "postings", "audit_log", "seals", "lanes", "ads", "listings",
}

// fewRows is how many rows are counted one by one.
const fewRows = 1000

// Sizes tells about how large the tables are, without reading them: PostgreSQL is asked
// for its planner's estimate, SQLite for the distance between the first row and the
// last, which is more than there are where rows between them were deleted, and of
// lanes for the first thousand.
func (db *DB) Sizes(ctx context.Context) ([]Size, error) {
	if db.dialect == migrations.SQLite {
		return db.sizesByRowID(ctx)
	}
	args := make([]any, 0, len(sized))
	args, places := among(args, sized)
	var rows []struct {
		Table string `db:"name"`
		Rows  int64  `db:"row_count"`
		Bytes int64  `db:"bytes"`
	}
	if err := db.all(ctx, &rows, `select relname::text as name, reltuples::bigint as row_count, pg_total_relation_size(oid) as bytes
		from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'r' and relname in (`+places+`) order by relname`, args...); err != nil {
		return nil, err
	}
	all := make([]Size, 0, len(rows))
	for _, r := range rows {
		if r.Rows < 0 { // never analyzed, so there are few
			if _, err := db.one(ctx, &r.Rows, fmt.Sprintf(`select count(*) from (select 1 from %s limit %d) as few`, r.Table, fewRows)); err != nil {
				return nil, err
			}
		}
		all = append(all, Size(r))
	}
	return all, nil
}

func (db *DB) sizesByRowID(ctx context.Context) ([]Size, error) {
	all := make([]Size, 0, len(sized))
	for _, table := range sized {
		s := Size{Table: table, Bytes: -1}
		distance := `select coalesce((select max(rowid) from ` + table + `) - (select min(rowid) from ` + table + `) + 1, 0)`
		if table == "lanes" { // their numbers are chance: the distance tells nothing, and is beyond 64 bits
			distance = fmt.Sprintf(`select count(*) from (select 1 from lanes limit %d) as few`, fewRows)
		}
		if _, err := db.one(ctx, &s.Rows, distance); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// Skew is how far this machine's clock was ahead of the database's when it was asked
// last, which is about once a second while work is claimed; nothing on SQLite.
// It asks nobody.
func (db *DB) Skew() time.Duration {
	return time.Duration(db.clock.shown.Load())
}
