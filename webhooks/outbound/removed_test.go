package outbound_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/webhooks/outbound"
)

// Events that were removed from the log before they were sent are shown as dead, from which
// number to which, and what comes behind them is sent; from the first event on, and in the
// middle.
func TestWorker_removed(t *testing.T) {
	t.Parallel()
	for _, before := range []int{0, 5} {
		b, r := newBed(t), newReceiver(t, nil)
		b.endpointAt(t, 7, r.URL)
		b.happen(at, deals(before, 5)...)
		b.once(t)
		b.change(7, func(e *outbound.Endpoint) { e.Status = outbound.Disabled })
		b.happen(at, deals(400, 5)...)
		b.memory.removed = int64(before + 390)
		b.change(7, func(e *outbound.Endpoint) { e.Status = outbound.Enabled })
		b.once(t)
		row := b.row(7, int64(before+390))
		if row.Status != outbound.Dead || len(row.Attempts) != 1 || row.Attempts[0].Error != "removed" || !strings.Contains(row.Attempts[0].Answer, "events "+map[int]string{0: "1 to 390 ", 5: "6 to 395 "}[before]) {
			t.Errorf("after %d the last one that was removed has %+v", before, row)
		}
		if e := b.endpoint(7); r.total != before+10 || e.Position != int64(before+400) || e.Loose || !slices.Equal(r.taken[1][len(r.taken[1])-2:], []int64{int64(before + 391), int64(before + 396)}) {
			t.Errorf("after %d there were %d attempts, %v; it stands at %+v", before, r.total, r.taken[1], e.Place)
		}
	}
}

// An event that waits for another attempt is dead when the log no longer has it, and its deal
// goes on.
func TestWorker_removedWhileItWaits(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	r := newReceiver(t, func(w http.ResponseWriter, n, _ int64) {
		if n == 1 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	b.endpointAt(t, 7, r.URL)
	b.happen(at, 1, 1)
	b.once(t)
	b.memory.removed = 1
	b.worker = b.another(t) // the other one has it in memory still
	b.play(t, time.Hour, 10*time.Minute)
	if row := b.row(7, 1); row.Status != outbound.Dead || row.Attempts[1].Error != "removed" || !slices.Equal(r.taken[1], []int64{2}) {
		t.Errorf("it has %+v; taken %v", row, r.taken[1])
	}
}
