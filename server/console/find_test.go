package console_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/server/console"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// The one box finds a deal by all that it is known by; filters are in the address, and each can be taken off.
func TestFind(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		vic := signIn(w, t, "vic", console.Viewer)
		w.Call(t, "PUT", "/v1/users/bea", facetest.Profile()).Is(200)
		made := w.Call(t, "POST", "/v1/transactions", facetest.With(facetest.Sale(), "external_reference", "order-7"), facetest.As("bea"), facetest.Once("sale"), facetest.Header("X-Request-Id", "req_of_bea")).Is(201)
		at := "/console/deals/" + made.At("id")
		finds := func(query string) (facetest.Answer, bool) {
			t.Helper()
			page := w.Call(t, "GET", "/console/deals?"+query, nil, facetest.Anonymous, vic).Is(200)
			return page, strings.Contains(page.Body, at)
		}
		for _, q := range []string{"order-7", "bea", "sam", "BEA@example.com", "100.00 EUR", "eur 100", "10000", made.Header.Get("X-Request-Id")} {
			if page, found := finds("q=" + url.QueryEscape(q)); !found {
				t.Errorf("%q finds nothing: %s", q, heading(page))
			}
		}
		for _, q := range []string{"order-8", "ola", "bob@example.com", "100.00 USD", "99.00 EUR", "req_of_nobody"} {
			if page, found := finds("q=" + url.QueryEscape(q)); found || !strings.HasPrefix(heading(page), "Nothing is called") {
				t.Errorf("%q finds %s", q, heading(page))
			}
		}
		for query, want := range map[string]bool{"gateway=trustap": true, "gateway=stripe": false, "process=escrow_online": true, "process=preauthorize": false, "amount=100.00+EUR": true, "amount=1.00+EUR": false,
			"older=1": false, "attention=yes": false, "state=nowhere": false, "q=bea&gateway=stripe": false, "q=bea&gateway=trustap": true} {
			if page, found := finds(query); found != want {
				t.Errorf("%s finds %t: %s", query, found, heading(page))
			}
		}
		page, _ := finds("q=bea&gateway=trustap")
		for _, without := range []string{`href="/console/deals?gateway=trustap"`, `href="/console/deals?q=bea"`} {
			if !strings.Contains(page.Body, without) {
				t.Errorf("a chip is missing: %s", without)
			}
		}
		for _, query := range []string{"older=x", "amount=much", "before=x"} {
			w.Call(t, "GET", "/console/deals?"+query, nil, facetest.Anonymous, vic).Is(400)
		}
		theirs := send(w, t, link(w, t, facetest.Theirs, "olga", console.Admin), nil).Is(303)
		pair, _, _ := strings.Cut(theirs.Header.Get("Set-Cookie"), ";")
		for _, q := range []string{"order-7", "bea", "BEA@example.com", "100.00 EUR", made.Header.Get("X-Request-Id")} {
			if got := w.Call(t, "GET", "/console/deals?q="+url.QueryEscape(q), nil, facetest.Anonymous, facetest.Header("Cookie", pair)).Is(200); strings.Contains(got.Body, at) {
				t.Errorf("another community finds it by %q", q)
			}
		}
	})
}
