package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"github.com/handsel-dev/handsel/migrations"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
)

// abandoned is after how long a claim without an answer is that of an older binary
// which died: longer than any request may take.
const abandoned = 2 * time.Minute

// spareIDs is how many ids a request may use up. They are taken before its
// transaction begins: a block of ids that is rolled back would be handed out twice.
const spareIDs = 8

// request is the transaction of the database that a keyed request runs in. It is
// used by one goroutine at a time.
type request struct {
	tx   *sqlx.Tx
	ids  []int64
	lane lane // of its lines in the audit log
}

type requestKey struct{ db *database }

// request is the transaction that a context belongs to, nil if there is none.
func (db *database) request(ctx context.Context) *request {
	r, _ := ctx.Value(requestKey{db}).(*request)
	return r
}

// Once implements idempotency.Runner. Whatever do asks of this store with the context
// that it is given is part of one transaction, which stores the reply as well: a
// crash leaves both or neither. Commits of the engine store their own reply and are
// refused inside. An error of do undoes everything and frees the key. Of two at the
// same moment one waits for the other, a second at most; then it is answered with
// what is there, or with a reply that has no status yet.
func (db Replies) Once(ctx context.Context, r idempotency.Reply, do func(context.Context) (status int, body []byte, err error)) (stored idempotency.Reply, first bool, err error) {
	// Before the transaction begins: a key that is made in one may be rolled back.
	if _, err := db.Box(ctx); err != nil {
		return r, false, err
	}
	stored, found, err := db.Reply(ctx, r.Scope, r.Key)
	if err != nil || found && stored.Status != 0 {
		return stored, false, err
	}
	for try := 1; ; try++ {
		stored, first, err = db.tryOnce(ctx, r, do)
		if err == nil || try == maxUnitTries || diagnose(err) != raced && diagnose(err) != astray {
			return stored, first, unavailable(err)
		}
		db.stats.retries.Add(1)
	}
}

func (db Replies) tryOnce(ctx context.Context, r idempotency.Reply, do func(context.Context) (int, []byte, error)) (stored idempotency.Reply, first bool, err error) {
	here := &request{lane: db.newLane(true)}
	for range spareIDs {
		id, err := db.nextID(ctx)
		if err != nil {
			return r, false, err
		}
		here.ids = append(here.ids, id)
	}
	err = db.attempt(ctx, func(u unit) error {
		here.tx = u.tx
		ctx := context.WithValue(ctx, requestKey{db.database}, here)
		claimed, err := db.claim(ctx, r)
		if err != nil {
			return err
		}
		if !claimed {
			return errNotFirst
		}
		if r.Status, r.Body, err = do(ctx); err != nil {
			return err
		}
		return db.SaveReply(ctx, r)
	})
	switch {
	case err == nil:
		return r, true, nil
	case busy(err):
		return idempotency.Reply{Scope: r.Scope, Key: r.Key, Hash: r.Hash}, false, nil
	case err == errNotFirst:
		stored, _, err = db.Reply(ctx, r.Scope, r.Key)
		return stored, false, err
	}
	return r, false, err
}

// Reserve implements idempotency.Runner. A reservation that is older than two minutes and
// has no answer is one whose process died: the next who reserves the key has it.
func (db Replies) Reserve(ctx context.Context, r idempotency.Reply) (stored idempotency.Reply, first bool, err error) {
	if first, err = db.take(ctx, r); first || err != nil {
		return r, first, err
	}
	stored, found, err := db.Reply(ctx, r.Scope, r.Key)
	if !found { // who had it has just freed it
		stored = idempotency.Reply{Scope: r.Scope, Key: r.Key, Hash: r.Hash}
	}
	return stored, false, err
}

var errNotFirst = errors.New("the request was made before")

var takeKey = replyTable.insertion(1) + ` on conflict (scope, key) do update set hash = excluded.hash, at = excluded.at
		where replies.status = 0 and replies.intent_id = '' and replies.at < $` + strconv.Itoa(len(replyTable.stored)+1)

// claim takes the key for a transaction, unless somebody has it.
func (db Replies) claim(ctx context.Context, r idempotency.Reply) (bool, error) {
	if db.dialect == migrations.Postgres {
		// Who waits for the same key holds a connection; SQLite has a time limit of its own.
		if _, err := db.exec(ctx, `set local lock_timeout = '1s'`); err != nil {
			return false, err
		}
	}
	return db.take(ctx, r)
}

// take takes the key, unless somebody has it.
func (db Replies) take(ctx context.Context, r idempotency.Reply) (bool, error) {
	r, err := db.sealReply(ctx, r)
	if err != nil {
		return false, err
	}
	args, err := replyTable.row(&reply{Scope: r.Scope, Key: r.Key, Hash: r.Hash, CommunityID: r.CommunityID, At: r.At})
	if err != nil {
		return false, err
	}
	n, err := db.exec(ctx, takeKey, append(args, stamp{r.At.Add(-abandoned)})...)
	return n == 1, err
}

// busy reports that somebody else held what was waited for too long.
func busy(err error) bool {
	var p *pq.Error
	return errors.As(err, &p) && p.Code == pqerror.LockNotAvailable
}

// nested runs a part of a request's transaction that succeeds or fails alone.
func (r *request) nested(ctx context.Context, do func(unit) error) error {
	u := unit{r.tx}
	if _, err := u.exec(ctx, `savepoint part`); err != nil {
		return err
	}
	if err := do(u); err != nil {
		if _, undo := u.exec(ctx, `rollback to savepoint part`); undo != nil {
			return fmt.Errorf("%w; roll back: %w", err, undo)
		}
		return err
	}
	_, err := u.exec(ctx, `release savepoint part`)
	return err
}
