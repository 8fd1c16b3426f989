package process_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit/testsize"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Whatever a gateway shows of whatever deal: money is booked once, nothing goes
// backwards, and there is an end. Every row of the table is the one somewhere.
func TestMerge_everyLook(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	rows, looks := map[string]int{}, 0
	t.Run("processes", func(t *testing.T) {
		for _, p := range catalog.All() {
			t.Run(p.Ref(), func(t *testing.T) {
				t.Parallel()
				did, err := explorations()[p.Ref()].reached.Merge(testsize.Of(1, 5))
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				looks += did.Looks
				for name, n := range did.Rows {
					rows[name] += n
				}
				t.Logf("%d looks", did.Looks)
			})
		}
	})
	for _, name := range process.MergeRows() {
		if rows[name] == 0 {
			t.Errorf("no look leads to the row %q", name)
		}
		t.Logf("%-50s %d", name, rows[name])
	}
	for name := range rows {
		if !slices.Contains(process.MergeRows(), name) {
			t.Errorf("the table has no row %q", name)
		}
	}
	t.Logf("%d looks", looks)
}
