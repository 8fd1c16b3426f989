package outbound

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/handsel-dev/handsel/notices/events"
)

// endless is a log of events with much data, of which a page has one.
type endless struct{ data json.RawMessage }

func (l endless) ReadEvents(_ context.Context, f events.Filter) (events.Page, error) {
	return events.Page{Events: []events.Event{{CommunityID: f.CommunityID, Sequence: f.After + 1, Data: l.data}}, Next: f.After + 1, More: true}, nil
}

func (endless) LastEvent(context.Context, int64) (int64, error) { return 1 << 40, nil }

func (endless) ID(events.Event) string { return "evt" }

func (endless) Marshal(e events.Event, _ bool) ([]byte, error) { return e.Data, nil }

// What is kept in memory of the log is bounded by its bytes, however large events are and however far apart endpoints read.
func TestPages_bytes(t *testing.T) {
	t.Parallel()
	log := endless{json.RawMessage(`"` + string(make([]byte, 100_000)) + `"`)}
	p := newPages(log, log)
	for step := range int64(4 * pageEvents) {
		for endpoint := range int64(3) {
			found, next, err := p.read(t.Context(), 1, endpoint*100*pageEvents+step)
			if err != nil || len(found) == 0 || next <= step {
				t.Fatalf("after %d: %d events, next %d, %v", step, len(found), next, err)
			}
		}
		kept := 0
		for _, at := range p.known {
			for _, m := range at.messages {
				kept += 2*len(m.Data) + apart
			}
		}
		if kept != p.bytes || kept > maxBytes && len(p.known) > 1 {
			t.Fatalf("after %d: %d pages with %d bytes, of which %d are counted", step, len(p.known), kept, p.bytes)
		}
	}
}
