package money_test

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/money"
)

func TestParseCurrency(t *testing.T) {
	t.Parallel()
	exponents := map[string]int{"eur": 2, "USD": 2, "JPY": 0, "BHD": 3, "CLF": 4, "HUF": 2, "ISK": 0}
	for code, want := range exponents {
		c, err := money.ParseCurrency(code)
		if err != nil {
			t.Fatalf("ParseCurrency(%q): %v", code, err)
		}
		if got, ok := c.Exponent(); !ok || got != want {
			t.Errorf("%s exponent = %d, %v; want %d", code, got, ok, want)
		}
	}
	for _, code := range []string{"", "EU", "EURO", "XXZ", "€", "eu r"} {
		if _, err := money.ParseCurrency(code); !errors.Is(err, money.ErrUnknownCurrency) {
			t.Errorf("ParseCurrency(%q) = %v, want ErrUnknownCurrency", code, err)
		}
	}
}

func TestAmount_arithmetic(t *testing.T) {
	t.Parallel()
	eur := func(n int64) money.Amount { return money.New(n, "EUR") }
	add := func(a, b money.Amount) func() (money.Amount, error) {
		return func() (money.Amount, error) { return a.Add(b) }
	}
	tests := map[string]struct {
		do   func() (money.Amount, error)
		want money.Amount
		err  error
	}{
		"add":                     {add(eur(1), eur(2)), eur(3), nil},
		"add to nothing":          {add(money.Amount{}, eur(2)), eur(2), nil},
		"add nothing":             {add(eur(2), money.Amount{}), eur(2), nil},
		"add overflows":           {add(eur(math.MaxInt64), eur(1)), money.Amount{}, money.ErrOverflow},
		"add underflows":          {add(eur(math.MinInt64), eur(-1)), money.Amount{}, money.ErrOverflow},
		"add mixed":               {add(eur(1), money.New(1, "USD")), money.Amount{}, money.ErrCurrencyMismatch},
		"sub":                     {func() (money.Amount, error) { return eur(1).Sub(eur(3)) }, eur(-2), nil},
		"sub the smallest":        {func() (money.Amount, error) { return eur(0).Sub(eur(math.MinInt64)) }, money.Amount{}, money.ErrOverflow},
		"mul":                     {func() (money.Amount, error) { return eur(-7).Mul(6) }, eur(-42), nil},
		"mul by nothing":          {func() (money.Amount, error) { return eur(math.MaxInt64).Mul(0) }, eur(0), nil},
		"mul nothing":             {func() (money.Amount, error) { return eur(0).Mul(math.MinInt64) }, eur(0), nil},
		"mul overflows":           {func() (money.Amount, error) { return eur(math.MaxInt64).Mul(2) }, money.Amount{}, money.ErrOverflow},
		"mul the smallest by -1":  {func() (money.Amount, error) { return eur(math.MinInt64).Mul(-1) }, money.Amount{}, money.ErrOverflow},
		"mul -1 by the smallest":  {func() (money.Amount, error) { return eur(-1).Mul(math.MinInt64) }, money.Amount{}, money.ErrOverflow},
		"3 % of 12.34 is 37.02":   {func() (money.Amount, error) { return eur(1234).BasisPoints(300) }, eur(37), nil},
		"half to even, down":      {func() (money.Amount, error) { return eur(50).BasisPoints(100) }, eur(0), nil},
		"half to even, up":        {func() (money.Amount, error) { return eur(150).BasisPoints(100) }, eur(2), nil},
		"half to even, negative":  {func() (money.Amount, error) { return eur(-150).BasisPoints(100) }, eur(-2), nil},
		"basis points overflow":   {func() (money.Amount, error) { return eur(math.MaxInt64).BasisPoints(1_000_000) }, money.Amount{}, money.ErrOverflow},
		"just above what fits":    {func() (money.Amount, error) { return eur(math.MaxInt64).BasisPoints(10_001) }, money.Amount{}, money.ErrOverflow},
		"all of the most":         {func() (money.Amount, error) { return eur(math.MaxInt64).BasisPoints(10_000) }, eur(math.MaxInt64), nil},
		"negative basis points":   {func() (money.Amount, error) { return eur(1).BasisPoints(-1) }, money.Amount{}, money.ErrOverflow},
		"basis points of minimum": {func() (money.Amount, error) { return eur(math.MinInt64).BasisPoints(1) }, money.Amount{}, money.ErrOverflow},
	}
	for name, tc := range tests {
		got, err := tc.do()
		if !errors.Is(err, tc.err) || (err == nil && got != tc.want) {
			t.Errorf("%s = %v, %v; want %v, %v", name, got, err, tc.want, tc.err)
		}
	}
}

func TestAmount_Allocate(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		minor   int64
		weights []int64
		want    []int64
	}{
		"thirds":            {100, []int64{1, 1, 1}, []int64{34, 33, 33}},
		"negative":          {-100, []int64{1, 1, 1}, []int64{-34, -33, -33}},
		"largest remainder": {10, []int64{1, 5, 3}, []int64{1, 6, 3}},
		"nothing":           {0, []int64{2, 1}, []int64{0, 0}},
		"zero weight":       {7, []int64{0, 1}, []int64{0, 7}},
		"everything":        {math.MaxInt64, []int64{1, math.MaxInt64 - 1}, []int64{1, math.MaxInt64 - 1}},
	}
	for name, tc := range tests {
		parts, err := money.New(tc.minor, "EUR").Allocate(tc.weights...)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got []int64
		for _, p := range parts {
			got = append(got, p.Minor())
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for _, weights := range [][]int64{nil, {0}, {1, -1}, {math.MaxInt64, 1}} {
		if _, err := money.New(1, "EUR").Allocate(weights...); !errors.Is(err, money.ErrBadWeights) {
			t.Errorf("Allocate(%v) = %v, want ErrBadWeights", weights, err)
		}
	}
	if _, err := money.New(math.MinInt64, "EUR").Allocate(1); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("the smallest amount: %v, want ErrOverflow", err)
	}
}

func TestAmount_Cmp(t *testing.T) {
	t.Parallel()
	eur := func(n int64) money.Amount { return money.New(n, "EUR") }
	for _, tc := range []struct {
		a, b money.Amount
		want int
		err  error
	}{
		{eur(1), eur(2), -1, nil},
		{eur(2), eur(2), 0, nil},
		{eur(2), eur(-3), 1, nil},
		{eur(math.MinInt64), eur(math.MaxInt64), -1, nil},
		{money.Amount{}, eur(1), -1, nil},
		{eur(1), money.New(1, "USD"), 0, money.ErrCurrencyMismatch},
	} {
		if got, err := tc.a.Cmp(tc.b); got != tc.want || !errors.Is(err, tc.err) {
			t.Errorf("Cmp(%s, %s) = %d, %v; want %d, %v", tc.a, tc.b, got, err, tc.want, tc.err)
		}
	}
}

// What is in an amount can be read again, and a gateway gets its currency in lower case.
func TestAmount_parts(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		amount         money.Amount
		code           money.Currency
		lower          string
		zero, negative bool
	}{
		{money.New(-5, "EUR"), "EUR", "eur", false, true},
		{money.New(0, "JPY"), "JPY", "jpy", true, false},
		{money.New(1, "USDT"), "USDT", "usdt", false, false},
		{money.Amount{}, "", "", true, false},
	} {
		a := tc.amount
		if c := a.Currency(); c != tc.code || c.Lower() != tc.lower || a.IsZero() != tc.zero || a.IsNegative() != tc.negative {
			t.Errorf("%s: currency %s, in lower case %s; zero %t, negative %t", a, c, c.Lower(), a.IsZero(), a.IsNegative())
		}
	}
}

func FuzzAllocate(f *testing.F) {
	f.Add(int64(100), int64(1), int64(1), int64(1))
	f.Add(int64(math.MaxInt64), int64(3), int64(0), int64(math.MaxInt64/2))
	f.Fuzz(func(t *testing.T, minor, a, b, c int64) {
		parts, err := money.New(minor, "EUR").Allocate(a, b, c)
		if err != nil {
			return
		}
		sum := money.Amount{}
		for i, p := range parts {
			if p.Minor() != 0 && (p.IsNegative() != (minor < 0) || []int64{a, b, c}[i] == 0) {
				t.Fatalf("part %d of %d is %d", i, minor, p.Minor())
			}
			if sum, err = sum.Add(p); err != nil {
				t.Fatal(err)
			}
		}
		if sum.Minor() != minor {
			t.Fatalf("parts of %d add up to %d", minor, sum.Minor())
		}
	})
}

// FuzzArithmetic holds every operation against arbitrary precision integers.
func FuzzArithmetic(f *testing.F) {
	f.Add(int64(1), int64(-1), int64(300))
	f.Add(int64(math.MinInt64), int64(math.MaxInt64), int64(10_000))
	f.Fuzz(func(t *testing.T, x, y, bp int64) {
		a, b := money.New(x, "EUR"), money.New(y, "EUR")
		check := func(op string, got money.Amount, err error, want *big.Int) {
			if err != nil {
				if want.IsInt64() && x != math.MinInt64 && y != math.MinInt64 {
					t.Fatalf("%d %s %d refused: %v", x, op, y, err)
				}
				return
			}
			if !want.IsInt64() || got.Minor() != want.Int64() {
				t.Fatalf("%d %s %d = %d, want %s", x, op, y, got.Minor(), want)
			}
		}
		bx, by := big.NewInt(x), big.NewInt(y)
		sum, err := a.Add(b)
		check("+", sum, err, new(big.Int).Add(bx, by))
		diff, err := a.Sub(b)
		check("-", diff, err, new(big.Int).Sub(bx, by))
		product, err := a.Mul(y)
		check("*", product, err, new(big.Int).Mul(bx, by))
		if bp < 0 || bp > 1_000_000 {
			return
		}
		share, err := a.BasisPoints(bp)
		if err != nil {
			return
		}
		// |share × 10,000 − x × bp| may be at most half a unit.
		off := new(big.Int).Sub(new(big.Int).Mul(big.NewInt(share.Minor()), big.NewInt(10_000)), new(big.Int).Mul(bx, big.NewInt(bp)))
		if off.CmpAbs(big.NewInt(5_000)) > 0 {
			t.Fatalf("%d bp of %d = %d, off by %s", bp, x, share.Minor(), off)
		}
	})
}

func TestAmount_String(t *testing.T) {
	t.Parallel()
	tests := map[string]money.Amount{
		"12.34 EUR": money.New(1234, "EUR"), "-0.05 EUR": money.New(-5, "EUR"), "500 JPY": money.New(500, "JPY"),
		"0.001 BHD": money.New(1, "BHD"), "-92233720368547758.08 USD": money.New(math.MinInt64, "USD"), "0": {},
	}
	for want, a := range tests {
		if got := a.String(); got != want {
			t.Errorf("String() = %q, want %q", got, want)
		}
	}
}
