package bench_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/bench"
)

// The measurement waits for everything that it names, beside a gateway that answers and
// one that hangs; how long is not asked here.
func TestRunHang(t *testing.T) {
	t.Parallel()
	files := 0
	results, err := bench.RunHang(t.Context(), bench.HangOptions{Rounds: 1, Length: 100 * time.Millisecond, Deals: 6, NewDatabase: func(context.Context) (string, error) {
		files++
		return filepath.Join(t.TempDir(), fmt.Sprintf("hang-%d.db", files)), nil
	}})
	if err != nil || len(results) != 5 {
		t.Fatalf("measured %+v, %v", results, err)
	}
	for _, r := range results {
		if r.Healthy.Count == 0 || r.Beside.Count == 0 || r.Healthy.P99 <= 0 || r.Percent() <= 0 {
			t.Errorf("measured %+v", r)
		}
	}
}
