package browsertest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/sso"
	"github.com/handsel-dev/handsel/internal/testkit/issuer"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator/process/p2porder"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
	"github.com/handsel-dev/handsel/server/console"
)

// Every page of the console and of the portal, on a phone and on a wide screen, light and dark: nothing keeps anybody
// from using it, nothing comes from elsewhere, nothing that people wrote becomes a part of the page.
func TestPages(t *testing.T) {
	t.Parallel()
	chromium, source := browser(t), axeSource(t)
	m := newMarket(t)
	i := inspect(t, m.enter(chromium, staff[3], console.Admin), source, m.URL)
	pages := m.pages()
	for name, path := range m.portal(i.tab) {
		pages[name] = path
	}
	shown := ""
	for _, d := range dresses() {
		i.wear(d)
		for _, name := range slices.Sorted(maps.Keys(pages)) {
			i.open(pages[name])
			i.check(name, d)
			if d == dresses()[0] {
				i.walk(name)
				shown += i.text()
			}
		}
	}
	for text := range m.wrote {
		if !strings.Contains(shown, text) {
			t.Errorf("no page shows %q as it was written", text)
		}
	}
}

// pages are the paths of the console's pages, by what they show.
func (m *market) pages() map[string]string {
	m.t.Helper()
	now := m.Sandbox.Now()
	if err := m.Store.Hold(m.t.Context(), notices.Held{CommunityID: app.SampleCommunity, TransactionID: 1, Stream: notices.Events, Since: now}, now.Add(time.Hour)); err != nil {
		m.t.Fatal(err)
	}
	pages := map[string]string{
		"overview": "/console", "deals": "/console/deals", "found": "/console/deals?q=bea&attention=yes", "none": "/console/deals?q=" + `%22%3E%3Cscript%3E`,
		"risk": "/console/risk", "community": "/console/community", "keys": "/console/keys", "sellers": "/console/sellers", "seller": "/console/sellers/sam", "seller asked": "/console/sellers/sam?gateways=now", "user of another name": "/console/sellers/" + url.PathEscape(hostile), "trader": "/console/sellers/" + app.Bob.ID, "disputes": "/console/disputes", "disputes of nobody": "/console/disputes?whose=nobody", "second": "/console/approvals", "audit": "/console/audit", "sessions": "/console/sessions", "jobs": "/console/jobs", "late timers": "/console/jobs/timers", "failed timers": "/console/jobs/timers?fate=failed", "failed news": "/console/jobs/feed_again?fate=failed", "mails": "/console/mails", "mails of nobody": "/console/mails?user=nobody", "listings": "/console/listings", "listings of nobody": "/console/listings?author=nobody", "ads": "/console/ads", "inbox": "/console/inbox", "inbox refused": "/console/inbox?fate=refused", "inbox of none": "/console/inbox?gateway=" + `%22%3E%3Cscript%3E`, "books": "/console/books", "books then": "/console/books?at=2026-01-02T03:04",
		"entries": "/console/books/entries?account=available&currency=EUR", "statement": "/console/books/statement?user=sam", "statement of another": "/console/books/statement?user=" + url.QueryEscape(hostile), "refusal": "/console/deals/1",
		"preview":         m.deals["held in our books"] + "/do/complete_preauthorization",
		"preview refused": m.deals["ended"] + "/do/refund_after_payout",
	}
	for name, path := range m.deals {
		pages["deal "+name] = path
	}
	for _, name := range []string{"a dispute", "traded", "canceled"} {
		pages["dispute "+name] = strings.Replace(m.deals[name], "/deals/", "/disputes/", 1)
	}
	return pages
}

// portal opens the portal in a tab, and returns the paths of its pages and of those on which people sign in.
func (m *market) portal(b tab) map[string]string {
	m.t.Helper()
	made := m.ask("POST", "/v1/webhook-endpoints", http.StatusCreated, object{"url": m.URL + "/nobody", "description": m.write("endpoint"), "reason": m.write("hooks")})
	m.ask("POST", fmt.Sprint("/v1/webhook-endpoints/", made["id"], "/test"), http.StatusOK, object{"reason": "a test"})
	link := func() string {
		return strings.TrimPrefix(m.ask("POST", "/v1/portal-links", http.StatusCreated, object{"reason": "a test"})["url"].(string), m.URL)
	}
	b.do(chromedp.Navigate(m.URL + link()))
	b.follow("button.main")
	return map[string]string{
		"webhooks": "/console/webhooks", "webhook endpoint": fmt.Sprint("/console/webhooks/endpoints/", made["id"]), "webhook events": "/console/webhooks/events",
		"portal": "/portal", "portal endpoint": fmt.Sprint("/portal/endpoints/", made["id"]), "portal events": "/portal/events", "portal refusal": "/portal/endpoints/nothing",
		"portal sign in": link(), "documents": "/docs", "calls": "/docs/calls", "reference": "/docs/api/listings", "objects": "/docs/api/objects", "document": "/docs/p2p", "process": "/docs/processes/escrow_online@1", "search": "/docs/search?q=refund", "nothing found": "/docs/search?q=%3Cscript%3E",
		"no document": "/docs/nothing", "refusals": "/docs/errors", "refused code": "/docs/errors/busy", "console sign in": "/console/sign-in?back=/console/risk", "sign in": strings.TrimPrefix(m.link("ann", console.Viewer), m.URL), "sign in refused": "/console/open/nothing",
	}
}

// focus describes what has the focus: which of all that can have it, and whether it is seen.
const focus = `(() => {
	const all = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")].filter(e => e.checkVisibility());
	const e = document.activeElement, s = getComputedStyle(e);
	return JSON.stringify({at: all.indexOf(e), all: all.length, ring: s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0, html: e.outerHTML.slice(0, 120)});
})()`

type focused struct {
	At, All int
	Ring    bool
	HTML    string
}

// tabbed is what the next key Tab leads to.
func (b tab) tabbed() (f focused) {
	b.t.Helper()
	b.do(chromedp.KeyEvent("\t"))
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](focus))
	if err == nil {
		err = json.Unmarshal([]byte(text), &f)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return f
}

// walk goes through a page by the key Tab: everything is reached, in order, and seen when it is.
func (i *inspector) walk(name string) {
	i.t.Helper()
	for at := 0; ; at++ {
		f := i.tabbed()
		if at == f.All {
			return
		}
		if f.At != at || !f.Ring {
			i.t.Errorf("%s: the key Tab leads to %d of %d after %d, ring %v: %s", name, f.At, f.All, at-1, f.Ring, f.HTML)
			return
		}
	}
}

// until goes on by the key Tab to what a selector finds.
func (b tab) until(selector string) {
	b.t.Helper()
	for range 200 {
		b.tabbed()
		if at, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](`document.activeElement.matches(`+strconv.Quote(selector)+`)`)); err != nil {
			b.t.Fatal(err)
		} else if at {
			return
		}
	}
	b.t.Fatalf("the key Tab never leads to %s:\n%s", selector, b.text())
}

// enter presses Enter on what a selector finds, and waits for the page that follows.
func (b tab) enter(selector string) {
	b.t.Helper()
	b.until(selector)
	b.submit()
}

// submit presses Enter where the focus is.
func (b tab) submit() {
	b.t.Helper()
	if _, err := chromedp.Run(b.ctx, chromedp.WaitEvent(page.LoadEventFired, nil, chromedp.KeyEvent("\r"))); err != nil {
		b.t.Fatalf("press Enter: %v", err)
	}
}

// write goes to a field and writes into it.
func (b tab) write(selector, text string) {
	b.t.Helper()
	b.until(selector)
	b.do(chromedp.KeyEvent(text))
}

// By the keyboard alone, somebody skips to the content, finds a deal, previews a step above the limit and asks for it;
// another operator finds what waits and approves; the money has moved then, and not before.
func TestConsole_keyboard(t *testing.T) {
	t.Parallel()
	chromium := browser(t)
	m := newBareMarket(t)
	m.create(http.StatusCreated, object{"external_reference": "order-77", "unit_price": price(50_000), "input": object{"payment_method": "pm_card_visa"}})
	ann := m.enter(chromium, "ann", console.Finance)
	ann.until("a.skip")
	ann.do(chromedp.KeyEvent("\r"))
	if f := ann.tabbed(); strings.Contains(f.HTML, "Overview") {
		t.Errorf("after the link past the bar, the key Tab leads to %s", f.HTML)
	}
	ann.enter(`nav a[href="/console/deals"]`)
	ann.write("header input[name=q]", "order-77")
	ann.submit()
	ann.enter(`td a[href^="/console/deals/txn_"]`)
	ann.reads("500.00 EUR", "order-77", "Complete preauthorization")
	ann.enter(`a[href$="/do/complete_preauthorization"]`)
	ann.reads("above the limit", "stripe is asked to capture", "held for this deal")
	ann.write("#reason", "the buyer has asked twice")
	ann.enter("button.main")
	ann.reads("One act waits for a second person", "Another person decides: you asked for it")
	if tx := m.named("order-77"); tx.State != preauthorize.Preauthorized {
		t.Fatalf("before the second person the deal is %s", tx.State)
	}
	bob := m.enter(chromium, "bob", console.Finance)
	bob.enter(`nav a[href="/console/approvals"]`)
	bob.reads("the buyer has asked twice")
	bob.write(`input[id^="approve-"]`, "I have called them")
	bob.enter("button.main")
	bob.reads("Nothing waits for a second person", "I have called them")
	m.MustSettle()
	if tx := m.named("order-77"); tx.State != settlement.Paid {
		t.Errorf("after the second person the deal is %s", tx.State)
	}
	m.CheckBooks()
}

// By the keyboard alone, somebody takes a dispute of the exchange on, reads both sides, and decides it above the limit; another
// operator finds what waits and approves. The buyer has the money then, and not before.
func TestConsole_keyboardDispute(t *testing.T) {
	t.Parallel()
	chromium := browser(t)
	m := newBareMarket(t)
	m.ask("PUT", "/v1/community/approval-limits", 200, object{"limits": object{"EUR": 10_000, "RUB": 10_000}, "reason": "policy"})
	order := m.dispute(app.Bob)
	ann := m.enter(chromium, "ann", console.Finance)
	ann.enter(`nav a[href="/console/disputes"]`)
	ann.reads("One case waits for a decision, and nobody looks after it.")
	ann.enter(`td a[href^="/console/disputes/txn_"]`)
	ann.reads("The chat of an order is for who has the case")
	ann.enter(`form[action$="/take"] button`)
	ann.reads("ann looks after it", "I have paid", "the seller is silent", "How the seller is paid")
	ann.enter(`a[href$="/do/resolve_release"]`)
	ann.reads("above the limit", "1000.00 RUB", "balance of "+app.Bob.ID)
	ann.write("#reason", "the bank confirms it")
	ann.enter("button.main")
	ann.reads("One act waits for a second person", "Another person decides: you asked for it")
	if tx := m.order(order); tx.State != p2porder.Disputed {
		t.Fatalf("before the second person the order is %s", tx.State)
	}
	bob := m.enter(chromium, "bob", console.Finance)
	bob.enter(`nav a[href="/console/approvals"]`)
	bob.reads("the bank confirms it")
	bob.write(`input[id^="approve-"]`, "I have asked the bank")
	bob.enter("button.main")
	bob.reads("Nothing waits for a second person", "I have asked the bank")
	m.MustSettle()
	if tx := m.order(order); tx.State != p2porder.Completed {
		t.Errorf("after the second person the order is %s", tx.State)
	}
	ann.enter(`nav a[href="/console/disputes"]`)
	ann.reads("No case waits for a decision.")
	ann.enter(`nav a[href="/console/audit"]`)
	ann.reads("read_chat", "the bank confirms it", "I have asked the bank")
	m.CheckBooks()
}

// By the keyboard alone, somebody finds what a gateway reported of a deal, reads it, and has it applied again.
func TestConsole_keyboardReplay(t *testing.T) {
	t.Parallel()
	m := newBareMarket(t)
	m.sale(object{"external_reference": "order-80", "input": object{"payment_method": "pm_card_visa"}})
	m.MustSettle()
	b := m.enter(browser(t), "ann", console.Support)
	b.enter(`nav a[href="/console/inbox"]`)
	b.reads("All of these messages were applied", "verified, and stored", "stripe")
	b.until("summary")
	b.do(chromedp.KeyEvent(" "))
	b.reads("payment_intent")
	b.write(`input[id^="reason-"]`, "the deal looks behind")
	b.enter("form[action$='/replay'] button")
	b.reads("wait to be applied", "not applied yet")
	m.MustSettle()
	b.enter(`nav a[href="/console/inbox"]`)
	b.reads("All of these messages were applied", "2 tries")
	b.enter(`nav a[href="/console/audit"]`)
	b.reads("inbox.replay", "the deal looks behind")
	m.CheckBooks()
}

// By the keyboard alone, somebody finds what a comparison with a gateway has found, reads why, takes it on, and ends it by their word
// when both sides are right.
func TestConsole_keyboardDifference(t *testing.T) {
	t.Parallel()
	m := newBareMarket(t)
	m.sale(object{"external_reference": "order-81", "input": object{"payment_method": "pm_card_visa"}})
	m.MustSettle()
	tx := m.named("order-81")
	m.AtStripe("/v1/payment_intents/"+tx.PaymentID+"/capture", url.Values{"amount_to_capture": {"4000"}})
	for range 2 {
		m.Advance(25 * time.Hour)
		if _, err := m.Due.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	b := m.enter(browser(t), "ann", console.Support)
	b.enter(`nav a[href="/console/risk"]`)
	b.reads("Difference", tx.PaymentID, "find out which side is right")
	task := `li:has(form[action$="/done"])`
	b.enter(task + ` form[action$="/take"] button`)
	b.reads("ann looks after it")
	b.write(task+` input[name="reason"]`, "the shop agreed to 40 euro")
	b.enter(task + ` form[action$="/done"] button`)
	if page := b.text(); strings.Contains(page, "Difference") {
		t.Errorf("after the word the page says\n%s", page)
	}
	b.enter(`nav a[href="/console/audit"]`)
	b.reads("the shop agreed to 40 euro")
}

// By the keyboard alone, somebody exports a user's statement, and all entries of a time.
func TestConsole_keyboardExport(t *testing.T) {
	t.Parallel()
	m := newBareMarket(t)
	m.ended()
	m.Advance(time.Hour)
	b := m.enter(browser(t), "ann", console.Viewer)
	b.enter(`nav a[href="/console/books"]`)
	b.write("#user", "sam")
	b.submit()
	b.reads("sam was paid", "Entries")
	if file := b.saved(`a[href*="format=csv"]`); !strings.Contains(file, "paid_out") {
		t.Errorf("the statement is\n%s", file)
	}
	b.enter(`nav a[href="/console/books"]`)
	if file := b.saved(`button[value="json"]`); !strings.Contains(file, `"account"`) {
		t.Errorf("the entries are\n%s", file)
	}
}

// saved is the file that the browser saves after Enter on what a selector finds.
func (b tab) saved(selector string) string {
	b.t.Helper()
	dir, ended := b.t.TempDir(), make(chan string, 16)
	within := chromedp.FromContext(b.ctx).BrowserContextID
	if err := chromedp.ListenBrowser(b.ctx, func(ev any) {
		if e, ok := ev.(*cdpbrowser.EventDownloadProgress); ok && e.State == cdpbrowser.DownloadProgressStateCompleted {
			ended <- e.GUID
		}
	}); err != nil {
		b.t.Fatal(err)
	}
	if _, err := chromedp.CallBrowser(b.ctx, cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{Behavior: cdpbrowser.SetDownloadBehaviorBehaviorAllowAndName, BrowserContextID: within, DownloadPath: dir, EventsEnabled: new(true)}); err != nil {
		b.t.Fatal(err)
	}
	b.until(selector)
	b.do(chromedp.KeyEvent("\r"))
	for {
		select {
		case name := <-ended:
			if file, err := os.ReadFile(filepath.Join(dir, name)); err == nil { // else it is another tab's
				return string(file)
			}
		case <-b.ctx.Done():
			b.t.Fatalf("%s saves nothing", selector)
		}
	}
}

// A page of another origin on the same host, to which browsers send the session, neither shows the console in a frame
// nor sends its forms.
func TestConsole_neighbour(t *testing.T) {
	t.Parallel()
	m := newBareMarket(t)
	deal := m.sale(object{"external_reference": "order-78", "input": object{"payment_method": "pm_card_visa"}}) + "/do/complete_preauthorization"
	neighbour := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `<iframe src="%s/console"></iframe><form method="post" action="%s"><input name="reason" value="mine"><input name="revision" value="2"><button>Win</button></form>`, m.URL, m.URL+deal)
	}))
	defer neighbour.Close()
	b := m.enter(browser(t), "ann", console.Admin)
	b.do(chromedp.Navigate(m.URL + deal))
	b.reads("Nothing has happened yet")
	b.do(chromedp.Navigate(neighbour.URL))
	frames, err := chromedp.Call(b.ctx, page.GetFrameTree, cdp.Empty{})
	if err != nil {
		t.Fatal(err)
	}
	for _, child := range frames.FrameTree.ChildFrames {
		if strings.HasPrefix(child.Frame.URL, m.URL) && child.Frame.UnreachableURL == "" {
			t.Errorf("a neighbour shows %s in a frame", child.Frame.URL)
		}
	}
	b.follow("button")
	b.reads("Only the pages of this console may send this.", "Nothing was changed.")
	if tx := m.named("order-78"); tx.State != preauthorize.Preauthorized {
		t.Errorf("a neighbour has made the deal %s", tx.State)
	}
}

// Who pressed the button too long after signing in shows again who they are, by a fresh link, and comes back to the step with what
// they wrote. The button alone moves the money.
func TestConsole_proof(t *testing.T) {
	t.Parallel()
	m := newBareMarket(t)
	var late atomic.Int64
	m.Door.Now = func() time.Time { return time.Now().Add(time.Duration(late.Load())) }
	deal := m.sale(object{"external_reference": "order-79", "input": object{"payment_method": "pm_card_visa"}}) + "/do/complete_preauthorization"
	b := m.enter(browser(t), "ann", console.Finance)
	b.do(chromedp.Navigate(m.URL + deal))
	late.Store(int64(console.ProofLife))
	b.write("#reason", "the buyer has asked")
	b.enter("button.main")
	b.reads("This moves money: show again who you are.", "Nothing has happened yet")
	i := inspect(t, b, axeSource(t), m.URL)
	i.check("proof", dresses()[0])
	b.write("#link", m.link("ann", console.Finance))
	b.enter("button.main")
	b.reads("Nothing has happened yet. This is what would.")
	if tx := m.named("order-79"); tx.State != preauthorize.Preauthorized {
		t.Fatalf("the proof alone has made the deal %s", tx.State)
	}
	b.enter("button.main")
	m.MustSettle()
	if tx := m.named("order-79"); tx.State != settlement.Paid {
		t.Errorf("after the button the deal is %s", tx.State)
	}
}

// In a browser, somebody logs in at an issuer on another host, and is led there and back.
func TestConsole_login(t *testing.T) {
	t.Parallel()
	chromium, source := browser(t), axeSource(t)
	m := newBareMarket(t)
	i := issuer.New(t, time.Now)
	m.Door.SSO = sso.New(sso.Config{Issuer: i.URL, ClientID: issuer.ClientID, ClientSecret: issuer.ClientSecret, RedirectURL: m.URL + console.LoginPath, Now: time.Now})
	m.Door.Grants = []console.Grant{{Claim: "groups", Value: "tills", Role: console.Finance, Community: app.SampleCommunity}, {Claim: "groups", Value: "others", Role: console.Admin, Community: app.OtherCommunity}}
	for _, visit := range []struct {
		groups      []string
		name, until string
		reads       []string
	}{
		{[]string{"others"}, "overview of another", "header nav", []string{"olga@example.com (admin)", "Overview"}},
		{[]string{"tills", "others"}, "choice", "form button:not(.main)", []string{"In which marketplace do you want to work?"}},
		{nil, "no role", "p.meta code", []string{"gives you a role here"}},
	} {
		i.LogsIn(issuer.Claims{"groups": visit.groups, "email": "olga@example.com"})
		b := openTab(t, chromium, m.URL+"/console/sign-in", chromedp.WithNewBrowserContext())
		inspect(t, b, source, m.URL).check("sign in with an issuer", dresses()[0])
		b.follow(`form[action$="/oidc"] button`)
		b.do(chromedp.WaitVisible(chromedp.CSS(visit.until))) // there and back
		b.reads(visit.reads...)
		inspect(t, b, source, m.URL).check(visit.name, dresses()[0])
	}
}
