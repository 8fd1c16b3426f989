package sqlstore_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/sqlstore"
)

// byStatements are columns that no row is written or read with: statements of their own
// set them, or ask for them.
var byStatements = map[string][]string{
	"accounts":         {"posted", "hold", "held_at"},
	"events":           {"delivered_at", "numbered"},
	"inbox":            {"community_id"},
	"lanes":            {"counted"},
	"mails":            {"ended_at"},
	"messages":         {"delivered_at", "numbered"},
	"review_reminders": {"done"},
}

// named are tables of a few columns whose statements name them.
var named = strings.Fields(`approval_limits assets assignments audit blocked_days blocks book_sums communities completions differences event_counters exchange_rules
	community_origins feeds former_accounts gateway_accounts console_sessions console_tries id_blocks letterheads mail_stops mail_templates operators reads removed_endpoints resources settings task_notes tickets`)

// TestColumnsAreDescribed holds the descriptions against the schema of both databases: a
// column that is in no description, or in one with another type, is found.
func TestColumnsAreDescribed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		url   func(*testing.T) string
		query string
	}{
		"sqlite": {sqliteFile, `select m.name || ' ' || c.name || ' ' || lower(c.type) from sqlite_master m join pragma_table_info(m.name) c
			where m.type = 'table' and m.name not like 'goose%' and m.name not like 'sqlite%'`},
		"postgres": {postgres, `select table_name || ' ' || column_name || ' ' || udt_name from information_schema.columns
			where table_schema = current_schema() and table_name not like 'goose%'`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			there := map[string]map[string]string{}
			for _, line := range raw(t, rawDB(t, c.url(t)), c.query) {
				part := strings.Fields(strings.Trim(line, "[]"))
				if there[part[0]] == nil {
					there[part[0]] = map[string]string{}
				}
				there[part[0]][part[1]] = part[2]
			}
			for _, d := range sqlstore.Tables() {
				for column, kind := range d.Columns {
					if got := there[d.Table][column]; !slices.Contains(stands[kind], got) {
						t.Errorf("%s.%s is described as %s, and is %q", d.Table, column, kind, got)
					}
				}
				for column := range there[d.Table] {
					if _, found := d.Columns[column]; !found && !slices.Contains(byStatements[d.Table], column) {
						t.Errorf("%s.%s is in no description", d.Table, column)
					}
				}
				delete(there, d.Table)
			}
			for table := range there {
				if !slices.Contains(named, table) {
					t.Errorf("table %s is not described", table)
				}
			}
		})
	}
}

// stands are the types of a column on SQLite and PostgreSQL.
var stands = map[string][]string{
	"bigint": {"integer", "int8", "int4"}, "text": {"text"}, "timestamptz": {"text", "timestamptz"}, "jsonb": {"text", "jsonb"}, "bytea": {"blob", "bytea"},
}
