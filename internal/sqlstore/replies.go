package sqlstore

import (
	"context"

	"github.com/handsel-dev/handsel/orchestrator/idempotency"
)

// Reply implements idempotency.Replies.
func (db Replies) Reply(ctx context.Context, scope, key string) (idempotency.Reply, bool, error) {
	r, found, err := findOne(ctx, db, replyTable, `where scope = $1 and key = $2`, scope, key)
	if err != nil || !found {
		return idempotency.Reply{}, false, err
	}
	reply, err := db.openReply(ctx, r)
	return reply, err == nil, err
}

// FreeReply implements idempotency.Replies.
func (db Replies) FreeReply(ctx context.Context, r idempotency.Reply) error {
	_, err := db.exec(ctx, `delete from replies where scope = $1 and key = $2 and intent_id = $3 and status = 0`, r.Scope, r.Key, r.IntentID)
	return err
}

// SaveReply implements idempotency.Replies. A reply that is complete stays as it is.
func (db Replies) SaveReply(ctx context.Context, r idempotency.Reply) error {
	r, err := db.sealReply(ctx, r)
	if err != nil {
		return err
	}
	args, err := replyTable.row(&r)
	if err != nil {
		return err
	}
	_, err = db.exec(ctx, completeReply, append(row{r.Scope, r.Key}, replyTable.changes(args)...)...)
	return err
}

var completeReply = `update replies set ` + replyTable.assignments(3) + ` where scope = $1 and key = $2 and status = 0`
