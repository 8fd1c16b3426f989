package sqlstore

import (
	"context"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/conversations"
)

type review = conversations.Review

var reviewTable = tableOf("reviews",
	number("transaction_id", func(r *review) *int64 { return &r.TransactionID }),
	text("reviewer", func(r *review) *string { return &r.Reviewer }),
	text("subject", func(r *review) *string { return &r.Subject }),
	number("community_id", func(r *review) *int64 { return &r.CommunityID }),
	number("rating", func(r *review) *int64 { return &r.Rating }),
	text("content", func(r *review) *string { return &r.Content }),
	instant("at", func(r *review) *time.Time { return &r.At }),
)

// rated is what is said about a user in all.
type rated struct {
	conversations.Tally
	community int64
	user      string
}

var ratingTable = tableOf("ratings",
	number("community_id", func(r *rated) *int64 { return &r.community }).fixed(),
	text("user_id", func(r *rated) *string { return &r.user }).fixed(),
	number("positive", func(r *rated) *int64 { return &r.Positive }),
	number("negative", func(r *rated) *int64 { return &r.Negative }),
	number("votes", func(r *rated) *int64 { return &r.Votes }),
	number("stars", func(r *rated) *int64 { return &r.Stars }),
	number("completed", func(r *rated) *int64 { return &r.Completed }),
)

// addRating adds to what is said about a user.
var addRating = ratingTable.insertion(1) + ` on conflict (community_id, user_id) do update set ` +
	joined(ratingTable.mutable, func(name string) string { return name + " = ratings." + name + " + excluded." + name })

func (u unit) rate(ctx context.Context, community int64, user string, t conversations.Tally) error {
	args, err := ratingTable.row(&rated{t, community, user})
	if err == nil {
		_, err = u.exec(ctx, addRating, args...)
	}
	return err
}

// inOrder returns the users sorted, each once.
func inOrder(users []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(users)))
}

// AddReview implements conversations.Ratings. The primary key decides who is first.
func (db Ratings) AddReview(ctx context.Context, r conversations.Review) error {
	if !storable(r.Content) {
		return errText
	}
	args, err := reviewTable.row(&r)
	if err != nil {
		return err
	}
	return db.announcing(ctx, func(tx announcer) error {
		n, err := tx.exec(ctx, reviewTable.insertion(1)+` on conflict (transaction_id, reviewer) do nothing`, args...)
		if err != nil {
			return err
		}
		if n == 0 {
			return conversations.ErrAlreadyRated
		}
		if err := tx.announceReview(ctx, r); err != nil {
			return err
		}
		return tx.rate(ctx, r.CommunityID, r.Subject, r.Tally())
	})
}

// AddCompleted counts a completed deal for the users, the first time that it is
// called for that deal.
func (db Records) AddCompleted(ctx context.Context, community, transaction int64, users ...string) error {
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

// Reviews implements conversations.Ratings.
func (db Ratings) Reviews(ctx context.Context, transaction int64) ([]conversations.Review, error) {
	return find(ctx, db, reviewTable, `where transaction_id = $1 order by at, reviewer`, transaction)
}

// Tallies implements conversations.Ratings.
func (db Ratings) Tallies(ctx context.Context, community int64, users []string) (map[string]conversations.Tally, error) {
	tallies := map[string]conversations.Tally{}
	for some := range slices.Chunk(inOrder(users), maxPage) {
		args, places := among([]any{community}, some)
		rows, err := find(ctx, db, ratingTable, `where community_id = $1 and user_id in (`+places+`)`, args...)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			tallies[r.user] = r.Tally
		}
	}
	return tallies, nil
}
