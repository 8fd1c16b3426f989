package process_test

import (
	"os"
	"strconv"
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit/testsize"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/p2porder"
)

// A process whose table nobody can go through to the end is not explored in vain:
// every row and every branch that is never taken is named.
func TestExplore_coversEveryRow(t *testing.T) {
	t.Parallel()
	report := explorations()["preauthorize@1"].report
	for _, want := range []string{
		`create from ""`, `create of [] (requires_action)`, `cancel from "action_required"`, `complete_preauthorization of [preauthorized] (pending)`,
		`split from "canceled"`, `settle_rest from "settling"`, `lose_dispute from "disputed"`,
	} {
		if !report.Covered[want] {
			t.Errorf("%s is not covered by %v", want, report.Covered)
		}
	}
}

// The walk of a commit takes perCommit steps over all processes together;
// HANDSEL_WALK_STEPS asks for more, such as a million.
const perCommit = 200_000

func TestWalk_shippedProcesses(t *testing.T) {
	t.Parallel()
	steps := testsize.Of(perCommit, perCommit/4)
	if text := os.Getenv("HANDSEL_WALK_STEPS"); text != "" {
		var err error
		if steps, err = strconv.Atoi(text); err != nil {
			t.Fatalf("HANDSEL_WALK_STEPS: %v", err)
		}
	}
	all := catalog.All()
	for i, p := range all {
		t.Run(p.Ref(), func(t *testing.T) {
			t.Parallel()
			walked, err := process.Walk(p, uint64(i), steps/len(all))
			if err != nil {
				t.Fatal(err)
			}
			if walked.Ended == 0 || walked.Refusals == 0 || len(p.Timers) > 0 && walked.Fired == 0 {
				t.Errorf("the walk has seen too little: %+v", walked)
			}
			t.Logf("%+v", walked)
		})
	}
}

func TestWalk_sameSeedSameWalk(t *testing.T) {
	t.Parallel()
	walk := func(seed uint64) process.Walked {
		walked, err := process.Walk(p2porder.V1(), seed, 2_000)
		if err != nil {
			t.Fatal(err)
		}
		return walked
	}
	if a, b := walk(7), walk(7); a != b {
		t.Errorf("seed 7 gave %+v and then %+v", a, b)
	}
	if a, b := walk(7), walk(8); a == b {
		t.Errorf("seeds 7 and 8 both gave %+v", a)
	}
}

func FuzzWalk(f *testing.F) {
	all := catalog.All()
	for i := range all {
		f.Add(uint64(i), uint8(i))
	}
	f.Fuzz(func(t *testing.T, seed uint64, which uint8) {
		if _, err := process.Walk(all[int(which)%len(all)], seed, 500); err != nil {
			t.Error(err)
		}
	})
}
