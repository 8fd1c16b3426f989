package console_test

import (
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/console"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// An empty list says who agrees that nothing is wrong, and when they have looked.
func TestRisk_empty(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		vic := signIn(w, t, "vic", console.Viewer)
		says := func(sentence string) facetest.Answer {
			t.Helper()
			page := w.Call(t, "GET", "/console/risk", nil, facetest.Anonymous, vic).Is(200)
			if got := heading(page); got != sentence {
				t.Errorf("the page says %q, want %q", got, sentence)
			}
			return page
		}
		look := func(who string, found int) {
			t.Helper()
			w.Must(w.Store.NoteLook(t.Context(), orchestrator.Look{Who: who, At: w.Clock.Now(), Found: found}))
		}
		says("Nothing needs a person now; handsel doctor has not looked yet.")
		look(orchestrator.Doctor, 0)
		says("Nothing needs a person now, and handsel doctor agrees; no gateway was compared yet.")
		w.Must(w.Store.SaveDifferences(t.Context(), "stripe", w.Clock.Now(), w.Clock.Now(), nil, false))
		says("Nothing needs a person now, and handsel doctor agrees; no gateway was compared yet.")
		w.Must(w.Store.SaveDifferences(t.Context(), "stripe", w.Clock.Now(), w.Clock.Now(), nil, true))
		if page := says("Nothing needs a person now: doctor and reconcile agree."); !strings.Contains(page.Body, "Comparison with stripe: 0 differences") {
			t.Errorf("the page is %s", page.Body)
		}
		w.Clock.Advance(time.Second)
		look(orchestrator.Doctor, 2)
		says("Nothing is on the list, but handsel doctor found 2 × a broken invariant: move no money until the cause is known.")
	})
}
