package mail

import (
	"fmt"
	"io"
	"log/slog"
)

const redacted = "***"

// Secret is a string that does not show itself: every fmt verb, log/slog and
// encoders write "***".
type Secret string

// Format writes "***" for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue keeps the value out of log/slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText keeps the value out of encoders.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
