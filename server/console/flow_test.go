package console

import (
	"maps"
	"testing"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// What came in is what it became, whatever happened, and each part is as thick as it is much.
func TestFlow(t *testing.T) {
	t.Parallel()
	at := func(kind ledger.Kind, owner string, minor int64) posting {
		return posting{account: ledger.Account{Kind: kind, Owner: owner}, Amount: money.New(minor, "EUR")}
	}
	paid := []posting{at(ledger.Outside, "stripe", -10_000), at(ledger.Escrow, "12", 10_000)}
	type flowing struct {
		posted []posting
		want   string
	}
	aside := []posting{at(ledger.Available, "sam", -5_000), at(ledger.Frozen, "12", 5_000)}
	again := append(aside[:2:2], at(ledger.Frozen, "12", -5_000), at(ledger.Available, "sam", 5_000))
	traded := map[string]flowing{
		"traded: held":     {aside, "50.00 EUR was set aside by the seller: held 50.00 EUR."},
		"traded: released": {append(aside[:2:2], at(ledger.Frozen, "12", -5_000), at(ledger.Fees, "us", 500), at(ledger.Available, "bea", 4_500)), "50.00 EUR was set aside by the seller: fees 5.00 EUR, to the buyer 45.00 EUR."},
		"traded: refunded": {again, "50.00 EUR was set aside by the seller: back 50.00 EUR."},
		"traded: split":    {append(aside[:2:2], at(ledger.Frozen, "12", -5_000), at(ledger.Available, "bea", 2_000), at(ledger.Available, "sam", 3_000)), "50.00 EUR was set aside by the seller: to the buyer 20.00 EUR, back 30.00 EUR."},
		"traded: appealed": {append(again[:4:4], aside...), "50.00 EUR was set aside by the seller: held 50.00 EUR."},
	}
	all := map[string]flowing{
		"nothing":  {nil, ""},
		"reserved": {[]posting{at(ledger.Outside, "stripe", -2_000), at(ledger.Authorized, "12", 2_000)}, "20.00 EUR came in or are reserved: reserved 20.00 EUR."},
		"moved":    {[]posting{at(ledger.Fees, "stripe", 5), at(ledger.Fees, "stripe", -5)}, ""},
		"held":     {paid, "100.00 EUR came in: held 100.00 EUR."},
		"paid out": {append(paid[:2:2], at(ledger.Escrow, "12", -10_000), at(ledger.Fees, "stripe", 1_000), at(ledger.PaidOut, "sam", 9_000)), "100.00 EUR came in: fees 10.00 EUR, out 90.00 EUR."},
		"in parts": {append(paid[:2:2], at(ledger.Escrow, "12", -4_000), at(ledger.Outside, "stripe", 4_000)), "100.00 EUR came in: held 60.00 EUR, back 40.00 EUR."},
		"back":     {append(paid[:2:2], at(ledger.Escrow, "12", -10_000), at(ledger.Outside, "stripe", 10_000)), "100.00 EUR came in: back 100.00 EUR."},
		"lost":     {append(paid[:2:2], at(ledger.Escrow, "12", -10_000), at(ledger.PaidOut, "sam", 10_000), at(ledger.Losses, "us", -10_000), at(ledger.Outside, "stripe", 10_000)), "100.00 EUR came in, and 100.00 EUR is the marketplace's own money: out 100.00 EUR, back 100.00 EUR."},
		"our fee":  {append(paid[:2:2], at(ledger.Platform, "stripe", -300), at(ledger.Fees, "stripe", 300)), "100.00 EUR came in, and 3.00 EUR is the marketplace's own money: held 100.00 EUR, fees 3.00 EUR."},
		"a debt":   {append(paid[:2:2], at(ledger.Escrow, "12", -10_000), at(ledger.PaidOut, "sam", 10_000), at(ledger.Debt, "sam", -4_000), at(ledger.Outside, "stripe", 4_000)), "100.00 EUR came in, and 40.00 EUR is the marketplace's own money: out 100.00 EUR, back 40.00 EUR."},
		"in books": {[]posting{at(ledger.Available, "bea", -500), at(ledger.Frozen, "bea", 500)}, "5.00 EUR came in: held 5.00 EUR."},
		"for sam":  {[]posting{at(ledger.Available, "bea", -500), at(ledger.Available, "sam", 500)}, "5.00 EUR came in: out 5.00 EUR."},
		"currency": {[]posting{{account: ledger.Account{Kind: ledger.Outside}, Amount: money.New(-5, "JPY")}, {account: ledger.Account{Kind: ledger.Escrow}, Amount: money.New(5, "JPY")}}, "5 JPY came in: held 5 JPY."},
	}
	maps.Copy(all, traded)
	for name, tc := range all {
		_, sellerPays := traded[name]
		d := told{Explanation: orchestrator.Explanation{Transaction: orchestrator.Transaction{SellerPays: sellerPays, Deal: process.Deal{Buyer: "bea", Seller: "sam"}}}, History: []happening{{Posted: tc.posted}}}
		all := flows(t.Context(), d)
		if tc.want == "" {
			if len(all) > 0 {
				t.Errorf("%s: %+v", name, all)
			}
			continue
		}
		if len(all) != 1 || all[0].Text != tc.want {
			t.Errorf("%s: %+v, want %s", name, all, tc.want)
			continue
		}
		f, sum, end := all[0], int64(0), 0
		for _, s := range f.Parts {
			sum += s.Amount.Minor()
			if s.Y1 < end || s.Thick != int(flowHigh*s.Amount.Minor()/(f.In.Minor()+f.Own.Minor())) || s.Y2+s.Thick > f.high() {
				t.Errorf("%s: %s stands at %d, %d thick", name, s.Name, s.Y1, s.Thick)
			}
			end = s.Y1 + s.Thick
		}
		if whole := f.In.Minor() + f.Own.Minor(); sum != whole {
			t.Errorf("%s: %d came in or is our own, and it became %d", name, whole, sum)
		}
	}
}
