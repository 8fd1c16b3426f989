package sqlstore

import (
	"context"
	"time"

	"github.com/handsel-dev/handsel/internal/pass"
)

var _ pass.Stays = Stays{}

// stayRow is a row of console_sessions.
type stayRow struct {
	CommunityID int64  `db:"community_id"`
	Hash        string `db:"hash"`
	Name        string `db:"name"`
	Holder      []byte `db:"holder"`
	Since       stamp  `db:"since"`
	SeenAt      stamp  `db:"seen_at"`
	ExpiresAt   stamp  `db:"expires_at"`
}

func (r stayRow) stay() pass.Stay {
	return pass.Stay{CommunityID: r.CommunityID, Hash: r.Hash, Name: r.Name, Holder: r.Holder, Since: r.Since.at, Seen: r.SeenAt.at, Until: r.ExpiresAt.at}
}

// AddStay implements pass.Stays.
func (db Stays) AddStay(ctx context.Context, s pass.Stay) error {
	_, err := db.exec(ctx, `insert into console_sessions (community_id, hash, name, holder, since, seen_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)`,
		s.CommunityID, s.Hash, s.Name, s.Holder, stamp{s.Since}, stamp{s.Seen}, stamp{s.Until})
	return err
}

const stayColumns = `select community_id, hash, name, holder, since, seen_at, expires_at from console_sessions `

// Stay implements pass.Stays.
func (db Stays) Stay(ctx context.Context, community int64, hash string, now, idle time.Time) (s pass.Stay, found bool, err error) {
	var rows []stayRow
	if err := db.all(ctx, &rows, stayColumns+`where community_id = $1 and hash = $2 and expires_at > $3 and seen_at > $4`, community, hash, stamp{now}, stamp{idle}); err != nil || len(rows) == 0 {
		return s, false, err
	}
	return rows[0].stay(), true, nil
}

// SeeStay implements pass.Stays.
func (db Stays) SeeStay(ctx context.Context, community int64, hash string, at time.Time) error {
	_, err := db.exec(ctx, `update console_sessions set seen_at = $3 where community_id = $1 and hash = $2 and seen_at < $3`, community, hash, stamp{at})
	return err
}

// ListStays implements pass.Stays.
func (db Stays) ListStays(ctx context.Context, c pass.Chosen, now, idle time.Time) ([]pass.Stay, error) {
	var rows []stayRow
	err := db.all(ctx, &rows, stayColumns+`where community_id = $1 and ($2 = '' or name = $2) and ($3 = '' or hash = $3) and hash <> $4 and expires_at > $5 and seen_at > $6
		order by seen_at desc, hash limit 200`, c.CommunityID, c.Name, c.Hash, c.Except, stamp{now}, stamp{idle})
	all := make([]pass.Stay, len(rows))
	for i, r := range rows {
		all[i] = r.stay()
	}
	return all, err
}

// EndStays implements pass.Stays.
func (db Stays) EndStays(ctx context.Context, c pass.Chosen) (int64, error) {
	return db.exec(ctx, `delete from console_sessions where community_id = $1 and ($2 = '' or name = $2) and ($3 = '' or hash = $3) and hash <> $4`, c.CommunityID, c.Name, c.Hash, c.Except)
}
