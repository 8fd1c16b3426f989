package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// browser keeps cookies, and sends forms as the pages of a server do.
type browser struct {
	t      *testing.T
	client http.Client
}

func newBrowser(t *testing.T) browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return browser{t, http.Client{Jar: jar}}
}

func (b browser) ask(method, at string, form url.Values) (status int, page string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, at, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	resp, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// The link of handsel dev leads to a console that moves the clock and plays scenarios. A server has none of it.
func TestDev_console(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "env")
	start(t, []string{"HANDSEL_LOG_LEVEL=error"}, "dev", "--addr=127.0.0.1:0", "--sandbox-addr=127.0.0.1:0", "--stripe-addr=127.0.0.1:0", "--env-file="+file)
	await(t, "the env file", func() bool { _, err := os.Stat(file); return err == nil })
	values := readEnvFile(t, file)
	ask := newBrowser(t).ask
	says := func(page string, words ...string) {
		t.Helper()
		for _, word := range words {
			if !strings.Contains(page, word) {
				t.Errorf("the page lacks %q:\n%s", word, page)
			}
		}
	}
	engine := values["HANDSEL_URL"] + "/console/dev"
	if status, page := ask("POST", values["HANDSEL_CONSOLE_URL"], nil); status != 200 {
		t.Fatalf("sign in: %d %s", status, page)
	}
	_, page := ask("POST", engine+"/scenarios/seller-rejects", nil)
	says(page, "Sam rejects", "→ rejected", "Look at the deal")
	_, page = ask("POST", engine+"/scenarios/hold-expires", nil)
	says(page, "eight days pass", "→ rejected", "Look at the deal")
	_, _ = ask("POST", engine+"/scenarios/card-3d-secure", nil) // which leaves something due
	_, page = ask("POST", engine+"/clock", url.Values{"by": {"next"}, "back": {"/console/risk"}})
	says(page, "Money at risk", "forward; ")
	_, page = ask("POST", engine+"/faults/paypal", url.Values{"operation": {"webhook"}, "kind": {"lose"}, "times": {"3"}})
	says(page, "webhook:lose", "× 3")
	_, page = ask("POST", engine+"/faults/paypal", url.Values{"clear": {"1"}})
	if strings.Contains(page, "webhook:lose") {
		t.Error("what fails at PayPal cannot be cleared")
	}

	address := freeAddress(t)
	start(t, []string{"HANDSEL_ADDR=" + address, "HANDSEL_OPS_ADDR=127.0.0.1:0", "HANDSEL_DATABASE_URL=" + filepath.Join(t.TempDir(), "x.db")}, "serve")
	await(t, "the server", func() bool { return call(t, "GET", "http://"+address+"/readyz", "", "", "", "").Status == 200 })
	for _, path := range []string{"/console/dev", "/console/dev/clock", "/console/dev/faults/stripe", "/console/dev/scenarios/card-happy", "/_dev/mail", "/_dev/emulators"} {
		for _, method := range []string{"GET", "POST"} {
			if status, page := ask(method, "http://"+address+path, nil); status != 404 {
				t.Errorf("a server answers %s %s with %d %s", method, path, status, page)
			}
		}
	}
}
