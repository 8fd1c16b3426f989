package stripe_test

import (
	"runtime"
	"testing"

	"github.com/handsel-dev/handsel/sandbox/stripe"
)

// BenchmarkNew makes emulators and tells what each keeps in memory.
func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var kept []*stripe.Emulator
	before := heap()
	for b.Loop() {
		e, err := stripe.New(stripe.Config{Accounts: []string{seller}})
		must(b, err)
		kept = append(kept, e)
	}
	b.StopTimer()
	b.ReportMetric(float64(heap()-before)/float64(len(kept)), "kept-B/op")
	runtime.KeepAlive(kept)
}

// An emulator costs what it holds: tables, templates and routes are made once per process.
func TestNewIsCheap(t *testing.T) {
	made := testing.AllocsPerRun(10, func() {
		if _, err := stripe.New(stripe.Config{}); err != nil {
			t.Error(err)
		}
	})
	if made > 100 {
		t.Errorf("New makes %v allocations", made)
	}
}
