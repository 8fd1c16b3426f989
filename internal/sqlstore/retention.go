package sqlstore

import (
	"context"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/exchange"
)

// Retention is how long what only serves for a while is kept. The ledger, the log of
// transactions and the audit log are kept for good.
type Retention struct {
	Replies time.Duration // answers to requests with an Idempotency-Key, and claims of dead replicas
	Inbox   time.Duration // messages of gateways that were worked through
	Mails   time.Duration // e-mails that were sent or given up
	Feed    time.Duration // what users were told
	Events  time.Duration // the log of events
	Sent    time.Duration // what became of events at webhook endpoints
	Tasks   time.Duration // stray payments, differences and payouts to banks that have ended, and who looked after tasks
	Ads     time.Duration // payment details of ads that were closed or have ended; see PruneDetails
	Orders  time.Duration // payment details of orders that have ended
}

// DefaultRetention is our choice: a repeat after more than a month is a new request,
// and gateways show their own messages for about as long. Payment details of an order go
// a day after nobody may read them any more.
func DefaultRetention() Retention {
	const day = 24 * time.Hour
	return Retention{Replies: 30 * day, Inbox: 30 * day, Mails: 30 * day, Feed: 90 * day, Events: 90 * day, Sent: 30 * day, Tasks: 365 * day, Ads: 30 * day, Orders: exchange.Afterwards + day}
}

// pruneBatch is how many rows one statement deletes, so that no lock is held for long.
const pruneBatch = 500

// Prune deletes what is older than it is kept, up to a batch of each table, and
// returns how many rows went. Replies of operations that are still open stay.
func (db Pruning) Prune(ctx context.Context, now time.Time, keep Retention) (deleted int64, err error) {
	for _, p := range []struct {
		table, query string
		before       time.Time
	}{
		{"replies", `delete from replies where (scope, key) in (select scope, key from replies
			where at < $1 and (status <> 0 or intent_id = '') order by at limit $2)`, now.Add(-keep.Replies)},
		{"inbox", `delete from inbox where id in (select id from inbox where done = 1 and received_at < $1 order by received_at limit $2)`, now.Add(-keep.Inbox)},
		{"mails", `delete from mails where id in (select id from mails where ended_at is not null and ended_at < $1 order by ended_at limit $2)`, now.Add(-keep.Mails)},
		{"feed entries", `delete from feed_entries where (community_id, user_id, sequence) in (select community_id, user_id, sequence from feed_entries
			where at < $1 order by at limit $2)`, now.Add(-keep.Feed)},
		{"events", pruneEvents, now.Add(-keep.Events)},
		// What an endpoint has not got yet waits for as long as it is there, be it disabled for months.
		{"webhook deliveries", `delete from webhook_deliveries where (community_id, endpoint_id, sequence) in (select d.community_id, d.endpoint_id, d.sequence from webhook_deliveries d
			where d.at < $1 and (d.status not in ('pending', 'waiting') or not exists (select 1 from webhook_endpoints e where e.community_id = d.community_id and e.id = d.endpoint_id))
			order by d.at limit $2)`, now.Add(-keep.Sent)},
		{"rows of deleted endpoints", `delete from webhook_deliveries where (community_id, endpoint_id, sequence) in (select d.community_id, d.endpoint_id, d.sequence
			from removed_endpoints r join webhook_deliveries d on d.community_id = r.community_id and d.endpoint_id = r.id where r.removed_at <= $1 limit $2)`, now},
		{"deleted endpoints", `delete from removed_endpoints where (community_id, id) in (select r.community_id, r.id from removed_endpoints r where r.removed_at <= $1
			and not exists (select 1 from webhook_deliveries d where d.community_id = r.community_id and d.endpoint_id = r.id) limit $2)`, now},
		{"differences", `delete from differences where (community_id, gateway, fingerprint) in (select community_id, gateway, fingerprint from differences
			where ended_at is not null and ended_at < $1 order by ended_at limit $2)`, now.Add(-keep.Tasks)},
		{"strays", `delete from strays where (community_id, gateway, payment_id) in (select community_id, gateway, payment_id from strays
			where ended_at is not null and ended_at < $1 limit $2)`, now.Add(-keep.Tasks)},
		{"payouts to banks", `delete from bank_payouts where (community_id, id) in (select community_id, id from bank_payouts
			where due is null and ended_at < $1 limit $2)`, now.Add(-keep.Tasks)},
		{"notes of tasks", `delete from task_notes where (community_id, task) in (select community_id, task from task_notes
			where assigned_at < $1 limit $2)`, now.Add(-keep.Tasks)},
		{"tickets", `delete from tickets where hash in (select hash from tickets where expires_at < $1 limit $2)`, now.Add(-time.Hour)},
		{"tries to sign in", `delete from console_tries where (community_id, key) in (select community_id, key from console_tries where at < $1 limit $2)`, now.Add(-time.Hour)},
		{"sessions of the console", `delete from console_sessions where (community_id, hash) in (select community_id, hash from console_sessions where expires_at < $1 limit $2)`, now.Add(-time.Hour)},
	} {
		n, err := db.exec(ctx, p.query, stamp{p.before}, pruneBatch)
		if err != nil {
			return deleted, fmt.Errorf("prune %s: %w", p.table, err)
		}
		deleted += n
	}
	return deleted, nil
}
