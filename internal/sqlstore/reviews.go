package sqlstore

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

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

type reminderRow struct {
	TransactionID int64  `db:"transaction_id"`
	User          string `db:"user_id"`
	Round         int    `db:"round"`
	CommunityID   int64  `db:"community_id"`
	Due           stamp  `db:"due"`
	Attempts      int    `db:"attempts"`
}

func (r reminderRow) reminder() (conversations.Reminder, error) {
	return conversations.Reminder{
		CommunityID: r.CommunityID, TransactionID: r.TransactionID, User: r.User, Round: r.Round, Due: r.Due.at, Attempts: r.Attempts,
	}, nil
}

const plannedReminder = "transaction_id, user_id, round, community_id, due, claimable_at"

// PlanReminders implements conversations.Store. It is one statement: who plans a deal
// again completes what is missing.
func (db *DB) PlanReminders(ctx context.Context, reminders []conversations.Reminder) error {
	if len(reminders) == 0 {
		return nil
	}
	var args []any
	for _, r := range reminders {
		args = append(args, r.TransactionID, r.User, r.Round, r.CommunityID, stamp{r.Due}, stamp{r.Due})
	}
	_, err := db.exec(ctx, insertRows("review_reminders", plannedReminder, len(reminders))+` on conflict (transaction_id, user_id, round) do nothing`, args...)
	return err
}

func reminderQueue() queue {
	return queue{
		table: "review_reminders", keys: []string{"transaction_id", "user_id", "round"}, due: "claimable_at", open: "done = 0", tries: "attempts",
		returns: "transaction_id, user_id, round, community_id, due, attempts",
	}
}

// ClaimReminders implements conversations.Store.
func (db *DB) ClaimReminders(ctx context.Context, now, lease time.Time, limit int) ([]conversations.Reminder, error) {
	var rows []reminderRow
	if err := db.lease(ctx, &rows, reminderQueue(), now, lease, limit, ""); err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b reminderRow) int {
		return cmp.Or(a.Due.at.Compare(b.Due.at), cmp.Compare(a.TransactionID, b.TransactionID), cmp.Compare(a.User, b.User))
	})
	return convert(rows, reminderRow.reminder)
}

// claimedReminder finds a reminder that nobody has claimed after the caller did.
const claimedReminder = ` where transaction_id = $1 and user_id = $2 and round = $3 and attempts = $4 and done = 0`

// PostponeReminder implements conversations.Store.
func (db *DB) PostponeReminder(ctx context.Context, r conversations.Reminder, until time.Time) error {
	_, err := db.exec(ctx, `update review_reminders set claimable_at = $5`+claimedReminder,
		r.TransactionID, r.User, r.Round, r.Attempts, stamp{until})
	return err
}

// ReturnReminder implements conversations.Store.
func (db *DB) ReturnReminder(ctx context.Context, r conversations.Reminder, now time.Time) error {
	_, err := db.exec(ctx, `update review_reminders set claimable_at = $5, attempts = attempts - 1`+claimedReminder,
		r.TransactionID, r.User, r.Round, r.Attempts, stamp{now})
	return err
}

// EndReminder implements conversations.Store.
func (db *DB) EndReminder(ctx context.Context, r conversations.Reminder) error {
	_, err := db.exec(ctx, `update review_reminders set done = 1`+claimedReminder, r.TransactionID, r.User, r.Round, r.Attempts)
	return err
}
