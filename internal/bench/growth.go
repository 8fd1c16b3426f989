package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/handsel-dev/handsel/internal/sqlstore"
)

// Growth is the rate of commits with a number of transactions stored before.
type Growth struct {
	Stored    int64
	PerSecond int64
}

// RunGrowth fills one PostgreSQL database step by step and measures Store.Apply at
// each, as the median of some rounds, and prints a line per step.
func RunGrowth(ctx context.Context, w io.Writer, url string, steps []int64, workers, rounds int, length time.Duration) (results []Growth, err error) {
	db, err := sqlx.Open("postgres", url)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var stored int64
	for _, step := range steps {
		if err := fill(ctx, db, url, stored, step); err != nil {
			return results, fmt.Errorf("fill to %d: %w", step, err)
		}
		stored = step
		rate, err := rateAt(ctx, url, workers, rounds, length)
		if err != nil {
			return results, err
		}
		results = append(results, Growth{step, rate})
		if _, err := fmt.Fprintf(w, "%9d stored  %8d commits/s, %d %% of the first\n", step, rate, 100*rate/max(results[0].PerSecond, 1)); err != nil {
			return results, err
		}
	}
	return results, nil
}

func rateAt(ctx context.Context, url string, workers, rounds int, length time.Duration) (int64, error) {
	o := Options{Time: length}.withDefaults()
	same := func(context.Context) (string, error) { return url, nil }
	rates := make([]int64, rounds)
	for i := range rates {
		var err error
		if rates[i], err = measure(ctx, o, way{Apply, openStore(same, sqlstore.Options{}, false)}, workers); err != nil {
			return 0, err
		}
	}
	slices.Sort(rates)
	return rates[rounds/2], nil
}

// originalID is the transaction whose rows are copied; copies get ids far above
// those that the store hands out.
const (
	originalID = int64(1) << 40
	copies     = int64(1) << 41
)

// own are the columns by which rows belong to a transaction, and those that must
// differ from copy to copy.
var own = []struct {
	table, id string
	unique    []string
}{
	{"transactions", "id", []string{"payment_id"}},
	{"transaction_log", "transaction_id", nil},
	{"postings", "transaction_id", nil},
	{"events", "transaction_id", nil},
	{"timers", "transaction_id", nil},
	{"replies", "transaction_id", []string{"key"}},
}

// fill copies one deal's rows until there are as many transactions as wanted.
func fill(ctx context.Context, db *sqlx.DB, url string, have, want int64) error {
	if have == 0 {
		if err := original(ctx, url); err != nil {
			return err
		}
	}
	for _, t := range own {
		var columns []string
		if err := db.SelectContext(ctx, &columns, `select column_name from information_schema.columns
			where table_schema = current_schema() and table_name = $1 order by ordinal_position`, t.table); err != nil {
			return err
		}
		values := make([]string, len(columns))
		for i, c := range columns {
			values[i] = c
			if c == t.id {
				values[i] = "$1 + n"
			}
			if slices.Contains(t.unique, c) {
				values[i] = c + " || '-' || n"
			}
		}
		text := fmt.Sprintf("insert into %s (%s) select %s from %s, generate_series($2::bigint, $3::bigint) as n where %s = $4",
			t.table, strings.Join(columns, ", "), strings.Join(values, ", "), t.table, t.id)
		if _, err := db.ExecContext(ctx, text, copies, have+1, want, originalID); err != nil {
			return fmt.Errorf("%s: %w", t.table, err)
		}
	}
	_, err := db.ExecContext(ctx, "vacuum analyze")
	return err
}

func original(ctx context.Context, url string) (err error) {
	store, err := sqlstore.Open(ctx, url, sqlstore.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	open := opening(originalID)
	return errors.Join(store.Apply(ctx, open), store.Apply(ctx, payment(open.Transaction, "gateway")))
}
