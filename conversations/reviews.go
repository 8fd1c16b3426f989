package conversations

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// ratingWindow is how long after its end a deal can be reviewed (our choice).
const ratingWindow = 30 * 24 * time.Hour

// maxReview is how many characters a review may have (our choice).
const maxReview = 2000

// Review is what one party says about the other one after a deal. It is never changed.
type Review struct {
	CommunityID   int64
	TransactionID int64
	Reviewer      string // user id
	Subject       string // the other party
	Rating        int64  // 1 to 5 stars
	Content       string // may be empty
	At            time.Time
}

// Tally is what reviews of a user add up to.
type Tally struct {
	Positive  int64 // reviews with 4 or 5 stars
	Negative  int64 // reviews with 1 or 2
	Votes     int64 // reviews of any kind
	Stars     int64 // their sum
	Completed int64 // deals that were completed
}

// Rating is a user's reputation.
type Rating struct {
	Tally
	// Average is the mean of the stars with two decimals, halves rounded to even;
	// "0.00" without reviews.
	Average string
}

// Tally returns what the review alone adds up to.
func (r Review) Tally() Tally {
	t := Tally{Votes: 1, Stars: r.Rating}
	switch {
	case r.Rating >= 4:
		t.Positive = 1
	case r.Rating <= 2:
		t.Negative = 1
	}
	return t
}

// Rating computes the average.
func (t Tally) Rating() Rating {
	if t.Votes <= 0 {
		return Rating{t, "0.00"}
	}
	hundredths, rest := t.Stars*100/t.Votes, t.Stars*100%t.Votes
	if 2*rest > t.Votes || 2*rest == t.Votes && hundredths%2 == 1 {
		hundredths++
	}
	return Rating{t, fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100)}
}

// CheckReview refuses what no review may say.
func CheckReview(content string) error {
	if !plain(content, maxReview) {
		return invalid("content", "a review must have at most %d characters and no control characters", maxReview)
	}
	return nil
}

// Review stores what a party says about the other one, 1 to 5 stars and a text.
// Faults: validation_error with the field, not_participant, not_yourself,
// rating_not_allowed unless the deal is completed or settled, rating_window_closed
// 30 days after that, already_rated.
func (s *Service) Review(ctx context.Context, ref Ref, rating int64, content string) (Review, error) {
	tx, err := s.find(ctx, ref)
	if err != nil {
		return Review{}, err
	}
	user, other, err := ref.speaker(tx)
	if err != nil {
		return Review{}, err
	}
	if rating < 1 || rating > 5 {
		return Review{}, invalid("rating", "rating must be 1 to 5")
	}
	if err := CheckReview(content); err != nil {
		return Review{}, err
	}
	now := s.now()
	if err := s.ratable(tx, now); err != nil {
		return Review{}, err
	}
	r := Review{
		CommunityID: tx.CommunityID, TransactionID: tx.ID, Reviewer: user, Subject: other,
		Rating: rating, Content: content, At: now,
	}
	return r, s.Store.AddReview(ctx, r)
}

// ratable says whether a deal can be reviewed, and why not.
func (s *Service) ratable(tx orchestrator.Transaction, now time.Time) error {
	info, err := s.state(tx)
	if err != nil {
		return err
	}
	if !info.Reviews || tx.Buyer == "" || tx.Seller == "" {
		return errNotRatable
	}
	if now.After(tx.LastTransitionAt.Add(ratingWindow)) {
		return errRatingClosed
	}
	return nil
}

// Reviews returns the reviews of a deal, at most one of each side, oldest first.
func (s *Service) Reviews(ctx context.Context, community, transaction int64, a process.Actor) ([]Review, error) {
	if _, err := s.Engine.Find(ctx, community, transaction, a); err != nil {
		return nil, err
	}
	return s.Store.Reviews(ctx, transaction)
}

// Rating returns a user's reputation; that of a user who is not known is empty.
func (s *Service) Rating(ctx context.Context, community int64, user string) (Rating, error) {
	all, err := s.Ratings(ctx, community, user)
	return all[user], err
}

// Ratings returns the reputation of each of the users.
func (s *Service) Ratings(ctx context.Context, community int64, users ...string) (map[string]Rating, error) {
	tallies, err := s.Store.Tallies(ctx, community, users)
	if err != nil {
		return nil, err
	}
	all := make(map[string]Rating, len(users))
	for _, user := range users {
		all[user] = tallies[user].Rating()
	}
	return all, nil
}

// Unreviewed reports whether a user can review a deal, and has not.
func (s *Service) Unreviewed(ctx context.Context, tx orchestrator.Transaction, user string) (bool, error) {
	if ok, err := s.Reviewable(tx); err != nil || !ok {
		return false, err
	}
	reviews, err := s.Store.Reviews(ctx, tx.ID)
	reviewed := slices.ContainsFunc(reviews, func(review Review) bool { return review.Reviewer == user })
	return err == nil && !reviewed, err
}

// Reviewable is ratable as a yes or no.
func (s *Service) Reviewable(tx orchestrator.Transaction) (bool, error) {
	err := s.ratable(tx, s.now())
	if errors.Is(err, errNotRatable) || errors.Is(err, errRatingClosed) {
		return false, nil
	}
	return err == nil, err
}
