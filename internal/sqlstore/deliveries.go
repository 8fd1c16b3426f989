package sqlstore

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

// ListDeliveries implements outbound.Deliveries.
func (db Deliveries) ListDeliveries(ctx context.Context, f outbound.DeliveryFilter) ([]outbound.Delivery, error) {
	before := f.Before
	if before == 0 {
		before = math.MaxInt64
	}
	query, args := `where community_id = $1 and endpoint_id = $2 and sequence < $3`, []any{f.CommunityID, f.EndpointID, before, f.Limit}
	also := func(condition string, value any) {
		args = append(args, value)
		query += fmt.Sprintf(condition, len(args))
	}
	if f.Status != "" {
		also(` and status = $%d`, string(f.Status))
	}
	if f.Sequence != 0 {
		also(` and sequence = $%d`, f.Sequence)
	}
	return findPage(ctx, db, sentTable, query+` order by sequence desc limit $4`, args...)
}

// Resend implements outbound.Deliveries.
func (db Deliveries) Resend(ctx context.Context, f outbound.ResendFilter, now time.Time) (n int64, err error) {
	which, low, high := ` and status = 'dead'`, f.After, f.Until
	if f.Sequence != 0 {
		which, low, high = "", f.Sequence-1, f.Sequence
	}
	data := map[string]string{"after": strconv.FormatInt(low, 10), "until": strconv.FormatInt(high, 10)}
	err = db.act(ctx, f.By.Act(f.CommunityID, "webhook_endpoint.resend", endpointObject(f.EndpointID), data), func(u unit) error {
		there, err := u.exec(ctx, `update webhook_endpoints set revision = revision + 1, loose = 1, due = $3 where community_id = $1 and id = $2`, f.CommunityID, f.EndpointID, stamp{now})
		if err == nil && there == 0 {
			err = noEndpoint()
		}
		if err != nil {
			return err
		}
		n, err = u.exec(ctx, `update webhook_deliveries set status = 'pending', tries = 0, next = $5, at = $5
			where community_id = $1 and endpoint_id = $2 and sequence > $3 and sequence <= $4`+which, f.CommunityID, f.EndpointID, low, high, stamp{now})
		return err
	})
	return n, err
}

// Replay implements outbound.Deliveries.
func (db Deliveries) Replay(ctx context.Context, community, endpoint, after, until int64, by orchestrator.By) error {
	data := map[string]string{"after": strconv.FormatInt(after, 10), "until": strconv.FormatInt(until, 10)}
	return db.act(ctx, by.Act(community, "webhook_endpoint.replay", endpointObject(endpoint), data), func(u unit) error {
		n, err := u.exec(ctx, `update webhook_endpoints set revision = revision + 1, replay_after = $3, replay_until = case when position < $4 then position else $4 end
			where community_id = $1 and id = $2 and replay_after >= replay_until`, community, endpoint, after, until)
		if err != nil || n > 0 {
			return err
		}
		n, err = u.exec(ctx, `update webhook_endpoints set revision = revision where community_id = $1 and id = $2`, community, endpoint)
		if err == nil && n == 0 {
			return noEndpoint()
		}
		if err != nil {
			return err
		}
		return fault.New(fault.Conflict, "replay_in_progress", "another replay of this endpoint is in progress; wait until it has ended")
	})
}
