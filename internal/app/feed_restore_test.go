package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
)

// A database that was set back to a backup gives no number and no id of an event again: who has
// read further reads on, who remembers ids takes what is new for new, and endpoints get it.
func TestEvents_afterARestore(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		w.MustSettle()
		k := newTaker(t, w, nil)
		w.Open()
		w.MustSettle()
		before := readEvents(t, w, "")
		last := before.Items[len(before.Items)-1].Sequence
		ahead := fmt.Sprint("?after=", last+7) // what somebody has read that this database has forgotten
		if r := w.Call("GET", "/v1/events"+ahead, ""); r.Status != http.StatusConflict || !strings.Contains(string(r.Body), `"events_ahead"`) || !strings.Contains(string(r.Body), fmt.Sprintf(`"last_sequence":%d`, last)) {
			t.Errorf("ahead of the log: %d %s", r.Status, r.Body)
		}
		if begun, err := w.Store.BeginRecovery(t.Context(), orchestrator.Recovery{Since: testkit.Start, Reason: "restored"}); err != nil || !begun {
			t.Fatal(begun, err)
		}
		if err := w.Store.EndRecovery(t.Context(), orchestrator.Act{Actor: "operator:ann", Name: "recovery.end", Object: "recovery", At: testkit.Start}); err != nil {
			t.Fatal(err)
		}
		w.Open()
		w.MustSettle()
		after := readEvents(t, w, ahead)
		if len(after.Items) == 0 || after.Items[0].Sequence != last+events.AfterRestore+1 {
			t.Fatalf("who was ahead reads %+v", after)
		}
		if all := readEvents(t, w, fmt.Sprint("?after=", last)); len(all.Items) != len(after.Items) {
			t.Errorf("who was not ahead reads %d events, want %d", len(all.Items), len(after.Items))
		}
		for _, e := range after.Items {
			if !k.seen[e.Sequence] {
				t.Errorf("the endpoint did not get number %d", e.Sequence)
			}
		}
		if r := w.Call("GET", "/v1/webhook-endpoints/"+k.id+"/deliveries?status=dead", ""); !strings.Contains(string(r.Body), `"items":[]`) {
			t.Errorf("the endpoint shows numbers as removed that never were: %s", r.Body)
		}
		if n, err := w.Store.LastEvent(t.Context(), app.SampleCommunity); err != nil || n != after.Next {
			t.Errorf("the newest event is %d (%v), want %d", n, err, after.Next)
		}
		if found := w.Violations(); len(found) > 0 {
			t.Errorf("the doctor finds %v", found)
		}
	})
}
