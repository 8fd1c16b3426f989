package paypal

import (
	"net/http"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

const get, post = http.MethodGet, http.MethodPost

// routes is the part of the API that is played.
func routes() []route {
	auths := func(s *state) *stage.Shelf[*authorization] { return &s.Auths }
	return []route{
		{"token", post, "/v1/oauth2/token", (*call).token, 0},
		{"create_order", post, "/v2/checkout/orders", (*call).createOrder, keepOrder},
		{"get_order", get, "/v2/checkout/orders/{id}", fetch(func(s *state) *stage.Shelf[*order] { return &s.Orders }), 0},
		{"authorize_order", post, "/v2/checkout/orders/{id}/authorize", (*call).authorizeOrder, keepOrder},
		{"capture_order", post, "/v2/checkout/orders/{id}/capture", (*call).captureOrder, keepOrder},
		{"get_authorization", get, "/v2/payments/authorizations/{id}", fetch(auths), 0},
		{"capture_authorization", post, "/v2/payments/authorizations/{id}/capture", (*call).captureAuthorization, keepPayment},
		{"reauthorize", post, "/v2/payments/authorizations/{id}/reauthorize", (*call).reauthorize, keepPayment},
		{"void", post, "/v2/payments/authorizations/{id}/void", (*call).void, 0},
		{"get_capture", get, "/v2/payments/captures/{id}", fetch(func(s *state) *stage.Shelf[*capture] { return &s.Captures }), 0},
		{"refund", post, "/v2/payments/captures/{id}/refund", (*call).refund, keepPayment},
		{"get_refund", get, "/v2/payments/refunds/{id}", fetch(func(s *state) *stage.Shelf[*refund] { return &s.Refunds }), 0},
		{"create_payout", post, "/v1/payments/payouts", (*call).createPayout, keepPayout},
		{"get_payout", get, "/v1/payments/payouts/{id}", fetch(func(s *state) *stage.Shelf[*payout] { return &s.Payouts }), 0},
		{"get_payout_item", get, "/v1/payments/payouts-item/{id}", (*call).payoutItem, 0},
		{"cancel_payout_item", post, "/v1/payments/payouts-item/{id}/cancel", (*call).cancelPayoutItem, 0},
		{"create_referenced_payout_item", post, "/v1/payments/referenced-payouts-items", (*call).createRelease, keepRelease},
		{"get_referenced_payout_item", get, "/v1/payments/referenced-payouts-items/{id}", fetch(func(s *state) *stage.Shelf[*release] { return &s.Releases }), 0},
		{"create_referral", post, "/v2/customer/partner-referrals", (*call).createReferral, 0},
		{"get_referral", get, "/v2/customer/partner-referrals/{id}", (*call).getReferral, 0},
		{"find_merchant", get, "/v1/customer/partners/{partner}/merchant-integrations", (*call).findMerchant, 0},
		{"get_merchant", get, "/v1/customer/partners/{partner}/merchant-integrations/{id}", (*call).getMerchant, 0},
		{"list_disputes", get, "/v1/customer/disputes", (*call).listDisputes, 0},
		{"get_dispute", get, "/v1/customer/disputes/{id}", fetch(func(s *state) *stage.Shelf[*dispute] { return &s.Disputes }), 0},
		{"list_balances", get, "/v1/reporting/balances", (*call).listBalances, 0},
		{"list_transactions", get, "/v1/reporting/transactions", (*call).listTransactions, 0},
		{"verify_webhook_signature", post, "/v1/notifications/verify-webhook-signature", (*call).verifySignature, 0},
		{"list_webhook_events", get, "/v1/notifications/webhooks-events", (*call).listEvents, 0},
		{"get_webhook_event", get, "/v1/notifications/webhooks-events/{id}", (*call).getEvent, 0},
		{"resend_webhook_event", post, "/v1/notifications/webhooks-events/{id}/resend", (*call).resendEvent, 0},
	}
}
