package trade_test

import (
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/trade"
)

// A refusal of taking an ad is one code and 400, whatever class of fault it is; the tests of
// the faces see the codes of the refusals that there are.
func TestFaults(t *testing.T) {
	t.Parallel()
	is := func(f *fault.Error, status int, code string) {
		t.Helper()
		if gotStatus, gotCode := trade.ExchangeStatus(f), trade.CodeOf(f); gotStatus != status || gotCode != code {
			t.Errorf("%s %s is %d %s, want %d %s", f.Code, f.Reason, gotStatus, gotCode, status, code)
		}
	}
	for _, reason := range []fault.Reason{
		"ad_not_active", "own_ad", "active_deposit_order_exists", "active_withdraw_order_exists", "min_deposit_required",
		"wagering_requirement_not_met", "amount_too_low", "amount_too_high", "amount_exceeds_available", "amount_too_small",
		"invalid_payment_method", "seller_insufficient_balance",
	} {
		for _, class := range []fault.Code{fault.Conflict, fault.Invalid, fault.Declined} {
			is(fault.New(class, reason, "no"), 400, strings.ToUpper(string(reason)))
		}
	}
	is(fault.New(fault.Conflict, "ad_changed", "no"), 409, "AD_CHANGED")
	is(fault.New(fault.Conflict, "revision_conflict", "no"), 409, "AD_CHANGED")
	is(fault.New(fault.KeyReused, "idempotency_key_reused", "no"), 409, "IDEMPOTENCY_CONFLICT")
	is(fault.New(fault.Conflict, "request_in_progress", "no"), 409, "REQUEST_IN_PROGRESS")
	is(fault.New(fault.Conflict, "too_many_expired_orders", "no"), 400, "TOO_MANY_EXPIRED_ORDERS")
	is(fault.New(fault.RateLimited, "too_many_expired_orders", "no"), 429, "TOO_MANY_EXPIRED_ORDERS")
	is(fault.New(fault.Forbidden, "banned", "no"), 403, "BANNED")
	is(fault.New(fault.Conflict, "chat_closed", "no"), 400, "CHAT_CLOSED")
	is(fault.New(fault.Conflict, "order_expired", "no"), 400, "ORDER_EXPIRED")
}
