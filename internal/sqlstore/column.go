package sqlstore

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/money"
)

// column describes a column of a table: its name, the type that PostgreSQL knows it by, how
// it is taken from a row, and what it is read into. All that is said about a column is said
// here, once. R points to a row's struct: the compiler makes one copy of generic code for all
// pointers, and one for each struct, whose fields it writes into the copies' names.
type column[R any] struct {
	name, kind string
	get        func(R) (stored, error)
	into       func(R) target

	isFixed   bool   // an update leaves it as it is
	notStored bool   // no insertion has it: its default holds, or it is no column at all
	notRead   bool   // no row is read with it
	expr      string // what is read in its place
}

// stored is what a column has for a driver (int64, string, []byte or stamp; when it is read,
// what the driver makes of it), and target what sql.Rows.Scan reads it into.
type (
	stored = any
	target = any
)

// fixed is a column that never changes once its row is there.
func (c column[R]) fixed() column[R] { c.isFixed = true; return c }

// elsewhere is a column that neither an insertion nor an update of the whole row writes,
// but a statement of its own.
func (c column[R]) elsewhere() column[R] { c.notStored = true; return c }

// unread is a column that serves the database alone.
func (c column[R]) unread() column[R] { c.notRead = true; return c }

// as is not a column of the table, but what an expression makes of its row.
func (c column[R]) as(expr string) column[R] { c.expr, c.notStored = expr, true; return c }

// of is a column of another type than its content has on PostgreSQL.
func (c column[R]) of(kind string) column[R] { c.kind = kind; return c }

func number[R any](name string, at func(R) *int64) column[R] {
	return column[R]{
		name: name, kind: "bigint",
		get:  func(v R) (stored, error) { return *at(v), nil },
		into: func(v R) target { return at(v) },
	}
}

// count is a number that Go holds as an int.
func count[R any](name string, at func(R) *int) column[R] {
	return column[R]{
		name: name, kind: "bigint",
		get:  func(v R) (stored, error) { return int64(*at(v)), nil },
		into: func(v R) target { return at(v) },
	}
}

func text[R any](name string, at func(R) *string) column[R] {
	return column[R]{
		name: name, kind: "text",
		get:  func(v R) (stored, error) { return *at(v), nil },
		into: func(v R) target { return at(v) },
	}
}

// instant is null for the zero time.
func instant[R any](name string, at func(R) *time.Time) column[R] {
	return column[R]{
		name: name, kind: "timestamptz",
		get:  func(v R) (stored, error) { return stamp{*at(v)}, nil },
		into: func(v R) target { return moment{at(v)} },
	}
}

// orNull is a number that may be null. It is only read.
func orNull[R any](name string, at func(R) **int64) column[R] {
	return column[R]{name: name, kind: "bigint", into: func(v R) target { return at(v) }, notStored: true}
}

// blob is never null: nil is stored as no bytes.
func blob[R any](name string, at func(R) *[]byte) column[R] {
	return column[R]{
		name: name, kind: "bytea",
		get: func(v R) (stored, error) {
			if b := *at(v); b != nil {
				return b, nil
			}
			return []byte{}, nil
		},
		into: func(v R) target { return at(v) },
	}
}

// truth is 1 or 0.
func truth[R any](name string, at func(R) *bool) column[R] {
	return column[R]{
		name: name, kind: "bigint",
		get:  func(v R) (stored, error) { return flag(*at(v)), nil },
		into: func(v R) target { return at(v) },
	}
}

// minor and currency are the two columns of an amount.
func minor[R any](name string, at func(R) *money.Amount) column[R] {
	return column[R]{
		name: name, kind: "bigint",
		get:  func(v R) (stored, error) { return at(v).Minor(), nil },
		into: func(v R) target { return minorOf{at(v)} },
	}
}

func currency[R any](name string, at func(R) *money.Amount) column[R] {
	return column[R]{
		name: name, kind: "text",
		get:  func(v R) (stored, error) { return string(at(v).Currency()), nil },
		into: func(v R) target { return currencyOf{at(v)} },
	}
}

// encoded is a text that a value is turned into and made of again.
func encoded[R any](name string, encode func(R) (string, error), decode func(R, string) error) column[R] {
	return column[R]{
		name: name, kind: "text",
		get:  func(v R) (stored, error) { return encode(v) },
		into: func(v R) target { return textFor[R]{v, decode} },
	}
}

// document is encoded as JSON that the database looks into.
func document[R any](name string, encode func(R) (string, error), decode func(R, string) error) column[R] {
	return encoded(name, encode, decode).of("jsonb")
}

// raw is JSON that nothing here looks into.
func raw[R any](name string, at func(R) *json.RawMessage) column[R] {
	return document(name, func(v R) (string, error) { return string(*at(v)), nil }, func(v R, text string) error {
		*at(v) = json.RawMessage(text)
		return nil
	})
}

// times are named instants.
func times[R any, K ~string](name string, at func(R) *map[K]time.Time) column[R] {
	return document(name, func(v R) (string, error) { return encodeTimes(*at(v)) }, func(v R, text string) (err error) {
		*at(v), err = decodeTimes[K](text)
		return err
	})
}

// values are named texts.
func values[R any](name string, at func(R) *map[string]string) column[R] {
	return document(name, func(v R) (string, error) { return encodeValues(*at(v)) }, func(v R, text string) (err error) {
		*at(v), err = decodeValues(text)
		return err
	})
}

// blank and never are columns that begin empty, or with 0, and are changed and looked at
// by statements alone.
func blank[R any](name string) column[R] {
	return encoded(name, func(R) (string, error) { return "", nil }, nil).unread()
}

func never[R any](name string) column[R] {
	return column[R]{name: name, kind: "bigint", get: func(R) (stored, error) { return int64(0), nil }, notRead: true}
}

// within makes columns of a part to columns of the whole.
func within[R, P any](part func(R) P, columns []column[P]) []column[R] {
	all := make([]column[R], len(columns))
	for i, c := range columns {
		all[i] = column[R]{
			name: c.name, kind: c.kind, isFixed: c.isFixed, notStored: c.notStored, notRead: c.notRead, expr: c.expr,
			get:  func(v R) (stored, error) { return c.get(part(v)) },
			into: func(v R) target { return c.into(part(v)) },
		}
	}
	return all
}

// moment reads an instant.
type moment struct{ at *time.Time }

// Scan implements sql.Scanner.
func (m moment) Scan(src stored) error {
	var s stamp
	err := s.Scan(src)
	*m.at = s.at
	return err
}

// minorOf and currencyOf read one side of an amount, whichever comes first.
type (
	minorOf    struct{ of *money.Amount }
	currencyOf struct{ of *money.Amount }
)

// Scan implements sql.Scanner.
func (m minorOf) Scan(src stored) error {
	minor, ok := src.(int64)
	if !ok {
		return fmt.Errorf("cannot read an amount from %T", src)
	}
	*m.of = money.New(minor, m.of.Currency())
	return nil
}

// Scan implements sql.Scanner.
func (c currencyOf) Scan(src stored) error {
	text, err := textOf(src)
	*c.of = money.New(c.of.Minor(), money.Currency(text))
	return err
}

// textFor reads a text that stands for something else.
type textFor[R any] struct {
	v      R
	decode func(R, string) error
}

// Scan implements sql.Scanner.
func (f textFor[R]) Scan(src stored) error {
	text, err := textOf(src)
	if err != nil {
		return err
	}
	return f.decode(f.v, text)
}

func textOf(src stored) (string, error) {
	switch v := src.(type) {
	case string:
		return v, nil
	case []byte:
		return string(v), nil
	}
	return "", fmt.Errorf("cannot read a text from %T", src)
}
