package sqlstore

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/money"
)

// column describes a column of a table whose rows are values of T: its name, the type that
// PostgreSQL knows it by, how it is taken from a value, and what it is read into. All that
// is said about a column is said here, once.
type column[T any] struct {
	name, kind string
	get        func(*T) (stored, error)
	into       func(*T) target

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
func (c column[T]) fixed() column[T] { c.isFixed = true; return c }

// elsewhere is a column that neither an insertion nor an update of the whole row writes,
// but a statement of its own.
func (c column[T]) elsewhere() column[T] { c.notStored = true; return c }

// unread is a column that serves the database alone.
func (c column[T]) unread() column[T] { c.notRead = true; return c }

// as is not a column of the table, but what an expression makes of its row.
func (c column[T]) as(expr string) column[T] { c.expr, c.notStored = expr, true; return c }

// of is a column of another type than its content has on PostgreSQL.
func (c column[T]) of(kind string) column[T] { c.kind = kind; return c }

func number[T any](name string, at func(*T) *int64) column[T] {
	return column[T]{
		name: name, kind: "bigint",
		get:  func(v *T) (stored, error) { return *at(v), nil },
		into: func(v *T) target { return at(v) },
	}
}

// count is a number that Go holds as an int.
func count[T any](name string, at func(*T) *int) column[T] {
	return column[T]{
		name: name, kind: "bigint",
		get:  func(v *T) (stored, error) { return int64(*at(v)), nil },
		into: func(v *T) target { return at(v) },
	}
}

func text[T any](name string, at func(*T) *string) column[T] {
	return column[T]{
		name: name, kind: "text",
		get:  func(v *T) (stored, error) { return *at(v), nil },
		into: func(v *T) target { return at(v) },
	}
}

// instant is null for the zero time.
func instant[T any](name string, at func(*T) *time.Time) column[T] {
	return column[T]{
		name: name, kind: "timestamptz",
		get:  func(v *T) (stored, error) { return stamp{*at(v)}, nil },
		into: func(v *T) target { return moment{at(v)} },
	}
}

// orNull is a number that may be null. It is only read.
func orNull[T any](name string, at func(*T) **int64) column[T] {
	return column[T]{name: name, kind: "bigint", into: func(v *T) target { return at(v) }, notStored: true}
}

// blob is never null: nil is stored as no bytes.
func blob[T any](name string, at func(*T) *[]byte) column[T] {
	return column[T]{
		name: name, kind: "bytea",
		get: func(v *T) (stored, error) {
			if b := *at(v); b != nil {
				return b, nil
			}
			return []byte{}, nil
		},
		into: func(v *T) target { return at(v) },
	}
}

// truth is 1 or 0.
func truth[T any](name string, at func(*T) *bool) column[T] {
	return column[T]{
		name: name, kind: "bigint",
		get:  func(v *T) (stored, error) { return flag(*at(v)), nil },
		into: func(v *T) target { return at(v) },
	}
}

// minor and currency are the two columns of an amount.
func minor[T any](name string, at func(*T) *money.Amount) column[T] {
	return column[T]{
		name: name, kind: "bigint",
		get:  func(v *T) (stored, error) { return at(v).Minor(), nil },
		into: func(v *T) target { return minorOf{at(v)} },
	}
}

func currency[T any](name string, at func(*T) *money.Amount) column[T] {
	return column[T]{
		name: name, kind: "text",
		get:  func(v *T) (stored, error) { return string(at(v).Currency()), nil },
		into: func(v *T) target { return currencyOf{at(v)} },
	}
}

// encoded is a text that a value is turned into and made of again.
func encoded[T any](name string, encode func(*T) (string, error), decode func(*T, string) error) column[T] {
	return column[T]{
		name: name, kind: "text",
		get:  func(v *T) (stored, error) { return encode(v) },
		into: func(v *T) target { return textFor[T]{v, decode} },
	}
}

// document is encoded as JSON that the database looks into.
func document[T any](name string, encode func(*T) (string, error), decode func(*T, string) error) column[T] {
	return encoded(name, encode, decode).of("jsonb")
}

// raw is JSON that nothing here looks into.
func raw[T any](name string, at func(*T) *json.RawMessage) column[T] {
	return document(name, func(v *T) (string, error) { return string(*at(v)), nil }, func(v *T, text string) error {
		*at(v) = json.RawMessage(text)
		return nil
	})
}

// times are named instants.
func times[T any, K ~string](name string, at func(*T) *map[K]time.Time) column[T] {
	return document(name, func(v *T) (string, error) { return encodeTimes(*at(v)) }, func(v *T, text string) (err error) {
		*at(v), err = decodeTimes[K](text)
		return err
	})
}

// values are named texts.
func values[T any](name string, at func(*T) *map[string]string) column[T] {
	return document(name, func(v *T) (string, error) { return encodeValues(*at(v)) }, func(v *T, text string) (err error) {
		*at(v), err = decodeValues(text)
		return err
	})
}

// blank and never are columns that begin empty, or with 0, and are changed and looked at
// by statements alone.
func blank[T any](name string) column[T] {
	return encoded(name, func(*T) (string, error) { return "", nil }, nil).unread()
}

func never[T any](name string) column[T] {
	return column[T]{name: name, kind: "bigint", get: func(*T) (stored, error) { return int64(0), nil }, notRead: true}
}

// within makes columns of a part to columns of the whole.
func within[T, P any](part func(*T) *P, columns []column[P]) []column[T] {
	all := make([]column[T], len(columns))
	for i, c := range columns {
		all[i] = column[T]{
			name: c.name, kind: c.kind, isFixed: c.isFixed, notStored: c.notStored, notRead: c.notRead, expr: c.expr,
			get:  func(v *T) (stored, error) { return c.get(part(v)) },
			into: func(v *T) target { return c.into(part(v)) },
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
type textFor[T any] struct {
	v      *T
	decode func(*T, string) error
}

// Scan implements sql.Scanner.
func (f textFor[T]) Scan(src stored) error {
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
