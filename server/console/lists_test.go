package console_test

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/console"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

var (
	rows      = regexp.MustCompile(`<li data-key="([^"]+)"`)
	olderRows = regexp.MustCompile(`<a href="([^"]+)">(?:Older|Later) ones</a>`)
)

// The log of e-mails says whom each was sent to, about what, and what became of it, and nothing of what it said.
func TestMails(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		vic := signIn(w, t, "vic", console.Viewer)
		get := func(query string, who facetest.Option) facetest.Answer {
			return w.Call(t, "GET", "/console/mails"+query, nil, facetest.Anonymous, who)
		}
		if got := heading(get("?user=nobody", vic)); got != "No e-mail is like that." {
			t.Errorf("without e-mails the page says %q", got)
		}
		deal := w.Sell(t, "sale")
		number, err := w.Ids.Open(publicid.Transaction, deal)
		w.Must(err)
		add := func(id string, community int64, user, kind string, about int64) {
			w.Must(w.Store.AddMail(t.Context(), notices.Mail{ID: id, CommunityID: community, UserID: user, Kind: kind, TransactionID: about, Data: []byte(`{"text":"for one reader"}`), At: w.Clock.Now()}))
		}
		add("given", facetest.Ours, "mo<b>", "canary_kind", number)
		w.Must(w.Store.EndMail(t.Context(), "given", "given up", w.Clock.Now()))
		add("went", facetest.Ours, "mia", "deal_paid", 0)
		w.Must(w.Store.EndMail(t.Context(), "went", "sent", w.Clock.Now()))
		add("waits", facetest.Ours, "mia", "canary_kind", 0)
		add("theirs", facetest.Theirs, "max", "canary_kind", 0)
		all := get("", vic)
		shows(t, all, "given up", "sent<", "waits", "mo&lt;b&gt;", "/console/deals/"+deal, "/console/sellers/mia")
		hides(t, all, "for one reader", "mo<b>", ">max<")
		mias := get("?user=mia", vic)
		shows(t, mias, "deal_paid", "canary_kind")
		hides(t, mias, "given up")
		if got := heading(get("", vic)); got != "1 of these 3 e-mails failed." {
			t.Errorf("the page says %q", got)
		}
		if got := heading(get("?user=mia", vic)); got != "None of these e-mails failed." {
			t.Errorf("the page says %q", got)
		}
		shows(t, get("", signInThere(w, t)), ">max<")
		hides(t, get("", signInThere(w, t)), "mia", "given up")
		for _, wrong := range []string{"yesterday", "2026-01-02T03:04:05Z" + "%20%00"} {
			get("?before="+wrong, vic).Is(400)
		}
	})
}

// E-mails have pages: each is on one of them, once.
func TestMails_pages(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		vic := signIn(w, t, "vic", console.Viewer)
		for i := range 120 {
			w.Must(w.Store.AddMail(t.Context(), notices.Mail{ID: fmt.Sprintf("row%03d", i), CommunityID: facetest.Ours, UserID: "mia", Kind: "k", Data: []byte("{}"), At: w.Clock.Now().Add(-time.Duration(i/7) * time.Minute)}))
		}
		seen := everyRow(t, w, "/console/mails", vic)
		for i := range 500 {
			w.Must(w.Store.AddMail(t.Context(), notices.Mail{ID: fmt.Sprintf("newer%03d", i), CommunityID: facetest.Ours, UserID: "mo", Kind: "k", Data: []byte("{}"), At: w.Clock.Now().Add(time.Minute)}))
		}
		if page := w.Call(t, "GET", "/console/mails?user=mia", nil, facetest.Anonymous, vic).Body; strings.Count(page, "<li data-key=") != 50 {
			t.Errorf("with newer e-mails of others, the page of a user is not full: %s", page)
		}
		if found := everyRow(t, w, "/console/mails?user=mia", vic); len(found) != 120 {
			t.Errorf("the filter finds %d on all pages, want 120", len(found))
		}
		for i := range 120 {
			if id := fmt.Sprintf("row%03d", i); seen[id] != 1 {
				t.Errorf("%s is there %d times", id, seen[id])
			}
		}
	})
}

// Staff finds a listing, takes it off the market for a reason, and puts it back.
func TestListings(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		vic, sue := signIn(w, t, "vic", console.Viewer), signIn(w, t, "sue", console.Support)
		get := func(path string, who facetest.Option) facetest.Answer {
			return w.Call(t, "GET", path, nil, facetest.Anonymous, who)
		}
		hostile := facetest.Changed(facetest.Bike(), map[string]any{"title": `<script>"bike"`, "description": "<i>runs</i>"})
		made := w.Offer(t, hostile, facetest.Once("bike"))
		path := "/console/listings" + made[len("/v1/listings"):]
		w.Offer(t, facetest.Changed(facetest.Bike(), map[string]any{"author_id": "mia", "title": "Trailer"}), facetest.Once("trailer"))
		list := get("/console/listings", vic)
		shows(t, list, `href="`+path+`"`, "Trailer", "&lt;script&gt;", "50.00", "/console/sellers/mia")
		hides(t, list, `<script>"`)
		if got := heading(list); got != "2 things are on this page." {
			t.Errorf("the page says %q", got)
		}
		hides(t, get("/console/listings?author=mia", vic), path)
		if got := heading(get("/console/listings?author=nobody", vic)); got != "Nothing is on offer that is like that." {
			t.Errorf("for nobody the page says %q", got)
		}
		one := get(path, vic)
		shows(t, one, "&lt;i&gt;runs", "● enabled", "× 3")
		hides(t, one, "Take it off")
		shows(t, get(path, sue), "Take it off the market")
		send(w, t, path+"/off", map[string]string{"reason": "stolen"}, vic).Is(403)
		send(w, t, path+"/off", nil, sue).Is(400)
		send(w, t, path+"/sell", map[string]string{"reason": "stolen"}, sue).Is(404)
		for range 2 { // the second finds it done
			send(w, t, path+"/off", map[string]string{"reason": "it is <b>stolen</b>"}, sue).Is(303)
		}
		w.Call(t, "GET", made, nil).Is(200).Has(map[string]string{"state": "disabled"})
		shows(t, get(path, sue), "○ disabled", "Put it back")
		shows(t, get("/console/listings?state=disabled", vic), path)
		hides(t, get("/console/listings?state=enabled", vic), path)
		send(w, t, path+"/on", map[string]string{"reason": "it was not"}, sue).Is(303)
		w.Call(t, "GET", made, nil).Is(200).Has(map[string]string{"state": "enabled"})
		shows(t, get("/console/audit", vic), "console.offer_off", "console.offer_on", "it is &lt;b&gt;stolen", "operator:sue")
		theirs := signInThere(w, t)
		hides(t, get("/console/listings", theirs), path, "Trailer")
		get(path, theirs).Is(404)
		send(w, t, path+"/off", map[string]string{"reason": "another's"}, theirs).Is(404)
		for _, wrong := range []string{"?state=lost", "?before=x", "?author=%00"} {
			get("/console/listings"+wrong, vic).Is(400)
		}
		get("/console/listings/lst_nothing", vic).Is(404)
	})
}

// Staff takes an ad out of its owner's hands, who cannot take it back, and gives it back. What its owner paused is the owner's to resume.
func TestAds(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		b := newBourse(t, database)
		vic, sue := signIn(b.Testbed, t, "vic", console.Viewer), signIn(b.Testbed, t, "sue", console.Support)
		ad := b.NewAd(t, facetest.Bob, "sell")
		path, theirs := "/console/ads/"+ad, signInThere(b.Testbed, t)
		act := func(act, reason string, who facetest.Option) facetest.Answer {
			return send(b.Testbed, t, path+"/"+act, map[string]string{"reason": reason}, who)
		}
		shows(t, b.get("/console/ads", vic), `href="`+path+`"`, "● active", facetest.Ann)
		hides(t, b.get("/console/ads?author="+facetest.Ann, vic), `href="`+path+`"`)
		shows(t, b.get("/console/ads?author="+facetest.Bob+"&state=active", vic), `href="`+path+`"`)
		hides(t, b.get("/console/ads?state=suspended", vic), `href="`+path+`"`)
		one := b.get(path, vic)
		shows(t, one, "Please include order ID", "card, bank_transfer", "1.00 RUB")
		hides(t, one, "2200000000000004", "Take it off")
		act("off", "fraud", vic).Is(403)
		act("off", "", sue).Is(400)
		act("off", "a <b>fraud</b>", sue).Is(303)
		shows(t, b.get(path, sue), "○ suspended", "Put it back")
		b.Ask(t, facetest.Bob, "POST", facetest.ExchangePath+"ads/"+ad+"/resume", "").Is(400)
		act("on", "it was none", sue).Is(303)
		shows(t, b.get(path, sue), "● active")
		b.Ask(t, facetest.Bob, "POST", facetest.ExchangePath+"ads/"+ad+"/pause", "").Is(200)
		act("on", "by mistake", sue).Is(303)
		paused := b.get(path, sue)
		shows(t, paused, "○ paused", "Take it off the market")
		b.Ask(t, facetest.Bob, "DELETE", facetest.ExchangePath+"ads/"+ad, "").Is(204)
		hides(t, b.get(path, sue), "Take it off", "Put it back")
		log := b.get("/console/audit", vic)
		shows(t, log, "a &lt;b&gt;fraud", "it was none", "operator:sue")
		hides(t, log, "by mistake")
		b.get(path, theirs).Is(404)
		hides(t, b.get("/console/ads", theirs), facetest.Bob)
		act("off", "another's", theirs).Is(404)
		for _, wrong := range []string{"?before=-1", "?before=x", "?author=%00", "?state=lost"} {
			b.get("/console/ads"+wrong, vic).Is(400)
		}
		b.get("/console/ads/x", vic).Is(404)
	})
}

// everyRow follows the way to older rows and counts each.
func everyRow(t *testing.T, w *facetest.Testbed, path string, who facetest.Option) map[string]int {
	t.Helper()
	seen := map[string]int{}
	for pages := 0; path != ""; pages++ {
		if pages > 10 {
			t.Fatal("the pages do not end")
		}
		page := w.Call(t, "GET", path, nil, facetest.Anonymous, who).Is(200)
		path = ""
		for _, row := range rows.FindAllStringSubmatch(page.Body, -1) {
			seen[row[1]]++
		}
		if next := olderRows.FindStringSubmatch(page.Body); next != nil {
			path = html.UnescapeString(next[1])
		}
	}
	return seen
}

// The audit log is filtered by who did something, what, and to what, page by page.
func TestAudit_filters(t *testing.T) {
	t.Parallel()
	w := newMarket(t, testdb.SQLite(t))
	vic := signIn(w, t, "vic", console.Viewer)
	for i := range 120 {
		who, what := "operator:ann", "limits.set"
		if i%2 == 1 {
			who, what = "operator:bob", "<b>note"
		}
		w.Must(w.Store.AddAct(t.Context(), orchestrator.Act{CommunityID: facetest.Ours, Actor: who, Name: what, Object: fmt.Sprint("user:", i%3), Reason: fmt.Sprintf("reason-%03d", i), At: w.Clock.Now().Add(time.Duration(i) * time.Minute)}))
	}
	for query, want := range map[string]int{"actor=operator%3Aann": 60, "act=%3Cb%3Enote": 60, "object=user%3A0": 40, "actor=operator%3Abob&object=user%3A1": 20, "actor=operator%3Anobody": 0} {
		found, path := 0, "/console/audit?"+query
		for range 4 {
			page := w.Call(t, "GET", path, nil, facetest.Anonymous, vic).Is(200).Body
			found += strings.Count(page, "reason-")
			next := regexp.MustCompile(`href="(/console/audit\?[^"]*before=[^"]*)"`).FindStringSubmatch(page)
			if next == nil {
				break
			}
			if strings.Count(page, "reason-") != 50 {
				t.Errorf("%s: a page before the last one has %d lines", path, strings.Count(page, "reason-"))
			}
			path = html.UnescapeString(next[1])
		}
		if found != want {
			t.Errorf("%s finds %d lines, want %d", query, found, want)
		}
	}
	hides(t, w.Call(t, "GET", "/console/audit?actor=%3Cb%3E", nil, facetest.Anonymous, vic).Is(200), "<b>")
	w.Call(t, "GET", "/console/audit?actor=%00", nil, facetest.Anonymous, vic).Is(400)
}
