package sqlstore

import (
	"context"
	"time"
)

// ClaimDaily implements orchestrator.Store. The time is kept as text that sorts.
func (db *DB) ClaimDaily(ctx context.Context, name string, now, since time.Time) (bool, error) {
	const sortable = "2006-01-02T15:04:05.000000Z"
	n, err := db.exec(ctx, `insert into settings (name, value) values ($1, $2)
		on conflict (name) do update set value = excluded.value where settings.value <= $3`,
		"daily:"+name, now.UTC().Format(sortable), since.UTC().Format(sortable))
	return n > 0, err
}
