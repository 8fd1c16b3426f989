package server

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"github.com/handsel-dev/handsel/fault"
)

// failure makes the answer for a fault in the words of the face that was called.
func (s *Server) failure(c *gin.Context, f *fault.Error) (status int, kind string, body []byte) {
	path := c.Request.URL.Path
	switch {
	case s.Exchange == nil:
	case strings.HasPrefix(path, p2pBase):
		status, body = renderExchangeFault(f, requestID(c), c.Request.Method+" "+c.FullPath())
		return status, jsonType, body
	case strings.HasPrefix(path, "/p2p/"), path == "/ws/p2p":
		status, body = renderOfferFault(f)
		return status, jsonType, body
	}
	status, body = renderProblem(f, requestID(c))
	return status, problemType, body
}

// exchangeFault is an error of the exchange's face (our choice, the document
// shows none).
type exchangeFault struct {
	Code      string         `json:"code"`
	Message   string         `json:"message"`
	RequestID string         `json:"request_id"`
	Extra     map[string]any `json:",embed"`
}

func renderExchangeFault(f *fault.Error, requestID, route string) (int, []byte) {
	e := exchangeFault{Code: codeOf(f), Message: f.Message, RequestID: requestID, Extra: f.Details}
	status := exchangeStatus(f)
	if route == http.MethodPost+" "+p2pBase+"orders" && status >= http.StatusInternalServerError {
		// The document has one code for whatever goes wrong on our side here.
		e = exchangeFault{"CREATE_ORDER_FAILED", "the order could not be created", requestID, nil}
		if f.Code != fault.Unavailable { // which is worth another try in a moment
			status = http.StatusInternalServerError
		}
	}
	body, err := json.Marshal(e, json.Deterministic(true))
	if err != nil {
		e.Extra = nil
		body, _ = json.Marshal(e)
	}
	return status, body
}

// exchangeStatus differs from the native table: what the exchange refuses is a
// 400 (customer's document), but for lost races.
func exchangeStatus(f *fault.Error) int {
	switch f.Code {
	case fault.KeyReused:
		return http.StatusConflict
	case fault.Declined:
		return http.StatusBadRequest
	case fault.Conflict:
		switch f.Reason {
		case "ad_changed", "revision_conflict", "operation_in_progress", "request_in_progress":
			return http.StatusConflict
		}
		return http.StatusBadRequest
	}
	return statusOf(f)
}

// codeOf is the code of a fault: its reason in capitals, as the customer's document
// writes them. Whatever is wrong with a request itself is one code.
func codeOf(f *fault.Error) string {
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
	return strings.ToUpper(f.Reason)
}

// refusesTrade tells reasons of the exchange from those of a malformed request.
func refusesTrade(reason string) bool {
	switch reason {
	case "ad_not_active", "own_ad", "amount_too_low", "amount_too_high", "amount_exceeds_available", "amount_too_small",
		"invalid_payment_method", "seller_insufficient_balance", "active_deposit_order_exists", "active_withdraw_order_exists",
		"min_deposit_required", "wagering_requirement_not_met", "duplicate_ad_type", "ad_has_open_orders",
		"invalid_order_status", "order_expired", "rating_not_allowed", "already_rated", "chat_closed",
		methodNotAllowed, unsupportedMediaType:
		return true
	}
	return false
}
