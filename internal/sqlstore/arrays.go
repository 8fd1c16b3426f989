package sqlstore

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// table collects rows column by column, as the array literals that unnest turns
// back into rows. Its first column says which write of the batch a row is of.
type table struct {
	columns [][]byte
}

func newTable(width int) *table { return &table{columns: make([][]byte, width+1)} }

func (t *table) add(n int64, r row) error {
	if len(r)+1 != len(t.columns) {
		return fmt.Errorf("row of %d values for %d columns", len(r), len(t.columns)-1)
	}
	t.columns[0] = appendElement(t.columns[0], strconv.AppendInt(nil, n, 10))
	for i, arg := range r {
		b, err := appendValue(t.columns[i+1], arg)
		if err != nil {
			return err
		}
		t.columns[i+1] = b
	}
	return nil
}

// args returns the finished literals.
func (t *table) args(to []any) []any {
	for _, c := range t.columns {
		to = append(to, string(append(c, '}')))
	}
	return to
}

func appendValue(b []byte, arg any) ([]byte, error) {
	b = separate(b)
	switch v := arg.(type) {
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case string:
		return appendQuoted(b, v), nil
	case stamp:
		if v.at.IsZero() {
			return append(b, "null"...), nil
		}
		return append(v.at.UTC().AppendFormat(append(b, '"'), layout), '"'), nil
	case []byte:
		return append(hex.AppendEncode(append(b, `"\\x`...), v), '"'), nil
	}
	return nil, fmt.Errorf("no array element for %T", arg)
}

func appendElement(b, element []byte) []byte { return append(separate(b), element...) }

func separate(b []byte) []byte {
	if len(b) == 0 {
		return append(b, '{')
	}
	return append(b, ',')
}

func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	if strings.IndexByte(s, '"') < 0 && strings.IndexByte(s, '\\') < 0 {
		return append(append(b, s...), '"')
	}
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			b = append(b, '\\')
		}
		b = append(b, s[i])
	}
	return append(b, '"')
}

// list counts and cuts a comma-separated list of columns or types.
func list(text string) []string {
	parts := strings.Split(text, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

// source is the from item that turns arrays, bound from parameter first on, into
// the rows alias(n, columns…).
func source(alias string, first int, columns, types string) string {
	params := []string{fmt.Sprintf("$%d::bigint[]", first)}
	for i, t := range list(types) {
		params = append(params, fmt.Sprintf("$%d::%s[]", first+1+i, t))
	}
	return fmt.Sprintf("%s as (select * from unnest(%s) as %s (n, %s))", alias, strings.Join(params, ", "), alias, columns)
}
