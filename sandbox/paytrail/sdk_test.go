package paytrail_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/handsel-dev/handsel/sandbox/internal/stagetest"
	"github.com/handsel-dev/handsel/sandbox/paytrail"
)

// sdkVersion is the newest of Paytrail's own SDK when this was written.
const sdkVersion = "@paytrail/paytrail-js-sdk@1.0.5"

// Paytrail's own SDK works with the emulator: it opens, looks up and gives back, saves cards, holds, commits, reverts and charges,
// is refused with another secret, and finds what is called back signed. The node and npm are needed.
func TestSDK(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var heard []string
	shop := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		heard = append(heard, r.URL.RawQuery)
	}))
	t.Cleanup(shop.Close)
	front := httptest.NewUnstartedServer(nil)
	e, err := paytrail.New(paytrail.Config{PublicURL: "http://" + front.Listener.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	front.Config.Handler = e
	front.Start()
	t.Cleanup(front.Close)

	node := stagetest.Node(t, sdkVersion, "testdata/sdk.js", front.URL, shop.URL)
	input, err := node.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(output)
	lines.Buffer(nil, 1<<20)
	read := func(v any) {
		t.Helper()
		if !lines.Scan() {
			t.Fatalf("the SDK says no more: %v", lines.Err())
		}
		if err := json.Unmarshal(lines.Bytes(), v); err != nil {
			t.Fatalf("%v: %s", err, lines.Bytes())
		}
	}
	type answer struct {
		Status int
		Data   struct {
			TransactionID, Status, Href string
			Amount                      int64
		}
	}
	var got map[string]answer
	read(&got)
	for name, want := range map[string]struct {
		status int
		state  string
	}{"refused": {401, ""}, "opened": {200, ""}, "before": {200, "new"}, "after": {200, "ok"}, "refund": {200, "ok"}, "tooMuch": {400, ""},
		"card": {200, ""}, "hold": {200, ""}, "committed": {200, ""}, "committedTwice": {400, ""}, "taken": {200, "ok"}, "reverted": {200, ""},
		"charged": {200, ""}, "asked": {403, ""}, "noMoney": {400, ""},
	} {
		if a := got[name]; a.Status != want.status || a.Data.Status != want.state {
			t.Errorf("%s: %+v, want %+v", name, a, want)
		}
	}
	if got["opened"].Data.Href == "" || got["after"].Data.Amount != 1590 {
		t.Errorf("%+v", got)
	}
	if err := e.WaitDelivered(t.Context()); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	called := heard
	mu.Unlock()
	if len(called) != 7 {
		t.Fatalf("called back %d times, want 7: of the payment, the refund, two holds, a commit, a charge and a refusal", len(called))
	}
	for _, query := range called {
		if _, err := input.Write([]byte(query + "\n")); err != nil {
			t.Fatal(err)
		}
		var valid []bool
		if read(&valid); len(valid) != 3 || !valid[0] || valid[1] || valid[2] {
			t.Errorf("signed as the SDK sees it: %v, want only the first", valid)
		}
	}
	_ = input.Close()
	if err := node.Wait(); err != nil {
		t.Error(err)
	}
}
