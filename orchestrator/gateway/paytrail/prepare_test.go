package paytrail_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// The form that a browser posts leads it to the page where a card is saved, and back with what a hold is made with.
func TestPrepare(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p, err := w.Prepare(t.Context(), orchestrator.Preparation{Currency: "EUR", Done: "https://shop.example.com/saved"})
	if err != nil || p.Form == nil || p.ClientToken != "" {
		t.Fatalf("%+v, %v", p, err)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	post := func(to string, fields url.Values) *url.URL {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to, strings.NewReader(fields.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		at, err := resp.Location()
		if err != nil {
			t.Fatalf("%s answers %d: %v", to, resp.StatusCode, err)
		}
		return at
	}
	fields := url.Values{}
	for name, value := range p.Form.Fields {
		fields.Set(name, value)
	}
	back := post(post(p.Form.URL, fields).String(), url.Values{"card": {"success"}})
	if back.Host != "shop.example.com" || back.Path != "/saved" {
		t.Errorf("led back to %s", back)
	}
	if out := w.Perform(t.Context(), w.holdWith(back.Query().Get("checkout-tokenization-id"))); out.Status != process.Succeeded {
		t.Errorf("hold: %+v", out)
	}
	if _, err := w.Prepare(t.Context(), orchestrator.Preparation{Currency: "USD"}); fault.ReasonOf(err) != "amount_not_supported" {
		t.Errorf("dollars: %v", err)
	}
}
