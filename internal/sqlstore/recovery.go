package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
)

// recoverySetting is the row of the mode of recovery.
const recoverySetting = "recovery"

// Recovery implements orchestrator.Recoveries.
func (db Recoveries) Recovery(ctx context.Context) (*orchestrator.Recovery, error) {
	var value string
	found, err := db.one(ctx, &value, `select value from settings where name = $1`, recoverySetting)
	if err != nil || !found {
		return nil, err
	}
	var r orchestrator.Recovery
	if err := json.Unmarshal([]byte(value), &r); err != nil {
		return nil, fmt.Errorf("setting %s: %w", recoverySetting, err)
	}
	return &r, nil
}

// BeginRecovery implements orchestrator.Recoveries.
func (db Recoveries) BeginRecovery(ctx context.Context, r orchestrator.Recovery) (begun bool, err error) {
	value, err := json.Marshal(r)
	if err != nil {
		return false, err
	}
	err = db.atomically(ctx, func(u unit) error {
		n, err := u.exec(ctx, `insert into settings (name, value) values ($1, $2) on conflict (name) do nothing`, recoverySetting, string(value))
		if begun = n > 0; err != nil || !begun {
			return err
		}
		// Readers of the log, and who remembers ids of events, have seen numbers that this database does not know.
		_, err = u.exec(ctx, `update event_counters set last = last + $1`, int64(events.AfterRestore))
		return err
	})
	return begun && err == nil, err
}

// NoteRecovery implements orchestrator.Recoveries.
func (db Recoveries) NoteRecovery(ctx context.Context, r orchestrator.Recovery) error {
	value, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = db.exec(ctx, `update settings set value = $2 where name = $1`, recoverySetting, string(value))
	return err
}

// EndRecovery implements orchestrator.Recoveries.
func (db Recoveries) EndRecovery(ctx context.Context, a orchestrator.Act) error {
	return db.act(ctx, a, func(u unit) error {
		if _, err := u.exec(ctx, `delete from settings where name = $1`, recoverySetting); err != nil {
			return err
		}
		_, err := u.exec(ctx, `insert into settings (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value`,
			recoveryEnded, a.At.UTC().Format(time.RFC3339Nano))
		return err
	})
}

// recoveryEnded is the row that says when recovery ended last.
const recoveryEnded = "recovery_ended"

// RecoveryEnded implements orchestrator.Recoveries.
func (db Recoveries) RecoveryEnded(ctx context.Context) (time.Time, error) {
	var value string
	found, err := db.one(ctx, &value, `select value from settings where name = $1`, recoveryEnded)
	if err != nil || !found {
		return time.Time{}, err
	}
	return time.Parse(time.RFC3339Nano, value)
}

// NewestDeal implements orchestrator.Recoveries.
func (db Recoveries) NewestDeal(ctx context.Context) (time.Time, error) {
	var at stamp
	_, err := db.one(ctx, &at, `select created_at from transactions order by id desc limit 1`)
	return at.at, err
}
