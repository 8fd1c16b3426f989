package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/server"
)

// What a good key may not do leaves a line in the audit log, ten at once for each key
// and no more: a flood of refused calls does not fill the database.
func TestS7_refusedCallsLeaveALine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	limited(t, w)
	const list = "/v1/operator/audit?act=refused"
	w.call(t, "GET", approvals, nil, withKey(w.scopes(apikey.Read))).refused(403, "missing_scope")
	w.call(t, "GET", approvals, nil, anonymous).refused(401, "unauthenticated")
	w.call(t, "GET", list, nil).is(200).has(map[string]string{"items.0.data.code": "missing_scope", "items.0.object": "route:GET " + approvals, "items.1": "absent"})
	for range 30 {
		w.call(t, "POST", purse+"/deposits", paidIn(1), staff("eve"), once("k")).refused(403, "unknown_operator")
	}
	w.call(t, "GET", list+"&actor=operator:eve", nil).is(200).has(map[string]string{"items.0.reason": "unknown_operator", "items.9.actor": "operator:eve", "items.10": "absent"})
	w.call(t, "GET", list+"&since=2031-01-01T00:00:00Z", nil).is(200).has(map[string]string{"items": "[]"})
	w.call(t, "GET", list+"&since=yesterday", nil).refused(400, "invalid_since")
}

// Every privileged route that changes something refuses a person who does not say why.
func TestS7_everyPrivilegedRouteNeedsAReason(t *testing.T) {
	t.Parallel()
	m := whole(t)
	bodies := map[string]object{
		"/deposits": {"amount": 1, "currency": "EUR"}, "/withdrawals": {"amount": 1, "currency": "EUR"}, "/holds/end": {"object": "community"},
		"/fees": {"seller_basis_points": 0, "buyer_basis_points": 0}, "/approval-limits": {"limits": object{}}, "/operators": {"operators": []string{}},
	}
	played := 0
	for _, r := range m.server.Routes() {
		line := r.Method + " " + r.Path
		if r.Access != server.Operating || r.Method == http.MethodGet {
			continue
		}
		played++
		body := object{}
		for suffix, needed := range bodies {
			if strings.HasSuffix(r.Path, suffix) {
				body = needed
			}
		}
		path := r.Path
		if strings.HasPrefix(path, approvals) {
			path = strings.Replace(path, "{id}", m.ids.Seal("apr", 1), 1)
		}
		a := m.call(t, r.Method, samplePath.Replace(path), body, staff("ann"), once(line))
		if a.status != http.StatusBadRequest || a.at("field") != "reason" {
			t.Errorf("%s without a reason answers %d %s", line, a.status, a.body)
		}
	}
	if played < 10 {
		t.Errorf("%d routes were tried: this test tests nothing", played)
	}
}
