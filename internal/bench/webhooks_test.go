package bench_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/bench"
	"github.com/handsel-dev/handsel/internal/pgtest"
)

// What is measured is sent, on both databases.
func TestRunWebhooks(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"sqlite": filepath.Join(t.TempDir(), "bench.db"), "postgres": pgtest.URL(t)} {
		w, err := bench.RunWebhooks(t.Context(), url, 2, 300)
		if err != nil || w.Deliveries != 600 || w.PerSecond == 0 {
			t.Errorf("%s: %+v, %v", name, w, err)
		}
	}
}

func BenchmarkWebhooks(b *testing.B) {
	for name, url := range map[string]func() string{"sqlite": func() string { return filepath.Join(b.TempDir(), "bench.db") }, "postgres": func() string { return pgtest.URL(b) }} {
		for _, endpoints := range []int{1, 5} {
			b.Run(name, func(b *testing.B) {
				for b.Loop() {
					w, err := bench.RunWebhooks(b.Context(), url(), endpoints, 40000/endpoints)
					if err != nil {
						b.Fatal(err)
					}
					b.ReportMetric(float64(w.PerSecond), "deliveries/s")
				}
			})
		}
	}
}

// Bad receivers keep good ones from nothing, on both databases.
func TestRunBeside(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"sqlite": filepath.Join(t.TempDir(), "bench.db"), "postgres": pgtest.URL(t)} {
		b, err := bench.RunBeside(t.Context(), url, 3, true, bench.Pace{Events: 40, Each: 10, Every: time.Millisecond})
		if err != nil || b.Deliveries != 120 || b.Bad != 4 || b.P99 == 0 {
			t.Errorf("%s: %+v, %v", name, b, err)
		}
	}
}

func TestRunWaiting(t *testing.T) {
	t.Parallel()
	most, delivered, err := bench.RunWaiting(t.Context(), filepath.Join(t.TempDir(), "bench.db"), 500, 10*time.Second)
	if err != nil || most == 0 || delivered != 2500 {
		t.Errorf("%d bytes, %d delivered: %v", most, delivered, err)
	}
}
