package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/server/internal/facetest"
	"github.com/handsel-dev/handsel/server/web"
)

// What a good key may not do leaves a line in the audit log, ten at once for each key
// and no more: a flood of refused calls does not fill the database.
func TestS7_refusedCallsLeaveALine(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	facetest.Limited(t, w)
	const list = "/v1/operator/audit?act=refused"
	w.Call(t, "GET", facetest.Approvals, nil, facetest.WithKey(w.Scopes(apikey.Read))).Refused(403, "missing_scope")
	w.Call(t, "GET", facetest.Approvals, nil, facetest.Anonymous).Refused(401, "unauthenticated")
	w.Call(t, "GET", list, nil).Is(200).Has(map[string]string{"items.0.data.code": "missing_scope", "items.0.object": "route:GET " + facetest.Approvals, "items.1": "absent"})
	for range 30 {
		w.Call(t, "POST", facetest.Purse+"/deposits", facetest.PaidIn(1), facetest.Staff("eve"), facetest.Once("k")).Refused(403, "unknown_operator")
	}
	w.Call(t, "GET", list+"&actor=operator:eve", nil).Is(200).Has(map[string]string{"items.0.reason": "unknown_operator", "items.9.actor": "operator:eve", "items.10": "absent"})
	w.Call(t, "GET", list+"&since=2031-01-01T00:00:00Z", nil).Is(200).Has(map[string]string{"items": "[]"})
	w.Call(t, "GET", list+"&since=yesterday", nil).Refused(400, "invalid_since")
}

// Every privileged route that changes something refuses a person who does not say why.
func TestS7_everyPrivilegedRouteNeedsAReason(t *testing.T) {
	t.Parallel()
	m := whole(t)
	bodies := map[string]facetest.Object{
		"/deposits": {"amount": 1, "currency": "EUR"}, "/withdrawals": {"amount": 1, "currency": "EUR"}, "/holds/end": {"object": "community"},
		"/fees": {"seller_basis_points": 0, "buyer_basis_points": 0}, "/approval-limits": {"limits": facetest.Object{}}, "/operators": {"operators": []string{}}, "/origins": {"origins": []string{}}, "/accounts/{gateway}": {"account_id": "acct_1"}, "/settle": {"reference": "RF18 5390"},
		"/settlements": {"payouts": []any{facetest.Object{"id": "pyt_1", "reference": "RF18 5390", "amount": 1}}},
		"/outcome":     {"outcome": "arrived"}, "/webhook-endpoints": {"url": "https://shop.example.com/webhooks"}, "/mail-templates/{name}": {"subject": "x", "text": "y"},
	}
	played := 0
	for _, r := range m.Server.Routes() {
		line := r.Method + " " + r.Path
		if r.Access != web.Operating || r.Method == http.MethodGet {
			continue
		}
		played++
		body := facetest.Object{}
		for suffix, needed := range bodies {
			if strings.HasSuffix(r.Path, suffix) {
				body = needed
			}
		}
		path := r.Path
		if strings.HasPrefix(path, facetest.Approvals) {
			path = strings.Replace(path, "{id}", m.Ids.Seal("apr", 1), 1)
		}
		a := m.Call(t, r.Method, facetest.SamplePath.Replace(path), body, facetest.Staff("ann"), facetest.Once(line))
		if a.Status != http.StatusBadRequest || a.At("field") != "reason" {
			t.Errorf("%s without a reason answers %d %s", line, a.Status, a.Body)
		}
	}
	if played < 10 {
		t.Errorf("%d routes were tried: this test tests nothing", played)
	}
}
