package browsertest_test

import (
	"context"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// patience is how long one test may wait for the browser. The longest looks at each page in four dresses, some two hundred in all.
const patience = 15 * time.Minute

// starts is how often the browser is started until a test fails. On a busy machine it now
// and then ends while it starts, which says nothing about the pages.
const starts = 3

// browser starts a Chromium that reaches this machine alone, and ends it with the
// test. Without one the test fails: what only a browser can show would go unseen.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := installed(t)
	for try := 1; ; try++ {
		ctx, err := start(t, path)
		if err == nil {
			return ctx
		}
		if try == starts {
			t.Fatalf("start %s: %v", path, err)
		}
		t.Logf("start %s: %v; trying again", path, err)
	}
}

func installed(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("there is no Chromium on this machine; install it: apt-get install chromium")
	return ""
}

// start starts a browser that is closed when the test ends, or at once if it fails.
func start(t *testing.T, path string) (context.Context, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, // its sandbox does not work for root
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
	)
	// The test's own context ends before its clean-ups, which close the browser.
	allocator, wait := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	ctx, kill := chromedp.NewContext(allocator)
	if err := chromedp.Do(ctx); err != nil {
		kill()
		wait()
		return nil, err
	}
	t.Cleanup(wait)
	t.Cleanup(kill)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Errorf("close the browser: %v", err)
		}
	})
	return ctx, nil
}

// tab is a tab of a browser. Its methods fail the test on anything unexpected.
type tab struct {
	t   *testing.T
	ctx context.Context
}

func openTab(t *testing.T, browser context.Context, url string, options ...chromedp.ContextOption) tab {
	t.Helper()
	ctx, closeTab := chromedp.NewContext(browser, options...)
	t.Cleanup(closeTab)
	ctx, cancel := context.WithTimeout(ctx, patience)
	t.Cleanup(cancel)
	b := tab{t, ctx}
	b.do(chromedp.Navigate(url))
	return b
}

func (b tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// click clicks what a CSS selector finds first.
func (b tab) click(selector string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// choose clicks the button of a card and waits for the page that follows.
func (b tab) choose(card string) {
	b.t.Helper()
	b.follow(`button[value="` + card + `"]`)
}

// follow clicks what leads to another page and waits for that.
func (b tab) follow(selector string) {
	b.t.Helper()
	click := chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible)
	if _, err := chromedp.Run(b.ctx, chromedp.WaitEvent(page.LoadEventFired, nil, click)); err != nil {
		b.t.Fatalf("click %s: %v", selector, err)
	}
}

// text is what a person reads on the page. The page is asked in one go: a node that was looked for before may be gone with
// the page that it was on.
func (b tab) text() string {
	b.t.Helper()
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.body.innerText`))
	if err != nil {
		b.t.Fatal(err)
	}
	return text
}
