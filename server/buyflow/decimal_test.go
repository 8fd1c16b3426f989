package buyflow_test

import (
	"math"
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/buyflow"
)

func TestDecimal(t *testing.T) {
	t.Parallel()
	tests := []struct {
		n             int64
		scale, places int
		want          string
	}{
		{1_000, 2, 20, "10.00000000000000000000"}, // seed 000, currency_amount
		{200_000, 2, 2, "2000.00"},                // seed 000, fiat_amount
		{6_000_000, 2, 10, "60000.0000000000"},    // seed 000, max_limit
		{0, 2, 2, "0.00"}, {5, 2, 2, "0.05"}, {99, 2, 2, "0.99"}, {-5, 2, 2, "-0.05"}, {-12345, 2, 10, "-123.4500000000"},
		{math.MaxInt64, 2, 2, "92233720368547758.07"}, {math.MinInt64, 2, 2, "-92233720368547758.08"},
		{1_577, 0, 2, "1577.00"}, {3_255, 3, 2, "3.255"}, {10_500_000, 6, 20, "10.50000000000000000000"}, {1, 18, 10, "0.000000000000000001"},
	}
	for _, test := range tests {
		if got := buyflow.Decimal(test.n, test.scale, test.places); got != test.want {
			t.Errorf("%d of %d decimals with %d places is %s, want %s", test.n, test.scale, test.places, got, test.want)
		}
	}
}

// Bodies are refused with a fault of the caller, or taken; nothing else happens.
func FuzzOfferBodies(f *testing.F) {
	for _, seed := range []string{
		`{"ad":1,"currency_amount":"10.00000000000000000000"}`, `{"ad":1,"fiat_amount":2000.00}`,
		`{"a":1,"a":2}`, `{}`, `[]`, `{"ad_id":1e3}`, "\xff",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		_, err := buyflow.ReadOffer(body, 100)
		if err != nil && fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%v", err)
		}
	})
}
