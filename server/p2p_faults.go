package server

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"github.com/handsel-dev/handsel/fault"
)

// exchangeFault is an error of the exchange's face (our choice, the document
// shows none).
type exchangeFault struct {
	Code      string         `json:"code"`
	Message   string         `json:"message"`
	RequestID string         `json:"request_id"`
	Extra     map[string]any `json:",embed"`
}

func renderExchangeFault(c *gin.Context, f *fault.Error) (int, []byte) {
	e := exchangeFault{Code: codeOf(f), Message: f.Message, RequestID: requestID(c), Extra: f.Details}
	status := exchangeStatus(f)
	if c.Request.Method == http.MethodPost && c.FullPath() == p2pBase+"orders" && status >= http.StatusInternalServerError {
		// The document has one code for whatever goes wrong on our side here.
		e = exchangeFault{"CREATE_ORDER_FAILED", "the order could not be created", requestID(c), nil}
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
