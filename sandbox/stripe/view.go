package stripe

import (
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// object is a JSON object of the API.
type object = stage.Members

// ref is the id of another object, in whose place a caller may ask for the object itself.
type ref string

// orNull prints a zero value as null.
func orNull[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

// unix prints a time in seconds, and no time as null.
func unix(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Unix()
}

// metadataView prints no metadata as an empty object.
func metadataView(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}
