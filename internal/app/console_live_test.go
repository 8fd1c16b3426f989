package app_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/pass"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/server/console"
)

// viewers has people who look at the console.
type viewers struct {
	*testkit.Testbed
	t      *testing.T
	cookie string
}

func newViewers(t *testing.T, w *testkit.Testbed) viewers {
	t.Helper()
	ctx := t.Context()
	secret, err := w.Door.Enter(ctx, console.SignIn{Community: app.SampleCommunity, Name: "olga", Role: console.Viewer}, "")
	if err != nil {
		t.Fatal(err)
	}
	return viewers{w, t, "handsel-console=" + secret}
}

// follow opens the stream of a page, as it was after an event.
func (v viewers) follow(query string) *bufio.Scanner {
	v.t.Helper()
	ctx, hangUp := context.WithCancel(v.t.Context())
	v.t.Cleanup(hangUp)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.URL+"/console/live?"+query, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Cookie", v.cookie)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	v.t.Cleanup(func() { _ = resp.Body.Close() })
	if kind := resp.Header.Get("Content-Type"); kind != "text/event-stream" || resp.StatusCode != http.StatusOK {
		v.t.Fatalf("stream: %d %s", resp.StatusCode, kind)
	}
	return bufio.NewScanner(resp.Body)
}

// told waits for a change, and returns the number of the event.
func told(s *bufio.Scanner) string {
	for s.Scan() {
		if id, is := strings.CutPrefix(s.Text(), "id: "); is {
			return id
		}
	}
	return "the end"
}

// Pages are told within a second that what they show has changed, and those of another deal are not. A session that has ended
// is told nothing, and its stream ends.
func TestConsoleLive(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: database})
		v := newViewers(t, w)
		first := w.Open()
		w.MustSettle()
		last := readEvents(t, w, "?from=now").Next
		seen := fmt.Sprintf("seen=%d", last)
		all, mine, behind := v.follow(seen), v.follow(fmt.Sprintf("deal=%d&%s", first.ID, seen)), v.follow("seen=0")
		if got := told(behind); got != fmt.Sprint(last) {
			t.Errorf("who is behind is told of %s, want %d", got, last)
		}
		w.Open()
		w.MustSettle()
		began := time.Now()
		told(all)
		if took := time.Since(began); took > time.Second {
			t.Errorf("after the event the page is told in %v", took)
		}
		if _, err := w.Door.Stays.EndStays(t.Context(), pass.Chosen{CommunityID: app.SampleCommunity, Name: "olga"}); err != nil {
			t.Fatal(err)
		}
		began = time.Now()
		if got := told(mine); got != "the end" {
			t.Errorf("the page of a deal is told of another: %s", got)
		}
		for told(all) != "the end" {
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("streams of a session that has ended last %v", took)
		}
	})
}

// A viewer costs little memory, however many there are: the second hundred costs no more than the first.
func TestConsoleLive_memory(t *testing.T) {
	w := testkit.New(t, testkit.Options{})
	newViewers(t, w).follow("seen=0") // what the first one needs is no cost of the others
	used := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc + m.StackInuse
	}
	hundred := func() uint64 {
		before := used()
		for i := range 10 {
			v := newViewers(t, w)
			for range 10 {
				v.follow(fmt.Sprintf("deal=%d", i+1))
			}
		}
		return max(used(), before) - before
	}
	first, second := hundred(), hundred()
	t.Logf("a hundred viewers, with both ends of their connections: %d KiB, then %d KiB", first>>10, second>>10)
	if second > 2*first+1<<20 || second > 100*(256<<10) {
		t.Errorf("a hundred viewers cost %d bytes, and the next hundred %d", first, second)
	}
}
