package sqlstore

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

// sent is what became of an event at an endpoint.
type sent = outbound.Delivery

var sentTable = tableOf("webhook_deliveries",
	number("community_id", func(d *sent) *int64 { return &d.CommunityID }).fixed(),
	number("endpoint_id", func(d *sent) *int64 { return &d.EndpointID }).fixed(),
	number("sequence", func(d *sent) *int64 { return &d.Sequence }).fixed(),
	text("type", func(d *sent) *string { return (*string)(&d.Type) }).fixed(),
	number("transaction_id", func(d *sent) *int64 { return &d.TransactionID }).fixed(),
	text("status", func(d *sent) *string { return (*string)(&d.Status) }),
	count("tries", func(d *sent) *int { return &d.Tries }),
	instant("begun_at", func(d *sent) *time.Time { return &d.Begun }),
	instant("next", func(d *sent) *time.Time { return &d.Next }),
	instant("at", func(d *sent) *time.Time { return &d.At }),
	encoded("attempts", attemptLines, readAttempts).fixed(),
)

// looseTable are rows without what their attempts were.
var looseTable = tableOf("webhook_deliveries",
	number("community_id", func(d *sent) *int64 { return &d.CommunityID }),
	number("endpoint_id", func(d *sent) *int64 { return &d.EndpointID }),
	number("sequence", func(d *sent) *int64 { return &d.Sequence }),
	text("type", func(d *sent) *string { return (*string)(&d.Type) }),
	number("transaction_id", func(d *sent) *int64 { return &d.TransactionID }),
	text("status", func(d *sent) *string { return (*string)(&d.Status) }),
	count("tries", func(d *sent) *int { return &d.Tries }),
	instant("begun_at", func(d *sent) *time.Time { return &d.Begun }),
	instant("next", func(d *sent) *time.Time { return &d.Next }),
)

// attemptLines are a line of JSON for each attempt, so that a later one is appended without
// reading those before.
func attemptLines(d *sent) (string, error) {
	var lines strings.Builder
	for _, a := range d.Attempts {
		line, err := json.Marshal(a)
		if err != nil {
			return "", err
		}
		lines.Write(line)
		lines.WriteByte('\n')
	}
	return lines.String(), nil
}

func readAttempts(d *sent, text string) error {
	d.Attempts = nil
	for line := range strings.Lines(text) {
		var a outbound.Attempt
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			return err
		}
		d.Attempts = append(d.Attempts, a)
	}
	return nil
}

func endpointQueue() queue {
	return queue{
		table: "webhook_endpoints", keys: []string{"community_id", "id"}, due: "claimable_at", tries: "claims",
		open: `status = 'enabled' and (due <= $1 or replay_after < replay_until or position < coalesce(
			(select c.last from event_counters c where c.community_id = webhook_endpoints.community_id), 0))`,
	}
}

// ClaimEndpoints implements outbound.Queue.
func (db EndpointQueue) ClaimEndpoints(ctx context.Context, now, until time.Time, limit int) ([]outbound.Claimed, error) {
	rows, err := lease(ctx, db, endpointTable, endpointQueue(), now, until, limit, "")
	return each(rows, func(r endpoint) outbound.Claimed { return db.openEndpoint(ctx, r) }), err
}

// LooseRows implements outbound.Queue.
func (db EndpointQueue) LooseRows(ctx context.Context, community, endpoint, position int64) ([]outbound.Delivery, error) {
	return find(ctx, db, looseTable, `where community_id = $1 and endpoint_id = $2 and status in ('pending', 'waiting')
		union all select `+looseTable.picked+` from webhook_deliveries where community_id = $1 and endpoint_id = $2 and sequence > $3 and status not in ('pending', 'waiting')
		order by sequence`, community, endpoint, position)
}

// mergeSent keeps what was tried before, and of staff's wish to send a row again that it is
// one.
const mergeSent = ` on conflict (community_id, endpoint_id, sequence) do update set
	status = excluded.status, tries = excluded.tries, begun_at = excluded.begun_at, next = excluded.next, at = excluded.at, attempts = webhook_deliveries.attempts || excluded.attempts`

// WriteBatch implements outbound.Queue.
func (db EndpointQueue) WriteBatch(ctx context.Context, b outbound.Batch) (s outbound.Standing, err error) {
	rows := make([]row, len(b.Rows))
	for i := range b.Rows {
		if rows[i], err = sentTable.row(&b.Rows[i]); err != nil {
			return s, err
		}
	}
	for i := range b.Announce {
		if b.Announce[i].ID, err = db.nextID(ctx); err != nil {
			return s, err
		}
	}
	err = db.atomically(ctx, func(u unit) error {
		if s, err = u.place(ctx, b); err != nil || !s.Held {
			return err
		}
		if err := mergeMany(ctx, u, db.database, sentTable, latestOf(rows), mergeSent); err != nil {
			return err
		}
		if b.Recovered {
			if _, err := u.exec(ctx, `update webhook_deliveries set next = $3 where community_id = $1 and endpoint_id = $2 and status = 'pending'`,
				b.CommunityID, b.EndpointID, stamp{b.Now}); err != nil {
				return err
			}
		}
		if s.Changed {
			return nil
		}
		return u.tellOfEndpoint(ctx, b)
	})
	return s, err
}

// tellOfEndpoint announces what has become of an endpoint, and queues the e-mails about it.
func (u unit) tellOfEndpoint(ctx context.Context, b outbound.Batch) error {
	for _, a := range b.Announce {
		if err := u.announce(ctx, a); err != nil {
			return err
		}
	}
	for _, l := range b.Letters {
		if err := u.addMail(ctx, notices.Mail{ID: l.ID, CommunityID: b.CommunityID, UserID: l.User, Kind: l.Kind, Data: l.Data, At: l.At}); err != nil {
			return err
		}
	}
	return nil
}

// latestOf joins what a batch has of one row: a statement may change a row once.
func latestOf(rows []row) []row {
	const sequence, attempts = 2, 10 // of sentTable
	at := make(map[any]int, len(rows))
	kept := rows[:0]
	for _, r := range rows {
		i, twice := at[r[sequence]]
		if !twice {
			at[r[sequence]] = len(kept)
			kept = append(kept, r)
			continue
		}
		before, _ := kept[i][attempts].(string)
		later, _ := r[attempts].(string)
		r[attempts] = before + later
		kept[i] = r
	}
	return kept
}

// place writes where an endpoint stands, if it is held still and nobody has changed it.
func (u unit) place(ctx context.Context, b outbound.Batch) (outbound.Standing, error) {
	p, status, reason := b.Place, outbound.Enabled, b.Disable
	if reason != "" {
		status = outbound.Disabled
	}
	n, err := u.exec(ctx, `update webhook_endpoints set position = $5, replay_after = $6, loose = $7, failures = $8, rests = $9, failing_since = $10, warned_at = $11,
		due = $12, claimable_at = $13, status = $14, disabled_reason = $15
		where community_id = $1 and id = $2 and claims = $3 and revision = $4`,
		b.CommunityID, b.EndpointID, b.Claims, b.Revision, p.Position, p.ReplayAfter, flag(p.Loose), int64(p.Failures), int64(p.Rests), stamp{p.FailingSince}, stamp{p.WarnedAt},
		stamp{p.Due}, stamp{b.Until}, string(status), string(reason))
	if err != nil || n > 0 {
		return outbound.Standing{Held: true}, err
	}
	// The rows that are written now stand behind a position that is not.
	n, err = u.exec(ctx, `update webhook_endpoints set loose = 1, due = $4, claimable_at = $5 where community_id = $1 and id = $2 and claims = $3`,
		b.CommunityID, b.EndpointID, b.Claims, stamp{b.Now}, stamp{b.Until})
	return outbound.Standing{Held: n > 0, Changed: n > 0}, err
}

// ReturnEndpoint implements outbound.Queue.
func (db EndpointQueue) ReturnEndpoint(ctx context.Context, c outbound.Claimed, now time.Time) error {
	_, err := db.exec(ctx, `update webhook_endpoints set claimable_at = $4 where community_id = $1 and id = $2 and claims = $3`, c.CommunityID, c.ID, c.Claims, stamp{now})
	return err
}
