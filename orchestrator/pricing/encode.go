package pricing

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/handsel-dev/handsel/money"
)

// storedLine is a line as it is stored. Members are only ever added.
type storedLine struct {
	Code     Code           `json:"code"`
	Side     Side           `json:"side"`
	Quantity int64          `json:"quantity"`
	Unit     int64          `json:"unit"`   // minor units
	Amount   int64          `json:"amount"` // minor units
	Currency money.Currency `json:"currency"`
}

// EncodeLines writes lines as the JSON text that is stored with a deal. The same
// lines always give the same text. It returns ErrBadLine for a line that
// DecodeLines would refuse.
func EncodeLines(lines []Line) (string, error) {
	stored := make([]storedLine, len(lines))
	for i, l := range lines {
		if err := l.validate(); err != nil {
			return "", err
		}
		stored[i] = storedLine{l.Code, l.Side, l.Quantity, l.Unit.Minor(), l.Amount.Minor(), l.Amount.Currency()}
	}
	text, err := json.Marshal(stored)
	if err != nil {
		return "", fmt.Errorf("encode lines: %w", err)
	}
	return string(text), nil
}

// DecodeLines is the inverse of EncodeLines. Anything else, down to a member
// that it does not know, is ErrBadLine: a price must not be read in part.
func DecodeLines(text string) ([]Line, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	var stored []storedLine
	if err := decoder.Decode(&stored); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadLine, err)
	}
	if _, err := decoder.Token(); err != io.EOF || stored == nil {
		return nil, fmt.Errorf("%w: not one list", ErrBadLine)
	}
	lines := make([]Line, len(stored))
	for i, s := range stored {
		lines[i] = Line{s.Code, s.Side, s.Quantity, money.New(s.Unit, s.Currency), money.New(s.Amount, s.Currency)}
		if err := lines[i].validate(); err != nil {
			return nil, err
		}
	}
	return lines, nil
}
