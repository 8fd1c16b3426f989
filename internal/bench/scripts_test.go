package bench_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/bench"
)

// Every script must play to its end; how fast is not asked here.
func TestScripts(t *testing.T) {
	t.Parallel()
	for _, script := range bench.Scripts() {
		t.Run(script.Name, func(t *testing.T) {
			t.Parallel()
			d, err := bench.RunDeals(t.Context(), filepath.Join(t.TempDir(), "deals.db"), bench.DealsOptions{Script: script, Workers: 2, Length: 50 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			if d.Script != script.Name || d.P50 <= 0 {
				t.Errorf("measured %+v", d)
			}
		})
	}
}

// Deals are measured while endpoints are sent what happens.
func TestRunDeals_told(t *testing.T) {
	t.Parallel()
	told := bench.DealsOptions{Script: bench.Scripts()[0], Workers: 2, Length: 50 * time.Millisecond, Endpoints: 3}
	if d, err := bench.RunDeals(t.Context(), filepath.Join(t.TempDir(), "deals.db"), told); err != nil || d.PerSecond == 0 {
		t.Errorf("measured %+v, %v", d, err)
	}
}
