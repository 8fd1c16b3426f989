package server_test

import (
	"math"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server"
)

func TestDecimal(t *testing.T) {
	t.Parallel()
	tests := []struct {
		n      int64
		places int
		want   string
	}{
		{1_000, 20, "10.00000000000000000000"}, // seed 000, currency_amount
		{200_000, 2, "2000.00"},                // seed 000, fiat_amount
		{6_000_000, 10, "60000.0000000000"},    // seed 000, max_limit
		{0, 2, "0.00"}, {5, 2, "0.05"}, {99, 2, "0.99"}, {-5, 2, "-0.05"}, {-12345, 10, "-123.4500000000"},
		{math.MaxInt64, 2, "92233720368547758.07"}, {math.MinInt64, 2, "-92233720368547758.08"},
	}
	for _, test := range tests {
		if got := server.Decimal(test.n, test.places); got != test.want {
			t.Errorf("%d with %d places is %s, want %s", test.n, test.places, got, test.want)
		}
	}
}

func TestParseDecimal(t *testing.T) {
	t.Parallel()
	good := map[string]int64{
		"10.00000000000000000000": 1000, "2000.00": 200_000, "0": 0, "0.5": 50, "7": 700, "007.10": 710, "92233720368547758.07": math.MaxInt64,
	}
	for text, want := range good {
		if got, ok := server.ParseDecimal(text); !ok || got != want {
			t.Errorf("%s is %d, %t; want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", ".", "1.", ".5", "-1", "+1", "1e3", "0x1", "1.005", "1.0000000001", " 1", "1 ", "1,5", "1_000", "٣", "NaN", "Infinity",
		"92233720368547758.08", strings.Repeat("0", 41),
	} {
		if got, ok := server.ParseDecimal(text); ok {
			t.Errorf("%q is taken for %d", text, got)
		}
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"4.50": "4.5", "0.00": "0", "5.00": "5", "3.33": "3.33", "0.05": "0.05", "10.00": "10", "100": "100", "": "0", "x": "0"} {
		if got := string(server.Number(text)); got != want {
			t.Errorf("%q as a number is %s, want %s", text, got, want)
		}
	}
}

func FuzzDecimal(f *testing.F) {
	f.Add(int64(0), int64(100))
	f.Add(int64(1_000), int64(1_000_000))
	f.Add(int64(math.MaxInt64), int64(math.MaxInt64))
	f.Fuzz(func(t *testing.T, n, rate int64) {
		if n < 0 {
			n = -(n + 1)
		}
		for _, places := range []int{2, 10, 20} {
			text := server.Decimal(n, places)
			if back, ok := server.ParseDecimal(text); len(text) <= 40 && (!ok || back != n) {
				t.Fatalf("%d is written %s and read %d, %t", n, text, back, ok)
			}
		}
		if rate < 1 {
			return
		}
		fiat, ok := server.FiatOf(n, rate)
		if !ok {
			return
		}
		coins, ok := server.CoinsFor(fiat, rate)
		if !ok {
			t.Fatalf("%d at %d costs %d, which buys too much", n, rate, fiat)
		}
		// Half a minor unit of fiat buys 50/rate coins: there and back differs by less
		// than that, and a rounding of its own.
		if diff := max(coins-n, n-coins); diff > 50/rate+1 {
			t.Fatalf("%d at %d costs %d, which buys %d", n, rate, fiat, coins)
		}
	})
}

// Bodies are refused with a fault of the caller, or taken; nothing else happens.
func FuzzExchangeBodies(f *testing.F) {
	for _, seed := range []string{
		ad("sell"), `{"ad_id":42,"usdt_amount":500000,"payment_method":"sber"}`, `{"ad":1,"currency_amount":"10.00000000000000000000"}`,
		`{"ad":1,"fiat_amount":2000.00}`, `{"outcome":"split","buyer_amount":1,"seller_amount":2,"reason":"x"}`, `{"type":"auth","token":"x"}`,
		`{"a":1,"a":2}`, `{}`, `[]`, `{"ad_id":1e3}`, "\xff",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		_, offer := server.ReadOffer(body, 100)
		_, login := server.ReadLogin(true, body)
		for name, err := range map[string]error{"ad": server.ReadAd(body), "order": server.ReadOrder(body), "verdict": server.ReadVerdict(body), "offer": offer, "login": login} {
			if err == nil {
				continue
			}
			if code := fault.CodeOf(err); code != fault.Invalid && code != fault.Unauthenticated {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
