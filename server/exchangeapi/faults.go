package exchangeapi

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/trade"
	"github.com/handsel-dev/handsel/server/web"
)

// exchangeFault is an error of the exchange's face (our choice, the document
// shows none).
type exchangeFault struct {
	Code      string `json:"code"`
	Message   string `json:"message"`
	RequestID string `json:"request_id"`
	// Errors are the members of the body that are wrong, the message about the first of them.
	Errors []fault.FieldError `json:"errors,omitempty"`
	Extra  map[string]any     `json:",embed"`
}

func renderExchangeFault(c *gin.Context, f *fault.Error) (int, []byte) {
	e := exchangeFault{Code: trade.CodeOf(f), Message: f.Message, RequestID: web.RequestID(c), Errors: f.Errors, Extra: f.Details}
	status := trade.ExchangeStatus(f)
	if c.Request.Method == http.MethodPost && c.FullPath() == base+"orders" && status >= http.StatusInternalServerError {
		// The document has one code for whatever goes wrong on our side here.
		e = exchangeFault{Code: "CREATE_ORDER_FAILED", Message: "the order could not be created", RequestID: web.RequestID(c)}
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
