package bench

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	_ "github.com/lib/pq" // the driver "postgres"

	"github.com/handsel-dev/handsel/internal/sqlstore"
)

// command is one statement with its arguments. Those named in ids are replaced
// by the id of the transaction, those in keys by its text.
type command struct {
	text      string
	args      []any
	ids, keys []int
}

func (c command) bind(id int64) []any {
	args := slices.Clone(c.args)
	for _, i := range c.ids {
		args[i] = id
	}
	for _, i := range c.keys {
		args[i] = strconv.FormatInt(id, 10)
	}
	return args
}

// rows are rows of a table as Apply wrote them.
type rows struct {
	table   string
	columns []string
	values  [][]any
}

// openRaw measures prepared SQL that writes the same rows as Apply, over one
// connection per worker. The rows are copied from two commits of Apply.
func openRaw(newURL func(context.Context) (string, error), build func(context.Context, *sql.Conn, []command) (func(context.Context, int64) error, error)) opener {
	return func(ctx context.Context, workers int) (func(int) (worker, error), func() error, error) {
		url, err := newURL(ctx)
		if err != nil {
			return nil, nil, err
		}
		first, second, err := samples(ctx, url)
		if err != nil {
			return nil, nil, err
		}
		db, err := sql.Open("postgres", url)
		if err != nil {
			return nil, nil, err
		}
		db.SetMaxIdleConns(workers)
		var last atomic.Int64
		last.Store(1000)
		each := func(int) (worker, error) {
			conn, err := db.Conn(ctx)
			if err != nil {
				return nil, err
			}
			insert, err := build(ctx, conn, inserts(first))
			if err != nil {
				return nil, err
			}
			update, err := build(ctx, conn, updates(second))
			if err != nil {
				return nil, err
			}
			var id int64
			return func(ctx context.Context, n int64) error {
				if n%2 == 1 {
					return update(ctx, id)
				}
				id = last.Add(1)
				return insert(ctx, id)
			}, nil
		}
		return each, db.Close, nil
	}
}

// oneTrip sends all commands as one prepared statement, which commits by itself.
func oneTrip(ctx context.Context, conn *sql.Conn, commands []command) (func(context.Context, int64) error, error) {
	var with []string
	var all command
	for i, c := range commands {
		text := c.text
		for n := len(c.args); n > 0; n-- {
			text = strings.ReplaceAll(text, "$"+strconv.Itoa(n)+" ", "$"+strconv.Itoa(n+len(all.args))+" ")
		}
		for _, n := range c.ids {
			all.ids = append(all.ids, n+len(all.args))
		}
		for _, n := range c.keys {
			all.keys = append(all.keys, n+len(all.args))
		}
		all.args = append(all.args, c.args...)
		with = append(with, fmt.Sprintf("c%d as (%s)", i, text))
	}
	stmt, err := conn.PrepareContext(ctx, "with "+strings.Join(with, ", ")+" select 1")
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, id int64) error {
		_, err := stmt.ExecContext(ctx, all.bind(id)...)
		return err
	}, nil
}

// separate sends each command as a prepared statement, inside a transaction.
func separate(ctx context.Context, conn *sql.Conn, commands []command) (func(context.Context, int64) error, error) {
	statements := make([]*sql.Stmt, len(commands))
	for i, c := range commands {
		var err error
		if statements[i], err = conn.PrepareContext(ctx, c.text); err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context, id int64) error {
		tx, err := conn.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		for i, c := range commands {
			if _, err := tx.StmtContext(ctx, statements[i]).ExecContext(ctx, c.bind(id)...); err != nil {
				return errors.Join(err, tx.Rollback())
			}
		}
		return tx.Commit()
	}, nil
}

var tables = []struct{ name, id string }{
	{"transactions", "id"}, {"transaction_log", "transaction_id"}, {"postings", "transaction_id"},
	{"timers", "transaction_id"}, {"events", "transaction_id"}, {"replies", "transaction_id"},
}

const sampleID = 1 << 40 // out of the way of those that are measured

// samples writes the two commits and reads what each of them added.
func samples(ctx context.Context, url string) (first, second []rows, err error) {
	store, err := sqlstore.Open(ctx, url, sqlstore.Options{})
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	c := opening(sampleID)
	if err := store.Apply(ctx, c); err != nil {
		return nil, nil, err
	}
	if first, err = sample(ctx, url, ""); err != nil {
		return nil, nil, err
	}
	if err := store.Apply(ctx, payment(c.Transaction, "gateway")); err != nil {
		return nil, nil, err
	}
	second, err = sample(ctx, url, "second")
	return first, second, err
}

func sample(ctx context.Context, url, which string) ([]rows, error) {
	db, err := sql.Open("postgres", url)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	var all []rows
	for _, t := range tables {
		query := fmt.Sprintf("select * from %s where %s = $1", t.name, t.id)
		switch {
		case which == "second" && t.name == "transaction_log":
			query += " and revision = 2"
		case which == "second" && t.name == "events":
			query += " and sequence = 2"
		case which == "second" && t.name == "replies":
			continue
		}
		r, err := db.QueryContext(ctx, query, int64(sampleID))
		if err != nil {
			return nil, err
		}
		values, columns, err := scan(r)
		if err != nil {
			return nil, err
		}
		all = append(all, rows{t.name, columns, values})
	}
	return all, nil
}

func scan(r *sql.Rows) (values [][]any, columns []string, err error) {
	defer r.Close()
	types, err := r.ColumnTypes()
	if err != nil {
		return nil, nil, err
	}
	for _, t := range types {
		columns = append(columns, t.Name())
	}
	for r.Next() {
		one, to := make([]any, len(types)), make([]any, len(types))
		for i := range one {
			to[i] = &one[i]
		}
		if err := r.Scan(to...); err != nil {
			return nil, nil, err
		}
		for i, t := range types {
			if b, ok := one[i].([]byte); ok && t.DatabaseTypeName() != "BYTEA" {
				one[i] = string(b)
			}
		}
		values = append(values, one)
	}
	return values, columns, r.Err()
}
