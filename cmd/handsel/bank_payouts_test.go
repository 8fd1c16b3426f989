package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/pgtest"
)

// A seller's money goes to their bank, which takes it and sends it back later: the real server tells
// both, on both databases, and pays nothing again.
func TestBankPayouts_inServe(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]string{"sqlite": filepath.Join(t.TempDir(), "handsel.db"), "postgres": pgtest.URL(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := openMarket(t, database)
			deal := m.do("POST", "/v1/transactions", "", sale("preauthorize", "stripe", `,"input":{"payment_method":"pm_card_visa"}`), 201).field(t, "id")
			for _, step := range []string{"complete_preauthorization", "complete"} {
				m.do("POST", "/v1/transactions/"+deal+"/transitions", "", `{"transition":"`+step+`"}`, 200)
			}
			list := func() string { return string(m.do("GET", "/v1/sellers/sam/bank-payouts", "", "", 200).Body) }
			if err := m.stripe.Advance(5 * 24 * time.Hour); err != nil {
				t.Fatal(err)
			}
			await(t, "the payout at the bank", func() bool { return strings.Contains(list(), `"status":"paid"`) })
			if !strings.Contains(list(), deal) {
				t.Errorf("the deal is not in it: %s", list())
			}
			moved := len(m.stripe.Effects())
			if err := m.stripe.EndPayout(m.stripe.Payouts("acct_sam")[0], "account_closed"); err != nil {
				t.Fatal(err)
			}
			await(t, "the payout that came back", func() bool { return strings.Contains(list(), `"status":"failed","failure":"account_closed"`) })
			if tasks := string(m.do("GET", "/v1/operator/tasks?kind=payout_failed", "", "", 200).Body); !strings.Contains(tasks, `"user:sam"`) {
				t.Errorf("the operators' list: %s", tasks)
			}
			if seller := string(m.do("GET", "/v1/sellers/sam", "", "", 200).Body); !strings.Contains(seller, `"gateway":"stripe","status":"restricted"`) {
				t.Errorf("the seller: %s", seller)
			}
			if now := len(m.stripe.Effects()); now != moved {
				t.Errorf("%d things have happened to money, %d before the payout came back", now, moved)
			}
		})
	}
}
