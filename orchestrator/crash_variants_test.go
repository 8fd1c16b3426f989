package orchestrator_test

import (
	"os"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/internal/testkit/testsize"
)

// Where PayPal keeps the money until the deal ends the seller is paid once, however the operation is broken. HANDSEL_CRASH=all
// strikes every fault point on both databases, otherwise each strikes on one of them, and in a run that does
// not take its time every third one.
func TestCrash_disburse(t *testing.T) {
	t.Parallel()
	crashVariant(t, testkit.Options{PayPalDelays: true}, []row{disburseRow()})
}

// Where Braintree holds the money until the deal ends, whatever is broken happens once. HANDSEL_CRASH=all strikes every fault point on
// every operation and both databases, otherwise each strikes one operation on one of them, and in a run that does not take its time every third
// one.
func TestCrash_escrow(t *testing.T) {
	t.Parallel()
	crashVariant(t, testkit.Options{BraintreeEscrow: true}, escrowRows())
}

// crashVariant strikes the operations of a gateway that is set otherwise than in the matrix.
func crashVariant(t *testing.T, o testkit.Options, ops []row) {
	testkit.OnBoth(t, func(t *testing.T, url string) {
		half, all := 0, os.Getenv("HANDSEL_CRASH") == "all"
		if strings.HasPrefix(url, "postgres") {
			half = 1
		}
		var cells []cell
		for i := range ops[0].points() {
			for n, op := range ops {
				same := op.points()[i]
				if op.cannot(same) == "" && (all || i%(2*testsize.Of(1, 3)) == half && n == (i/2)%len(ops)) {
					cells = append(cells, cell{op, same})
				}
			}
		}
		r := newRigWith(t, url, o)
		for _, shared := range together(cells) {
			r.run(t, shared)
		}
	})
}
