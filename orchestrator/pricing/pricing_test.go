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

// least is a minimum in the currency of most tests.
func least(minor int64) pricing.Minimums { return pricing.Minimums{"EUR": minor} }

func TestCompute(t *testing.T) {
	t.Parallel()
	type sums struct{ price, buyerFee, sellerFee, total, payout int64 }
	tests := map[string]struct {
		policy                   pricing.Policy
		unit, quantity, shipping int64
		want                     sums
	}{
		"no fees":                             {pricing.Policy{}, 1000, 2, 0, sums{2000, 0, 0, 2000, 2000}},
		"shipping goes to the seller":         {pricing.Policy{}, 1000, 1, 350, sums{1350, 0, 0, 1350, 1350}},
		"commission":                          {pricing.Policy{SellerBasisPoints: 300}, 1234, 1, 0, sums{1234, 0, 37, 1234, 1197}},
		"commission leaves shipping alone":    {pricing.Policy{SellerBasisPoints: 1000}, 1000, 2, 5000, sums{7000, 0, 200, 7000, 6800}},
		"fee leaves shipping alone":           {pricing.Policy{BuyerBasisPoints: 1000}, 1000, 2, 5000, sums{7000, 200, 0, 7200, 7000}},
		"10 % of 19.99 is rounded":            {pricing.Policy{BuyerBasisPoints: 1000}, 1999, 1, 0, sums{1999, 200, 0, 2199, 1999}},
		"half to even, down":                  {pricing.Policy{SellerBasisPoints: 100}, 50, 1, 0, sums{50, 0, 0, 50, 50}},
		"half to even, up":                    {pricing.Policy{SellerBasisPoints: 100}, 150, 1, 0, sums{150, 0, 2, 150, 148}},
		"rounded once, on the goods total":    {pricing.Policy{SellerBasisPoints: 100}, 50, 3, 0, sums{150, 0, 2, 150, 148}},
		"minimum is more than the rate":       {pricing.Policy{SellerBasisPoints: 100, SellerMinimums: least(30)}, 1000, 1, 0, sums{1000, 0, 30, 1000, 970}},
		"rate is more than the minimum":       {pricing.Policy{SellerBasisPoints: 1000, SellerMinimums: least(30)}, 1000, 1, 0, sums{1000, 0, 100, 1000, 900}},
		"fixed commission":                    {pricing.Policy{SellerMinimums: least(30)}, 1000, 1, 0, sums{1000, 0, 30, 1000, 970}},
		"fixed fee":                           {pricing.Policy{BuyerMinimums: least(30)}, 1000, 1, 0, sums{1000, 30, 0, 1030, 1000}},
		"commission is at most the goods":     {pricing.Policy{SellerMinimums: least(500)}, 120, 1, 80, sums{200, 0, 120, 200, 80}},
		"fee may be more than the goods":      {pricing.Policy{BuyerMinimums: least(500)}, 120, 1, 0, sums{120, 500, 0, 620, 120}},
		"all of it":                           {pricing.Policy{SellerBasisPoints: 10_000}, 120, 1, 80, sums{200, 0, 120, 200, 80}},
		"both sides":                          {pricing.Policy{SellerBasisPoints: 500, SellerMinimums: least(50), BuyerBasisPoints: 250, BuyerMinimums: least(25)}, 2500, 3, 490, sums{7990, 188, 375, 8178, 7615}},
		"free goods carry no fee":             {pricing.Policy{SellerBasisPoints: 500, SellerMinimums: least(50), BuyerBasisPoints: 250, BuyerMinimums: least(25)}, 0, 3, 490, sums{490, 0, 0, 490, 490}},
		"the largest price":                   {pricing.Policy{}, math.MaxInt64, 1, 0, sums{math.MaxInt64, 0, 0, math.MaxInt64, math.MaxInt64}},
		"the largest price, all of it a loss": {pricing.Policy{SellerMinimums: least(math.MaxInt64)}, math.MaxInt64, 1, 0, sums{math.MaxInt64, 0, math.MaxInt64, math.MaxInt64, 0}},
	}
	for name, tc := range tests {
		b, err := pricing.Compute(tc.policy, pricing.Input{UnitPrice: money.New(tc.unit, "EUR"), Quantity: tc.quantity, Shipping: tc.shipping})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := sums{b.Price.Minor(), b.BuyerFee.Minor(), b.SellerFee.Minor(), b.Total.Minor(), b.Payout.Minor()}
		if got != tc.want {
			t.Errorf("%s = %+v, want %+v", name, got, tc.want)
		}
		for _, a := range []money.Amount{b.Price, b.BuyerFee, b.SellerFee, b.Total, b.Payout} {
			if a.Currency() != "EUR" {
				t.Errorf("%s: %v has another currency", name, a)
			}
		}
	}
}

func TestCompute_refusals(t *testing.T) {
	t.Parallel()
	eur := func(n int64) money.Amount { return money.New(n, "EUR") }
	tests := map[string]struct {
		policy pricing.Policy
		in     pricing.Input
		reason fault.Reason
	}{
		"negative commission rate":     {pricing.Policy{SellerBasisPoints: -1}, pricing.Input{eur(1), 1, 0}, "invalid_fee_policy"},
		"commission above 100 %":       {pricing.Policy{SellerBasisPoints: 10_001}, pricing.Input{eur(1), 1, 0}, "invalid_fee_policy"},
		"negative fee rate":            {pricing.Policy{BuyerBasisPoints: -1}, pricing.Input{eur(1), 1, 0}, "invalid_fee_policy"},
		"fee above 100 %":              {pricing.Policy{BuyerBasisPoints: 10_001}, pricing.Input{eur(1), 1, 0}, "invalid_fee_policy"},
		"negative commission minimum":  {pricing.Policy{SellerMinimums: least(-1)}, pricing.Input{eur(1), 1, 0}, "invalid_fee_policy"},
		"negative fee minimum":         {pricing.Policy{BuyerMinimums: least(-1)}, pricing.Input{eur(1), 1, 0}, "invalid_fee_policy"},
		"negative price":               {pricing.Policy{}, pricing.Input{eur(-1), 1, 0}, "invalid_price"},
		"no currency":                  {pricing.Policy{}, pricing.Input{money.New(1, ""), 1, 0}, "invalid_price"},
		"unknown currency":             {pricing.Policy{}, pricing.Input{money.New(1, "usdt"), 1, 0}, "invalid_price"},
		"quantity 0":                   {pricing.Policy{}, pricing.Input{eur(1), 0, 0}, "invalid_quantity"},
		"negative quantity":            {pricing.Policy{}, pricing.Input{eur(1), -2, 0}, "invalid_quantity"},
		"negative shipping":            {pricing.Policy{}, pricing.Input{eur(1), 1, -1}, "invalid_shipping"},
		"goods overflow":               {pricing.Policy{}, pricing.Input{eur(math.MaxInt64), 2, 0}, "amount_out_of_range"},
		"shipping overflows":           {pricing.Policy{}, pricing.Input{eur(math.MaxInt64), 1, 1}, "amount_out_of_range"},
		"fee overflows":                {pricing.Policy{BuyerBasisPoints: 1}, pricing.Input{eur(math.MaxInt64), 1, 0}, "amount_out_of_range"},
		"minimum of the fee overflows": {pricing.Policy{BuyerMinimums: least(math.MaxInt64)}, pricing.Input{eur(1), 1, 0}, "amount_out_of_range"},
	}
	for name, tc := range tests {
		b, err := pricing.Compute(tc.policy, tc.in)
		if fault.CodeOf(err) != fault.Invalid || fault.ReasonOf(err) != tc.reason || b.Lines != nil {
			t.Errorf("%s = %+v, %v; want %s", name, b, err, tc.reason)
		}
	}
}

// Whatever the deal: the parts add up to the whole, nothing is negative, the
// fees are what exact arithmetic says, and a longer stay never costs less.
func TestCompute_properties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rate, amount := rapid.Int64Range(0, 10_000), rapid.Int64Range(0, 1<<31)
		c := rapid.SampledFrom([]money.Currency{"EUR", "JPY", "BHD"}).Draw(t, "currency")
		p := pricing.Policy{
			SellerBasisPoints: rate.Draw(t, "commission"), SellerMinimums: pricing.Minimums{c: amount.Draw(t, "least commission")},
			BuyerBasisPoints: rate.Draw(t, "fee"), BuyerMinimums: pricing.Minimums{c: amount.Draw(t, "least fee")},
		}
		in := pricing.Input{money.New(amount.Draw(t, "price"), c), rapid.Int64Range(1, 1000).Draw(t, "quantity"), amount.Draw(t, "shipping")}
		b, err := pricing.Compute(p, in)
		if err != nil {
			t.Fatal(err)
		}
		addsUp(t, b)
		goods := in.UnitPrice.Minor() * in.Quantity
		if goods > 0 {
			near(t, "commission", b.SellerFee.Minor(), goods, p.SellerBasisPoints, p.SellerMinimums[c], goods)
			near(t, "fee", b.BuyerFee.Minor(), goods, p.BuyerBasisPoints, p.BuyerMinimums[c], math.MaxInt64)
		}
		in.Quantity++
		more, err := pricing.Compute(p, in)
		if err != nil {
			t.Fatal(err)
		}
		if more.Total.Minor() < b.Total.Minor() || more.SellerFee.Minor() < b.SellerFee.Minor() || more.BuyerFee.Minor() < b.BuyerFee.Minor() {
			t.Fatalf("one more costs less: %+v, then %+v", b, more)
		}
	})
}

// near holds a fee against arbitrary precision: at most half a unit from the
// rate unless the minimum or the ceiling decides.
func near(t *rapid.T, what string, got, goods, basisPoints, least, most int64) {
	if got == most || got == least {
		return
	}
	exact := new(big.Int).Mul(big.NewInt(goods), big.NewInt(basisPoints))
	off := exact.Sub(exact, new(big.Int).Mul(big.NewInt(got), big.NewInt(10_000)))
	if off.CmpAbs(big.NewInt(5_000)) > 0 || got < least || got > most {
		t.Fatalf("%s of %d at %d bp, %d to %d, is %d", what, goods, basisPoints, least, most, got)
	}
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func addsUp(t failer, b pricing.Breakdown) {
	t.Helper()
	var payer, payee int64
	for _, l := range b.Lines {
		if l.Unit.Minor()*l.Quantity != l.Amount.Minor() {
			t.Fatalf("%d times %v is not %v", l.Quantity, l.Unit, l.Amount)
		}
		if l.For(pricing.Payer) {
			payer += l.Amount.Minor()
		}
		if l.For(pricing.Payee) {
			payee += l.Amount.Minor()
		}
	}
	total, payout := b.Total.Minor(), b.Payout.Minor()
	switch {
	case payer != total || payee != payout:
		t.Fatalf("lines add up to %d and %d, not %d and %d", payer, payee, total, payout)
	case total != payout+b.BuyerFee.Minor()+b.SellerFee.Minor():
		t.Fatalf("%d is not %d + %d + %d", total, payout, b.BuyerFee.Minor(), b.SellerFee.Minor())
	case total != b.Price.Minor()+b.BuyerFee.Minor() || payout != b.Price.Minor()-b.SellerFee.Minor():
		t.Fatalf("price %v does not lead to %v and %v", b.Price, b.Total, b.Payout)
	case min(total, payout, b.Price.Minor(), b.BuyerFee.Minor(), b.SellerFee.Minor()) < 0:
		t.Fatalf("negative: %+v", b)
	}
}

// FuzzCompute reaches the amounts at which sums overflow: refused, or exact.
func FuzzCompute(f *testing.F) {
	f.Add(int64(1999), int64(1), int64(0), int64(300), int64(0), int64(1000), int64(0))
	f.Add(int64(math.MaxInt64), int64(1), int64(1), int64(10_000), int64(0), int64(10_000), int64(1))
	f.Fuzz(func(t *testing.T, unit, quantity, shipping, sellerRate, sellerLeast, buyerRate, buyerLeast int64) {
		p := pricing.Policy{SellerBasisPoints: sellerRate, SellerMinimums: least(sellerLeast), BuyerBasisPoints: buyerRate, BuyerMinimums: least(buyerLeast)}
		b, err := pricing.Compute(p, pricing.Input{money.New(unit, "EUR"), quantity, shipping})
		if err != nil {
			if fault.CodeOf(err) != fault.Invalid {
				t.Fatalf("not a refusal: %v", err)
			}
			return
		}
		addsUp(t, b)
	})
}

// What somebody asks for is bounded below what can be computed, so that sums of several fit.
func TestP2_offered(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		in   pricing.Input
		fits bool
	}{
		"most of a currency":  {pricing.Input{UnitPrice: money.New(money.MostMinor("EUR"), "EUR"), Quantity: 1}, true},
		"more":                {pricing.Input{UnitPrice: money.New(money.MostMinor("EUR")+1, "EUR"), Quantity: 1}, false},
		"many of them":        {pricing.Input{UnitPrice: money.New(money.MostMinor("EUR"), "EUR"), Quantity: 2}, false},
		"shipping on top":     {pricing.Input{UnitPrice: money.New(money.MostMinor("EUR"), "EUR"), Quantity: 1, Shipping: 1}, false},
		"most of an asset":    {pricing.Input{UnitPrice: money.New(money.MostMinor("USDT"), "USDT"), Quantity: 1}, true},
		"two times an asset":  {pricing.Input{UnitPrice: money.New(money.MostMinor("USDT"), "USDT"), Quantity: 2}, false},
		"beyond all counting": {pricing.Input{UnitPrice: money.New(money.MostMinor("USDT"), "USDT"), Quantity: 1_000_000}, false},
	} {
		_, err := pricing.Offered(pricing.Policy{}, tc.in)
		if fits := err == nil; fits != tc.fits || err != nil && fault.ReasonOf(err) != "amount_out_of_range" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
