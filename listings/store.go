package listings

import (
	"context"
	"time"
)

// Stores keep listings, by role. They are safe for concurrent use.
type Stores struct {
	IDs
	Catalogue
	Days
	Unmirrored
}

func (s Stores) complete() bool {
	return s.IDs != nil && s.Catalogue != nil && s.Days != nil && s.Unmirrored != nil
}

// IDs hands out ids.
type IDs interface {
	// NextID returns a new id; ids are never used twice.
	NextID(ctx context.Context) (int64, error)
}

// Catalogue keeps listings and their stock.
type Catalogue interface {
	// InsertListing stores a new listing and, when it has a stock, the counter
	// StockResource, in one transaction.
	InsertListing(ctx context.Context, l Listing) error
	// Listing finds a listing, a deleted one too, with what is free of its stock.
	Listing(ctx context.Context, community, id int64) (l Listing, found bool, err error)
	// Listings returns listings that are not deleted, newest first.
	Listings(ctx context.Context, f Filter) ([]Listing, error)
	// UpdateListing replaces the listing of revision l.Revision-1, and its free
	// stock if stock is given, in one transaction; ErrRevision if it is another one.
	UpdateListing(ctx context.Context, l Listing, stock *int64) error
}

// Days keeps the days of a listing that are not free.
type Days interface {
	// BlockDays takes days out of a listing's calendar, all or none: ErrDates, with
	// the days, if one is taken. Days that are blocked already stay so. A change is
	// announced, as of at.
	BlockDays(ctx context.Context, l Listing, days []Day, at time.Time) error
	// UnblockDays gives back those of the days that were blocked, and announces it.
	UnblockDays(ctx context.Context, l Listing, days []Day, at time.Time) error
	// Calendar returns the days from (inclusive) to (exclusive) that are not free.
	Calendar(ctx context.Context, community, listing int64, from, to Day) (Calendar, error)
}

// Unmirrored keeps which listings a mirror still has to be told of.
type Unmirrored interface {
	// ClaimUnmirrored returns listings whose MirrorDue has come, earliest first,
	// and moves it to lease: until then no other caller gets them.
	ClaimUnmirrored(ctx context.Context, now, lease time.Time, limit int) ([]Listing, error)
	// ReturnUnmirrored makes a claimed listing due at once; nothing happens when MirrorDue
	// is no longer what the caller holds.
	ReturnUnmirrored(ctx context.Context, l Listing, now time.Time) error
	// SaveRemoteID notes a listing's id at its mirror.
	SaveRemoteID(ctx context.Context, community, id int64, remote string) error
	// MarkMirrored clears MirrorDue if the listing still has this revision;
	// otherwise a later change is to be pushed too, and is due at now.
	MarkMirrored(ctx context.Context, l Listing, now time.Time) error
}

// Filter selects listings. Zero fields do not filter.
type Filter struct {
	CommunityID int64 // required
	Author      string
	State       State
	// ExternalReference and Metadata are what is noted with a listing, each name with its value.
	ExternalReference string
	Metadata          map[string]string
	Before            int64 // only ids below this one; the cursor of the next page
	Limit             int   // at most this many; 1 to 100, else 100
}

// Calendar is what is not free of a listing, in calendar order.
type Calendar struct {
	Taken   []Day // by bookings
	Blocked []Day // by the author
}
