package conversations

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

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
// whose user has reviewed, or cannot review any more, is dropped. Any number of
// replicas may call it at any time: a reminder is leased to one of them.
func (s *Service) RemindDue(ctx context.Context) (sent int, err error) {
	for {
		now := s.now()
		// What is claimed is known here, so that it can be given back.
		due, err := s.Store.ClaimReminders(context.WithoutCancel(ctx), now, now.Add(reminderLease), fewReminders)
		if err != nil {
			return sent, fmt.Errorf("claim reminders: %w", err)
		}
		for _, r := range due {
			done, err := s.remind(ctx, r)
			if err != nil {
				s.Log.WarnContext(ctx, "reminder", "transaction", r.TransactionID, "round", r.Round, "error", err)
			}
			if done {
				sent++
			}
		}
		if len(due) < fewReminders || ctx.Err() != nil {
			return sent, ctx.Err()
		}
	}
}

// remind sends one reminder if it is still needed. That it was sent is noted even
// when ctx ends meanwhile.
func (s *Service) remind(ctx context.Context, r Reminder) (sent bool, err error) {
	needed, err := s.needed(ctx, r)
	if err == nil && needed {
		err = s.notify(ctx, r)
	}
	cut := ctx.Err() != nil
	ctx = context.WithoutCancel(ctx)
	if err != nil && cut {
		return false, s.Store.PostponeReminder(ctx, r, s.now())
	}
	if err != nil {
		return false, errors.Join(err, s.Store.PostponeReminder(ctx, r, s.now().Add(backoff(r.Attempts))))
	}
	return needed, s.Store.EndReminder(ctx, r)
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

// backoff grows from a minute to a day.
func backoff(attempts int) time.Duration {
	return min(time.Minute<<min(max(attempts-1, 0), 11), 24*time.Hour)
}
