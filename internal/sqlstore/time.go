package sqlstore

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// layout is how instants are stored as text: UTC, six decimals, so that text
// order is time order and both databases keep the same precision.
const layout = "2006-01-02T15:04:05.000000Z"

// stamp is an instant as both databases store and return it. The zero stamp is
// null. Fractions below a microsecond are cut off.
type stamp struct{ at time.Time }

func (s stamp) text() string { return s.at.UTC().Format(layout) }

// Ends of a window that is open on a side: a zero stamp is null, and nothing in SQL is
// before or after that.
var (
	beginOfTime = time.Unix(0, 0).UTC()
	endOfTime   = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
)

// Value implements driver.Valuer.
func (s stamp) Value() (driver.Value, error) {
	if s.at.IsZero() {
		return nil, nil
	}
	return s.text(), nil
}

// Scan implements sql.Scanner for text (SQLite) and time.Time (lib/pq).
func (s *stamp) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		s.at = time.Time{}
	case time.Time:
		s.at = v.UTC()
	case string:
		return s.UnmarshalText([]byte(v))
	case []byte:
		return s.UnmarshalText(v)
	default:
		return fmt.Errorf("cannot read a time from %T", src)
	}
	return nil
}

// MarshalText implements encoding.TextMarshaler for times inside JSON.
func (s stamp) MarshalText() ([]byte, error) { return []byte(s.text()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *stamp) UnmarshalText(b []byte) error {
	at, err := time.Parse(layout, string(b))
	if err != nil {
		return fmt.Errorf("cannot read a time: %w", err)
	}
	s.at = at
	return nil
}
