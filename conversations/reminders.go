package conversations

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
)

// Notices asks both sides of a deal that is over for a review, three and ten days after
// its end (customer's system).
func (s *Service) Notices() notices.Book {
	const day = 24 * time.Hour
	return notices.Book{
		Rows: []notices.Row{{
			Event: notices.ReviewMissing, To: notices.Both, Mail: "review_reminder",
			Rounds: []notices.Round{{Number: 1, After: 3 * day}, {Number: 2, After: 10 * day}}, Still: s.unreviewed,
		}},
		ID: func(h notices.Happening, _ notices.Row, _ notices.Person, user string) (string, string) {
			return "", fmt.Sprintf("review.%d.%d.%x", h.Transaction.ID, h.Reminder.Round, sha256.Sum256([]byte(user)))
		},
	}
}

// unreviewed reports whether a user can review a deal, and has not.
func (s *Service) unreviewed(ctx context.Context, tx orchestrator.Transaction, user string) (bool, error) {
	if ok, err := s.reviewable(tx); err != nil || !ok {
		return false, err
	}
	reviews, err := s.Store.Reviews(ctx, tx.ID)
	reviewed := slices.ContainsFunc(reviews, func(review Review) bool { return review.Reviewer == user })
	return err == nil && !reviewed, err
}

// reviewable is ratable as a yes or no.
func (s *Service) reviewable(tx orchestrator.Transaction) (bool, error) {
	err := s.ratable(tx, s.now())
	if errors.Is(err, errNotRatable) || errors.Is(err, errRatingClosed) {
		return false, nil
	}
	return err == nil, err
}
