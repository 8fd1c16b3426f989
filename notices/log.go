package notices

import "time"

// Posted is an e-mail as it is logged: without what it says, which may be somebody's secret.
type Posted struct {
	ID            string
	CommunityID   int64
	UserID        string // whom to
	Kind          string
	TransactionID int64 // 0: it is about no deal, or it is older than that is noted
	At            time.Time
	Attempts      int
	Due           time.Time // when it is tried next, while it waits
	EndedAt       time.Time // zero: it waits
	Note          string    // what became of it, or why the last try failed
}

// PostedFilter selects e-mails of a community, the newest first.
type PostedFilter struct {
	CommunityID int64
	UserID      string    // whom they went to; empty: anybody
	Before      time.Time // only those made before, or at that time and with a smaller id; zero: all
	BeforeID    string
	Limit       int // at most this many
}
