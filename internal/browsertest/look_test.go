package browsertest_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/handsel-dev/handsel/internal/nodetest"
	"github.com/handsel-dev/handsel/internal/testkit/testsize"
)

// axe finds what keeps people from using a page (WCAG).
const axe = "axe-core@4.14.1"

// shots is the folder for pictures of the pages, if somebody wants to see them.
const shots = "HANDSEL_SHOTS"

// dress is how a page is shown.
type dress struct {
	width  int64
	scheme string // of prefers-color-scheme
}

func (d dress) String() string { return fmt.Sprintf("%d-%s", d.width, d.scheme) }

const phone = 375

// dresses are a phone and a wide screen, light and dark; few of them still have each width and each scheme.
func dresses() []dress {
	return []dress{{phone, "dark"}, {1440, "light"}, {phone, "light"}, {1440, "dark"}}[:testsize.Of(4, 2)]
}

// inspector looks at pages in a tab, and notes what the browser complains of and what is asked of others.
type inspector struct {
	tab
	axe    string
	origin string
	also   string // another origin that pages may ask: that of a gateway's script

	mu    sync.Mutex
	page  string // where the tab was sent
	found []string
}

func axeSource(t *testing.T) string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(string(nodetest.Install(t, axe)), "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

func inspect(t *testing.T, b tab, axe, origin string) *inspector {
	t.Helper()
	i := &inspector{tab: b, axe: axe, origin: origin}
	if err := chromedp.Listen(b.ctx, i.hear); err != nil {
		t.Fatal(err)
	}
	tell(b, network.Enable, network.EnableParams{})
	tell(b, log.Enable, cdp.Empty{})
	tell(b, runtime.Enable, cdp.Empty{})
	return i
}

// tell gives the browser a command of its protocol.
func tell[P, R any](b tab, command cdp.Command[P, R], params P) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, command, params); err != nil {
		b.t.Fatal(err)
	}
}

// hear notes messages of the console, and requests that leave the server's origin.
func (i *inspector) hear(event any) {
	switch e := event.(type) {
	case *log.EventEntryAdded:
		i.mu.Lock()
		refused := e.Entry.Source == log.EntrySourceNetwork && e.Entry.URL == i.page // a page of a refusal
		i.mu.Unlock()
		if !refused {
			i.note("the browser says %s: %s", e.Entry.Level, e.Entry.Text)
		}
	case *runtime.EventConsoleAPICalled:
		i.note("a script has written to the console")
	case *runtime.EventExceptionThrown:
		i.note("a script has failed: %s", e.ExceptionDetails.Text)
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(e.Request.URL); err != nil || u.Scheme != "data" && !slices.Contains([]string{i.origin, i.also}, u.Scheme+"://"+u.Host) { // fields for times have icons of the browser's own
			i.note("the page asks %s", e.Request.URL)
		}
	}
}

func (i *inspector) note(format string, args ...any) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.found = append(i.found, fmt.Sprintf(format, args...))
}

// heard is what was noted since it was asked last.
func (i *inspector) heard() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	all := i.found
	i.found = nil
	return all
}

// open shows a page of the server.
func (i *inspector) open(path string) {
	i.t.Helper()
	i.mu.Lock()
	i.page = i.origin + path
	i.mu.Unlock()
	i.do(chromedp.Navigate(i.page))
}

// wear shows pages so from now on.
func (i *inspector) wear(d dress) {
	i.t.Helper()
	i.do(chromedp.EmulateViewport(d.width, 900))
	tell(i.tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: d.scheme}}})
}

// rules are those of WCAG 2.2 AA, with those that came before.
const rules = `axe.run(document, {preload: false, resultTypes: ["violations"],
	runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}).then(r =>
	JSON.stringify(r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.html.slice(0, 160) + " " + n.failureSummary.replace(/\s+/g, " ")))))`

// grown are what a page of ours never has: whatever a text could bring in if it were read as HTML. A drawing stands in its figure,
// and has shapes and texts alone. A document and a page of the console have one script of this server's own, and the page to pay on has the gateway's, too.
const grown = `JSON.stringify([...document.querySelectorAll('script:not(body > script:last-child), img, svg:not(figure.graph > svg), svg :not(g, title, path, rect, text), iframe, object, embed, base, link, [onerror], [onload], [onclick], [style], a[href^="javascript" i]')].filter(e => !(location.pathname.startsWith("/pay/") && e.matches("main > script[src]")) && !(location.pathname.startsWith("/docs") && e.matches("main > script:last-child, .drawing > svg, .drawing > svg :is(circle, defs, marker)"))).map(e => e.outerHTML.slice(0, 160)))`

// tooWide are what makes the page wider than the screen.
const tooWide = `JSON.stringify(document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 120)).concat(["the page is " + document.documentElement.scrollWidth + " wide"]))`

// ask evaluates what gives a list of texts.
func (i *inspector) ask(script string) (all []string) {
	i.t.Helper()
	text, err := chromedp.Run(i.ctx, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise))
	if err == nil {
		err = json.Unmarshal([]byte(text), &all)
	}
	if err != nil {
		i.t.Fatal(err)
	}
	return all
}

// check looks at the page that the tab shows, in a dress, under a name.
func (i *inspector) check(name string, d dress) {
	i.t.Helper()
	i.do(chromedp.Evaluate[chromedp.Void](i.axe))
	for _, script := range []string{rules, grown, tooWide} {
		for _, found := range i.ask(script) {
			i.t.Errorf("%s, %s: %s", name, d, found)
		}
	}
	for _, found := range i.heard() {
		i.t.Errorf("%s, %s: %s", name, d, found)
	}
	i.picture(name, d)
}

var unfit = regexp.MustCompile(`[^a-z0-9]+`)

func (i *inspector) picture(name string, d dress) {
	i.t.Helper()
	folder := os.Getenv(shots)
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(i.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.MkdirAll(folder, 0o700)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, unfit.ReplaceAllString(strings.ToLower(name), "-")+"-"+d.String()+".png"), picture, 0o600)
	}
	if err != nil {
		i.t.Fatal(err)
	}
}
