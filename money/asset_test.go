package money_test

import (
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/money"
)

func TestH13_parseAssets(t *testing.T) {
	t.Parallel()
	listed, known, err := money.ParseAssets("USDT:6, BTC:8,EUR,JETTON9:0,ETH:18")
	if err != nil || !slices.Equal(listed, []money.Currency{"USDT", "BTC", "EUR", "JETTON9", "ETH"}) {
		t.Fatalf("%v, %v", listed, err)
	}
	for code, want := range map[money.Currency]int{"USDT": 6, "BTC": 8, "EUR": 2, "JPY": 0, "KWD": 3, "JETTON9": 0, "ETH": 18} {
		if scale, ok := known.Scale(code); !ok || scale != want {
			t.Errorf("%s has %d decimals, %t; want %d", code, scale, ok, want)
		}
		if c, err := known.Parse(string(code)); err != nil || c != code {
			t.Errorf("%s is read as %s, %v", code, c, err)
		}
	}
	for _, code := range []string{"", "usdt", "Usdt", "TRX", "XXZ", "eur", "USDT ", "ÜSD"} {
		if c, err := known.Parse(code); !errors.Is(err, money.ErrUnknownCurrency) {
			t.Errorf("%q is taken for %q", code, c)
		}
	}
	if all := known.List(); len(all) != 4 || all[0] != (money.Asset{Code: "BTC", Scale: 8}) {
		t.Errorf("listed are %v", all)
	}
	if listed, _, err := money.ParseAssets(" "); err != nil || listed != nil {
		t.Errorf("nothing is %v, %v", listed, err)
	}
	for _, text := range []string{
		"USDT", "USDT:", "USDT:x", "USDT:-1", "USDT:19", "usdt:6", "US:6", "USDTUSDTUSDT:6", "EUR:2", "EUR:3", "USDT:6,USDT:6", "USDT:6,USDT:8",
		"EUR,EUR", ",", "USDT:6,", "1USD:6", "US DT:6", "USDT:6:6", "USDT:6.0", "USDT:99999999999999999999",
	} {
		if listed, _, err := money.ParseAssets(text); !errors.Is(err, money.ErrBadAsset) {
			t.Errorf("%q is %v, %v", text, listed, err)
		}
	}
}

func TestH13_decimals(t *testing.T) {
	t.Parallel()
	_, known, err := money.ParseAssets("USDT:6,BTC:8,ETH:18,POINT:0")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		amount money.Amount
		want   string
	}{
		{money.New(10_500_000, "USDT"), "10.500000 USDT"}, {money.New(1, "USDT"), "0.000001 USDT"}, {money.New(-1, "BTC"), "-0.00000001 BTC"},
		{money.New(7, "POINT"), "7 POINT"}, {money.New(5, "EUR"), "0.05 EUR"}, {money.New(5, "JPY"), "5 JPY"}, {money.New(5, "KWD"), "0.005 KWD"},
		{money.New(math.MaxInt64, "ETH"), "9.223372036854775807 ETH"}, {money.New(math.MinInt64, "ETH"), "-9.223372036854775808 ETH"},
		{money.New(5, "DOGE"), "5 minor units of DOGE"},
	} {
		if got := known.Format(tc.amount); got != tc.want {
			t.Errorf("%d of %s is %q, want %q", tc.amount.Minor(), tc.amount.Currency(), got, tc.want)
		}
	}
	if got := money.New(10_500_000, "USDT").String(); got != "10500000 minor units of USDT" {
		t.Errorf("where the decimals are not known it is %q", got)
	}
	for text, want := range map[string]int64{"10.5": 10_500_000, "10.50000000000000000000": 10_500_000, "0.000001": 1, "7": 7_000_000} {
		if got, ok := money.ParseDecimal(text, 6); !ok || got != want {
			t.Errorf("%s is %d, %t; want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"0.0000001", "10.5000001", "9223372036854.775808", "-1", "1e6", ".5", "5.", ""} {
		if got, ok := money.ParseDecimal(text, 6); ok {
			t.Errorf("%q is taken for %d", text, got)
		}
	}
	if n, ok := money.ParseDecimal("5.00", 0); !ok || n != 5 {
		t.Errorf("5.00 yen are %d, %t", n, ok)
	}
}

func TestH13_limits(t *testing.T) {
	t.Parallel()
	_, known, err := money.ParseAssets("POINT:0,USDT:6,BTC:8,ETH:18")
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[money.Currency]int64{"EUR": 1e12, "JPY": 1e12, "POINT": 1e12, "USDT": 1e12, "BTC": 1e14, "ETH": 1e18} {
		if got := known.Limit(code); got != want {
			t.Errorf("%s is taken up to %d, want %d", code, got, want)
		}
	}
	// Where only the code is known, an asset's decimals are not.
	for code, want := range map[money.Currency]int64{"EUR": 1e12, "JPY": 1e12, "CLF": 1e12, "USDT": 1e18, "": 1e18} {
		if got := money.MostMinor(code); got != want {
			t.Errorf("%q is taken up to %d, want %d", code, got, want)
		}
	}
}

func TestH13_cost(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		rate         money.Rate
		amount, want int64
		ok           bool
	}{
		"10.5 USDT at 150.25 yen are 1577.625 yen": {money.Rate{15_025, 6, 0}, 10_500_000, 1578, true},
		"10.5 USDT at 0.31 dinar are 3.255":        {money.Rate{31, 6, 3}, 10_500_000, 3255, true},
		"10.5 USDT at 0.93 euro are 9.765":         {money.Rate{93, 6, 2}, 10_500_000, 977, true},
		"a satoshi at a million euro is 0.01":      {money.Rate{100_000_000, 8, 2}, 1, 1, true},
		"half a cent is up":                        {money.Rate{50, 2, 2}, 1, 1, true},
		"less than half is nothing":                {money.Rate{49, 2, 2}, 1, 0, true},
		"149 and 150 hundredths":                   {money.Rate{149, 2, 2}, 1, 1, true},
		"rubles for rubles":                        {money.Rate{100, 2, 2}, 500_000, 500_000, true},
		"rubles at 92.50 yen":                      {money.Rate{9250, 2, 0}, 100, 93, true},
		"the largest, one for one":                 {money.Rate{100, 2, 2}, math.MaxInt64, math.MaxInt64, true},
		"a little too much":                        {money.Rate{101, 2, 2}, math.MaxInt64, 0, false},
		"a wei at the highest price":               {money.Rate{1_000_000_000, 18, 2}, 1, 0, true},
		"9 ether at the highest price":             {money.Rate{1_000_000_000, 18, 2}, 9e18, 9_000_000_000, true},
		"far too much":                             {money.Rate{math.MaxInt64, 0, 18}, math.MaxInt64, 0, false},
		"negative":                                 {money.Rate{100, 2, 2}, -1, 0, false},
		"without a price":                          {money.Rate{0, 2, 2}, 1, 0, false},
		"a third of a unit, as near as it gets (333333 × 3 / 1e6)": {money.Rate{300, 6, 2}, 333_333, 100, true},
	} {
		if got, ok := tc.rate.Cost(tc.amount); ok != tc.ok || ok && got != tc.want {
			t.Errorf("%s: %d, %t; want %d, %t", name, got, ok, tc.want, tc.ok)
		}
	}
	if got, ok := (money.Rate{15_025, 6, 0}).Buys(1578); !ok || got != 10_502_496 {
		t.Errorf("1578 yen buy %d, %t", got, ok)
	}
}

// checkRate holds a rate against fractions: both directions are within half a unit of
// what is exact, halves up, and monotonous.
func checkRate(t *testing.T, r money.Rate, n int64) {
	t.Helper()
	exact := func(of int64, buys bool) *big.Rat {
		ten := func(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }
		price := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(r.Price), ten(r.To)), ten(r.From+2))
		if buys {
			price.Inv(price)
		}
		return price.Mul(price, new(big.Rat).SetInt64(of))
	}
	for _, buys := range []bool{false, true} {
		convert := r.Cost
		if buys {
			convert = r.Buys
		}
		got, ok := convert(n)
		want := exact(n, buys)
		if !ok {
			if limit := new(big.Rat).Add(want, big.NewRat(1, 2)); limit.Cmp(new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), 63))) < 0 {
				t.Fatalf("%+v of %d is refused, and is %s", r, n, want.FloatString(3))
			}
			continue
		}
		off := new(big.Rat).Sub(new(big.Rat).SetInt64(got), want)
		if off.Cmp(big.NewRat(1, 2)) > 0 || off.Cmp(big.NewRat(-1, 2)) <= 0 {
			t.Fatalf("%+v of %d is %d, exactly %s", r, n, got, want.FloatString(3))
		}
		if more, ok := convert(n + 1); n < math.MaxInt64 && ok && more < got {
			t.Fatalf("%+v of %d is %d, of one more %d", r, n, got, more)
		}
	}
}

func TestH13_rateIsExact(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(13, 13))
	for range 20_000 {
		r := money.Rate{Price: 1 + random.Int64N(1_000_000_000), From: random.IntN(19), To: random.IntN(5)}
		checkRate(t, r, random.Int64()>>random.IntN(63))
	}
}

func FuzzRate(f *testing.F) {
	f.Add(int64(15_025), 6, 0, int64(10_500_000))
	f.Add(int64(1_000_000_000), 18, 3, int64(math.MaxInt64))
	f.Fuzz(func(t *testing.T, price int64, from, to int, n int64) {
		if price < 1 || from < 0 || from > money.MaxScale || to < 0 || to > money.MaxScale || n < 0 {
			return
		}
		checkRate(t, money.Rate{Price: price, From: from, To: to}, n)
	})
}

func FuzzAssetDecimal(f *testing.F) {
	f.Add(int64(10_500_000), 6, "10.5")
	f.Add(int64(math.MinInt64), 18, "0.000000000000000001")
	f.Fuzz(func(t *testing.T, n int64, scale int, text string) {
		if scale < 0 || scale > money.MaxScale {
			return
		}
		written := money.Decimal(n, scale)
		if _, fraction, _ := strings.Cut(written, "."); len(fraction) != scale {
			t.Fatalf("%d with %d decimals is %s", n, scale, written)
		}
		if back, ok := money.ParseDecimal(strings.TrimPrefix(written, "-"), scale); n > math.MinInt64 && (!ok || back != max(n, -n)) {
			t.Fatalf("%d is written %s and read %d, %t", n, written, back, ok)
		}
		if read, ok := money.ParseDecimal(text, scale); ok {
			if again, ok := money.ParseDecimal(money.Decimal(read, scale), scale); !ok || again != read {
				t.Fatalf("%q is %d, which is written and read as %d", text, read, again)
			}
		}
	})
}

func FuzzParseAssets(f *testing.F) {
	for _, seed := range []string{"USDT:6,BTC:8,EUR", "", "USDT:19", "EUR:2", ",", "A:1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		listed, known, err := money.ParseAssets(text)
		if err != nil {
			return
		}
		for _, c := range listed {
			if scale, ok := known.Scale(c); !ok || scale < 0 || scale > money.MaxScale || !c.WellFormed() {
				t.Fatalf("%q lists %q with %d decimals, %t", text, c, scale, ok)
			}
		}
	})
}
