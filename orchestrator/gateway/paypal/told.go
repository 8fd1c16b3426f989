package paypal

import (
	"regexp"
	"strings"

	"github.com/handsel-dev/handsel/orchestrator"
)

var _ orchestrator.SellersTold = (*Gateway)(nil)

// toldMark begins what an event about a seller is passed on as: the tracking id of the referral by
// which they agreed follows, if there is one, and their merchant id.
const toldMark = "seller:"

var trackingShape = regexp.MustCompile(`^[A-Za-z0-9-]{0,100}$`)

// seller is what is passed on of an event about a seller, who has agreed or taken that back; empty:
// it does not tell who.
func (e event) seller() string {
	r := e.Resource
	if !merchantShape.MatchString(r.Merchant) || !trackingShape.MatchString(r.Tracking) {
		return ""
	}
	return toldMark + r.Tracking + ":" + r.Merchant
}

// SellerTold reads which seller has agreed or taken that back. The referral is stored until the
// merchant that agreed by it was looked up.
func (*Gateway) SellerTold(about string) (orchestrator.SellerNews, bool) {
	rest, ok := strings.CutPrefix(about, toldMark)
	if !ok {
		return orchestrator.SellerNews{}, false
	}
	tracking, merchant, _ := strings.Cut(rest, ":")
	news := orchestrator.SellerNews{Accounts: []string{merchant}}
	if tracking != "" {
		news.Accounts = append(news.Accounts, referralMark+tracking)
	}
	return news, true
}
