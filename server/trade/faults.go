package trade

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/p2porder"
	"github.com/handsel-dev/handsel/server/web"
)

// ExchangeStatus differs from the native table: what the exchange refuses is a
// 400 (customer's document), but for lost races.
func ExchangeStatus(f *fault.Error) int {
	switch f.Code {
	case fault.KeyReused:
		return http.StatusConflict
	case fault.Declined:
		return http.StatusBadRequest
	case fault.Conflict:
		switch f.Reason {
		case "ad_changed", "revision_conflict", process.ReasonBusy, idempotency.ReasonRunning:
			return http.StatusConflict
		}
		return http.StatusBadRequest
	}
	return web.StatusOf(f)
}

// CodeOf is the code of a fault: its reason in capitals, as the customer's document
// writes them. Whatever is wrong with a request itself is one code.
func CodeOf(f *fault.Error) string {
	switch {
	case f.Code == fault.Unauthenticated:
		return "UNAUTHENTICATED"
	case f.Code == fault.KeyReused:
		return "IDEMPOTENCY_CONFLICT"
	case f.Reason == "revision_conflict":
		return "AD_CHANGED"
	case f.Code == fault.Invalid && !refusesTrade(f.Reason):
		return "VALIDATION_ERROR"
	}
	return strings.ToUpper(string(f.Reason))
}

// refusesTrade tells reasons of the exchange from those of a malformed request.
func refusesTrade(reason fault.Reason) bool {
	switch reason {
	case "ad_not_active", "own_ad", "amount_too_low", "amount_too_high", "amount_exceeds_available", "amount_too_small",
		"invalid_payment_method", "seller_insufficient_balance", "active_deposit_order_exists", "active_withdraw_order_exists",
		"min_deposit_required", "wagering_requirement_not_met", "duplicate_ad_type", "ad_has_open_orders",
		"invalid_order_status", p2porder.ReasonExpired, "rating_not_allowed", "already_rated", "chat_closed",
		web.MethodNotAllowed, web.UnsupportedMediaType:
		return true
	}
	return false
}

// Reply is every answer of the buy flow, with what it is about, but that to a caller
// without a token.
type Reply[T any] struct {
	Status  string  `json:"status"`
	Entity  T       `json:"entity"`
	Message *string `json:"message"`
	Success bool    `json:"success"`
	Code    string  `json:"code,omitempty"` // of failures; an addition
	// Errors are the members of the body that are wrong; an addition, too.
	Errors []fault.FieldError `json:"errors,omitempty"`
}

// Nothing is what a step of the buy flow is about.
type Nothing struct{}

// unauthenticated is the buy flow's answer to a caller without a token.
type unauthenticated struct {
	Detail string `json:"detail"`
}

// Success is the answer to what was done.
func Success[T any](entity T, message string) Reply[T] {
	return Reply[T]{Status: "success", Entity: entity, Message: web.OptionalText(message), Success: true}
}

// OfferFault is how the buy flow and its websocket refuse.
func OfferFault() *web.Refusal {
	return web.Refusing("OfferFault", renderOfferFault, web.JSON[Reply[*Nothing]](), web.JSON[unauthenticated]())
}

// renderOfferFault makes the failure envelope. All that the exchange refuses is a
// 400 here (customer's document).
func renderOfferFault(_ *gin.Context, f *fault.Error) (int, []byte) {
	if f.Code == fault.Unauthenticated {
		return http.StatusUnauthorized, []byte(`{"detail":"Authentication credentials were not provided."}`)
	}
	status := ExchangeStatus(f)
	switch status {
	case http.StatusForbidden, http.StatusNotFound, http.StatusConflict:
		if f.Reason != "route_not_found" {
			status = http.StatusBadRequest
		}
	}
	message := f.Message
	if field := blamed(f); field != "" {
		message = "(" + field + ") " + message
	}
	body, _ := json.Marshal(Reply[*Nothing]{Status: "failure", Message: &message, Code: CodeOf(f), Errors: f.Errors})
	return status, body
}

// blamed is the field of an offer that a refusal is about.
func blamed(f *fault.Error) string {
	switch f.Reason {
	case "ad_not_active", "own_ad", "ad_changed":
		return "ad"
	case "amount_too_low", "amount_too_high", "amount_exceeds_available", "amount_too_small":
		return "currency_amount"
	case "invalid_payment_method":
		return "payment_method"
	}
	if field, ok := f.Details["field"].(string); ok && !strings.HasPrefix(f.Message, "("+field+")") {
		return field
	}
	return ""
}
