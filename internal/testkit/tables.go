package testkit

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Tables reads every row of every table of a database, past our own code: the rows
// of a table, sorted, by its name.
func Tables(t testing.TB, databaseURL string) map[string]string {
	t.Helper()
	tables := map[string]string{}
	each(t, databaseURL, func(name string, db *sql.DB) { tables[name] = strings.Join(rows(t, db, `select * from `+name), "\n") })
	return tables
}

// Columns is Tables by column: all values of each, by "table.column".
func Columns(t testing.TB, databaseURL string) map[string][]string {
	t.Helper()
	columns := map[string][]string{}
	each(t, databaseURL, func(table string, db *sql.DB) {
		names, lines := cells(t, db, `select * from `+table)
		for _, line := range lines {
			for i, value := range line {
				place := table + "." + names[i]
				columns[place] = append(columns[place], value)
			}
		}
	})
	return columns
}

// each visits every table of a database.
func each(t testing.TB, databaseURL string, visit func(table string, db *sql.DB)) {
	t.Helper()
	driver, source, list := "sqlite", databaseURL, `select name from sqlite_master where type = 'table'`
	if strings.HasPrefix(databaseURL, "postgres") {
		driver, list = "postgres", `select tablename from pg_tables where schemaname = current_schema()`
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tables := rows(t, db, list)
	for _, name := range tables {
		visit(name, db)
	}
	if len(tables) < 20 {
		t.Fatalf("only %d tables in %s", len(tables), databaseURL)
	}
}

func rows(t testing.TB, db *sql.DB, query string) []string {
	t.Helper()
	_, lines := cells(t, db, query)
	all := make([]string, len(lines))
	for i, line := range lines {
		all[i] = strings.Join(line, "|")
	}
	slices.Sort(all)
	return all
}

// cells reads the values of a query as texts, without line ends: a row is a line.
func cells(t testing.TB, db *sql.DB, query string) (columns []string, all [][]string) {
	t.Helper()
	found, err := db.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer found.Close()
	if columns, err = found.Columns(); err != nil {
		t.Fatal(err)
	}
	for found.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := found.Scan(into...); err != nil {
			t.Fatal(err)
		}
		texts := make([]string, len(values))
		for i, v := range values {
			texts[i] = fmt.Sprint(v)
			if b, ok := v.([]byte); ok {
				texts[i] = string(b)
			}
			texts[i] = strings.ReplaceAll(texts[i], "\n", `\n`)
		}
		all = append(all, texts)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return columns, all
}
