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
	driver, source, list := "sqlite", databaseURL, `select name from sqlite_master where type = 'table'`
	if strings.HasPrefix(databaseURL, "postgres") {
		driver, list = "postgres", `select tablename from pg_tables where schemaname = current_schema()`
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tables := map[string]string{}
	for _, name := range rows(t, db, list) {
		tables[name] = strings.Join(rows(t, db, `select * from `+name), "\n")
	}
	if len(tables) < 20 {
		t.Fatalf("only %d tables in %s", len(tables), databaseURL)
	}
	return tables
}

func rows(t testing.TB, db *sql.DB, query string) []string {
	t.Helper()
	found, err := db.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
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
				texts[i] = strings.ReplaceAll(string(b), "\n", `\n`) // a row is a line
			}
			texts[i] = strings.ReplaceAll(texts[i], "\n", "\\n") // a row is a line
		}
		all = append(all, strings.Join(texts, "|"))
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}
