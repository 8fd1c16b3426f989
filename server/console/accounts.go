package console

import (
	"context"
	"strings"

	"github.com/handsel-dev/handsel/orchestrator/ledger"
)

// inWords names an account for people.
func inWords(ctx context.Context, a ledger.Account) string {
	switch a.Kind {
	case ledger.Authorized:
		return say(ctx, "reserved for this deal")
	case ledger.Escrow:
		return say(ctx, "held for this deal")
	}
	owned := map[ledger.Kind]string{
		ledger.Outside: say(ctx, "outside, at %s"), ledger.PaidOut: say(ctx, "paid out to %s"), ledger.PayoutDue: say(ctx, "payout due to %s"), ledger.Available: say(ctx, "balance of %s"),
		ledger.Frozen: say(ctx, "set aside by %s"), ledger.Debt: say(ctx, "owed by %s"), ledger.Fees: say(ctx, "kept by %s as fees"), ledger.Platform: say(ctx, "the marketplace's own, at %s"),
		ledger.Losses: say(ctx, "lost by %s"),
	}
	if text, known := owned[a.Kind]; known {
		return strings.Replace(text, "%s", a.Owner, 1)
	}
	return strings.ReplaceAll(strings.TrimSuffix(a.String(), ":"), "_", " ")
}
