package sqlstore

import (
	"context"

	"github.com/handsel-dev/handsel/orchestrator"
)

type replyRow struct {
	Scope         string `db:"scope"`
	Key           string `db:"key"`
	Hash          string `db:"hash"`
	CommunityID   int64  `db:"community_id"`
	TransactionID int64  `db:"transaction_id"`
	IntentID      string `db:"intent_id"`
	Status        int    `db:"status"`
	Body          []byte `db:"body"`
	At            stamp  `db:"at"`
}

// Reply implements orchestrator.Stores.
func (db *DB) Reply(ctx context.Context, scope, key string) (orchestrator.Reply, bool, error) {
	var r replyRow
	found, err := db.one(ctx, &r, `select `+replyColumns+` from replies where scope = $1 and key = $2`, scope, key)
	if err != nil || !found {
		return orchestrator.Reply{}, false, err
	}
	reply, err := db.openReply(ctx, orchestrator.Reply{
		Scope: r.Scope, Key: r.Key, Hash: r.Hash, CommunityID: r.CommunityID, TransactionID: r.TransactionID,
		IntentID: r.IntentID, Status: r.Status, Body: r.Body, At: r.At.at,
	})
	return reply, err == nil, err
}

// FreeReply implements orchestrator.Stores.
func (db *DB) FreeReply(ctx context.Context, r orchestrator.Reply) error {
	_, err := db.exec(ctx, `delete from replies where scope = $1 and key = $2 and intent_id = $3 and status = 0`, r.Scope, r.Key, r.IntentID)
	return err
}

// SaveReply implements orchestrator.Stores. A reply that is complete stays as it is.
func (db *DB) SaveReply(ctx context.Context, r orchestrator.Reply) error {
	r, err := db.sealReply(ctx, r)
	if err != nil {
		return err
	}
	body := r.Body
	if body == nil {
		body = []byte{}
	}
	_, err = db.exec(ctx, `update replies set transaction_id = $3, status = $4, body = $5, at = $6
		where scope = $1 and key = $2 and status = 0`, r.Scope, r.Key, r.TransactionID, r.Status, body, stamp{r.At})
	return err
}
