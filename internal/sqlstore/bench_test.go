package sqlstore_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/handsel-dev/handsel/internal/bench"
	"github.com/handsel-dev/handsel/internal/pgtest"
)

// BenchmarkApply compares Store.Apply with raw SQL on a PostgreSQL that survives
// a crash, and grouped with single commits on SQLite. It reports each ratio.
func BenchmarkApply(b *testing.B) {
	cluster, err := pgtest.Start(b.Context(), pgtest.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer cluster.Close()
	for b.Loop() {
		results, err := bench.Run(b.Context(), os.Stderr, bench.Options{NewDatabase: cluster.NewDatabase, Dir: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		for _, r := range bench.Ratios(results) {
			b.ReportMetric(float64(r.Percent)/100, fmt.Sprintf("%s/%d", r.Name, r.Workers))
		}
	}
}
