package console_test

import (
	"net/url"
	"testing"

	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/server/console"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// A user is found by id or e-mail; their page shows who they are, what they have, are paid and owe, and what they have done. Those of
// another community are nobody here.
func TestUsers(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		w.Fund(t, "bea", 50_000)
		w.Call(t, "PUT", "/v1/users/sam", facetest.Object{"email": "sam@example.com", "first_name": "<b>Sam</b>", "last_name": "Smith", "country_code": "IE"}, facetest.Once("profile")).Is(200)
		sale := facetest.With(facetest.With(facetest.Sale(), "process", "preauthorize"), "gateway", "balance")
		id := w.Call(t, "POST", "/v1/transactions", sale, facetest.Once("sale")).Is(201).At("id")
		w.Take(t, id, "complete_preauthorization", nil, "paid", facetest.As("sam"))
		w.Take(t, id, "complete", nil, "confirmed", facetest.As("bea"))
		vic := signIn(w, t, "vic", console.Viewer)
		get := func(path string, who facetest.Option) facetest.Answer {
			return w.Call(t, "GET", path, nil, facetest.Anonymous, who)
		}
		shows(t, get("/console/sellers", vic), `href="/console/sellers/sam"`)
		shows(t, get("/console/sellers?q=SAM@example.com", vic), `href="/console/sellers/sam"`)
		if got := heading(get("/console/sellers?q=nobody@example.com", vic)); got != "No user has the e-mail nobody@example.com." {
			t.Errorf("for nobody the page says %q", got)
		}
		if a := get("/console/sellers?q=sam", vic).Is(303); a.Header.Get("Location") != "/console/sellers/sam" {
			t.Errorf("an id leads to %q", a.Header.Get("Location"))
		}
		sam := get("/console/sellers/sam", vic)
		shows(t, sam, "&lt;b&gt;Sam&lt;/b&gt; Smith", "sam@example.com", "No account is stored.", "100.00", "/console/deals/"+id, "One deal: 0 in progress, 1 paid out.", "/console/books/statement?user=sam", "Ask the gateways now")
		if got := heading(sam); got != "sam has 0 deals in progress and owes nothing." {
			t.Errorf("sam's page says %q", got)
		}
		shows(t, get("/console/sellers/sam?gateways=now", vic), "stripe", "can be paid")
		shows(t, get("/console/sellers/bea", vic), "No profile is stored.", "400.00", "/console/deals?q=bea")
		get("/console/sellers/nobody", vic).Is(404)
		get("/console/sellers/"+url.PathEscape(`a/b"><script>`), vic).Is(404)
		theirs := signInThere(w, t)
		get("/console/sellers/sam", theirs).Is(404)
		hides(t, get("/console/sellers", theirs), "/sam\"")
		hides(t, get("/console/sellers?q=sam@example.com", theirs), `href="/console/sellers/sam"`)
		send(w, t, "/console/sellers/sam/erase", map[string]string{"reason": "a test"}, signIn(w, t, "sue", console.Support)).Is(404)
	})
}

// Staff bans somebody from the exchange for a reason, and lifts the ban.
func TestUsers_banned(t *testing.T) {
	t.Parallel()
	b := newBourse(t, testdb.SQLite(t))
	vic, sue := signIn(b.Testbed, t, "vic", console.Viewer), signIn(b.Testbed, t, "sue", console.Support)
	path := "/console/sellers/" + facetest.Ann
	hides(t, b.get(path, vic), "Ban them")
	shows(t, b.get(path, sue), "Ban them", "95000.00", "5000.00")
	send(b.Testbed, t, path+"/ban", map[string]string{"reason": "fraud"}, vic).Is(403)
	send(b.Testbed, t, path+"/ban", nil, sue).Is(400)
	send(b.Testbed, t, path+"/ban", map[string]string{"reason": "sells <b>nothing</b>"}, sue).Is(303)
	if got := heading(b.get(path, vic)); got != facetest.Ann+" is banned from the exchange." {
		t.Errorf("the page says %q", got)
	}
	shows(t, b.get("/console/sellers", vic), "✕ banned")
	shows(t, b.get("/console/audit", vic), "sells &lt;b&gt;nothing", "operator:sue")
	send(b.Testbed, t, path+"/unban", map[string]string{"reason": "it was another"}, sue).Is(303)
	hides(t, b.get("/console/sellers", vic), "✕ banned")
	send(b.Testbed, t, path+"/unban", map[string]string{"reason": "twice"}, sue).Is(404)
}
