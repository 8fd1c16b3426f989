package paytrail

import (
	"context"
	"net/http"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
)

// Prepare signs the form with which the buyer's browser begins to save a card. The buyer comes back with a tokenization id, which is
// the payment method of a hold. Nothing is asked of Paytrail.
func (g *Gateway) Prepare(_ context.Context, p orchestrator.Preparation) (orchestrator.Prepared, error) {
	if p.Currency != euro {
		return orchestrator.Prepared{}, fault.New(fault.Invalid, codeAmount, "%s cannot be paid through paytrail: it takes EUR", p.Currency)
	}
	fields := g.api.headers(http.MethodPost, "", "", nil)
	fields["checkout-redirect-success-url"], fields["checkout-redirect-cancel-url"] = g.back(p.Done), g.back(p.Cancelled)
	delete(fields, "signature")
	fields["signature"] = signature(g.api.secret, algorithm, fields, nil)
	fields["language"] = g.Language // which is not signed
	return orchestrator.Prepared{Form: &orchestrator.Form{URL: g.BaseURL + "/tokenization/addcard-form", Fields: fields}}, nil
}
