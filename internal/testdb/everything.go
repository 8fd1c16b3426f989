package testdb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// Everything is what a database has in all rows of all tables, a line for each, bytes as they are.
func Everything(t TB, url string) string {
	t.Helper()
	text, err := everything(context.Background(), url)
	if err != nil {
		t.Fatalf("read the database: %v", err)
	}
	return text
}

func everything(ctx context.Context, url string) (string, error) {
	driver, address, list := "postgres", url, `select table_name from information_schema.tables where table_schema = current_schema() and table_type = 'BASE TABLE'`
	if !strings.HasPrefix(url, "postgres") {
		driver, address, list = "sqlite", "file:"+url+"?_pragma=busy_timeout(10000)", `select name from sqlite_master where type = 'table'`
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		return "", err
	}
	defer db.Close()
	tables, err := lines(ctx, db, list)
	if err != nil {
		return "", err
	}
	var all strings.Builder
	for _, table := range tables {
		rows, err := lines(ctx, db, `select * from `+table)
		if err != nil {
			return "", fmt.Errorf("%s: %w", table, err)
		}
		for _, row := range rows {
			all.WriteString(table + " " + row + "\n")
		}
	}
	return all.String(), nil
}

// lines are the rows of a query, the columns of each with a space between them.
func lines(ctx context.Context, db *sql.DB, query string) (all []string, err error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	cells, into := make([]sql.RawBytes, len(columns)), make([]any, len(columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		texts := make([]string, len(cells))
		for i, cell := range cells {
			texts[i] = string(cell)
		}
		all = append(all, strings.Join(texts, " "))
	}
	return all, rows.Err()
}
