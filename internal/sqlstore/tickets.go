package sqlstore

import (
	"context"
	"time"
)

// PutTicket implements server.Tickets. Tickets that nobody used in time are cleared
// away with it.
func (db Tickets) PutTicket(ctx context.Context, hash string, holder []byte, expires time.Time) error {
	const kept = 24 * time.Hour // longer than any ticket lives, so that none is cleared away for another one's sake
	if _, err := db.exec(ctx, `delete from tickets where expires_at < $1`, stamp{expires.Add(-kept)}); err != nil {
		return err
	}
	_, err := db.exec(ctx, `insert into tickets (hash, holder, expires_at) values ($1, $2, $3)`, hash, holder, stamp{expires})
	return err
}

// TakeTicket implements server.Tickets.
func (db Tickets) TakeTicket(ctx context.Context, hash string, now time.Time) (holder []byte, found bool, err error) {
	var rows []struct {
		Holder    []byte `db:"holder"`
		ExpiresAt stamp  `db:"expires_at"`
	}
	if err := db.change(ctx, &rows, `delete from tickets where hash = $1 returning holder, expires_at`, hash); err != nil {
		return nil, false, err
	}
	if len(rows) == 0 || !rows[0].ExpiresAt.at.After(now) {
		return nil, false, nil
	}
	return rows[0].Holder, true, nil
}

// Ticket reads a ticket that nobody has taken and that has not expired.
func (db Tickets) Ticket(ctx context.Context, hash string, now time.Time) (holder []byte, found bool, err error) {
	var rows []struct {
		Holder []byte `db:"holder"`
	}
	if err := db.all(ctx, &rows, `select holder from tickets where hash = $1 and expires_at > $2`, hash, stamp{now}); err != nil || len(rows) == 0 {
		return nil, false, err
	}
	return rows[0].Holder, true, nil
}
