package sqlstore

import (
	"database/sql"
	"reflect"

	"github.com/jmoiron/sqlx"
)

// collect appends all rows of a query to dest, a pointer to a slice of structs or of
// single values. It does what sqlx's Select does, on database/sql's own rows: sqlx calls
// their methods through an embedded pointer, which Go 1.26's race detector takes for
// calls that never return, so that tests need ever more memory.
func collect(rows *sql.Rows, err error, dest any) error {
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	list := reflect.ValueOf(dest).Elem()
	if isRecord(list.Type().Elem()) {
		return sqlx.StructScan(rows, dest)
	}
	for rows.Next() {
		one := reflect.New(list.Type().Elem())
		if err := rows.Scan(one.Interface()); err != nil {
			return err
		}
		list.Set(reflect.Append(list, one.Elem()))
	}
	return rows.Err()
}

// isRecord reports whether a type is filled from several columns.
func isRecord(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && !reflect.PointerTo(t).Implements(reflect.TypeFor[sql.Scanner]())
}
