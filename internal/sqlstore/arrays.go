package sqlstore

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/handsel-dev/handsel/migrations"
)

// literals turns the columns of rows of equal width into array literals, which
// unnest turns back into rows.
func literals(rows []row) ([]any, error) {
	args := make([]any, len(rows[0]))
	var b []byte
	for column := range args {
		b = append(b[:0], '{')
		for i, r := range rows {
			if i > 0 {
				b = append(b, ',')
			}
			var err error
			if b, err = appendValue(b, r[column]); err != nil {
				return nil, err
			}
		}
		args[column] = string(append(b, '}'))
	}
	return args, nil
}

func appendValue(b []byte, arg any) ([]byte, error) {
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

// among is a list of rows of whole numbers, given as one parameter of a statement whose
// text is the same however many there are: for "(a, b) in" or "a in".
func (db *database) among(param, width int) string {
	rows := "json_each($%d) r"
	if db.dialect == migrations.Postgres {
		rows = "jsonb_array_elements($%d::text::jsonb) r (value)"
	}
	columns := make([]string, width)
	for i := range columns {
		columns[i] = fmt.Sprintf("cast(r.value ->> %d as bigint)", i)
	}
	return fmt.Sprintf("(select %s from "+rows+")", strings.Join(columns, ", "), param)
}

// rowList is the argument of among.
func rowList[T any](all []T, row func(T) []int64) string {
	b := []byte{'['}
	for i, one := range all {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '[')
		for j, n := range row(one) {
			if j > 0 {
				b = append(b, ',')
			}
			b = strconv.AppendInt(b, n, 10)
		}
		b = append(b, ']')
	}
	return string(append(b, ']'))
}

// source turns arrays, bound from parameter first on, into the rows
// alias(n, columns…). n says which write of the batch a row is of.
func source(alias string, first int, columns, types string) string {
	params := []string{fmt.Sprintf("$%d::bigint[]", first)}
	for i, t := range list(types) {
		params = append(params, fmt.Sprintf("$%d::%s[]", first+1+i, t))
	}
	return fmt.Sprintf("%s as (select * from unnest(%s) as %s (n, %s))", alias, strings.Join(params, ", "), alias, columns)
}

// single is a source of one row, bound from parameter first on.
func single(alias string, first int, columns, types string) string {
	values := []string{fmt.Sprintf("$%d::bigint as n", first)}
	names := list(columns)
	for i, t := range list(types) {
		values = append(values, fmt.Sprintf("$%d::%s as %s", first+1+i, t, names[i]))
	}
	return fmt.Sprintf("%s as (select %s)", alias, strings.Join(values, ", "))
}
