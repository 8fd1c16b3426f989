package client_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/handsel-dev/handsel/client"
)

// batchServer answers ids up to 1000 and null above.
func batchServer(w http.ResponseWriter, r *http.Request) {
	var out []string
	for id := range strings.SplitSeq(r.URL.Query().Get("ids"), ",") {
		if n, _ := strconv.Atoi(id); n > 1000 {
			out = append(out, "null")
			continue
		}
		out = append(out, `{"id":`+id+`,"status":"created"}`)
	}
	_, _ = io.WriteString(w, "["+strings.Join(out, ",")+"]")
}

func TestOnline_BatchSplits(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 50, 51, 120} {
		rec := record(t, batchServer)
		ids := make([]int64, n)
		for i := range ids {
			ids[i] = int64(n - i)
			if i%7 == 3 {
				ids[i] = 5000
			}
			if i%7 == 4 {
				ids[i] = 1
			}
		}
		got, err := newClient(t, rec.URL).Online.Batch(t.Context(), ids)
		if err != nil {
			t.Fatal(err)
		}
		want := make([]int64, n)
		have := make([]int64, len(got))
		for i, id := range ids {
			if id <= 1000 {
				want[i] = id
			}
			if got[i] != nil {
				have[i] = got[i].ID
			}
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("%d ids: %s", n, diff)
		}
		if calls := len(rec.all()); calls != (n+49)/50 {
			t.Errorf("%d ids: %d requests", n, calls)
		}
		for _, r := range rec.all() {
			if strings.Count(r.URI, "%2C") > 49 {
				t.Errorf("more than 50 ids in %s", r.URI)
			}
		}
	}
}

func TestOnline_BatchAnswers(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answer string
		ok     bool
	}{
		"flat":          {`[{"id":1},null]`, true},
		"nested sample": {`[[{"id":1},null]]`, true},
		"short":         {`[{"id":1}]`, false},
		"long":          {`[{"id":1},null,null]`, false},
		"swapped":       {`[null,{"id":1}]`, false},
		"no id":         {`[{},null]`, false},
		"two nested":    {`[[{"id":1}],[null]]`, false},
		"object":        {`{"id":1}`, false},
	}
	for name, tt := range tests {
		rec := record(t, reply(200, tt.answer))
		got, err := newClient(t, rec.URL).Online.Batch(t.Context(), []int64{1, 2})
		if tt.ok != (err == nil) || !tt.ok && !errors.Is(err, client.ErrUnexpectedAnswer) {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}

// history serves ids from newest down to 1, at most size of them per page.
func history(newest, size int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		start, limit := newest, size
		if after, err := strconv.Atoi(query.Get("after_id")); err == nil {
			start = after - 1
		}
		if asked, err := strconv.Atoi(query.Get("limit")); err == nil {
			limit = min(limit, asked)
		}
		page := []string{}
		for id := start; id > 0 && len(page) < limit; id-- {
			page = append(page, fmt.Sprintf(`{"id":%d,"status":"created"}`, id))
		}
		_, _ = io.WriteString(w, "["+strings.Join(page, ",")+"]")
	}
}

func TestOnline_All(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		newest, serverMax int
		page              client.PageOptions
		first             string
		want              int
	}{
		"nothing":               {0, 50, client.PageOptions{}, "limit=50", 0},
		"one page":              {20, 50, client.PageOptions{}, "limit=50", 20},
		"full pages":            {100, 50, client.PageOptions{}, "limit=50", 100},
		"server lowers a page":  {60, 25, client.PageOptions{}, "limit=50", 60},
		"own size and position": {60, 50, client.PageOptions{AfterID: 31, Limit: 7}, "after_id=31&limit=7", 30},
		"lower bound is passed": {3, 50, client.PageOptions{BeforeID: 9}, "before_id=9&limit=50", 3},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := record(t, history(tt.newest, tt.serverMax))
			all := newClient(t, rec.URL).Online.All(t.Context(), tt.page)
			for range 2 { // an iterator can be ranged over again
				var ids []int64
				for tx, err := range all {
					if err != nil {
						t.Fatal(err)
					}
					ids = append(ids, tx.ID)
				}
				if len(ids) != tt.want || !slices.IsSortedFunc(ids, func(a, b int64) int { return int(b - a) }) {
					t.Errorf("got %v, want %d descending ids", ids, tt.want)
				}
			}
			if _, query, _ := strings.Cut(rec.all()[0].URI, "?"); query != tt.first {
				t.Errorf("first query %q, want %q", query, tt.first)
			}
		})
	}
}

func TestOnline_AllStops(t *testing.T) {
	t.Parallel()
	t.Run("when the caller does", func(t *testing.T) {
		t.Parallel()
		rec := record(t, history(100, 50))
		for range newClient(t, rec.URL).Online.All(t.Context(), client.PageOptions{}) {
			break
		}
		if n := len(rec.all()); n != 1 {
			t.Errorf("%d requests", n)
		}
	})
	for name, answer := range map[string]http.HandlerFunc{
		"at an error":               reply(400, `{"code":"invalid_after_id"}`),
		"at a page that repeats":    reply(200, `[{"id":9},{"id":8}]`),
		"at a page that ascends":    reply(200, `[{"id":8},{"id":9}]`),
		"at a null":                 reply(200, `[null]`),
		"at a record without an id": reply(200, `[{}]`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := record(t, answer)
			var last error
			errs := 0
			for tx, err := range newClient(t, rec.URL).Online.All(t.Context(), client.PageOptions{}) {
				if err != nil {
					last = err
					errs++
				} else if tx == nil {
					t.Error("nil without an error")
				}
			}
			var failure *client.Error
			if errs != 1 || !errors.As(last, &failure) {
				t.Errorf("got %d errors, last %v", errs, last)
			}
		})
	}
}
