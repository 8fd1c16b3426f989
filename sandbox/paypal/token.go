package paypal

import (
	"net/http"
	"net/url"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// tokenLife is how long a token is valid (official API).
const tokenLife = 9 * time.Hour

// token gives a client a token. Those that have ended are forgotten.
func (c *call) token() (answer, error) {
	form, err := url.ParseQuery(string(c.body))
	if err != nil || form.Get("grant_type") != "client_credentials" {
		return answer{}, &refusal{status: http.StatusBadRequest, field: "grant_type", issue: "INVALID_PARAMETER_VALUE"}
	}
	for token, until := range c.Tokens {
		if !c.Now().Before(until) {
			delete(c.Tokens, token)
			delete(c.Callers, token)
		}
	}
	token := "A21AA" + c.Random() + c.Random()
	c.Tokens[token] = c.Now().Add(tokenLife)
	c.Callers[token], _, _ = c.request.BasicAuth()
	return answer{status: http.StatusOK, body: stage.Members{
		"scope": "https://uri.paypal.com/services/payments/payment/authcapture https://uri.paypal.com/payments/payouts", "access_token": token,
		"token_type": "Bearer", "app_id": "APP-SANDBOX", "expires_in": int(tokenLife / time.Second), "nonce": shown(c.Now()) + c.Random(),
	}}, nil
}
