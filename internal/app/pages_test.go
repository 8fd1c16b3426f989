package app_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/testkit"
)

// pay plays a buyer on a page, as dev serves it, and returns its answer's status.
func pay(t *testing.T, page http.Handler, url string) int {
	t.Helper()
	address, _, _ := strings.Cut(url, "#") // what a browser sends
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(`{"card":"success"}`))
	r.Header.Set("Content-Type", "application/json")
	answer := httptest.NewRecorder()
	page.ServeHTTP(answer, r)
	return answer.Code
}

// paths of a payment and of the step that comes right after it.
var rightAfter = map[string]struct{ create, next string }{
	"trustap": {
		`{"process":"escrow_online","gateway":"trustap","starter_id":"bea","author_id":"sam","listing":{"title":"Bike"},"unit_price":{"amount":5000,"currency":"EUR"}}`,
		`{"transition":"track","input":{"carrier":"ups","tracking_code":"1"}}`,
	},
	"stripe": {fmt.Sprintf(sale, "stripe", "sam", ""), `{"transition":"complete_preauthorization"}`},
}

// race pays on a page and takes the next step at once, many times, beside a server
// that works through its inbox at the same time.
func race(t *testing.T, tries int, page func(*testkit.Testbed, string) http.Handler) {
	t.Helper()
	w := testkit.New(t, testkit.Options{CallTimeout: 20 * time.Second})
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { w.Due.Run(ctx) })
	defer running.Wait()
	defer stop()
	var late atomic.Int32
	var workers sync.WaitGroup
	turns := make(chan int, tries)
	for i := range tries {
		turns <- i
	}
	close(turns)
	for range 4 {
		workers.Go(func() {
			for i := range turns {
				gateway := "trustap"
				if i%2 == 1 {
					gateway = "stripe"
				}
				made := w.Call("POST", "/v1/transactions", rightAfter[gateway].create, "Idempotency-Key", fmt.Sprint("create", i))
				var deal struct {
					ID          string
					RedirectURL string `json:"redirect_url"`
				}
				made.JSON(t, &deal)
				if status := pay(t, page(w, gateway), deal.RedirectURL); status >= 300 {
					t.Errorf("the page answers %d", status)
				}
				r := w.Call("POST", "/v1/transactions/"+deal.ID+"/transitions", rightAfter[gateway].next, "Idempotency-Key", fmt.Sprint("next", i))
				if r.Status != http.StatusOK {
					if late.Add(1) < 4 {
						t.Errorf("%s: %d %s", gateway, r.Status, r.Body)
					}
				}
			}
		})
	}
	workers.Wait()
	if late.Load() > 0 {
		t.Errorf("%d of %d steps right after the payment were refused", late.Load(), tries)
	}
}

func emulator(w *testkit.Testbed, gateway string) http.Handler {
	if gateway == "stripe" {
		return w.Stripe
	}
	return w.Sandbox
}

// The page to pay on answers when the engine knows. HANDSEL_TRIES asks for more tries,
// such as a thousand.
func TestH2_thePageAnswersWhenTheEngineKnows(t *testing.T) {
	t.Parallel()
	tries := 60
	if text := os.Getenv("HANDSEL_TRIES"); text != "" {
		var err error
		if tries, err = strconv.Atoi(text); err != nil {
			t.Fatalf("HANDSEL_TRIES: %v", err)
		}
	}
	race(t, tries, func(w *testkit.Testbed, gateway string) http.Handler { return w.Prompt(emulator(w, gateway)) })
}

// A page of the real gateway does not wait for us: what is refused because we are
// behind is looked up first.
func TestH2_lookedUpBeforeRefused(t *testing.T) {
	t.Parallel()
	race(t, 60, emulator)
}

// What cannot have become possible is refused without a look.
func TestH2_noLookInVain(t *testing.T) {
	t.Parallel()
	looks := &lookups{}
	w := testkit.New(t, testkit.Options{Transport: looks})
	tx := w.Open()
	before := looks.reads.Load()
	if r := w.Call("POST", fmt.Sprintf("/v1/transactions/%d/transitions", tx.ID), `{"transition":"end_complaint_period"}`, "Idempotency-Key", "1"); r.Status != http.StatusConflict {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if n := looks.reads.Load() - before; n != 0 {
		t.Errorf("%d looks", n)
	}
	if r := w.Call("POST", fmt.Sprintf("/v1/transactions/%d/transitions", tx.ID), rightAfter["trustap"].next, "Idempotency-Key", "2"); r.Status != http.StatusConflict {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if n := looks.reads.Load() - before; n != 1 {
		t.Errorf("%d looks, want 1", n)
	}
}

type lookups struct{ reads atomic.Int64 }

func (l *lookups) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodGet {
		l.reads.Add(1)
	}
	return http.DefaultTransport.RoundTrip(r)
}
