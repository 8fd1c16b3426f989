package sqlstore

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/handsel-dev/handsel/conversations"
)

const reviewColumns = `transaction_id, reviewer, subject, community_id, rating, content, at`

type reviewRow struct {
	TransactionID int64  `db:"transaction_id"`
	Reviewer      string `db:"reviewer"`
	Subject       string `db:"subject"`
	CommunityID   int64  `db:"community_id"`
	Rating        int64  `db:"rating"`
	Content       string `db:"content"`
	At            stamp  `db:"at"`
}

func (r reviewRow) review() (conversations.Review, error) {
	return conversations.Review{
		CommunityID: r.CommunityID, TransactionID: r.TransactionID, Reviewer: r.Reviewer, Subject: r.Subject,
		Rating: r.Rating, Content: r.Content, At: r.At.at,
	}, nil
}

const ratingColumns = `community_id, user_id, positive, negative, votes, stars, completed`

// addRating adds to what is said about a user.
const addRating = `insert into ratings (` + ratingColumns + `) values ($1, $2, $3, $4, $5, $6, $7)
	on conflict (community_id, user_id) do update set positive = ratings.positive + excluded.positive,
	negative = ratings.negative + excluded.negative, votes = ratings.votes + excluded.votes,
	stars = ratings.stars + excluded.stars, completed = ratings.completed + excluded.completed`

func (u unit) rate(ctx context.Context, community int64, user string, t conversations.Tally) error {
	_, err := u.exec(ctx, addRating, community, user, t.Positive, t.Negative, t.Votes, t.Stars, t.Completed)
	return err
}

// inOrder returns the users sorted, each once.
func inOrder(users []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(users)))
}

// AddReview implements conversations.Store. The primary key decides who is first.
func (db *DB) AddReview(ctx context.Context, r conversations.Review) error {
	if !storable(r.Content) {
		return errText
	}
	return db.atomically(ctx, func(tx unit) error {
		n, err := tx.exec(ctx, insert("reviews", reviewColumns)+` on conflict (transaction_id, reviewer) do nothing`,
			r.TransactionID, r.Reviewer, r.Subject, r.CommunityID, r.Rating, r.Content, stamp{r.At})
		if err != nil {
			return err
		}
		if n == 0 {
			return conversations.ErrAlreadyRated
		}
		return tx.rate(ctx, r.CommunityID, r.Subject, r.Tally())
	})
}

// AddCompleted counts a completed deal for the users, the first time that it is
// called for that deal.
func (db *DB) AddCompleted(ctx context.Context, community, transaction int64, users ...string) error {
	return db.atomically(ctx, func(tx unit) error {
		n, err := tx.exec(ctx, `insert into completions (transaction_id, community_id) values ($1, $2)
			on conflict (transaction_id) do nothing`, transaction, community)
		if err != nil || n == 0 {
			return err
		}
		for _, user := range inOrder(users) {
			if err := tx.rate(ctx, community, user, conversations.Tally{Completed: 1}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Reviews implements conversations.Store.
func (db *DB) Reviews(ctx context.Context, transaction int64) ([]conversations.Review, error) {
	var rows []reviewRow
	if err := db.all(ctx, &rows, `select `+reviewColumns+` from reviews where transaction_id = $1 order by at, reviewer`, transaction); err != nil {
		return nil, err
	}
	return convert(rows, reviewRow.review)
}

// Tallies implements conversations.Store.
func (db *DB) Tallies(ctx context.Context, community int64, users []string) (map[string]conversations.Tally, error) {
	tallies := map[string]conversations.Tally{}
	for some := range slices.Chunk(inOrder(users), maxPage) {
		args, places := []any{community}, make([]string, len(some))
		for i, user := range some {
			args = append(args, user)
			places[i] = "$" + strconv.Itoa(i+2)
		}
		var rows []struct {
			User      string `db:"user_id"`
			Positive  int64  `db:"positive"`
			Negative  int64  `db:"negative"`
			Votes     int64  `db:"votes"`
			Stars     int64  `db:"stars"`
			Completed int64  `db:"completed"`
		}
		query := `select user_id, positive, negative, votes, stars, completed from ratings
			where community_id = $1 and user_id in (` + strings.Join(places, ", ") + `)`
		if err := db.all(ctx, &rows, query, args...); err != nil {
			return nil, err
		}
		for _, r := range rows {
			tallies[r.User] = conversations.Tally{
				Positive: r.Positive, Negative: r.Negative, Votes: r.Votes, Stars: r.Stars, Completed: r.Completed,
			}
		}
	}
	return tallies, nil
}
