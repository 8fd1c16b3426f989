package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"time"
)

// Time is an instant of the API, always in UTC. The zero value means "not yet":
// the API leaves a timestamp out until its event has happened (official API).
type Time struct{ time.Time }

// UnmarshalJSON reads RFC 3339 with any number of fractional digits: the API was
// seen with whole seconds, milliseconds and nanoseconds. null and "" are zero.
func (t *Time) UnmarshalJSON(data []byte) error {
	text, err := plainString(data)
	if err != nil {
		return errors.New("timestamp is not a string")
	}
	if text == "" {
		*t = Time{}
		return nil
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return errors.New("timestamp is not in RFC 3339")
	}
	at = at.UTC()
	if at.Year() < 1 || at.Year() > 9999 {
		return errors.New("timestamp is out of range")
	}
	*t = Time{at}
	return nil
}

// plainString is the text of a JSON string, and "" for null. Nearly every
// timestamp needs no decoding, and a transaction has many.
func plainString(data []byte) (string, error) {
	if n := len(data); n >= 2 && data[0] == '"' && data[n-1] == '"' && bytes.IndexByte(data, '\\') < 0 {
		return string(data[1 : n-1]), nil
	}
	var text string
	err := json.Unmarshal(data, &text)
	return text, err
}

// MarshalJSON writes RFC 3339 in UTC, and null for zero.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return t.UTC().MarshalJSON()
}

// ID is an identifier that the documents type as a number in one place and as a
// string in another. It is opaque.
type ID string

// UnmarshalJSON reads a string, an integer or null.
func (id *ID) UnmarshalJSON(data []byte) error {
	var text *string
	if json.Unmarshal(data, &text) == nil {
		*id = ""
		if text != nil {
			*id = ID(*text)
		}
		return nil
	}
	number, err := strconv.ParseInt(string(data), 10, 64)
	if err != nil {
		return errors.New("id is neither a string nor an integer")
	}
	*id = ID(strconv.FormatInt(number, 10))
	return nil
}

// Millis is a [Time] that is sent with exactly three fractional digits.
type Millis struct{ time.Time }

// MarshalJSON writes RFC 3339 in UTC with milliseconds, and null for zero.
func (m Millis) MarshalJSON() ([]byte, error) {
	if m.IsZero() {
		return []byte("null"), nil
	}
	return []byte(m.UTC().Format(`"2006-01-02T15:04:05.000Z"`)), nil
}

// UnmarshalJSON reads what [Time] reads.
func (m *Millis) UnmarshalJSON(data []byte) error { return (*Time)(m).UnmarshalJSON(data) }
