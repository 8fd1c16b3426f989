package stripe

import (
	"net/http"
	"slices"
	"sync"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// RouteNames returns the names that faults use for the calls of the API, in alphabetical order.
func RouteNames() []string { return slices.Sorted(slices.Values(kind().RouteNames())) }

// routes is the part of the API that is played. Parameters that are listed and not read are accepted without effect.
var routes = sync.OnceValue(func() []route {
	return slices.Concat(intentRoutes(), chargeRoutes(), transferRoutes(), accountRoutes(), payoutRoutes(), endpointRoutes(), sessionRoutes(), clockRoutes())
})

const get, post = http.MethodGet, http.MethodPost

// paging are the parameters of every list.
func paging(more ...string) []string {
	return append([]string{"limit", "starting_after", "ending_before", "created"}, more...)
}

func intentRoutes() []route {
	method := []string{"payment_method", "payment_method_data", "payment_method_options", "payment_method_types", "capture_method",
		"receipt_email", "setup_future_usage", "shipping"}
	confirm := append([]string{"return_url", "off_session", "error_on_requires_action", "use_stripe_sdk", "mandate_data", "radar_options",
		"client_secret"}, method...)
	terms := []string{"amount", "currency", "description", "metadata", "transfer_group", "customer", "statement_descriptor",
		"statement_descriptor_suffix"}
	create := slices.Concat([]string{"confirm", "confirmation_method", "automatic_payment_methods"}, terms, confirm)
	update := slices.Concat(terms, method)
	intents := func(s *state) *stage.Shelf[*paymentIntent] { return &s.Intents }
	methods := func(s *state) *stage.Shelf[*paymentMethod] { return &s.Methods }
	return []route{
		{"create_payment_intent", post, "/payment_intents", "payment_intent", createIntent, create},
		{"list_payment_intents", get, "/payment_intents", "list of payment_intent", listIntents, paging()},
		{"search_payment_intents", get, "/payment_intents/search", "", searchIntents, []string{"query", "limit", "page"}},
		{"get_payment_intent", get, "/payment_intents/{id}", "payment_intent", fetch("payment_intent", intents), []string{"client_secret"}},
		{"update_payment_intent", post, "/payment_intents/{id}", "payment_intent", updateIntent, update},
		{"confirm_payment_intent", post, "/payment_intents/{id}/confirm", "payment_intent", confirmIntent, confirm},
		{"capture_payment_intent", post, "/payment_intents/{id}/capture", "payment_intent", captureIntent,
			[]string{"amount_to_capture", "final_capture", "metadata", "statement_descriptor", "statement_descriptor_suffix"}},
		{"cancel_payment_intent", post, "/payment_intents/{id}/cancel", "payment_intent", cancelIntent, []string{"cancellation_reason"}},
		{"get_payment_method", get, "/payment_methods/{id}", "", fetch("PaymentMethod", methods), nil},
	}
}

func chargeRoutes() []route {
	charges := func(s *state) *stage.Shelf[*charge] { return &s.Charges }
	refunds := func(s *state) *stage.Shelf[*refund] { return &s.Refunds }
	disputes := func(s *state) *stage.Shelf[*dispute] { return &s.Disputes }
	return []route{
		{"get_charge", get, "/charges/{id}", "charge", fetch("charge", charges), nil},
		{"list_charges", get, "/charges", "list of charge", listCharges, paging("payment_intent", "transfer_group")},
		{"capture_charge", post, "/charges/{id}/capture", "charge", captureCharge,
			[]string{"amount", "receipt_email", "statement_descriptor", "statement_descriptor_suffix"}},
		{"create_refund", post, "/refunds", "refund", createRefund,
			[]string{"payment_intent", "charge", "amount", "reason", "metadata", "currency", "reverse_transfer", "refund_application_fee"}},
		{"list_refunds", get, "/refunds", "list of refund", listRefunds, paging("payment_intent", "charge")},
		{"get_refund", get, "/refunds/{id}", "refund", fetch("refund", refunds), nil},
		{"update_refund", post, "/refunds/{id}", "refund", updateRefund, []string{"metadata"}},
		{"list_disputes", get, "/disputes", "list of dispute", listDisputes, paging("payment_intent", "charge")},
		{"get_dispute", get, "/disputes/{id}", "dispute", fetch("dispute", disputes), nil},
		{"update_dispute", post, "/disputes/{id}", "dispute", updateDispute, []string{"evidence", "metadata", "submit"}},
		{"close_dispute", post, "/disputes/{id}/close", "dispute", acceptDispute, nil},
	}
}

func transferRoutes() []route {
	transfers := func(s *state) *stage.Shelf[*transfer] { return &s.Moves }
	return []route{
		{"create_transfer", post, "/transfers", "transfer", createTransfer,
			[]string{"amount", "currency", "destination", "description", "metadata", "source_transaction", "source_type", "transfer_group"}},
		{"list_transfers", get, "/transfers", "list of transfer", listTransfers, paging("destination", "transfer_group")},
		{"get_transfer", get, "/transfers/{id}", "transfer", fetch("transfer", transfers), nil},
		{"update_transfer", post, "/transfers/{id}", "transfer", updateTransfer, []string{"description", "metadata"}},
		{"reverse_transfer", post, "/transfers/{id}/reversals", "transfer_reversal", reverseTransfer,
			[]string{"amount", "description", "metadata", "refund_application_fee"}},
		{"list_reversals", get, "/transfers/{id}/reversals", "list of transfer_reversal", listReversals, paging()},
	}
}

func accountRoutes() []route {
	accounts := func(s *state) *stage.Shelf[*account] { return &s.Accounts }
	events := func(s *state) *stage.Shelf[*event] { return &s.Events }
	return []route{
		{"create_account", post, "/accounts", "", createAccount,
			[]string{"type", "country", "email", "capabilities", "business_type", "business_profile", "metadata", "settings",
				"tos_acceptance", "individual", "company", "external_account", "controller"}},
		{"create_account_link", post, "/account_links", "", createAccountLink, []string{"account", "type", "return_url", "refresh_url", "collect", "collection_options"}},
		{"create_account_v2", post, version2 + "core/accounts", "", createAccount2,
			[]string{"contact_email", "display_name", "dashboard", "identity", "configuration", "defaults", "include", "metadata"}},
		{"get_account_v2", get, version2 + "core/accounts/{id}", "", getAccount2, []string{"include"}},
		{"list_accounts", get, "/accounts", "", listAccounts, paging()},
		{"get_account", get, "/accounts/{id}", "", fetch("account", accounts), nil},
		{"update_account", post, "/accounts/{id}", "", updateAccount,
			[]string{"email", "capabilities", "business_type", "business_profile", "metadata", "settings", "tos_acceptance", "individual", "company", "external_account"}},
		{"list_capabilities", get, "/accounts/{id}/capabilities", "", listCapabilities, nil},
		{"get_capability", get, "/accounts/{id}/capabilities/{capability}", "", getCapability, nil},
		{"update_capability", post, "/accounts/{id}/capabilities/{capability}", "", updateCapability, []string{"requested"}},
		{"create_external_account", post, "/accounts/{id}/external_accounts", "", createBank, []string{"external_account", "default_for_currency", "metadata"}},
		{"list_external_accounts", get, "/accounts/{id}/external_accounts", "", listBanks, paging("object")},
		{"get_external_account", get, "/accounts/{id}/external_accounts/{bank}", "", getBank, nil},
		{"update_external_account", post, "/accounts/{id}/external_accounts/{bank}", "", updateBank,
			[]string{"default_for_currency", "metadata", "account_holder_name", "account_holder_type"}},
		{"delete_external_account", http.MethodDelete, "/accounts/{id}/external_accounts/{bank}", "", deleteBank, nil},
		{"get_balance", get, "/balance", "", getBalance, nil},
		{"list_balance_transactions", get, "/balance_transactions", "list of balance_transaction", listEntries,
			paging("type", "source", "currency", "payout")},
		{"get_balance_transaction", get, "/balance_transactions/{id}", "balance_transaction", getEntry, nil},
		{"list_events", get, "/events", "", listEvents, paging("type", "types")},
		{"get_event", get, "/events/{id}", "", fetch("event", events), nil},
	}
}

func payoutRoutes() []route {
	return []route{
		{"create_payout", post, "/payouts", "payout", createPayout,
			[]string{"amount", "currency", "description", "destination", "metadata", "method", "source_type", "statement_descriptor"}},
		{"list_payouts", get, "/payouts", "list of payout", listPayouts, paging("arrival_date", "destination", "status")},
		{"get_payout", get, "/payouts/{id}", "payout", getPayout, nil},
		{"update_payout", post, "/payouts/{id}", "payout", updatePayout, []string{"metadata"}},
		{"cancel_payout", post, "/payouts/{id}/cancel", "payout", cancelPayout, nil},
	}
}

func endpointRoutes() []route {
	hooks := func(s *state) *stage.Shelf[*endpoint] { return &s.Hooks }
	more := []string{"url", "enabled_events", "description", "metadata"}
	return []route{
		{"create_webhook_endpoint", post, "/webhook_endpoints", "", createEndpoint, append([]string{"api_version", "connect"}, more...)},
		{"list_webhook_endpoints", get, "/webhook_endpoints", "", listEndpoints, paging()},
		{"get_webhook_endpoint", get, "/webhook_endpoints/{id}", "", fetch("webhook endpoint", hooks), nil},
		{"update_webhook_endpoint", post, "/webhook_endpoints/{id}", "", updateEndpoint, append([]string{"disabled"}, more...)},
		{"delete_webhook_endpoint", http.MethodDelete, "/webhook_endpoints/{id}", "", deleteEndpoint, nil},
	}
}

func sessionRoutes() []route {
	return []route{
		{"create_checkout_session", post, "/checkout/sessions", "checkout.session", createSession,
			[]string{"mode", "ui_mode", "line_items", "success_url", "cancel_url", "client_reference_id", "customer_email", "expires_at", "metadata",
				"payment_intent_data", "payment_method_types", "locale", "submit_type", "billing_address_collection"}},
		{"list_checkout_sessions", get, "/checkout/sessions", "list of checkout.session", listSessions, paging("payment_intent", "status")},
		{"get_checkout_session", get, "/checkout/sessions/{id}", "checkout.session", getSession, nil},
		{"expire_checkout_session", post, "/checkout/sessions/{id}/expire", "checkout.session", expireNow, nil},
		{"list_checkout_line_items", get, "/checkout/sessions/{id}/line_items", "", listItems, paging()},
	}
}

func clockRoutes() []route {
	clocks := func(s *state) *stage.Shelf[*testClock] { return &s.Clocks }
	return []route{
		{"create_test_clock", post, "/test_helpers/test_clocks", "", createClock, []string{"frozen_time", "name"}},
		{"list_test_clocks", get, "/test_helpers/test_clocks", "", listClocks, paging()},
		{"get_test_clock", get, "/test_helpers/test_clocks/{id}", "", fetch("test clock", clocks), nil},
		{"advance_test_clock", post, "/test_helpers/test_clocks/{id}/advance", "", advanceClock, []string{"frozen_time"}},
		{"delete_test_clock", http.MethodDelete, "/test_helpers/test_clocks/{id}", "", deleteClock, nil},
	}
}
