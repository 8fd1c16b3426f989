package conversations

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/internal/due"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Reminder asks a party to review the other one.
type Reminder struct {
	CommunityID   int64
	TransactionID int64
	User          string
	Round         int       // 1, 2
	Due           time.Time // when it was to be sent
	Attempts      int       // how often it was claimed
}

// Key is the same for every repeat of a reminder and for no other one.
func (r Reminder) Key() string {
	return "review_reminder:" + strconv.FormatInt(r.TransactionID, 10) + ":" + strconv.Itoa(r.Round) + ":" + r.User
}

const (
	// reminderLease is how long claimed reminders belong to who claimed them.
	reminderLease = 5 * time.Minute
	// notifyTimeout bounds one reminder, so that all that are claimed end before the lease.
	notifyTimeout = 30 * time.Second
	fewReminders  = 8
)

// rounds are how long after the end of a deal each reminder is due (customer's
// system).
func rounds() []time.Duration { return []time.Duration{3 * 24 * time.Hour, 10 * 24 * time.Hour} }

// Ended plans the reminders of a deal whose end can be reviewed; for every other
// one it does nothing. It may be called any number of times.
func (s *Service) Ended(ctx context.Context, community, transaction int64) error {
	tx, err := s.Engine.Find(ctx, community, transaction, process.Actor{Kind: process.OfSchedule})
	if err != nil {
		return err
	}
	if ok, err := s.reviewable(tx); err != nil || !ok {
		return err
	}
	var plan []Reminder
	for _, user := range []string{tx.Buyer, tx.Seller} {
		for i, wait := range rounds() {
			plan = append(plan, Reminder{
				CommunityID: tx.CommunityID, TransactionID: tx.ID, User: user, Round: i + 1, Due: tx.LastTransitionAt.Add(wait),
			})
		}
	}
	return s.Store.PlanReminders(ctx, plan)
}

// RemindDue sends the reminders that are due and returns how many it sent. One
// whose user has reviewed, or can no longer review, is dropped. Any number of
// replicas may call it at any time: a reminder is leased to one of them.
func (s *Service) RemindDue(ctx context.Context) (sent int, err error) {
	return s.reminderWork().Once(ctx)
}

// Job sends reminders.
func (s *Service) Job() due.Job { return due.Job{Name: "reminders", Do: s.reminderWork().Drain} }

func (s *Service) reminderWork() *due.Work[Reminder] {
	return &due.Work[Reminder]{
		Now: s.now, Log: s.Log, Text: "reminder",
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
func (s *Service) remind(ctx context.Context, r Reminder) (string, error) {
	needed, err := s.needed(ctx, r)
	switch {
	case err != nil:
		return "", err
	case !needed:
		return "", due.ErrNotNeeded
	}
	return "", s.notify(ctx, r)
}

func (s *Service) notify(ctx context.Context, r Reminder) error {
	ctx, cancel := context.WithTimeout(ctx, notifyTimeout)
	defer cancel()
	return s.Notify(ctx, r)
}

func (s *Service) needed(ctx context.Context, r Reminder) (bool, error) {
	tx, err := s.Engine.Find(ctx, r.CommunityID, r.TransactionID, process.Actor{Kind: process.OfSchedule})
	if err != nil {
		return false, err
	}
	if ok, err := s.reviewable(tx); err != nil || !ok {
		return false, err
	}
	reviews, err := s.Store.Reviews(ctx, r.TransactionID)
	reviewed := slices.ContainsFunc(reviews, func(review Review) bool { return review.Reviewer == r.User })
	return !reviewed, err
}

// reviewable is ratable as a yes or no.
func (s *Service) reviewable(tx orchestrator.Transaction) (bool, error) {
	err := s.ratable(tx, s.now())
	if errors.Is(err, errNotRatable) || errors.Is(err, errRatingClosed) {
		return false, nil
	}
	return err == nil, err
}
