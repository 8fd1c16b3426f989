package pricing_test

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
)

var byValue = cmp.Comparer(func(a, b money.Amount) bool { return a == b })

func eur(minor int64) money.Amount { return money.New(minor, "EUR") }

func TestEncodeLines_isStable(t *testing.T) {
	t.Parallel()
	policy := pricing.Policy{SellerBasisPoints: 1000, BuyerMinimums: least(25)}
	b, err := pricing.Compute(policy, pricing.Input{UnitPrice: eur(1050), Quantity: 2, Shipping: 390})
	if err != nil {
		t.Fatal(err)
	}
	text, err := pricing.EncodeLines(b.Lines)
	if err != nil {
		t.Fatal(err)
	}
	const want = `[{"code":"unit_price","side":"both","quantity":2,"unit":1050,"amount":2100,"currency":"EUR"},` +
		`{"code":"shipping","side":"both","quantity":1,"unit":390,"amount":390,"currency":"EUR"},` +
		`{"code":"buyer_fee","side":"payer","quantity":1,"unit":25,"amount":25,"currency":"EUR"},` +
		`{"code":"seller_commission","side":"payee","quantity":1,"unit":-210,"amount":-210,"currency":"EUR"}]`
	if diff := cmp.Diff(want, text); diff != "" {
		t.Errorf("stored text (-want +got):\n%s", diff)
	}
	lines, err := pricing.DecodeLines(text)
	if err != nil {
		t.Fatal(err)
	}
	again, err := pricing.FromLines(lines)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b, again, byValue); diff != "" {
		t.Errorf("a stored deal has another price (-want +got):\n%s", diff)
	}
}

func TestDecodeLines_refusals(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"empty":            ``,
		"null":             `null`,
		"object":           `{}`,
		"cut":              `[{"code":"unit_price"`,
		"more behind":      `[] []`,
		"unknown member":   `[{"code":"unit_price","side":"both","quantity":1,"unit":5,"amount":5,"currency":"EUR","vat":1}]`,
		"fraction":         `[{"code":"unit_price","side":"both","quantity":1,"unit":5.0,"amount":5,"currency":"EUR"}]`,
		"exponent":         `[{"code":"unit_price","side":"both","quantity":1,"unit":5e0,"amount":5,"currency":"EUR"}]`,
		"above 63 bits":    `[{"code":"unit_price","side":"both","quantity":1,"unit":9223372036854775808,"amount":5,"currency":"EUR"}]`,
		"unknown code":     `[{"code":"tip","side":"both","quantity":1,"unit":5,"amount":5,"currency":"EUR"}]`,
		"another's side":   `[{"code":"buyer_fee","side":"payee","quantity":1,"unit":5,"amount":5,"currency":"EUR"}]`,
		"wrong product":    `[{"code":"unit_price","side":"both","quantity":2,"unit":5,"amount":5,"currency":"EUR"}]`,
		"product overflow": `[{"code":"unit_price","side":"both","quantity":2,"unit":9223372036854775807,"amount":-2,"currency":"EUR"}]`,
		"quantity 0":       `[{"code":"unit_price","side":"both","quantity":0,"unit":5,"amount":0,"currency":"EUR"}]`,
		"no currency":      `[{"code":"unit_price","side":"both","quantity":1,"unit":5,"amount":5}]`,
		"negative price":   `[{"code":"unit_price","side":"both","quantity":1,"unit":-5,"amount":-5,"currency":"EUR"}]`,
		"commission given": `[{"code":"seller_commission","side":"payee","quantity":1,"unit":5,"amount":5,"currency":"EUR"}]`,
	}
	for name, text := range tests {
		if lines, err := pricing.DecodeLines(text); !errors.Is(err, pricing.ErrBadLine) {
			t.Errorf("%s = %v, %v; want ErrBadLine", name, lines, err)
		}
	}
}

func TestFromLines_refusals(t *testing.T) {
	t.Parallel()
	line := func(c pricing.Code, s pricing.Side, a money.Amount) pricing.Line {
		return pricing.Line{Code: c, Side: s, Quantity: 1, Unit: a, Amount: a}
	}
	goods := line(pricing.UnitPrice, pricing.Both, eur(100))
	tests := map[string]struct {
		lines []pricing.Line
		want  error
	}{
		"nothing":                    {nil, pricing.ErrBadLine},
		"only shipping":              {[]pricing.Line{line(pricing.Shipping, pricing.Both, eur(1))}, pricing.ErrBadLine},
		"goods twice":                {[]pricing.Line{goods, goods}, pricing.ErrBadLine},
		"more commission than goods": {[]pricing.Line{goods, line(pricing.SellerCommission, pricing.Payee, eur(-101))}, pricing.ErrBadLine},
		"wrong side":                 {[]pricing.Line{goods, line(pricing.BuyerFee, pricing.Both, eur(1))}, pricing.ErrBadLine},
		"commission of the smallest": {[]pricing.Line{goods, line(pricing.SellerCommission, pricing.Payee, eur(math.MinInt64))}, pricing.ErrBadLine},
		"two currencies":             {[]pricing.Line{goods, line(pricing.BuyerFee, pricing.Payer, money.New(1, "USD"))}, money.ErrCurrencyMismatch},
		"overflow":                   {[]pricing.Line{goods, line(pricing.BuyerFee, pricing.Payer, eur(math.MaxInt64))}, money.ErrOverflow},
	}
	for name, tc := range tests {
		if b, err := pricing.FromLines(tc.lines); !errors.Is(err, tc.want) {
			t.Errorf("%s = %+v, %v; want %v", name, b, err, tc.want)
		}
	}
	if text, err := pricing.EncodeLines([]pricing.Line{line("tip", pricing.Both, eur(1))}); !errors.Is(err, pricing.ErrBadLine) {
		t.Errorf("EncodeLines = %q, %v; want ErrBadLine", text, err)
	}
}

// FuzzDecodeLines: what can be read is written back as the same lines.
func FuzzDecodeLines(f *testing.F) {
	f.Add(`[{"code":"unit_price","side":"both","quantity":2,"unit":1050,"amount":2100,"currency":"EUR"}]`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, text string) {
		lines, err := pricing.DecodeLines(text)
		if err != nil {
			return
		}
		stored, err := pricing.EncodeLines(lines)
		if err != nil {
			t.Fatalf("read but not written: %v", err)
		}
		again, err := pricing.DecodeLines(stored)
		if diff := cmp.Diff(lines, again, byValue); err != nil || diff != "" {
			t.Fatalf("%v (-want +got):\n%s", err, diff)
		}
		if b, err := pricing.FromLines(lines); err == nil {
			addsUp(t, b)
		}
	})
}
