package ledger_test

import (
	"testing"

	"github.com/handsel-dev/handsel/orchestrator/ledger"
)

func TestAccount_Words(t *testing.T) {
	t.Parallel()
	tests := []struct {
		account string
		minor   int64
		want    string
	}{
		{"escrow:12", 5000, "held for this deal"},
		{"authorized:12", 5000, "reserved for this deal"},
		{"outside:stripe", -5190, "outside, through stripe"},
		{"paid_out:sam", 4975, "paid out to sam"},
		{"payout_due:sam", 4975, "payout due to sam"},
		{"fees:stripe", 190, "fees of stripe"},
		{"fees:marketplace", 190, "fees of the marketplace"},
		{"available:sam", 100, "balance of sam"},
		{"frozen:sam", 100, "frozen balance of sam"},
		{"debt:sam", -100, "owed by sam"},
		{"debt:sam", 100, "owed to sam"},
		{"losses:marketplace", -100, "lost by the marketplace"},
		{"platform:stripe", -30, "the marketplace's own money at stripe"},
	}
	for _, tc := range tests {
		a, err := ledger.ParseAccount(tc.account)
		if err != nil {
			t.Fatal(err)
		}
		if got := a.Words(tc.minor); got != tc.want {
			t.Errorf("%d on %s: %q, want %q", tc.minor, tc.account, got, tc.want)
		}
	}
}
