package native

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// preparing is what a payer's browser needs before a deal is paid.
type preparing interface {
	PreparePayment(ctx context.Context, community int64, gateway string, p orchestrator.Preparation) (orchestrator.Prepared, error)
}

func (n face) setupRoutes() []web.Route {
	return []web.Route{{
		Method: http.MethodPost, Path: "/v1/payment-setups", Access: web.Writing, Keying: web.KeyHonoured,
		Summary: "Get what a payer's browser needs to make a payment method", Body: web.JSON[setupIn](), Answer: web.JSON[setupOut](), Status: http.StatusCreated,
		Serve: n.Apart(n.setup),
	}}
}

// setupIn is the body of POST /v1/payment-setups.
type setupIn struct {
	Gateway    string `json:"gateway" required:"true"`
	Currency   string `json:"currency" required:"true"`
	SuccessURL string `json:"success_url"` // where the browser is led back to from the gateway's page
	CancelURL  string `json:"cancel_url"`
}

// setupOut has one of the two: a client token for the gateway's script, or a form that the browser posts.
type setupOut struct {
	ClientToken string    `json:"client_token,omitzero"`
	Form        *setupFor `json:"form,omitzero"`
}

// setupFor is a form that works once; its fields are sent as they are.
type setupFor struct {
	URL    string            `json:"url"`
	Fields map[string]string `json:"fields"`
}

func (n face) setup(c *gin.Context, who deal.Caller) error {
	var in setupIn
	if _, err := n.ReadJSON(c, web.InFreeText, &in); err != nil {
		return err
	}
	unit, err := deal.Unit(n.Assets, "currency", in.Currency)
	if err := fault.All(err, optionalAddress("success_url", in.SuccessURL), optionalAddress("cancel_url", in.CancelURL)); err != nil {
		return err
	}
	made, err := n.engine.PreparePayment(c.Request.Context(), who.Community(), in.Gateway, orchestrator.Preparation{Currency: money.Currency(unit), Done: in.SuccessURL, Cancelled: in.CancelURL})
	if err != nil {
		return err
	}
	out := setupOut{ClientToken: made.ClientToken}
	if made.Form != nil {
		out.Form = &setupFor{made.Form.URL, made.Form.Fields}
	}
	return web.Send(c, http.StatusCreated, out)
}
