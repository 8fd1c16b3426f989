package app_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"

	"github.com/handsel-dev/handsel/internal/paging"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator/labels"
)

// largeObjects are how many objects with as much metadata as there may be are listed: more than two pages of bytes.
const largeObjects = 24

// What is made of them.
const (
	largeListing = `{"author_id":"sam","title":"Bike","kind":"multi_use","model":"online","price":{"amount":5000,"currency":"EUR"}`
	largeDeal    = `{"process":"escrow_online","gateway":"trustap","starter_id":"bea","author_id":"sam","listing":{"title":"Bike"},"unit_price":{"amount":5000,"currency":"EUR"}`
)

// makeLarge makes objects.
func makeLarge(t *testing.T, w *testkit.Testbed, path, body string, count int) {
	t.Helper()
	var members []string
	for i := range labels.MaxKeys {
		members = append(members, fmt.Sprintf(`"key%d":%q`, i, strings.Repeat("🚲", labels.MaxValue)))
	}
	metadata := `,"metadata":{` + strings.Join(members, ",") + `}}`
	for i := range count {
		if r := w.Call("POST", path, body+metadata, "Idempotency-Key", fmt.Sprint("large ", i)); r.Status != http.StatusCreated {
			t.Fatalf("POST %s: %d %.200s", path, r.Status, r.Body)
		}
	}
}

// largePage is what pages of lists and of the log have alike.
type largePage struct {
	Items []struct {
		ID       string `json:"id"`
		Sequence int64  `json:"sequence"`
	} `json:"items"`
	NextCursor string `json:"next_cursor"`
	NextAfter  int64  `json:"next_after"`
	HasMore    bool   `json:"has_more"`
}

// next is what is asked for behind a page, nil at the end.
func (p largePage) next() url.Values {
	switch {
	case p.NextCursor != "":
		return url.Values{"cursor": {p.NextCursor}}
	case p.HasMore:
		return url.Values{"after": {fmt.Sprint(p.NextAfter)}}
	}
	return nil
}

// TestLists_large: who asks for a hundred large objects gets a page that ends earlier and says that there is more;
// who follows that gets each object once.
func TestLists_large(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: database, Manual: true})
		makeLarge(t, w, "/v1/listings", largeListing, largeObjects)
		makeLarge(t, w, "/v1/transactions", largeDeal, largeObjects)
		if _, err := w.Due.Once(t.Context()); err != nil { // events get their numbers
			t.Fatal(err)
		}
		for path, least := range map[string]int{
			"/v1/listings?limit=100": largeObjects, "/v1/transactions?limit=100": largeObjects, "/v1/transactions?limit=100&party=sam": largeObjects,
			"/v1/transactions?limit=100&updated_after=2020-01-01T00:00:00Z": largeObjects, "/v1/events?limit=100": 2 * largeObjects,
		} {
			seen, pages := map[string]bool{}, 0
			for next := (url.Values{}); next != nil && pages < 3*least; pages++ {
				r := w.Call("GET", path+"&"+next.Encode(), "")
				var p largePage
				r.JSON(t, &p)
				if most := 2*paging.Bytes + 200_000; r.Status != http.StatusOK || len(r.Body) > most {
					t.Errorf("GET %s: page %d answers %d with %d bytes, want at most %d", path, pages, r.Status, len(r.Body), most)
				}
				for _, item := range p.Items {
					if seen[item.ID] {
						t.Errorf("GET %s: %s is on two pages", path, item.ID)
					}
					seen[item.ID] = true
				}
				next = p.next()
			}
			if len(seen) < least || pages < 3 {
				t.Errorf("GET %s: %d pages have %d objects, want %d or more on several", path, pages, len(seen), least)
			}
		}
	})
}

// livePeak is how many bytes are in use at most while something is done, by collections that follow each other.
func livePeak(do func()) (peak uint64) {
	over, done := make(chan struct{}), make(chan struct{})
	live := func() uint64 {
		sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		runtime.GC()
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	before := live()
	go func() {
		defer close(done)
		for {
			select {
			case <-over:
				return
			default:
				peak = max(peak, live())
			}
		}
	}()
	do()
	close(over)
	<-done
	return max(peak, before) - before
}

// TestLists_manyReaders: thirty who read large pages at the same time take not much more memory than a few would.
func TestLists_manyReaders(t *testing.T) {
	// One after the other, and beside no other test: what is measured is the memory of the process.
	for name, database := range map[string]func(testdb.TB) string{"sqlite": testdb.SQLite, "postgres": testdb.Postgres} {
		t.Run(name, func(t *testing.T) { readTogether(t, database(t)) })
	}
}

func readTogether(t *testing.T, database string) {
	w := testkit.New(t, testkit.Options{DatabaseURL: database, Manual: true})
	makeLarge(t, w, "/v1/listings", largeListing, 100)
	read := func(limit int) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprint(w.URL, "/v1/listings?limit=", limit), nil)
		if err != nil {
			t.Error(err)
			return
		}
		r.Header.Set("Authorization", "Bearer "+w.Key)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Error(err)
			return
		}
		defer answer.Body.Close()
		if n, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != http.StatusOK || n < paging.Bytes/2 {
			t.Errorf("%d with %d bytes, %v", answer.StatusCode, n, err)
		}
	}
	const readers, ratio = 30, 8
	one := livePeak(func() {
		for range readers {
			read(10) // about a mebibyte
		}
	})
	many := livePeak(func() {
		var all sync.WaitGroup
		for range readers {
			all.Go(func() { read(100) })
		}
		all.Wait()
	})
	t.Logf("one reader takes %d kB, %d readers %d kB", one>>10, readers, many>>10)
	if many > ratio*one {
		t.Errorf("%d readers take %d bytes, want at most %d times the %d of one", readers, many, ratio, one)
	}
}
