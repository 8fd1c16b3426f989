package app_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
)

// forgetful answers that there is no such order, of one order.
type forgetful struct{ order atomic.Value }

func (f *forgetful) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if id, _ := f.order.Load().(string); err == nil && id != "" && strings.HasSuffix(r.URL.Path, "/"+id) {
		_ = resp.Body.Close()
		resp.StatusCode, resp.ContentLength = http.StatusNotFound, -1
		resp.Body = io.NopCloser(strings.NewReader(`{"name":"RESOURCE_NOT_FOUND","message":"gone","debug_id":"1"}`))
	}
	return resp, err
}

// A payment of a deal's that PayPal's report names, and that PayPal no longer shows, is a difference on the operators' list, with
// what the report says of it. It was passed over.
func TestPayPal_unshown(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		wire := &forgetful{}
		d := atPayPalOver(t, testkit.Options{DatabaseURL: url, Transport: wire})
		from := d.Sandbox.Now()
		d.captures("success")
		d.must(d.till.SetFaults([]emulatorFault{{Route: "webhook", Kind: "lose", Times: -1}}))
		twin := d.paidByHand(d.bears(d.order()))
		wire.order.Store(twin)
		d.Advance(4 * time.Hour) // the report is late
		found := d.differences(from)
		if len(found) != 1 || found[0].PaymentID != twin || found[0].TransactionID == 0 || found[0].There.Minor() != 5000 || found[0].Here.Minor() != 0 {
			t.Fatalf("%+v, want one about %s", found, twin)
		}
		d.Advance(24 * time.Hour)
		tasks, err := d.Engine.Tasks(t.Context(), orchestrator.TaskFilter{CommunityID: found[0].CommunityID, Kind: orchestrator.TaskDifference})
		d.must(err)
		if !slices.ContainsFunc(tasks, func(task orchestrator.Task) bool { return task.TransactionID == found[0].TransactionID }) {
			t.Errorf("no task for the operators: %+v", tasks)
		}
		if sums := d.moved(); sums["refund"] != 0 {
			t.Errorf("something went back of what nobody can look at: %+v", sums)
		}
	})
}
