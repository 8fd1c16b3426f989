package browsertest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/handsel-dev/handsel/internal/testkit"
)

// A person opens the portal, sees what failed, sends it again, and replaces the secret, all without a
// script and under the policy of the pages.
func TestPortal(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	var well atomic.Bool
	var taken atomic.Int64
	receiver := httptest.NewServer(http.HandlerFunc(func(a http.ResponseWriter, _ *http.Request) {
		if !well.Load() {
			a.WriteHeader(http.StatusInternalServerError)
			_, _ = a.Write([]byte("<i>out of paper</i>"))
			return
		}
		taken.Add(1)
	}))
	defer receiver.Close()
	var link struct {
		URL string `json:"url"`
	}
	made := w.Call("POST", "/v1/portal-links", `{}`)
	if err := json.Unmarshal([]byte(made.Body), &link); err != nil || made.Status != http.StatusCreated {
		t.Fatalf("%d %s", made.Status, made.Body)
	}
	b := openTab(t, browser(t), link.URL)
	b.follow("button.main")
	b.reads("Events are sent nowhere.")
	b.do(chromedp.SetValue(chromedp.CSS("#url"), receiver.URL), chromedp.SetValue(chromedp.CSS("#types"), "transaction.*"))
	b.follow("button.main")
	b.reads("Copy the secret now", "whsec_")
	w.Open()
	w.MustSettle()
	b.follow("main a")
	b.reads("This endpoint has failed since", "pending", "500", "<i>out of paper</i>")
	well.Store(true)
	b.follow(`ul.rows > li:last-child form[action$="/resend"] button`) // the others wait for it
	w.MustSettle()
	b.follow(`a[href$="?status=delivered"]`)
	b.reads("This endpoint has all events", "● delivered", "200")
	before := taken.Load()
	b.click("details:nth-of-type(4) summary")
	b.do(chromedp.SetValue(chromedp.CSS("#from_sequence"), "1"), chromedp.SetValue(chromedp.CSS("#until"), "2100-01-01T00:00"))
	b.follow(`details form[action$="/replay"] button`)
	w.MustSettle()
	if again := taken.Load() - before; again != before {
		t.Errorf("the whole range sent %d events again, want %d", again, before)
	}
	b.click("details:nth-of-type(2) summary")
	b.follow(`form[action$="/rotate"] button`)
	b.reads("Copy the new secret now", "whsec_")
	b.follow(`header a[href="/portal/events"]`)
	b.reads("The newest event of your marketplace")
	b.click("details summary")
	b.reads("{")
	b.do(chromedp.Navigate(link.URL)) // the second time
	b.reads("This link was used already")
}

// reads wants texts on the page.
func (b tab) reads(texts ...string) {
	b.t.Helper()
	shown := b.text()
	for _, text := range texts {
		if !strings.Contains(shown, text) {
			b.t.Fatalf("the page lacks %q:\n%s", text, shown)
		}
	}
}
