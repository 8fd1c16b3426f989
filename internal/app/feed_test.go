package app_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
)

// shownEvent is an event as backends read it.
type shownEvent struct {
	ID         string
	Type       string
	Sequence   int64
	OccurredAt time.Time `json:"occurred_at"`
	APIVersion string    `json:"api_version"`
	Community  int64     `json:"community_id"`
	Object     struct {
		Type, ID string
		Number   int64
	}
	Data map[string]any
}

type shownPage struct {
	Items []shownEvent
	Next  int64 `json:"next_after"`
	More  bool  `json:"has_more"`
}

func (p shownPage) types() (all []string) {
	for _, e := range p.Items {
		all = append(all, e.Type)
	}
	return all
}

// read reads a page of the log.
func readEvents(t *testing.T, w *testkit.Testbed, query string, header ...string) (p shownPage) {
	t.Helper()
	r := w.Call("GET", "/v1/events"+query, "", header...)
	if r.Status != http.StatusOK {
		t.Fatalf("events%s: %d %s", query, r.Status, r.Body)
	}
	r.JSON(t, &p)
	return p
}

// A backend reads what happens in its marketplace: each event once, under numbers without
// gaps, whole or by pages, waiting or as a stream, and nothing of another marketplace.
func TestEvents_read(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{"sqlite": func(testing.TB) string { return "" }, "postgres": func(t testing.TB) string { return testdb.Postgres(t) }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := testkit.New(t, testkit.Options{DatabaseURL: url(t)})
			w.MustSettle()
			before := readEvents(t, w, "?after=0").Next // the marketplace's first balances
			tx := w.BringTo(escrowonline.Delivered)
			w.MustSettle()
			all := readEvents(t, w, "?after=0")
			for i, e := range all.Items {
				if e.Sequence != int64(i+1) || !strings.HasPrefix(e.ID, "evt_") || e.Community != app.SampleCommunity || e.APIVersion == "" || e.OccurredAt.IsZero() {
					t.Errorf("event %d: %+v", i, e)
				}
				if e.Object.Type != "transaction" || int64(i) >= before && (e.Object.Number != tx.ID || !strings.HasPrefix(e.Object.ID, "txn_") || e.Data["process"] != tx.Process) {
					t.Errorf("event %d is about %+v, with %v", i, e.Object, e.Data)
				}
				var one shownEvent
				w.Call("GET", "/v1/events/"+e.ID, "").JSON(t, &one)
				if one.Sequence != e.Sequence || one.Type != e.Type {
					t.Errorf("%s is %+v", e.ID, one)
				}
			}
			if types := all.types(); !slices.Contains(types, "transaction.paid") || !slices.Contains(types, "transaction.delivered") || types[1] != "transaction.transitioned" || all.More {
				t.Errorf("types %v, more %t", types, all.More)
			}
			testEventPages(t, w, all)
			testEventsWaitedFor(t, w, all.Next)
			testEventStream(t, w, all)
			testEventStreamFromNow(t, w)
			testEventsOfARevokedKey(t, w)
			for query, want := range map[string]string{
				"?type=transaction.sold": "unknown_event_type", "?after=-1": "validation_error", "?after=x": "validation_error", "?wait=31": "validation_error",
				"?limit=101": "invalid_limit", "?limit=0": "invalid_limit", "?transaction=x": "invalid_transaction_id", "?types=a": "unknown_parameter",
				"?from=0": "validation_error", "?from=now&after=1": "validation_error", "/stream?from=then": "validation_error",
			} {
				if r := w.Call("GET", "/v1/events"+query, ""); r.Status != http.StatusBadRequest || !strings.Contains(string(r.Body), want) {
					t.Errorf("events%s: %d %s, want %s", query, r.Status, r.Body, want)
				}
			}
			for path, want := range map[string]string{"/v1/events": "backend_only", "/v1/events/stream": "backend_only", "/v1/events/" + all.Items[0].ID: "backend_only"} {
				if r := w.Call("GET", path, "", "Handsel-Actor", "bea"); r.Status != http.StatusForbidden || !strings.Contains(string(r.Body), want) {
					t.Errorf("%s as a user: %d %s", path, r.Status, r.Body)
				}
			}
			other := "Bearer " + w.OtherKey
			if p := readEvents(t, w, "?after=0", "Authorization", other); len(p.Items) != 0 {
				t.Errorf("another marketplace reads %v", p.types())
			}
			if r := w.Call("GET", "/v1/events/"+all.Items[0].ID, "", "Authorization", other); r.Status != http.StatusNotFound {
				t.Errorf("another marketplace reads an event: %d", r.Status)
			}
		})
	}
}

func testEventPages(t *testing.T, w *testkit.Testbed, all shownPage) {
	var got []int64
	for p := (shownPage{More: true}); p.More; {
		p = readEvents(t, w, fmt.Sprintf("?after=%d&limit=3", p.Next))
		for _, e := range p.Items {
			got = append(got, e.Sequence)
		}
	}
	if len(got) != len(all.Items) || !slices.IsSorted(got) {
		t.Errorf("by pages: %v", got)
	}
	for query, want := range map[string]int{
		"?type=transaction.paid":                                   1,
		"?type=transaction.paid,message.*":                         1,
		"?type=transaction.transitioned":                           len(all.Items) / 2,
		"?type=order.*,payout.failed":                              0,
		fmt.Sprintf("?transaction=%d", all.Items[0].Object.Number): 2,
		"?transaction=" + all.Items[0].Object.ID:                   2,
		"?transaction=1":                                           0,
	} {
		if p := readEvents(t, w, query); len(p.Items) != want {
			t.Errorf("events%s: %v, want %d", query, p.types(), want)
		}
	}
}

// testEventsWaitedFor lets several wait, of whom each sees the next event.
func testEventsWaitedFor(t *testing.T, w *testkit.Testbed, after int64) {
	if p := readEvents(t, w, fmt.Sprintf("?after=%d&wait=0", after)); len(p.Items) != 0 || p.Next != after {
		t.Errorf("at the end: %+v", p)
	}
	if p := readEvents(t, w, "?from=now"); len(p.Items) != 0 || p.Next != after || p.More {
		t.Errorf("from now on: %+v", p)
	}
	const waiting = 3
	got := make(chan shownPage, waiting)
	for range waiting {
		go func() { got <- readEvents(t, w, fmt.Sprintf("?after=%d&wait=20", after)) }()
	}
	w.Open()
	w.MustSettle()
	for range waiting {
		if p := <-got; len(p.Items) == 0 || p.Items[0].Sequence != after+1 {
			t.Errorf("who waited got %+v", p)
		}
	}
}

// testEventStream follows what there is and what comes, from where a client had read.
func testEventStream(t *testing.T, w *testkit.Testbed, all shownPage) {
	lines := openStream(t, w, "", "2")
	w.Open()
	w.MustSettle()
	last := readEvents(t, w, "?after=0").Next
	next := int64(3)
	for next <= last && lines.Scan() {
		text, is := strings.CutPrefix(lines.Text(), "data: ")
		if !is {
			continue
		}
		var e shownEvent
		if err := json.Unmarshal([]byte(text), &e); err != nil || e.Sequence != next {
			t.Fatalf("the stream has %s (%v), want number %d", text, err, next)
		}
		if next <= all.Next && e.ID != all.Items[next-1].ID {
			t.Errorf("number %d is %s in the stream, and %s in the list", next, e.ID, all.Items[next-1].ID)
		}
		next++
	}
	if next <= last {
		t.Errorf("the stream ended before number %d: %v", next, lines.Err())
	}
}

// testEventStreamFromNow begins at the end of the log; who comes back reads on where they were.
func testEventStreamFromNow(t *testing.T, w *testkit.Testbed) {
	next := readEvents(t, w, "?from=now").Next + 1
	fresh, back := openStream(t, w, "?from=now", ""), openStream(t, w, "?from=now", "2")
	w.Open()
	w.MustSettle()
	for lines, want := range map[*bufio.Scanner]int64{fresh: next, back: 3} {
		for lines.Scan() && !strings.HasPrefix(lines.Text(), "id: ") {
		}
		if got := lines.Text(); got != fmt.Sprintf("id: %d", want) {
			t.Errorf("the stream begins with %s, want number %d", got, want)
		}
	}
}

// openStream follows the log, as one who comes back after an event if there is a last one.
func openStream(t *testing.T, w *testkit.Testbed, query, last string) *bufio.Scanner {
	t.Helper()
	ctx, hangUp := context.WithCancel(t.Context())
	t.Cleanup(hangUp)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.URL+"/v1/events/stream"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.Key)
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	if kind := resp.Header.Get("Content-Type"); kind != "text/event-stream" || resp.StatusCode != http.StatusOK {
		t.Fatalf("stream: %d %s", resp.StatusCode, kind)
	}
	return bufio.NewScanner(resp.Body)
}

// testEventsOfARevokedKey lets one follow the log and one wait for it, with a key that is revoked meanwhile:
// neither is told what happens afterwards.
func testEventsOfARevokedKey(t *testing.T, w *testkit.Testbed) {
	key, text := apikey.Generate(app.SampleCommunity, "report", apikey.Test, []apikey.Scope{apikey.Read}, w.Sandbox.Now())
	by := orchestrator.By{Actor: "system", Reason: "a test", At: w.Sandbox.Now()}
	if err := w.Store.AddKey(t.Context(), key, by); err != nil {
		t.Fatal(err)
	}
	ask := func(path string) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL+path, nil)
		if err != nil {
			t.Error(err)
			return nil
		}
		r.Header.Set("Authorization", "Bearer "+text)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Error(err)
		}
		return resp
	}
	last := readEvents(t, w, "?after=0").Next
	stream := ask(fmt.Sprintf("/v1/events/stream?after=%d", last)) // it has begun once its head is here
	defer stream.Body.Close()
	waited := make(chan string)
	go func() {
		resp := ask(fmt.Sprintf("/v1/events?after=%d&wait=20", last))
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		waited <- string(body)
	}()
	if err := w.Store.RevokeKey(t.Context(), key.ID, w.Sandbox.Now(), by); err != nil {
		t.Fatal(err)
	}
	w.Open()
	w.MustSettle()
	if body := <-waited; !strings.Contains(body, "expired_api_key") {
		t.Errorf("who waited with a key that was revoked got %s", body)
	}
	if told, err := io.ReadAll(stream.Body); err != nil || strings.Contains(string(told), "data:") {
		t.Errorf("the stream of a key that was revoked told %s (%v)", told, err)
	}
}
