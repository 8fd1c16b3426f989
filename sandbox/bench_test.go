package sandbox_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/handsel-dev/handsel/sandbox"
)

// BenchmarkCreate creates transactions without a network: the time per request is the inverse of requests per second.
func BenchmarkCreate(b *testing.B) {
	x := newTarget(b)
	for b.Loop() {
		x.serve("POST", "/api/v1/me/transactions", fullSeller, `{`+terms+`,"role":"seller"}`)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}

// BenchmarkGet reads one of many transactions.
func BenchmarkGet(b *testing.B) {
	for _, deals := range []int{1, 10_000} {
		b.Run(fmt.Sprint(deals), func(b *testing.B) {
			x := newTarget(b)
			for range deals {
				x.serve("POST", "/api/v1/me/transactions", fullSeller, `{`+terms+`,"role":"seller"}`)
			}
			for b.Loop() {
				x.serve("GET", "/api/v1/transactions/1309", fullSeller, "")
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
		})
	}
}

// BenchmarkMemory tells what a thousand paid deals of each model weigh, in a small and in a large world.
func BenchmarkMemory(b *testing.B) {
	for _, deals := range []int{1000, 10_000, 500_000} { // the last makes a million transactions
		b.Run(fmt.Sprint(deals), func(b *testing.B) {
			for b.Loop() {
				x := newTarget(b)
				before := heap()
				for range deals {
					x.serve("POST", "/api/v1/me/transactions/create_and_join", fullSeller, `{`+terms+`,"creator_role":"seller","join_user_id":"`+fullBuyer+`"}`)
					x.serve("POST", "/api/v1/p2p/me/transactions/create_and_join", fullSeller, `{`+f2fTerms+`,"creator_role":"seller","join_user_id":"`+fullBuyer+`"}`)
				}
				b.ReportMetric(float64(heap()-before)/float64(deals)*1000/1e6, "MB/1000-pairs")
				runtime.KeepAlive(x)
			}
		})
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkNew makes sandboxes and tells what each keeps in memory.
func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	var kept []*sandbox.Sandbox
	before := heap()
	for b.Loop() {
		s, err := sandbox.New(sandbox.Config{})
		must(b, err)
		kept = append(kept, s)
	}
	b.StopTimer()
	b.ReportMetric(float64(heap()-before)/float64(len(kept)), "kept-B/op")
	runtime.KeepAlive(kept)
}

// A world of a test costs what it holds: tables, templates and routes are made once per process.
func TestNewIsCheap(t *testing.T) {
	made := testing.AllocsPerRun(10, func() {
		if _, err := sandbox.New(sandbox.Config{}); err != nil {
			t.Error(err)
		}
	})
	if made > 100 {
		t.Errorf("New makes %v allocations", made)
	}
}
