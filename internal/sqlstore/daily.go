package sqlstore

import (
	"context"
	"time"
)

// ClaimDaily implements orchestrator.Daily. The time is kept as text that sorts. It is
// read first: replicas ask again and again, and nearly always it is too soon.
func (db Daily) ClaimDaily(ctx context.Context, name string, now, since time.Time) (bool, error) {
	key, before := "daily:"+name, stamp{since}.text()
	var last string
	found, err := db.one(ctx, &last, `select value from settings where name = $1`, key)
	if err != nil || found && last > before {
		return false, err
	}
	n, err := db.exec(ctx, claimDaily, key, stamp{now}.text(), before)
	return n > 0, err
}

// claimDaily notes when something was done last, unless that was after a time.
const claimDaily = `insert into settings (name, value) values ($1, $2)
	on conflict (name) do update set value = excluded.value where settings.value <= $3`
