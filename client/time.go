package client

import (
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
	var text *string
	if err := json.Unmarshal(data, &text); err != nil {
		return errors.New("timestamp is not a string")
	}
	if text == nil || *text == "" {
		*t = Time{}
		return nil
	}
	at, err := time.Parse(time.RFC3339Nano, *text)
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
