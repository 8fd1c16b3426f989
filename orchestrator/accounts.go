package orchestrator

import (
	"context"
	"time"
)

// Profile is what a gateway has to know about a user. It holds personal data:
// it goes to the gateway and nowhere else, never into logs or events.
type Profile struct {
	CommunityID     int64
	UserID          string
	Email           string
	FirstName       string
	LastName        string
	CountryCode     string    // ISO 3166-1 alpha-2, capital letters; fixes a seller's payout currency
	TermsAcceptedAt time.Time // when the user accepted the gateway's terms
	TermsIP         string    // and from which address
	Language        string    // in which they are written to, a tag of BCP 47; empty: the community's. No gateway is told
}

// Accounts keeps who a user is at a gateway: one row per community, user and
// gateway, made when it is first needed.
type Accounts interface {
	// Account finds the user's id at a gateway.
	Account(ctx context.Context, community int64, user, gateway string) (id string, found bool, err error)
	// SaveAccount stores the id unless there is one already, and returns the
	// stored one: of two at the same moment the first wins.
	SaveAccount(ctx context.Context, community int64, user, gateway, id string) (string, error)
	// ReplaceAccount puts an id in the place of another one of the same user, and returns
	// the stored one: where that is no longer was, nothing changes. An id of another user,
	// in whatever community, is account_taken.
	ReplaceAccount(ctx context.Context, community int64, user, gateway, was, id string) (string, error)
	// FormerAccounts are the ids that a user had at a gateway before the one of now: what was
	// opened with one of them goes on with it.
	FormerAccounts(ctx context.Context, community int64, user, gateway string) ([]string, error)
	// Profile finds a user's profile.
	Profile(ctx context.Context, community int64, user string) (p Profile, found bool, err error)
	// SaveProfile stores or replaces a profile.
	SaveProfile(ctx context.Context, p Profile) error
}

// Violation is a broken invariant, found by the doctor.
type Violation struct {
	Invariant     string // "I-1"
	TransactionID int64  // 0 when it is not about one transaction
	Message       string
}
