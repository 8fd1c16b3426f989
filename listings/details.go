package listings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"unicode/utf8"
)

// Details tell how a person is paid: a JSON object such as
// {"card_number": "…"}. They are secret: only Reveal gives them away. The zero
// value is no details at all.
type Details struct {
	object []byte // compact JSON
}

const maxDetails = 4096 // bytes

// ParseDetails reads a JSON object of at most 4096 bytes; null or nothing is no
// details. Anything else is a fault, validation_error, that does not repeat it.
func ParseDetails(text []byte) (Details, error) {
	text = bytes.TrimSpace(text)
	if len(text) == 0 || string(text) == "null" {
		return Details{}, nil
	}
	var compact bytes.Buffer
	if len(text) > maxDetails || text[0] != '{' || !utf8.Valid(text) || json.Compact(&compact, text) != nil {
		return Details{}, invalid("payment_details", "payment_details must be a JSON object of at most %d bytes", maxDetails)
	}
	if compact.String() == "{}" {
		return Details{}, nil
	}
	return Details{compact.Bytes()}, nil
}

// IsEmpty reports whether there are no details.
func (d Details) IsEmpty() bool { return len(d.object) == 0 }

// Reveal returns the details in the clear, as a JSON object, for a party of an
// open order only.
func (d Details) Reveal() json.RawMessage {
	if d.IsEmpty() {
		return json.RawMessage("{}")
	}
	return bytes.Clone(d.object)
}

// Masked returns the details as their owner may see them: of every value at most
// the last four characters, of short ones nothing.
func (d Details) Masked() json.RawMessage {
	decoder := json.NewDecoder(bytes.NewReader(d.Reveal()))
	decoder.UseNumber()
	var object any
	if err := decoder.Decode(&object); err != nil {
		return json.RawMessage("{}")
	}
	masked, err := json.Marshal(mask(object))
	if err != nil {
		return json.RawMessage("{}")
	}
	return masked
}

func mask(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			v[name] = mask(inner)
		}
		return v
	case []any:
		for i, inner := range v {
			v[i] = mask(inner)
		}
		return v
	}
	const shown = 4
	text := []rune(fmt.Sprint(v))
	if len(text) < 3*shown {
		return strings.Repeat("*", shown)
	}
	return strings.Repeat("*", shown) + string(text[len(text)-shown:])
}

const hidden = "[payment details]"

// String implements fmt.Stringer and hides the details.
func (d Details) String() string { return hidden }

// GoString implements fmt.GoStringer and hides the details.
func (d Details) GoString() string { return hidden }

// LogValue implements slog.LogValuer and hides the details.
func (d Details) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalJSON implements json.Marshaler with the masked details, so that none
// get out by accident.
func (d Details) MarshalJSON() ([]byte, error) { return d.Masked(), nil }
