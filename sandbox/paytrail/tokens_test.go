package paytrail_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// token is that of a card that is saved.
func (w *world) token(card string) string {
	w.t.Helper()
	id, err := w.SaveCard(card)
	if err != nil {
		w.t.Fatal(err)
	}
	status, out := w.ask(caller{}, "POST", "/tokenization/"+id, "")
	if status != 200 || text(out["token"]) == "" {
		w.t.Fatalf("token: %d %v", status, out)
	}
	return text(out["token"])
}

func withToken(token string) string { return `{"token":"` + token + `",` }

// holds makes a payment with a saved card.
func (w *world) holds(call, card string) (status int, out map[string]any, token string) {
	w.t.Helper()
	token = w.token(card)
	status, out = w.ask(caller{}, "POST", "/payments/token/"+call, w.body("{\"stamp", withToken(token)+`"stamp`))
	return status, out, token
}

func (w *world) status(id string) string {
	w.t.Helper()
	_, out := w.ask(caller{}, "GET", "/payments/"+id, "")
	return text(out["status"])
}

// done are the effects by name.
func (w *world) done() string {
	names := []string{}
	for _, e := range w.Effects() {
		names = append(names, e.Operation+" "+strconv.FormatInt(e.Amount, 10))
	}
	return strings.Join(names, ", ")
}

func TestHold_committed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	status, out, token := w.holds("cit/authorization-hold", "success")
	id := text(out["transactionId"])
	if status != 201 || w.status(id) != "pending" {
		t.Fatalf("%d %v, %s", status, out, w.status(id))
	}
	commit := "/payments/" + id + "/token/commit"
	for name, body := range map[string]string{
		"more":          w.body("{\"stamp", withToken(token)+`"stamp`, "1590", "1593", "530", "531"),
		"another token": w.body("{\"stamp", withToken("x")+`"stamp`),
		"no token":      w.body(),
	} {
		if status, out := w.ask(caller{}, "POST", commit, body); status != 400 {
			t.Errorf("%s: %d %v", name, status, out)
		}
	}
	less := w.body("{\"stamp", withToken(token)+`"stamp`, "1590", "1500", "530", "500")
	if status, out := w.ask(caller{}, "POST", commit, less); status != 201 || out["transactionId"] != id {
		t.Errorf("commit: %d %v", status, out)
	}
	if status, _ := w.ask(caller{}, "POST", commit, w.body("{\"stamp", withToken(token)+`"stamp`)); status != 400 {
		t.Errorf("committed twice: %d", status)
	}
	if status, _ := w.ask(caller{}, "POST", "/payments/"+id+"/token/revert", ""); status != 400 {
		t.Errorf("reverted after that: %d", status)
	}
	if w.status(id) != "ok" || w.done() != "authorize 1590, capture 1500" {
		t.Errorf("%s: %s", w.status(id), w.done())
	}
	heard := w.delivered()
	if len(heard) != 2 || heard[0].Get("checkout-status") != "pending" || heard[1].Get("checkout-status") != "ok" || heard[1].Get("checkout-provider") != "creditcard" {
		t.Errorf("called back: %v", heard)
	}
}

func TestHold_ends(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		end  func(w *world, id string)
		done string
	}{
		"reverted": {func(w *world, id string) {
			for _, want := range []int{200, 400} {
				if status, out := w.ask(caller{}, "POST", "/payments/"+id+"/token/revert", ""); status != want {
					w.t.Errorf("revert: %d %v, want %d", status, out, want)
				}
			}
		}, "authorize 1590, void 1590"},
		"over, in a world that was stored meanwhile": {func(w *world, _ string) {
			saved, err := w.Snapshot()
			if err == nil {
				err = w.Restore(saved)
			}
			if err != nil {
				w.t.Fatal(err)
			}
			w.mu.Lock()
			w.now = w.now.Add(7*24*time.Hour + time.Second)
			w.mu.Unlock()
			w.Tick()
		}, "authorize 1590, hold_expired 1590"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			_, out, token := w.holds("mit/authorization-hold", "success")
			id := text(out["transactionId"])
			tc.end(w, id)
			if status, _ := w.ask(caller{}, "POST", "/payments/"+id+"/token/commit", w.body("{\"stamp", withToken(token)+`"stamp`)); status != 400 {
				t.Errorf("committed: %d", status)
			}
			if w.status(id) != "fail" || w.done() != tc.done {
				t.Errorf("%s: %s", w.status(id), w.done())
			}
		})
	}
}

// What a bank asks or refuses depends on the card, and on whether the buyer is there.
func TestHold_cards(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		call, card, answer string
		status             int
		code, is, done     string
	}{
		"charged at once":      {call: "cit/charge", card: "success", status: 201, is: "ok", done: "charge 1590"},
		"asked, and held":      {call: "cit/authorization-hold", card: "three_d_secure", answer: "success", status: 403, is: "pending", done: "authorize 1590"},
		"asked, and charged":   {call: "cit/charge", card: "three_d_secure", answer: "success", status: 403, is: "ok", done: "charge 1590"},
		"asked, and not they":  {call: "cit/charge", card: "three_d_secure", answer: "declined", status: 403, is: "fail"},
		"nobody there to ask":  {call: "mit/charge", card: "three_d_secure", status: 201, is: "ok", done: "charge 1590"},
		"no money":             {call: "cit/authorization-hold", card: "insufficient", status: 400, code: "116"},
		"a card that was lost": {call: "mit/authorization-hold", card: "stolen", status: 400, code: "209"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			status, out, _ := w.holds(tc.call, tc.card)
			id := text(out["transactionId"])
			if status != tc.status || text(out["acquirerResponseCode"]) != tc.code {
				t.Fatalf("%d %v", status, out)
			}
			if tc.answer != "" {
				if page := text(out["threeDSecureUrl"]); page != "http://127.0.0.1:8425/3ds/"+id || w.status(id) != "new" {
					t.Errorf("led to %s, %s", page, w.status(id))
				}
				back := w.press("/3ds/"+id, tc.answer)
				if want := map[string]string{"fail": "/no", "pending": "/ok", "ok": "/ok"}[tc.is]; back == nil || back.Path != want || back.Query().Get("checkout-status") != tc.is {
					t.Errorf("led back to %v", back)
				}
				if err := w.Pay(id, "success"); err == nil {
					t.Error("asked twice")
				}
			}
			if id != "" && w.status(id) != tc.is || w.done() != tc.done {
				t.Errorf("%s: %s", w.status(id), w.done())
			}
		})
	}
}

// press presses a button of a page, and answers where it leads.
func (w *world) press(path, button string) *url.URL {
	w.t.Helper()
	page := httptest.NewRecorder()
	w.ServeHTTP(page, httptest.NewRequestWithContext(w.t.Context(), http.MethodGet, path, nil))
	if page.Code != 200 || !strings.Contains(page.Body.String(), `value="`+button+`"`) {
		w.t.Errorf("the page has no %s: %d %s", button, page.Code, page.Body)
	}
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, path, strings.NewReader("card="+button))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, r)
	back, err := url.Parse(answer.Header().Get("Location"))
	if err != nil || answer.Code != http.StatusSeeOther {
		w.t.Errorf("%s: %d %s", button, answer.Code, answer.Body)
	}
	return back
}

// form is what a shop has the browser post to save a card, signed.
func (w *world) form(change func(map[string]string)) *httptest.ResponseRecorder {
	w.t.Helper()
	w.n++
	fields := map[string]string{
		"checkout-account": shop, "checkout-algorithm": "sha256", "checkout-method": "POST", "checkout-nonce": strconv.Itoa(w.n), "checkout-timestamp": "2030-03-01T09:00:00.000Z",
		"checkout-redirect-success-url": "https://shop.example.com/ok", "checkout-redirect-cancel-url": "https://shop.example.com/no",
		"checkout-callback-success-url": w.url + "/ok", "checkout-callback-cancel-url": w.url + "/no",
	}
	if change != nil {
		change(fields)
	}
	fields["signature"] = signOf(shopSecret, "sha256", fields, "")
	fields["language"] = "EN" // which is not signed
	q := url.Values{}
	for name, value := range fields {
		q.Set(name, value)
	}
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, "/tokenization/addcard-form", strings.NewReader(q.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, r)
	return answer
}

func TestAddCard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := w.form(nil)
	path := strings.TrimPrefix(page.Header().Get("Location"), "http://127.0.0.1:8425")
	if page.Code != 302 || !strings.HasPrefix(path, "/cards/") {
		t.Fatalf("%d %s", page.Code, page.Body)
	}
	if status, _ := w.ask(caller{}, "POST", "/tokenization/"+strings.TrimPrefix(path, "/cards/"), ""); status != 404 {
		t.Errorf("a token before the card is there: %d", status)
	}
	back := w.press(path, "success").Query()
	id := back.Get("checkout-tokenization-id")
	params := map[string]string{}
	for name := range back {
		params[name] = back.Get(name)
	}
	if back.Get("signature") != signOf(shopSecret, "sha256", params, "") {
		t.Errorf("the way back is not signed: %v", back)
	}
	first, second := "", ""
	for _, into := range []*string{&first, &second} {
		status, out := w.ask(caller{}, "POST", "/tokenization/"+id, "")
		if *into = text(out["token"]); status != 200 || *into == "" {
			t.Errorf("%d %v", status, out)
		}
	}
	if first != second {
		t.Errorf("tokens %s and %s", first, second)
	}
	if status, _ := w.ask(caller{mall, mallSecret, "sha256", nil}, "POST", "/tokenization/"+id, ""); status != 404 {
		t.Errorf("another merchant: %d", status)
	}
	if heard := w.delivered(); len(heard) != 1 || heard[0].Get("checkout-tokenization-id") != id {
		t.Errorf("called back: %v", heard)
	}
	if back := w.press(strings.TrimPrefix(w.form(nil).Header().Get("Location"), "http://127.0.0.1:8425"), "cancel"); back.Path != "/no" || back.Query().Get("checkout-tokenization-id") != "" {
		t.Errorf("cancelled: %v", back)
	}
	for name, tc := range map[string]struct {
		change func(map[string]string)
		status int
		says   string
	}{
		"no way back":    {func(f map[string]string) { delete(f, "checkout-redirect-cancel-url") }, 400, "checkout-redirect-cancel-url"},
		"no way to call": {func(f map[string]string) { delete(f, "checkout-callback-cancel-url") }, 400, "checkout-callback-cancel-url"},
		"another method": {func(f map[string]string) { f["checkout-method"] = "GET" }, 400, "checkout-method"},
		"a replay":       {func(f map[string]string) { f["checkout-nonce"] = "1" }, 401, "used already"},
		"no nonce":       {func(f map[string]string) { delete(f, "checkout-nonce") }, 401, "not signed"},
		"another shop":   {func(f map[string]string) { f["checkout-account"] = mall }, 401, "not signed"},
		"no such thing":  {func(f map[string]string) { f["checkout-account"] = "1" }, 401, "not signed"},
	} {
		if name == "a replay" {
			w.form(tc.change)
		}
		if answer := w.form(tc.change); answer.Code != tc.status || !strings.Contains(answer.Body.String(), tc.says) {
			t.Errorf("%s: %d %s, want %d %s", name, answer.Code, answer.Body, tc.status, tc.says)
		}
	}
	if _, err := w.SaveCard("gold"); err == nil {
		t.Error("a card that there is not is saved")
	}
}
