package sqlstore_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

// The rows of an endpoint that was deleted go soon, a bounded number at a time, and those of the
// others stay.
func TestPrune_deletedEndpoints(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, db *sqlstore.DB) {
		ctx, now := t.Context(), tenantNoon
		if err := db.AddCommunity(ctx, 501, "Sample", someone); err != nil {
			t.Fatal(err)
		}
		var ends []outbound.Endpoint
		for _, name := range []string{"gone", "kept"} {
			secret, err := outbound.NewSecret(outbound.Shared, strings.NewReader(strings.Repeat("s", 32)))
			if err != nil {
				t.Fatal(err)
			}
			e, err := db.CreateEndpoint(ctx, outbound.Endpoint{
				CommunityID: 501, URL: "https://" + name + ".example.com", Types: []string{"*"}, Payload: outbound.Full, Signature: outbound.Shared, Status: outbound.Enabled,
				Secrets: []outbound.Secret{secret}, CreatedAt: now, UpdatedAt: now,
			}, 10, someone)
			if err != nil {
				t.Fatal(err)
			}
			ends = append(ends, e)
		}
		const each = 1200
		for _, e := range ends {
			b := outbound.Batch{CommunityID: 501, EndpointID: e.ID, Until: now, Now: now}
			for n := range int64(each) {
				b.Rows = append(b.Rows, outbound.Delivery{CommunityID: 501, EndpointID: e.ID, Sequence: n + 1, Type: "listing.created", Status: outbound.Pending, Begun: now, Next: now, At: now})
			}
			if s, err := db.WriteBatch(ctx, b); err != nil || !s.Held {
				t.Fatalf("%+v, %v", s, err)
			}
		}
		prune := func() int64 {
			t.Helper()
			n, err := db.Prune(ctx, now.Add(time.Hour), sqlstore.DefaultRetention())
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n := prune(); n != 0 {
			t.Fatalf("%d rows went while both were there", n)
		}
		if err := db.DeleteEndpoint(ctx, 501, ends[0].ID, someone); err != nil {
			t.Fatal(err)
		}
		var went []int64
		for range 5 {
			went = append(went, prune())
		}
		if got := fmt.Sprint(went); got != "[500 500 201 0 0]" { // with the last ones what is known of the endpoint
			t.Errorf("rows that went: %s", got)
		}
		for i, want := range []int{0, 100} {
			left, err := db.ListDeliveries(ctx, outbound.DeliveryFilter{CommunityID: 501, EndpointID: ends[i].ID, Limit: 100})
			if err != nil || len(left) != want {
				t.Errorf("%d rows of endpoint %d are left, want %d (%v)", len(left), i, want, err)
			}
		}
	})
}
