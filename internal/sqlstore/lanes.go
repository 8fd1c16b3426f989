package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// lane numbers what one writer writes through one session. Its rows become visible in
// the order of their positions, so that whoever has seen one knows that nothing
// will appear before it. That is what lets the rows be sealed without any commit
// waiting for another. A session that broke may still finish what it was told to do,
// so another lane is begun after it. It is used by one goroutine.
type lane struct {
	newToken func() int64
	now      func() time.Time
	acts     bool // for lines of the audit log that come with no commit
	id       int64
	position int64
	opened   time.Time
}

// A lane is left after some hours, so that the sealer need not look at old ones.
const (
	laneLife   = 6 * time.Hour
	laneLooked = 4 * laneLife // how long the sealer looks at a lane
)

var openLane = laneTable.insertion(1)

type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// open begins a lane unless one is open.
func (l *lane) open(ctx context.Context, db execer) error {
	now := l.now()
	if l.id != 0 && now.Sub(l.opened) < laneLife {
		return nil
	}
	id := l.newToken()
	if id == 0 {
		id = 1
	}
	args, err := laneTable.row(&laneRow{Lane: id, Acts: flag(l.acts), OpenedAt: now})
	if err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, openLane, args...); err != nil {
		return fmt.Errorf("begin a lane: %w", err)
	}
	l.id, l.position, l.opened = id, 0, now
	return nil
}

// leave ends the lane.
func (l *lane) leave() { l.id = 0 }

// ahead is the place of the n-th write from now, from 1 on.
func (l *lane) ahead(n int) place { return place{l.id, l.position + int64(n)} }
