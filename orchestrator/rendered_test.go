package orchestrator_test

import (
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
)

// An answer is made of the outcome of a request and never of a deal whose operation is still
// in progress: the face that asked sends the one that was made last.
func TestKey_rendersOutcomesOnly(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		k := key("create", "k1", "content")
		render, times := k.Render, 0
		k.Render = func(tx orchestrator.Transaction, err error) (int, []byte) {
			if times++; tx.Operation != "" || tx.IntentID != "" {
				t.Errorf("an answer is made while %s is in progress", tx.Operation)
			}
			return render(tx, err)
		}
		in := testkit.Deal()
		in.Key = k
		if _, err := w.Engine.Create(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		if times != 1 {
			t.Errorf("the answer was made %d times", times)
		}
	})
}
