package notices

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/internal/due"
	"github.com/handsel-dev/handsel/orchestrator"
)

// Reminder tells a user of something some time after it began, if it still holds then.
type Reminder struct {
	CommunityID   int64
	TransactionID int64
	User          string
	Round         int       // the number of a Round, which says what of
	Due           time.Time // when it was to be sent
	Attempts      int       // how often it was claimed
}

// Key is the same for every repeat of a reminder and for no other one.
func (r Reminder) Key() string {
	return "reminder:" + strconv.FormatInt(r.TransactionID, 10) + ":" + strconv.Itoa(r.Round) + ":" + r.User
}

const (
	// reminderLease is how long claimed reminders belong to who claimed them.
	reminderLease = 5 * time.Minute
	// remindTimeout bounds one reminder, so that all that are claimed end before the lease.
	remindTimeout = 30 * time.Second
	fewReminders  = 8
)

// Plan lists the reminders of a deal as it is now. Whether one is still needed is asked
// when it is due.
func (b *Books) Plan(tx orchestrator.Transaction) (plan []Reminder, err error) {
	for _, book := range b.books {
		if book.Of != nil && !book.Of(tx) {
			continue
		}
		for _, r := range book.Rows {
			if len(r.Rounds) == 0 || r.If != nil && !r.If(tx) {
				continue
			}
			if planned, err := r.Planned(tx); err != nil {
				return nil, err
			} else if !planned {
				continue
			}
			for _, to := range people(Happening{}, r.To) {
				for _, round := range r.Rounds {
					plan = append(plan, Reminder{
						CommunityID: tx.CommunityID, TransactionID: tx.ID, User: to.of(tx), Round: round.Number, Due: tx.LastTransitionAt.Add(round.After),
					})
				}
			}
		}
	}
	return plan, nil
}

// needed tells whether a reminder that is due is still to be sent.
func (b *Books) needed(ctx context.Context, tx orchestrator.Transaction, r Reminder) (bool, error) {
	row := b.reminder(r.Round)
	if row.Still == nil { // of a version that knew it
		return false, nil
	}
	return row.Still(ctx, tx, r.User)
}

// reminder finds the row that has a round.
func (b *Books) reminder(round int) Row {
	for _, r := range b.Rows() {
		if r.has(round) {
			return r
		}
	}
	return Row{}
}

// RemindersConfig is what reminders need; all but Log is required.
type RemindersConfig struct {
	Store Stores
	Books *Books
	// Tell tells of a reminder. It comes once, but once more if this process dies before it
	// noted that it was told: who must not repeat it keeps the key.
	Tell func(ctx context.Context, h Happening) error
	Now  func() time.Time
	Log  *slog.Logger // default: discards
}

// Reminders sends what is due. Any number may work on one store.
type Reminders struct {
	RemindersConfig
}

// NewReminders checks the configuration.
func NewReminders(c RemindersConfig) (*Reminders, error) {
	if !c.Store.complete() || c.Books == nil || c.Tell == nil || c.Now == nil {
		return nil, errors.New("notices: Store, Books, Tell and Now are required")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Reminders{c}, nil
}

// RemindDue sends the reminders that are due and returns how many it sent. One that is
// no longer needed is dropped. Any number of replicas may call it at any time: a
// reminder is leased to one of them.
func (s *Reminders) RemindDue(ctx context.Context) (sent int, err error) { return s.work().Once(ctx) }

// Job sends reminders.
func (s *Reminders) Job() due.Job {
	return due.Job{Name: "reminders", Onward: true, Do: s.work().Drain}
}

func (s *Reminders) now() time.Time { return s.Now().UTC().Truncate(time.Microsecond) }

func (s *Reminders) work() *due.Work[Reminder] {
	return &due.Work[Reminder]{
		Now: s.Now, Log: s.Log, Text: "reminder",
		About: func(r Reminder) []any { return []any{"transaction", r.TransactionID, "round", r.Round} },
		Claim: func(ctx context.Context, c due.Claim) ([]Reminder, error) {
			return s.Store.ClaimReminders(ctx, c.Now, c.Until, c.Limit)
		},
		Lease: reminderLease, Limit: fewReminders, Lanes: due.Places(1, nil),
		At:  func(r Reminder) (time.Time, int) { return r.Due, r.Attempts },
		Do:  s.remind,
		End: func(ctx context.Context, r Reminder, _ string) error { return s.Store.EndReminder(ctx, r) },
		Retry: func(ctx context.Context, r Reminder, again time.Time, _ error) error {
			return s.Store.PostponeReminder(ctx, r, again)
		},
		Backoff: due.Backoff{First: time.Minute, Longest: 24 * time.Hour},
		Return:  func(ctx context.Context, r Reminder) error { return s.Store.ReturnReminder(ctx, r, s.now()) },
	}
}

// remind sends one reminder if it is still needed.
func (s *Reminders) remind(ctx context.Context, r Reminder) (string, error) {
	tx, err := s.Store.Transaction(ctx, r.CommunityID, r.TransactionID)
	if err != nil {
		return "", err
	}
	needed, err := s.Books.needed(ctx, tx, r)
	switch {
	case err != nil:
		return "", err
	case !needed:
		return "", due.ErrNotNeeded
	}
	ctx, cancel := context.WithTimeout(ctx, remindTimeout)
	defer cancel()
	return "", s.Tell(ctx, Happening{Reminder: &r, Transaction: tx, At: s.now()})
}
