package orchestrator_test

import (
	"os"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/internal/testkit/testsize"
)

// Where PayPal keeps the money until the deal ends the seller is paid once, however the operation is broken. HANDSEL_CRASH=all
// strikes every fault point on both databases, otherwise each strikes on one of them.
func TestCrash_disburse(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		half, op := 0, disburseRow()
		if strings.HasPrefix(url, "postgres") {
			half = 1
		}
		var cells []cell
		for i, p := range op.points() {
			if op.cannot(p) == "" && (i%(2*testsize.Of(1, 3)) == half || os.Getenv("HANDSEL_CRASH") == "all") {
				cells = append(cells, cell{op, p})
			}
		}
		r := newRigWith(t, url, testkit.Options{PayPalDelays: true})
		for _, shared := range together(cells) {
			r.run(t, shared)
		}
	})
}
