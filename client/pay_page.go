package client

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

const (
	// ActionsStaging is where buyers pay in the test environment.
	ActionsStaging = "https://actions.stage.trustap.com"
	// ActionsProduction is where buyers pay in the live environment.
	ActionsProduction = "https://actions.trustap.com"
)

// PayPage builds the addresses of the pages where a buyer pays. The page sends
// the buyer back to RedirectURI with trustap_status, code, tx_id and State in the
// query; that proves nothing: read the transaction or wait for the webhook.
type PayPage struct {
	// Base is [ActionsStaging] or [ActionsProduction].
	Base string
	// RedirectURI must be one that is registered with Trustap.
	RedirectURI string
	// State comes back unchanged; empty leaves it out.
	State string
}

// Online is the page for an online transaction. A guest has a page of their own.
// It fails with [ErrInvalidInput].
func (p PayPage) Online(id int64, guest bool) (string, error) {
	if guest {
		return p.build("online", id, "guest_pay")
	}
	return p.build("online", id, "pay")
}

// F2FDeposit is the page for the deposit of a face-to-face transaction. It fails
// with [ErrInvalidInput].
func (p PayPage) F2FDeposit(id int64) (string, error) { return p.build("f2f", id, "pay_deposit") }

// F2FRemainder is the page for the remainder of a face-to-face transaction, which is due once its price is set. It fails with
// [ErrInvalidInput].
func (p PayPage) F2FRemainder(id int64) (string, error) { return p.build("f2f", id, "pay_remainder") }

func (p PayPage) build(model string, id int64, action string) (string, error) {
	base, err := url.Parse(p.Base)
	if err != nil || base.Host == "" || id <= 0 || p.RedirectURI == "" {
		return "", fmt.Errorf("%w: a pay page needs a base, an id and a redirect URI", ErrInvalidInput)
	}
	query := url.Values{"redirect_uri": {p.RedirectURI}}
	if p.State != "" {
		query.Set("state", p.State)
	}
	path := strings.Join([]string{strings.TrimSuffix(p.Base, "/"), model, "transactions", strconv.FormatInt(id, 10), action}, "/")
	return path + "?" + query.Encode(), nil
}
