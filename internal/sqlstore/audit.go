package sqlstore

import (
	"context"
	"fmt"
	"sync"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
)

// acts are the lines of the audit log that come with no commit of a deal. They are
// written one after the other by each process, in a lane of their own; those of a keyed
// request in the lane of that request.
type acts struct {
	mu   sync.Mutex
	lane lane
}

func (db *database) newLane(acts bool) lane {
	return lane{newToken: db.newToken, now: db.now, acts: acts}
}

// act does something privileged and writes its line of the audit log, both or
// neither. Whatever do changes it changes through the unit.
func (db *database) act(ctx context.Context, a orchestrator.Act, do func(unit) error) error {
	if a.Actor == "" || a.Name == "" || a.Object == "" || a.At.IsZero() {
		return fmt.Errorf("an act needs an actor, a name, an object and a time: %+v", a)
	}
	for _, text := range []string{a.Actor, a.Object, a.Reason, a.RequestID} {
		if !storable(text) {
			return errText
		}
	}
	var err error
	if a.ID == 0 {
		if a.ID, err = db.nextID(ctx); err != nil {
			return err
		}
	}
	r, err := actTable.sealed(&act{Act: a})
	if err != nil {
		return err
	}
	var once *idempotency.Reply
	if a.Once != nil {
		sealed, err := db.sealReply(ctx, *a.Once)
		if err != nil {
			return err
		}
		once = &sealed
	}
	write := func(at place) error {
		return db.atomically(ctx, func(u unit) error {
			if err := u.once(ctx, once); err != nil {
				return err
			}
			if err := do(u); err != nil {
				return err
			}
			_, err := u.exec(ctx, insertAct, actTable.in(at, r)...)
			return err
		})
	}
	if here := db.request(ctx); here != nil {
		return here.act(ctx, write)
	}
	return db.acts.act(ctx, db.write, write)
}

// act writes a line in the lane of the process.
func (a *acts) act(ctx context.Context, db execer, write func(place) error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	err := a.lane.act(ctx, db, write)
	if err != nil && diagnose(err) == lost {
		a.lane.leave() // what the session was told last may still happen
	}
	return err
}

// act writes a line in a lane that only this request's transaction has: its lines become
// visible with the transaction, later than others that are written meanwhile. It waits for
// no other act, which may itself wait for the connection that this transaction has.
func (r *request) act(ctx context.Context, write func(place) error) error {
	return r.lane.act(ctx, r.tx, write)
}

// act writes a line at the next place of the lane, which is begun if need be.
func (l *lane) act(ctx context.Context, db execer, write func(place) error) error {
	if err := l.open(ctx, db); err != nil {
		return err
	}
	at := l.ahead(1)
	l.position++
	return write(at)
}

// once stores the answer to an act's key, if it has one.
func (u unit) once(ctx context.Context, r *idempotency.Reply) error {
	if r == nil {
		return nil
	}
	args, err := replyTable.row(r)
	if err != nil {
		return err
	}
	n, err := u.exec(ctx, insertReply, args...)
	if err == nil && n == 0 {
		err = idempotency.ErrTaken
	}
	return err
}

// AddAct implements orchestrator.Auditor: a line for something that changes no row
// here, or that was done already.
func (db AuditLog) AddAct(ctx context.Context, a orchestrator.Act) error {
	return db.act(ctx, a, func(unit) error { return nil })
}

// Acts implements orchestrator.Auditor.
func (db AuditLog) Acts(ctx context.Context, f orchestrator.ActFilter) ([]orchestrator.Act, error) {
	query, args := behind("audit_log", "at", f.CommunityID, f.Before, f.Limit)
	also := func(condition string, value any) {
		args = append(args, value)
		query += fmt.Sprintf(condition, len(args))
	}
	if f.Object != "" {
		also(` and object = $%d`, f.Object)
	}
	if f.Actor != "" {
		also(` and actor = $%d`, f.Actor)
	}
	if f.Name != "" {
		also(` and act = $%d`, f.Name)
	}
	if !f.Since.IsZero() {
		also(` and at >= $%d`, stamp{f.Since})
	}
	rows, err := findPage(ctx, db, actTable, query+` order by at desc, id desc limit $2`, args...)
	return each(rows, func(a act) orchestrator.Act { return a.Act }), err
}

// behind begins the list of a community's rows of a table in the order of when they were made, the newest first, behind one of them;
// 0: from the newest. Ids are no order: each process has a block of its own, and the next one may begin long after.
func behind(table, at string, community, before int64, limit int) (where string, args row) {
	where, args = `where community_id = $1`, row{community, limit}
	if before != 0 {
		where += fmt.Sprintf(` and (%s, id) < (select %[1]s, id from %s where community_id = $1 and id = $3)`, at, table)
		args = append(args, before)
	}
	return where, args
}
