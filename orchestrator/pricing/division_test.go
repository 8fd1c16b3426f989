package pricing_test

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
)

// When a part goes back, each side gets what the community's rules say.
func TestM6_shares(t *testing.T) {
	t.Parallel()
	proRata := pricing.Policy{}.WithRules()
	whole := pricing.Policy{CommissionRule: pricing.Whole, BuyerFeeRule: pricing.OnFullRefund}
	kept := pricing.Policy{CommissionRule: pricing.ProRata, BuyerFeeRule: pricing.Kept}
	tests := map[string]struct {
		policy          pricing.Policy
		terms           pricing.Terms
		refund, release int64
		want            pricing.Division
	}{
		"1000 of 5000 at 10 %":              {proRata, pricing.Terms{5000, 0, 500}, 1000, 4000, pricing.Division{1000, 0, 3600, 400, 0}},
		"less than the whole commission":    {proRata, pricing.Terms{5000, 0, 500}, 4800, 200, pricing.Division{4800, 0, 180, 20, 0}},
		"M20: half of 100.00":               {proRata, pricing.Terms{10_000, 0, 1000}, 5000, 5000, pricing.Division{5000, 0, 4500, 500, 0}},
		"M20: 95/5":                         {proRata, pricing.Terms{10_000, 0, 1000}, 9500, 500, pricing.Division{9500, 0, 450, 50, 0}},
		"all back, with the buyer's fee":    {proRata, pricing.Terms{5000, 125, 500}, 5000, 0, pricing.Division{5000, 125, 0, 0, 0}},
		"all released":                      {proRata, pricing.Terms{5000, 125, 500}, 0, 5000, pricing.Division{0, 0, 4500, 500, 125}},
		"the buyer's fee by its part":       {proRata, pricing.Terms{5000, 125, 500}, 1000, 4000, pricing.Division{1000, 25, 3600, 400, 100}},
		"one unit of each":                  {proRata, pricing.Terms{3, 1, 1}, 1, 2, pricing.Division{1, 0, 1, 1, 1}},
		"whole commission, capped":          {whole, pricing.Terms{5000, 125, 500}, 4800, 200, pricing.Division{4800, 0, 0, 200, 125}},
		"whole commission":                  {whole, pricing.Terms{5000, 125, 500}, 1000, 4000, pricing.Division{1000, 0, 3500, 500, 125}},
		"the fee back when all goes back":   {whole, pricing.Terms{5000, 125, 500}, 5000, 0, pricing.Division{5000, 125, 0, 0, 0}},
		"the fee never back":                {kept, pricing.Terms{5000, 125, 500}, 5000, 0, pricing.Division{5000, 0, 0, 0, 125}},
		"a policy of before there were any": {pricing.Policy{}, pricing.Terms{5000, 125, 500}, 4800, 200, pricing.Division{4800, 0, 0, 200, 125}},
		"the largest":                       {proRata, pricing.Terms{math.MaxInt64, 0, math.MaxInt64}, math.MaxInt64 - 1, 1, pricing.Division{math.MaxInt64 - 1, 0, 0, 1, 0}},
	}
	for name, tc := range tests {
		got, err := tc.policy.Divide(tc.terms, tc.refund, tc.release)
		if err != nil || got != tc.want {
			t.Errorf("%s = %+v, %v; want %+v", name, got, err, tc.want)
		}
	}
	for _, parts := range [][2]int64{{1, 1}, {-1, 5001}, {5001, -1}, {math.MaxInt64, math.MinInt64 + 1}, {0, 0}} {
		if _, err := proRata.Divide(pricing.Terms{Price: 5000}, parts[0], parts[1]); fault.ReasonOf(err) != "amounts_do_not_add_up" {
			t.Errorf("dividing 5000 into %v: %v", parts, err)
		}
	}
}

// Whatever is divided and by which rules: nothing is lost or made, nobody pays more
// than they got, and what follows a part is within a unit of it.
func TestP2_sharesAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		sum := func(name string, most int64) int64 {
			return rapid.OneOf(rapid.Int64Range(0, most), rapid.Just(most), rapid.Int64Range(0, min(most, 9))).Draw(t, name)
		}
		price := max(sum("price", math.MaxInt64), 1)
		terms := pricing.Terms{Price: price, SellerFee: sum("commission", price), BuyerFee: sum("fee", math.MaxInt64-price)}
		p := pricing.Policy{
			CommissionRule: rapid.SampledFrom(append(pricing.CommissionRules(), "")).Draw(t, "rule of the commission"),
			BuyerFeeRule:   rapid.SampledFrom(append(pricing.BuyerFeeRules(), "")).Draw(t, "rule of the fee"),
		}
		refund := sum("refund", price)
		d, err := p.Divide(terms, refund, price-refund)
		if err != nil {
			t.Fatal(err)
		}
		total := new(big.Int)
		for _, n := range []int64{d.Back, d.FeeBack, d.Paid, d.Commission, d.FeeKept} {
			if n < 0 {
				t.Fatalf("%+v divides %+v into something negative", d, terms)
			}
			total.Add(total, big.NewInt(n))
		}
		if total.Cmp(big.NewInt(price+terms.BuyerFee)) != 0 || d.Back != refund || d.Paid+d.Commission != price-refund {
			t.Fatalf("%+v does not add up to %+v", d, terms)
		}
		if p.CommissionRule == pricing.ProRata {
			follows(t, d.Commission, terms.SellerFee, price-refund, price)
		}
		if p.BuyerFeeRule == pricing.ProRata {
			follows(t, d.FeeKept, terms.BuyerFee, price-refund, price)
		}
		// A part after a part gives what both at once give.
		if more := sum("and then", price-refund); more > 0 {
			first, _ := p.FeeKept(terms, refund)
			both, _ := p.FeeKept(terms, refund+more)
			if both > first {
				t.Fatalf("after more went back more of the fee is kept: %d, then %d", first, both)
			}
		}
	})
}

func follows(t *rapid.T, got, fee, part, whole int64) {
	exact := new(big.Int).Mul(big.NewInt(fee), big.NewInt(part))
	off := exact.Sub(exact, new(big.Int).Mul(big.NewInt(got), big.NewInt(whole)))
	if off.CmpAbs(big.NewInt(whole)) > 0 {
		t.Fatalf("%d of a fee of %d is not %d/%d of it", got, fee, part, whole)
	}
}

// A minimum belongs to a currency; another currency has none.
func TestM19_minimumPerCurrency(t *testing.T) {
	t.Parallel()
	p := pricing.Policy{SellerMinimums: pricing.Minimums{"EUR": 100, "JPY": 160}, BuyerMinimums: pricing.Minimums{"KWD": 30}}
	for c, want := range map[money.Currency][2]int64{"EUR": {100, 0}, "JPY": {160, 0}, "KWD": {0, 30}, "USD": {0, 0}} {
		b, err := pricing.Compute(p, pricing.Input{UnitPrice: money.New(10_000, c), Quantity: 1})
		if err != nil || b.SellerFee.Minor() != want[0] || b.BuyerFee.Minor() != want[1] {
			t.Errorf("fees in %s = %v and %v, %v; want %v", c, b.SellerFee, b.BuyerFee, err, want)
		}
	}
	for name, bad := range map[string]pricing.Policy{
		"unknown currency": {SellerMinimums: pricing.Minimums{"usd": 1}},
		"negative":         {BuyerMinimums: pricing.Minimums{"EUR": -1}},
		"unknown rule":     {CommissionRule: "half"},
		"another's rule":   {BuyerFeeRule: pricing.Whole},
	} {
		if err := bad.Validate(); fault.ReasonOf(err) != "invalid_fee_policy" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
