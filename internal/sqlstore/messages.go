package sqlstore

import (
	"context"
	"strconv"
	"strings"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
)

// Messages implements orchestrator.Chats. Replicas hand out ids in blocks, so it is
// the time that orders messages.
func (db Talk) Messages(ctx context.Context, f orchestrator.MessageFilter) ([]orchestrator.Message, error) {
	query, args := `where transaction_id = $1`, []any{f.TransactionID}
	if f.ID != 0 {
		query += ` and id = $4`
		f.After = f.ID
	} else if f.After != 0 {
		query += ` and (at, id) > (select b.at, b.id from messages b where b.transaction_id = $1 and b.id = $4)`
	}
	order := ` order by at, id limit $2 offset $3`
	if f.Limit == 0 {
		f.Limit = 1<<31 - 1
	}
	if f.Latest {
		order, f.Limit = ` order by at desc, id desc limit $2 offset $3`, 1
	}
	args = append(args, f.Limit, f.Offset)
	if f.After != 0 {
		args = append(args, f.After)
	}
	return findPage(ctx, db, messageTable, query+order, args...)
}

// AddMessage implements orchestrator.Chats.
func (db Talk) AddMessage(ctx context.Context, m orchestrator.Message, r *idempotency.Reply) error {
	if !storable(m.Content) || !storable(m.Sender) {
		return errText
	}
	args, err := messageTable.row(&m)
	if err != nil {
		return err
	}
	if r == nil {
		_, err := db.exec(ctx, insertMessage, args...)
		return err
	}
	sealed, err := db.sealReply(ctx, *r)
	if err != nil {
		return err
	}
	return db.atomically(ctx, func(u unit) error {
		if err := u.once(ctx, &sealed); err != nil {
			return err
		}
		_, err = u.exec(ctx, insertMessage, args...)
		return err
	})
}

// Free implements orchestrator.Books.
func (db Books) Free(ctx context.Context, community int64, resources []string) (map[string]int64, error) {
	free := map[string]int64{}
	if len(resources) == 0 {
		return free, nil
	}
	args, places := []any{community}, make([]string, len(resources))
	for i, name := range resources {
		args = append(args, name)
		places[i] = "$" + strconv.Itoa(i+2)
	}
	var rows []struct {
		Name string `db:"name"`
		Free int64  `db:"free"`
	}
	query := `select name, free from resources where community_id = $1 and name in (` + strings.Join(places, ", ") + `)`
	if err := db.all(ctx, &rows, query, args...); err != nil {
		return nil, err
	}
	for _, r := range rows {
		free[r.Name] = r.Free
	}
	return free, nil
}
