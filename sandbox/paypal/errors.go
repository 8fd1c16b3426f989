package paypal

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// refusal is an answer of the API that is no success. The issue says more; its text is the one of the official API.
type refusal struct {
	status       int
	field, issue string
	debug        string
	links        []stage.Members // beside the one to the documentation
}

func (r *refusal) Error() string {
	return strings.TrimSpace(names[r.status].name + " " + r.issue + " " + r.field)
}

// Refusal implements what the controls say of it.
func (r *refusal) Refusal() *stage.Refusal {
	return &stage.Refusal{Status: r.status, Code: strings.ToLower(stage.Or(r.issue == "", names[r.status].name, r.issue)), Message: r.text()}
}

func (r *refusal) text() string {
	return stage.Or(texts[r.issue] == "", names[r.status].message, texts[r.issue])
}

// invalid refuses a field.
func invalid(field, issue string) *refusal {
	return &refusal{status: http.StatusBadRequest, field: field, issue: issue}
}

// unprocessable refuses what was understood.
func unprocessable(issue string) *refusal {
	return &refusal{status: http.StatusUnprocessableEntity, issue: issue}
}

func conflict(issue string) *refusal { return &refusal{status: http.StatusConflict, issue: issue} }

// refusalOf is what the API says of an error.
func refusalOf(err error) *refusal {
	var r *refusal
	if errors.As(err, &r) {
		own := *r
		return &own
	}
	return &refusal{status: http.StatusInternalServerError}
}

// reply words a refusal for a route.
func (r *refusal) reply(path string) stage.Reply {
	if r.status == http.StatusUnauthorized {
		issue := stage.Or(r.issue == "", "invalid_token", r.issue)
		return stage.Reply{Status: r.status, Body: stage.JSON(stage.Members{"error": issue, "error_description": texts[issue]})}
	}
	words := names[r.status]
	body := stage.Members{"name": words.name, "message": words.message, "debug_id": r.debug}
	api := "payments"
	if strings.Contains(path, "orders") {
		api = "orders"
	}
	links := r.links
	if r.issue != "" {
		detail := stage.Members{"issue": r.issue, "description": r.text()}
		if r.field != "" {
			detail["field"], detail["location"] = r.field, "body"
		}
		body["details"] = []stage.Members{detail}
		links = append(links, stage.Members{"href": "https://developer.paypal.com/docs/api/" + api + "/v2/#error-" + r.issue, "rel": "information_link", "method": http.MethodGet})
	}
	if r.issue == "INSUFFICIENT_FUNDS" || r.issue == "USER_BUSINESS_ERROR" {
		body["name"], body["message"] = r.issue, texts[r.issue]
	}
	body["links"] = stage.ListOf(links)
	return stage.Reply{Status: r.status, Header: map[string]string{"Paypal-Debug-Id": r.debug}, Body: stage.JSON(body)}
}

// names are those of the statuses (official API).
var names = map[int]struct{ name, message string }{
	http.StatusBadRequest:            {"INVALID_REQUEST", "Request is not well-formed, syntactically incorrect, or violates schema."},
	http.StatusUnauthorized:          {"AUTHENTICATION_FAILURE", "Authentication failed due to missing authorization header, or invalid authentication credentials."},
	http.StatusForbidden:             {"NOT_AUTHORIZED", "Authorization failed due to insufficient permissions."},
	http.StatusNotFound:              {"RESOURCE_NOT_FOUND", "The specified resource does not exist."},
	http.StatusConflict:              {"RESOURCE_CONFLICT", "The server has detected a conflict while processing this request."},
	http.StatusRequestEntityTooLarge: {"INVALID_REQUEST", "The request body is too large."},
	http.StatusUnprocessableEntity:   {"UNPROCESSABLE_ENTITY", "The requested action could not be performed, semantically incorrect, or failed business validation."},
	http.StatusTooManyRequests:       {"RATE_LIMIT_REACHED", "Too many requests. Blocked due to rate limiting."},
	http.StatusInternalServerError:   {"INTERNAL_SERVER_ERROR", "An internal server error has occurred."},
	http.StatusServiceUnavailable:    {"SERVICE_UNAVAILABLE", "Service Unavailable."},
}

// texts are the descriptions of issues (official API: orders 2.13, payments 2.5, payouts 1.9).
var texts = map[string]string{
	"invalid_client":                   "Client Authentication failed",
	"invalid_token":                    "The token passed in was not found in the system",
	"AMOUNT_MISMATCH":                  "Should equal item_total + tax_total + shipping + handling + insurance - shipping_discount - discount.",
	"AUTHORIZATION_ALREADY_CAPTURED":   "Authorization has previously been captured.",
	"AUTHORIZATION_DENIED":             "An denied authorization cannot be captured.",
	"AUTHORIZATION_EXPIRED":            "An expired authorization cannot be captured.",
	"AUTHORIZATION_VOIDED":             "A voided authorization cannot be captured or reauthorized.",
	"AUTH_CAPTURE_CURRENCY_MISMATCH":   "Currency of capture must be the same as currency of authorization.",
	"CANNOT_BE_VOIDED":                 "A reauthorization cannot be voided. Please void the original parent authorization.",
	"CANNOT_BE_ZERO_OR_NEGATIVE":       "Must be greater than zero. If the currency supports decimals, only two decimal place precision is supported.",
	"CAPTURE_FULLY_REFUNDED":           "The capture has already been fully refunded",
	"DECIMAL_PRECISION":                "If the currency supports decimals, only two decimal place precision is supported.",
	"DUPLICATE_INVOICE_ID":             "Duplicate Invoice ID detected. To avoid a potential duplicate transaction your account setting requires that Invoice Id be unique for each transaction.",
	"INSTRUMENT_DECLINED":              "The instrument presented  was either declined by the processor or bank, or it can't be used for this payment.",
	"INSUFFICIENT_FUNDS":               "Sender does not have sufficient funds. Please add funds and retry.",
	"INVALID_CURRENCY_CODE":            "Currency code is invalid or is not currently supported. Please refer https://developer.paypal.com/api/rest/reference/currency-codes/ for list of supported currency codes.",
	"INVALID_PARAMETER_SYNTAX":         "The value of a field does not conform to the expected format.",
	"INVALID_PARAMETER_VALUE":          "The value of a field is invalid.",
	"INVALID_RESOURCE_ID":              "Specified resource ID does not exist. Please check the resource ID and try again.",
	"INVALID_STRING_MAX_LENGTH":        "The value of a field is too long.",
	"MALFORMED_REQUEST_JSON":           "The request JSON is not well formed.",
	"MAX_CAPTURE_AMOUNT_EXCEEDED":      "Capture amount exceeds allowable limit. Please contact customer service or your account manager to request the change to your overage limit. The default overage limit is 115%, which allows the sum of all captures to be up to 115% of the order amount.",
	"MISSING_REQUIRED_PARAMETER":       "A required field or parameter is missing.",
	"ORDER_ALREADY_AUTHORIZED":         "Order already authorized.If 'intent=AUTHORIZE' only one authorization per order is allowed.",
	"ORDER_ALREADY_CAPTURED":           "Order already captured.If 'intent=CAPTURE' only one capture per order is allowed.",
	"ORDER_EXPIRED":                    "Order is expired and hence cannot be authorized. Please contact Customer Support if you need to increase your order validity period.",
	"ORDER_NOT_APPROVED":               "Payer has not yet approved the Order for payment. Please redirect the payer to the 'rel':'approve' url returned as part of the HATEOAS links within the Create Order call or provide a valid payment_source in the request.",
	"PAYER_CANNOT_PAY":                 "Payer cannot pay for this transaction. Please contact the payer to find other ways to pay for this transaction.",
	"PENDING_CAPTURE":                  "Cannot initiate a refund as the capture is pending. Capture is typically pending when the payer has funded the transaction using e-check/bank funded.",
	"PREVIOUSLY_CAPTURED":              "Authorization has been previously captured and hence cannot be voided.",
	"PREVIOUSLY_VOIDED":                "Authorization has been previously voided and hence cannot be voided again.",
	"PREVIOUS_REQUEST_IN_PROGRESS":     "A previous request on this resource is currently in progress. Please wait for sometime and try again. It is best to space out the initial and the subsequent request(s) to avoid receiving this error.",
	"REAUTHORIZATION_NOT_SUPPORTED":    "A reauthorize cannot be attempted on an authorization_id that is the result of a prior reauthorization or on an authorization made on an Order saved using the `v2/orders/id/save` API.",
	"REAUTHORIZATION_TOO_SOON":         "A reauthorization is only allowed once between days 4 and 29 since the original authorization.",
	"REFUND_AMOUNT_EXCEEDED":           "The refund amount must be less than or equal to the capture amount that has not yet been refunded.",
	"REFUND_CAPTURE_CURRENCY_MISMATCH": "Refund must be in the same currency as the capture",
	"REFUND_TIME_LIMIT_EXCEEDED":       "You are over the time limit to perform a refund on this capture",
	"TRANSACTION_DISPUTED":             "Partial refunds cannot be offered at this time because there is an open case on this transaction. Visit the PayPal Resolution Center to review this case.",
	"TRANSACTION_REFUSED":              "PayPal's internal controls prevent authorization from being captured.",
	"USER_BUSINESS_ERROR":              "User business error.",
}

// mocked is the failure that a caller asks for (official API: negative testing by PayPal-Mock-Response).
func (c *call) mocked() error {
	header := c.request.Header.Get("PayPal-Mock-Response")
	if header == "" || strings.HasPrefix(c.request.URL.Path, "/v1/oauth2") {
		return nil
	}
	var in struct {
		Codes string `json:"mock_application_codes"`
	}
	if json.Unmarshal([]byte(header), &in) != nil || in.Codes == "" {
		return invalid("PayPal-Mock-Response", "INVALID_PARAMETER_SYNTAX")
	}
	switch in.Codes {
	case "INTERNAL_SERVER_ERROR", "INTERNAL_SERVICE_ERROR":
		return &refusal{status: http.StatusInternalServerError}
	case "INVALID_RESOURCE_ID":
		return &refusal{status: http.StatusNotFound, issue: in.Codes}
	case "PREVIOUS_REQUEST_IN_PROGRESS":
		return conflict(in.Codes)
	case "PERMISSION_DENIED", "NOT_AUTHORIZED":
		return &refusal{status: http.StatusForbidden, issue: in.Codes}
	}
	return unprocessable(in.Codes)
}
