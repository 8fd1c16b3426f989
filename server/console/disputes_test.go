package console_test

import (
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/console"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// bourse is an exchange with a dispute of Bob's, who buys of Ann: both have written, and Bob has shown a file.
type bourse struct {
	*facetest.Market
	t             *testing.T
	order, number string
	path          string // of its dispute
	file          string
	talks         *conversations.Service
}

func newBourse(t *testing.T, database string) *bourse {
	t.Helper()
	b := &bourse{t: t}
	b.Market = facetest.NewExchangeOn(t, database, func(c *server.Config) {
		facetest.KeepAll(t, c)
		b.talks = c.Conversations.(*conversations.Service)
	})
	b.number = b.NewOrder(t, facetest.Bob, b.NewAd(t, facetest.Ann, "sell"))
	b.order = b.Ids.Seal(publicid.Transaction, facetest.Number(t, b.number))
	b.path = "/console/disputes/" + b.order
	b.Step(t, facetest.Bob, b.number, "confirm-paid", "").Is(200)
	b.Ask(t, facetest.Bob, "POST", facetest.ExchangePath+"orders/"+b.number+"/messages", `{"message":"I have <b>paid</b> you"}`).Is(200)
	b.Step(t, facetest.Bob, b.number, "call-operator", `{"reason":"she <i>denies</i> it"}`).Is(200)
	ref := conversations.Ref{CommunityID: facetest.Ours, TransactionID: facetest.Number(t, b.number), Actor: process.Actor{Kind: process.User, ID: facetest.Bob}}
	one, err := b.talks.Add(t.Context(), ref, conversations.Upload{Name: `re"ceipt<i>.txt`, Type: "text/plain", Content: []byte("paid at noon"), RequestID: "r"})
	if err != nil {
		t.Fatal(err)
	}
	b.file = b.path + "/evidence/" + one.ID
	return b
}

func (b *bourse) get(path string, who facetest.Option) facetest.Answer {
	b.t.Helper()
	return b.Call(b.t, "GET", path, nil, facetest.Anonymous, who)
}

// content is what a page has besides its frame.
func content(page facetest.Answer) string {
	_, rest, _ := strings.Cut(page.Body, "<main")
	text, _, _ := strings.Cut(rest, "</main>")
	return text
}

func shows(t *testing.T, page facetest.Answer, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(page.Is(200).Body, word) {
			t.Errorf("the page lacks %q:\n%s", word, content(page)[:min(600, len(content(page)))])
		}
	}
}

func hides(t *testing.T, page facetest.Answer, words ...string) {
	t.Helper()
	for _, word := range words {
		if strings.Contains(page.Is(200).Body, word) {
			t.Errorf("the page has %q:\n%s", word, content(page)[:min(600, len(content(page)))])
		}
	}
}

// signInThere signs an admin of another community in.
func signInThere(w *facetest.Testbed, t *testing.T) facetest.Option {
	t.Helper()
	theirs := send(w, t, link(w, t, facetest.Theirs, "olga", console.Admin), nil).Is(303)
	pair, _, _ := strings.Cut(theirs.Header.Get("Set-Cookie"), ";")
	return facetest.Header("Cookie", pair)
}

// A dispute of the exchange is found, taken on, read and decided here. Who has not taken it on reads neither chat nor evidence, and
// decides nothing. Above the limit another person decides.
func TestDisputes_exchange(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		b := newBourse(t, database)
		vic, sue, olga, ann := signIn(b.Testbed, t, "bob", console.Viewer), signIn(b.Testbed, t, "sue", console.Support), signIn(b.Testbed, t, "olga", console.Finance), signIn(b.Testbed, t, "ann", console.Finance)
		list := b.get("/console/disputes", vic)
		if got := heading(list); got != "One case waits for a decision, and nobody looks after it." {
			t.Errorf("the list says %q", got)
		}
		shows(t, list, b.path, "disputed", ">nobody<")
		hides(t, list, "/take\"")
		hides(t, b.get("/console/disputes?whose=mine", olga), b.path)
		private := []string{"I have", "denies", "2200000000000004", "ceipt"}
		for _, who := range []facetest.Option{vic, sue, olga} {
			page := b.get(b.path, who)
			shows(t, page, "take it on first", "5000.00 RUB", "One deal: 1 in progress, 0 paid out. Disputes: 1, of them 0 won, 0 lost, 0 shared, 1 open.", "Nobody has rated them.")
			hides(t, page, private...)
			b.get(b.file, who).Is(403)
		}
		step := "/console/deals/" + b.order + "/do/resolve_release"
		shows(t, b.get(step, olga), "take the case first", b.path)
		for _, path := range []string{b.path + "/take", step} {
			if a := send(b.Testbed, t, path, map[string]string{"reason": "may I"}, vic).Is(403); !strings.Contains(a.Body, "needs the role finance") {
				t.Errorf("%s says which role it needs: %s", path, content(a))
			}
		}
		send(b.Testbed, t, b.path+"/take", nil, olga).Is(303)
		send(b.Testbed, t, b.path+"/take", nil, ann).Is(409)
		shows(t, b.get(b.path, ann), "olga looks after it", "Why you take it over from olga")
		send(b.Testbed, t, b.path+"/take", map[string]string{"from": "olga"}, ann).Is(400)
		send(b.Testbed, t, b.path+"/take", map[string]string{"from": "olga", "reason": "she is on holiday"}, sue).Is(403)
		send(b.Testbed, t, b.path+"/take", map[string]string{"from": "olga", "reason": "she is on holiday"}, ann).Is(303)
		shows(t, b.get(b.path, ann), "ann looks after it", "denies")
		shows(t, b.get(step, olga), "take the case first")
		send(b.Testbed, t, b.path+"/take", map[string]string{"from": "olga", "reason": "a second click"}, olga).Is(409)
		send(b.Testbed, t, b.path+"/take", map[string]string{"from": "ann", "reason": "back again"}, olga).Is(303)
		if got := heading(b.get("/console/disputes?whose=mine", olga)); got != "One case waits for a decision." {
			t.Errorf("olga's list says %q", got)
		}
		hides(t, b.get("/console/disputes?whose=nobody", olga), b.path)
		shows(t, b.get("/console/risk", vic), "olga looks after it")
		shows(t, b.get(b.path, olga), "I have &lt;b&gt;paid&lt;/b&gt; you", "she &lt;i&gt;denies", "2200000000000004", "added the file", b.file, "5000.00 RUB for 5000.00 RUB by card")
		hides(t, b.get(b.path, ann), private...)
		file := b.get(b.file, olga).Is(200)
		if file.Body != "paid at noon" || file.Header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(file.Header.Get("Content-Disposition"), "attachment") || file.Header.Get("Content-Security-Policy") != "default-src 'none'; sandbox" {
			t.Errorf("the file is %q with %v", file.Body, file.Header)
		}
		b.get(b.file, vic).Is(403)

		facetest.Limited(t, b.Testbed)
		shown := b.get(step, olga)
		shows(t, shown, "above the limit", "5000.00", "balance of "+facetest.Bob)
		form := map[string]string{"revision": hidden.FindStringSubmatch(shown.Body)[1], "reason": "the bank confirms it"}
		send(b.Testbed, t, step, map[string]string{"revision": "1", "reason": "too late"}, olga).Is(409)
		send(b.Testbed, t, step, form, ann).Is(403)
		send(b.Testbed, t, step, form, olga).Is(303)
		shows(t, b.get(b.path, olga), "waits for a second person", "the bank confirms it")
		waits := b.Call(t, "GET", "/v1/operator/approvals", nil).Is(200).At("items.0.id")
		send(b.Testbed, t, "/console/approvals/"+waits+"/approve", map[string]string{"reason": "I have called"}, ann).Is(303)
		b.Ask(t, facetest.Bob, "GET", facetest.ExchangePath+"orders/"+b.number, nil).Is(200).Has(map[string]string{"status": "completed", "resolution.outcome": "release"})
		ended := b.get("/console/deals/"+b.order, olga)
		shows(t, ended, "5000.00 RUB was set aside by the seller: to the buyer 5000.00 RUB.", "Nothing: the deal has ended.")
		hides(t, ended, "came in", "back 5000.00", "somebody has to act")
		shows(t, b.get(b.path, olga), "of them 1 won", "of them 0 won, 1 lost")
		if got := heading(b.get("/console/disputes", vic)); got != "No case waits for a decision." {
			t.Errorf("then the list says %q", got)
		}
		log := b.get("/console/audit", vic).Is(200).Body
		for _, act := range []string{"assign", "read_chat", "read_evidence", "read_order", "resolve"} {
			if !strings.Contains(log, act+" <code>order:"+b.number) {
				t.Errorf("the audit log lacks %s: %s", act, log)
			}
		}
	})
}

// An order is split by amounts that the page asks for, and the sums have to be right.
func TestDisputes_split(t *testing.T) {
	t.Parallel()
	b := newBourse(t, testdb.SQLite(t))
	olga := signIn(b.Testbed, t, "olga", console.Finance)
	send(b.Testbed, t, b.path+"/take", nil, olga).Is(303)
	step := "/console/deals/" + b.order + "/do/resolve_split"
	shows(t, b.get(step, olga), "input.release", "input.refund")
	shows(t, b.get(step+"?input.release=1&input.refund=2", olga), "Say what is needed")
	shown := b.get(step+"?input.release=200000&input.refund=300000", olga)
	shows(t, shown, "2000.00", "3000.00", "Nothing has happened yet")
	send(b.Testbed, t, step, map[string]string{"revision": hidden.FindStringSubmatch(shown.Body)[1], "reason": "both are right", "input.release": "200000", "input.refund": "300000"}, olga).Is(303)
	b.Ask(t, facetest.Bob, "GET", facetest.ExchangePath+"orders/"+b.number, nil).Is(200).Has(map[string]string{"status": "completed", "resolution.buyer_amount": "200000", "resolution.seller_amount": "300000"})
}

// A dispute of a sale is read by all staff: what both have done, and, from support on, what they say and show.
func TestDisputes_sale(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		w.Fund(t, "bea", 200_000)
		sale := facetest.With(facetest.With(facetest.Sale(), "process", "preauthorize"), "gateway", "balance")
		id := w.Call(t, "POST", "/v1/transactions", sale, facetest.Once("sale")).Is(201).At("id")
		w.Take(t, id, "complete_preauthorization", nil, "paid", facetest.As("sam"))
		w.Take(t, id, "cancel", map[string]string{"reason": "it <b>rattles</b>"}, "canceled", facetest.As("bea"))
		w.Call(t, "POST", "/v1/transactions/"+id+"/messages", facetest.Object{"content": "<script>it does not"}, facetest.As("sam"), facetest.Once("said")).Is(201)
		vic, sue := signIn(w, t, "vic", console.Viewer), signIn(w, t, "sue", console.Support)
		path := "/console/disputes/" + id
		get := func(path string, who facetest.Option) facetest.Answer {
			return w.Call(t, "GET", path, nil, facetest.Anonymous, who)
		}
		shows(t, get("/console/disputes", vic), path, "bea buys of sam")
		shows(t, get("/console/deals/"+id, vic), path)
		shows(t, get(path, sue), "it &lt;b&gt;rattles")
		hides(t, get(path, vic), "rattles")
		shows(t, get(path, vic), "The role support reads what was said.", "The role support reads it.", "Buyer: <a href=\"/console/sellers/bea\"", "Seller: <a href=\"/console/sellers/sam\"", "/do/refund", "/do/dismiss", "/do/split", "No files.")
		if strings.Contains(get(path, vic).Body, "it does not") {
			t.Error("a viewer reads the chat")
		}
		shows(t, get(path, sue), "&lt;script&gt;it does not")
		send(w, t, path+"/take", nil, sue).Is(303)
		shows(t, get(path, vic), "sue looks after it")
		other := signInThere(w, t)
		for _, at := range []string{path, path + "/evidence/x"} {
			get(at, other).Is(404)
		}
		send(w, t, path+"/take", nil, other).Is(404)
		if got := heading(get("/console/disputes", other)); got != "No case waits for a decision." {
			t.Errorf("another community reads %q", got)
		}
		get(path+"/evidence/nothing", sue).Is(404)
		get("/console/disputes?whose=theirs", vic).Is(400)
		get("/console/disputes?after=x", vic).Is(400)
		get(path+"?from=-1", vic).Is(400)
	})
}

// A page of cases ends where the next one begins.
func TestDisputes_pages(t *testing.T) {
	t.Parallel()
	w := newMarket(t, testdb.SQLite(t))
	w.Fund(t, "bea", 2_000_000)
	sale := facetest.With(facetest.With(facetest.Sale(), "process", "preauthorize"), "gateway", "balance")
	paths := map[string]bool{}
	for i := range 51 {
		id := w.Call(t, "POST", "/v1/transactions", sale, facetest.Once(strings.Repeat("s", i+1))).Is(201).At("id")
		w.Take(t, id, "complete_preauthorization", nil, "paid", facetest.As("sam"))
		w.Take(t, id, "cancel", nil, "canceled", facetest.As("bea"))
		paths["/console/disputes/"+id] = true
	}
	vic := signIn(w, t, "vic", console.Viewer)
	seen := map[string]bool{}
	for next, pages := "/console/disputes", 0; next != ""; pages++ {
		page := w.Call(t, "GET", next, nil, facetest.Anonymous, vic).Is(200)
		for path := range paths {
			if strings.Contains(page.Body, `"`+path+`"`) {
				if seen[path] {
					t.Errorf("%s comes twice", path)
				}
				seen[path] = true
			}
		}
		_, rest, more := strings.Cut(page.Body, `<a href="/console/disputes?`)
		if next = ""; more {
			query, _, _ := strings.Cut(rest, `"`)
			next = "/console/disputes?" + strings.ReplaceAll(query, "&amp;", "&")
		}
		if pages > 3 {
			t.Fatal("the pages do not end")
		}
	}
	if len(seen) != len(paths) {
		t.Errorf("%d of %d cases are shown", len(seen), len(paths))
	}
}
