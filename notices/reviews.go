package notices

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
)

// Reviewing says who may still review a deal.
type Reviewing interface {
	// Reviewable reports whether a deal can be reviewed now.
	Reviewable(tx orchestrator.Transaction) (bool, error)
	// Unreviewed reports whether a user can review a deal, and has not.
	Unreviewed(ctx context.Context, tx orchestrator.Transaction, user string) (bool, error)
}

// Reviews is the book that asks both sides of a deal that is over for a review, three and
// ten days after its end (customer's system).
func Reviews(r Reviewing) Book {
	const day = 24 * time.Hour
	return Book{
		Rows: []Row{{
			Event: events.ReviewMissing, To: Both, Mail: "review_reminder",
			Rounds: []Round{{Number: 1, After: 3 * day}, {Number: 2, After: 10 * day}}, Planned: r.Reviewable, Still: r.Unreviewed,
		}},
		ID: func(h Happening, _ Row, _ Person, user string) (string, string) {
			return "", fmt.Sprintf("review.%d.%d.%x", h.Transaction.ID, h.Reminder.Round, sha256.Sum256([]byte(user)))
		},
	}
}
