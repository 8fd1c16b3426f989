package due

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Claim is what is asked of a store: rows that are due at Now, by compare-and-set, which
// belong to the caller until Until.
type Claim struct {
	Now, Until time.Time
	Limit      int      // rows at most, those that have been due for longest
	Shut       []string // lanes whose rows are left where they are
}

// What Do may answer instead of an error.
var (
	// ErrLater is a row that is not done and was given another time already.
	ErrLater = errors.New("it is not done yet, and it is noted when it is due again")
	// ErrNotNeeded is a row that ends without having been done.
	ErrNotNeeded = errors.New("it is no longer needed")
)

// Work is rows of one kind that fall due. Now, Log, Claim, Lease, Limit, Lanes, Do and
// Return are required.
type Work[T any] struct {
	Now func() time.Time
	Log *slog.Logger
	// Text is what a line of the log says of a row that failed, with what About tells.
	Text  string
	About func(T) []any

	Claim func(ctx context.Context, c Claim) ([]T, error)
	Lease time.Duration
	Limit int
	Lanes Lanes
	// Lane names the lane of a row; nil: the nameless one.
	Lane func(T) string
	// Group tells which rows are done one after the other; nil: none.
	Group func(T) any
	// Together lets what Do makes of the first row of a group hold for all of it.
	Together bool
	// Chains says that what is done may make more due at once, so that it is asked again
	// until nothing is left, and often while one of them takes long.
	Chains bool
	// At tells since when a row is due, zero if it does not know, and how often it was
	// tried, with this time.
	At func(T) (due time.Time, tries int)

	// Do does what a row is for. An error after the end of ctx hands the row back.
	Do func(ctx context.Context, row T) (note string, err error)
	// End notes that a row was done; nil: Do has noted it.
	End func(ctx context.Context, row T, note string) error
	// Retry notes when a row that failed is due again; nil: Do has noted it, or it
	// is when the lease ends.
	Retry func(ctx context.Context, row T, again time.Time, why error) error
	// Backoff is for Retry.
	Backoff Backoff
	// GiveUp tells whether a row that failed is ended instead, and with which note.
	GiveUp func(row T, why error) (note string, yes bool)
	// Return ends the lease of a row that was not done and takes the try back: anybody
	// may claim it at once.
	Return func(ctx context.Context, row T) error
}

// How often, in real time, it is asked what else is due while some of the work takes
// long; our choice.
const (
	lookAgain = time.Second
	lookOften = 100 * time.Millisecond
)

// Once does what is due and returns how much that was.
func (w *Work[T]) Once(ctx context.Context) (int, error) {
	r := &Round{observer: nobody{}}
	err := w.Drain(ctx, r)
	return int(r.done.Load()), err
}

// Drain does what is due until nothing is left. While some of it hangs, what falls due
// for others is done too. When ctx ends, nothing more is claimed, what was not begun is
// handed back and what was begun is waited for.
func (w *Work[T]) Drain(ctx context.Context, r *Round) error {
	d := &drain[T]{Work: w, round: r, ended: make(chan error)}
	pause := lookAgain
	if w.Chains {
		pause = lookOften
	}
	again := time.NewTicker(pause)
	defer again.Stop()
	for more := true; ; {
		began := 0
		if more && ctx.Err() == nil && d.err == nil {
			began, more = d.claim(ctx)
		} else {
			more = false
		}
		switch {
		case began > 0 && more:
			continue
		case d.running == 0:
			return errors.Join(d.err, ctx.Err())
		}
		select {
		case err := <-d.ended:
			d.end(err)
			more = w.Chains || d.full
		case <-again.C:
			more = true
		case <-r.wake: // what hangs must not hold up what has just come
			more = true
		}
	}
}

// drain is one call of Drain. Its fields belong to that goroutine.
type drain[T any] struct {
	*Work[T]
	round   *Round
	ended   chan error
	running int
	full    bool  // the last claim brought all that it may: there may be more
	err     error // the first error of the store
}

func (d *drain[T]) end(err error) {
	d.running--
	if d.err == nil {
		d.err = err
	}
}

func (w *Work[T]) now() time.Time { return w.Now().UTC().Truncate(time.Microsecond) }

// claim claims rows, if there is a place for any, and begins them. It returns how many
// pieces were begun, and whether there may be more that is due now.
func (d *drain[T]) claim(ctx context.Context) (began int, more bool) {
	shut, width := d.Lanes.Shut()
	limit := min(d.Limit, width)
	if limit <= 0 {
		return 0, false
	}
	now := d.now()
	until := now.Add(d.Lease)
	// What is claimed is known here, so that it can be handed back.
	rows, err := d.Claim(context.WithoutCancel(ctx), Claim{Now: now, Until: until, Limit: limit, Shut: shut})
	if err != nil {
		d.err = fmt.Errorf("claim: %w", err)
	}
	d.full = len(rows) >= limit
	d.tell(rows, now)
	began = d.begin(ctx, d.group(rows), now.Add(d.Lease/2))
	return began, err == nil && (d.Chains || d.full)
}

// tell tells the observer of what was found.
func (d *drain[T]) tell(rows []T, now time.Time) {
	var oldest time.Duration
	if d.At != nil {
		for _, row := range rows {
			if due, _ := d.At(row); !due.IsZero() {
				oldest = max(oldest, now.Sub(due))
			}
		}
	}
	d.round.observer.Found(d.round.job, len(rows), oldest)
}

// piece is rows that are done one after the other.
type piece[T any] struct {
	lane string
	rows []T
}

// group puts rows together that are done one after the other, in their order.
func (d *drain[T]) group(rows []T) []piece[T] {
	pieces := make([]piece[T], 0, len(rows))
	of := map[any]int{}
	for _, row := range rows {
		lane := ""
		if d.Lane != nil {
			lane = d.Lane(row)
		}
		if d.Group != nil {
			key := d.Group(row)
			if at, known := of[key]; known {
				p := &pieces[at]
				p.rows = append(p.rows, row)
				if p.lane == "" {
					p.lane = lane
				}
				continue
			}
			of[key] = len(pieces)
		}
		pieces = append(pieces, piece[T]{lane, []T{row}})
	}
	return pieces
}

// begin starts pieces, each in its lane, and returns how many. What finds no place there
// waits for one or is handed back.
func (d *drain[T]) begin(ctx context.Context, pieces []piece[T], late time.Time) (began int) {
	for _, p := range pieces {
		if !d.enter(ctx, p.lane, late) {
			if err := d.giveBack(ctx, p.rows); err != nil && d.err == nil {
				d.err = err
			}
			continue
		}
		began++
		d.running++
		go func() {
			err := d.do(ctx, p.rows, late)
			d.Lanes.Leave(p.lane)
			d.ended <- err
		}()
	}
	return began
}

// enter takes a place, and waits for one as long as that makes sense.
func (d *drain[T]) enter(ctx context.Context, lane string, late time.Time) bool {
	for ctx.Err() == nil && !d.now().After(late) {
		if d.Lanes.Enter(lane) {
			return true
		}
		if d.running == 0 || !d.Lanes.Waits(lane) {
			return false
		}
		d.end(<-d.ended)
	}
	return false
}

// do does rows one after the other and notes what came of each.
func (d *drain[T]) do(ctx context.Context, rows []T, late time.Time) error {
	for i, row := range rows {
		if ctx.Err() != nil || i > 0 && d.now().After(late) {
			return d.giveBack(ctx, rows[i:])
		}
		if d.At != nil {
			if due, _ := d.At(row); !due.IsZero() {
				d.round.observer.Began(d.round.job, d.now().Sub(due))
			}
		}
		note, err := d.Do(ctx, row)
		same := []T{row}
		if d.Together {
			same = rows
		}
		if err := d.settle(ctx, same, note, err); err != nil || d.Together {
			return err
		}
	}
	return nil
}

// settle notes what came of rows, also when ctx has ended meanwhile.
func (d *drain[T]) settle(ctx context.Context, rows []T, note string, failure error) error {
	if failure != nil && ctx.Err() != nil && !errors.Is(failure, ErrLater) && !errors.Is(failure, ErrNotNeeded) {
		return d.giveBack(ctx, rows)
	}
	ctx = context.WithoutCancel(ctx)
	for _, row := range rows {
		var err error
		switch {
		case failure == nil:
			err = d.finish(ctx, row, note, 1)
		case errors.Is(failure, ErrLater):
		case errors.Is(failure, ErrNotNeeded):
			err = d.finish(ctx, row, note, 0)
		default:
			err = d.fail(ctx, row, failure)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *drain[T]) finish(ctx context.Context, row T, note string, counts int) error {
	if d.End != nil {
		if err := d.End(ctx, row, note); err != nil {
			return fmt.Errorf("end: %w", err)
		}
	}
	d.round.Did(counts)
	return nil
}

// quietTries are the failures that are no reason to worry: something else may well be
// about to make the next try succeed.
const quietTries = 3

func (d *drain[T]) fail(ctx context.Context, row T, why error) error {
	d.round.failed()
	tries := 0
	if d.At != nil {
		_, tries = d.At(row)
	}
	level := slog.LevelWarn
	if d.Retry != nil && tries <= quietTries {
		level = slog.LevelInfo
	}
	about := []any{"tries", tries, "error", why}
	if d.About != nil {
		about = append(d.About(row), about...)
	}
	if d.GiveUp != nil {
		if note, yes := d.GiveUp(row, why); yes {
			d.Log.WarnContext(ctx, d.Text+": given up", about...)
			return d.finish(ctx, row, note, 1)
		}
	}
	d.Log.Log(ctx, level, d.Text, about...)
	if d.Retry == nil {
		return nil
	}
	if err := d.Retry(ctx, row, d.now().Add(d.Backoff.After(tries)), why); err != nil {
		return fmt.Errorf("set again: %w", err)
	}
	return nil
}

// giveBack ends the lease of what was not done: somebody else may do it at once.
func (d *drain[T]) giveBack(ctx context.Context, rows []T) error {
	var errs []error
	for _, row := range rows {
		if err := d.Return(context.WithoutCancel(ctx), row); err != nil {
			errs = append(errs, fmt.Errorf("hand back: %w", err))
		}
	}
	return errors.Join(errs...)
}
