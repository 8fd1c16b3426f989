package pgtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lib/pq"
)

// To make a database is to make hundreds of files, and its first sessions read the whole
// catalogue. So a copy that a test is done with is emptied and given to the next one. One
// that is no longer what the template was but for its rows is left alone.

// pattern is what a template is like, and its copies as long as only rows change.
type pattern struct {
	schema string            // another text after any change of the schema
	size   int64             // in bytes
	rows   map[string]string // a statement each that puts in the template's rows
}

// schemaOf: every change of the schema leaves a catalogue with a row that is newer, or with
// fewer. The rows that PostgreSQL itself brings are left out, thousands that nobody changes. A
// table that was analyzed has a plan of its own.
const schemaOf = `select concat_ws(' ',
	(select count(*) || ':' || max(xmin::text::bigint) from pg_class where oid >= 16384),
	(select count(*) || ':' || max(xmin::text::bigint) from pg_attribute where attrelid >= 16384),
	(select count(*) || ':' || max(xmin::text::bigint) from pg_index where indexrelid >= 16384),
	(select count(*) || ':' || max(xmin::text::bigint) from pg_constraint where oid >= 16384),
	(select count(*) || ':' || max(xmin::text::bigint) from pg_trigger where oid >= 16384),
	(select count(*) || ':' || max(xmin::text::bigint) from pg_proc where oid >= 16384),
	(select count(*) || ':' || max(xmin::text::bigint) from pg_namespace where oid >= 16384),
	(select count(*) from pg_class where relnamespace = current_schema()::regnamespace and reltuples >= 0),
	(select count(*) from pg_db_role_setting where setdatabase = (select oid from pg_database where datname = current_database()))),
	pg_database_size(current_database())`

// most is how much larger than its template a copy may have grown.
const most = 2 << 20

func patternOf(ctx context.Context, address string) (p pattern, err error) {
	db, err := sql.Open("postgres", address)
	if err != nil {
		return p, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.QueryRowContext(ctx, schemaOf).Scan(&p.schema, &p.size); err != nil {
		return p, err
	}
	tables, err := tablesOf(ctx, db, "true")
	if err != nil {
		return p, err
	}
	p.rows = map[string]string{}
	for _, table := range tables {
		name, rows := pq.QuoteIdentifier(table), ""
		if err := db.QueryRowContext(ctx, `select coalesce(json_agg(t)::text, '') from `+name+` t`).Scan(&rows); err != nil {
			return p, err
		}
		if rows != "" {
			p.rows[table] = fmt.Sprintf("insert into %s overriding system value select * from json_populate_recordset(null::%[1]s, %s);\n", name, pq.QuoteLiteral(rows))
		}
	}
	return p, nil
}

// tablesOf are those of which something is true, in order.
func tablesOf(ctx context.Context, db *sql.DB, is string) (tables []string, err error) {
	err = db.QueryRowContext(ctx, `select array_agg(relname::text order by relname) from pg_class
		where relnamespace = current_schema()::regnamespace and relkind = 'r' and `+is).Scan(pq.Array(&tables))
	return tables, err
}

// reset are the statements that leave a copy with the template's rows alone. What never had a
// row, which most tables have not, is left out.
func (p pattern) reset(ctx context.Context, db *sql.DB) (string, error) {
	used, err := tablesOf(ctx, db, "pg_relation_size(oid) > 0")
	if err != nil {
		return "", err
	}
	var text strings.Builder
	text.WriteString("set session_replication_role = replica;\n") // no trigger and no foreign key minds
	for _, table := range used {
		fmt.Fprintf(&text, "delete from %s;\n%s", pq.QuoteIdentifier(table), p.rows[table])
	}
	return text.String(), nil
}

// empty makes a copy what it was at first, and reports whether it is: nobody else has a
// session there, and nothing but rows was changed.
func (p pattern) empty(ctx context.Context, address string) (bool, error) {
	db, err := sql.Open("postgres", address)
	if err != nil {
		return false, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if alone, err := leftAlone(ctx, db); err != nil || !alone {
		return false, err
	}
	var now pattern
	if err := db.QueryRowContext(ctx, schemaOf).Scan(&now.schema, &now.size); err != nil {
		return false, err
	}
	if now.schema != p.schema || now.size > p.size+most {
		return false, nil
	}
	text, err := p.reset(ctx, db)
	if err != nil {
		return false, err
	}
	_, err = db.ExecContext(ctx, text)
	return err == nil, err
}

// leftAlone ends the sessions of others, and waits until they have ended.
func leftAlone(ctx context.Context, db *sql.DB) (bool, error) {
	for range 100 {
		var others int
		if err := db.QueryRowContext(ctx, `select count(pg_terminate_backend(pid)) from pg_stat_activity
			where datname = current_database() and pid <> pg_backend_pid()`).Scan(&others); err != nil || others == 0 {
			return err == nil, err
		}
		<-time.After(10 * time.Millisecond)
	}
	return false, nil
}
