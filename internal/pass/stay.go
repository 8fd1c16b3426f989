package pass

import (
	"context"
	"time"
)

// Stay is somebody who is signed in: a row that every page asks for, so that it ends everywhere at once.
type Stay struct {
	CommunityID int64
	Hash        string // of its secret: it names the stay, and lets nobody in
	Name        string // of the person
	Holder      []byte // what else is known of them, as JSON
	Since       time.Time
	Seen        time.Time // when a page was asked for last, within SeenWithin
	Until       time.Time
}

// SeenWithin is how exactly it is noted when somebody was seen last, so that not every page is a write.
const SeenWithin = time.Minute

// Chosen are stays of a community. All of its members have to fit; empty ones fit always.
type Chosen struct {
	CommunityID int64
	Name        string
	Hash        string // only this one
	Except      string // all but the one with this hash
}

// Stays keep who is signed in. Every replica sees them. One that has ended or was not seen since idle is none.
type Stays interface {
	AddStay(ctx context.Context, s Stay) error
	Stay(ctx context.Context, community int64, hash string, now, idle time.Time) (s Stay, found bool, err error)
	// SeeStay notes that somebody was seen.
	SeeStay(ctx context.Context, community int64, hash string, at time.Time) error
	// ListStays returns those that were seen last first, at most 200.
	ListStays(ctx context.Context, c Chosen, now, idle time.Time) ([]Stay, error)
	// EndStays ends stays, and says how many.
	EndStays(ctx context.Context, c Chosen) (int64, error)
}
