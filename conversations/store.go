package conversations

import "context"

// Stores keep what people say about deals, by role. They are safe for concurrent use.
type Stores struct {
	Marks
	Ratings
	Evidence
}

func (s Stores) complete() bool {
	return s.Marks != nil && s.Ratings != nil && s.Evidence != nil
}

// Marks keep how far people have read in a deal, and list what they talk about.
type Marks interface {
	// MarkRead moves a user's mark in a deal's conversation forward to a message, 0
	// for the last one, and never back. It drops what MarkChanged noted.
	MarkRead(ctx context.Context, transaction int64, user string, message int64) error
	// MarkChanged notes for some users that something happened in a deal.
	MarkChanged(ctx context.Context, transaction int64, users []string) error
	// Unread lists the deals of a user with something unread, newest first.
	Unread(ctx context.Context, community int64, user string) ([]Unread, error)
	// Chats returns a page of a user's deals, the last active first, and how many
	// there are.
	Chats(ctx context.Context, f ChatFilter) ([]Chat, int64, error)
}

// Ratings keep reviews.
type Ratings interface {
	// AddReview stores a review and adds it to its subject's rating, in one
	// transaction; ErrAlreadyRated if the reviewer has reviewed the deal.
	AddReview(ctx context.Context, r Review) error
	// Reviews returns the reviews of a deal, oldest first.
	Reviews(ctx context.Context, transaction int64) ([]Review, error)
	// Tallies returns what is said about users; those about whom nothing is said are missing.
	Tallies(ctx context.Context, community int64, users []string) (map[string]Tally, error)
}

// Evidence keeps files.
type Evidence interface {
	// AddFile stores a file, or finds the one with the same content that its uploader
	// added to the deal before. ErrTooManyFiles if its uploader
	// has added limit files to the deal.
	AddFile(ctx context.Context, f File, content []byte, limit int64) (File, error)
	// Files lists a deal's files, oldest first.
	Files(ctx context.Context, transaction int64) ([]File, error)
	// OpenFile reads one file of a deal.
	OpenFile(ctx context.Context, transaction int64, id string) (f File, content []byte, found bool, err error)
}
