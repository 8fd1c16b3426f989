package sqlstore

import (
	"context"
	"fmt"
	"strings"
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
// lanes for the first thousand. It is one statement.
func (db *database) Sizes(ctx context.Context) ([]Size, error) {
	var rows []struct {
		Table string `db:"name"`
		Rows  int64  `db:"row_count"`
		Bytes int64  `db:"bytes"`
	}
	if err := db.all(ctx, &rows, sizesOf[db.dialect]); err != nil {
		return nil, err
	}
	all := make([]Size, 0, len(rows))
	for _, r := range rows {
		all = append(all, Size(r))
	}
	return all, nil
}

var sizesOf = map[migrations.Dialect]string{migrations.Postgres: sizesOfPostgres(), migrations.SQLite: sizesOfSQLite()}

// few counts the rows of a table that has only some.
func few(table string) string {
	return fmt.Sprintf(`(select count(*) from (select 1 from %s limit %d) as few)`, table, fewRows)
}

// sizesOfPostgres counts the rows of tables that were never analyzed: there are few.
func sizesOfPostgres() string {
	var counted strings.Builder
	for _, table := range sized {
		counted.WriteString(" when '" + table + "' then " + few(table))
	}
	return `select relname::text as name, case when reltuples >= 0 then reltuples::bigint else case relname` + counted.String() + ` end end as row_count,
		pg_total_relation_size(oid) as bytes
		from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'r' and relname in (` + quoted(sized...) + `) order by relname`
}

func sizesOfSQLite() string {
	each := make([]string, len(sized))
	for i, table := range sized {
		rows := `coalesce((select max(rowid) from ` + table + `) - (select min(rowid) from ` + table + `) + 1, 0)`
		if table == "lanes" { // their numbers are chance: the distance tells nothing, and is beyond 64 bits
			rows = few(table)
		}
		each[i] = `select '` + table + `' as name, ` + rows + ` as row_count, -1 as bytes`
	}
	return strings.Join(each, " union all ")
}

// Skew is how far this machine's clock was ahead of the database's when it was asked
// last, which is about once a second while work is claimed; nothing on SQLite.
// It asks nobody.
func (db *database) Skew() time.Duration {
	return time.Duration(db.clock.shown.Load())
}
