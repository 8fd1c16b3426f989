package trade_test

import (
	"testing"

	"github.com/handsel-dev/handsel/server/trade"
)

func TestNumber(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"4.50": "4.5", "0.00": "0", "5.00": "5", "3.33": "3.33", "0.05": "0.05", "10.00": "10", "100": "100", "": "0", "x": "0"} {
		if got := string(trade.Number(text)); got != want {
			t.Errorf("%q as a number is %s, want %s", text, got, want)
		}
	}
}
