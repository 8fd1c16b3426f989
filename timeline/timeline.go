// Package timeline is all that happened around a deal, whoever noted it, in one order: the newest first, and of one moment what
// followed before what it followed from.
package timeline

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/internal/paging"
	"github.com/handsel-dev/handsel/orchestrator"
)

// Source is where something was noted.
type Source string

// The sources.
const (
	Report    Source = "report"    // a message of a gateway
	Message   Source = "message"   // of the conversation
	Written   Source = "note"      // by staff, for staff
	Act       Source = "act"       // of staff, in the audit log
	Asked     Source = "asked"     // an act that waits for a second person
	Decided   Source = "decided"   // by the second person
	Step      Source = "step"      // of the deal, with what it posted
	Operation Source = "operation" // asked of a gateway
	Letter    Source = "letter"    // an e-mail
	Delivery  Source = "delivery"  // an event at a webhook endpoint
)

// Sources are all of them, in the order of cause: of one moment, what stands later follows from what stands before it.
func Sources() []Source {
	return []Source{Report, Message, Written, Act, Asked, Decided, Step, Operation, Letter, Delivery}
}

// Place is that of a row in the order.
type Place struct {
	At     time.Time // zero: behind all
	Source Source
	ID     string // within the source, as it orders its rows of one moment
}

// Row is one thing that happened. Of the pointers, that of its source is set.
type Row struct {
	Place
	Report    *Arrival
	Message   *orchestrator.Message
	Note      *Note
	Act       *orchestrator.Act
	Approval  *orchestrator.Approval // asked and decided; without its request
	Step      *orchestrator.LogEntry
	Posted    []orchestrator.PostedEntry // by the step
	Operation *orchestrator.Intent       // without its inputs, which are sealed
	Letter    *Mail
	Delivery  *Sent
}

// Arrival is a message of a gateway about the payment of a deal.
type Arrival struct {
	Gateway, Code  string
	Body           []byte // nil: it is too long to be shown, or cannot be read
	Size, Attempts int
	Done           bool
	Note           string // why it was not applied
}

// Sent is what became of an event at a webhook endpoint.
type Sent struct {
	EndpointID, Sequence int64 // the number of the event
	Type, Status         string
	Tries                int
	Next                 time.Time // zero: no attempt is planned
	Attempts             []Attempt
}

// Attempt is one of sending an event.
type Attempt struct {
	At     time.Time `json:"at"`
	Status int       `json:"status,omitzero"`
	Millis int       `json:"millis"`
	Error  string    `json:"error,omitzero"`
	Answer string    `json:"answer,omitzero"`
}

// Note is what somebody of the staff has written down about a deal. It is never changed, and only staff reads it.
type Note struct {
	ID, CommunityID, TransactionID int64 // the store gives the id
	Author                         string
	Content                        string
	At                             time.Time
}

// MaxNote is how many characters a note may have; our choice.
const MaxNote = 4000

// Noted is the act in the audit log that says who wrote a note, without what it says.
const Noted = "transaction.note"

// Notes keeps notes.
type Notes interface {
	// AddNote keeps a note, with its line in the audit log. A deal that the community does not have is a NotFound fault.
	AddNote(ctx context.Context, n Note, by orchestrator.By) error
}

// Mail is an e-mail without what it says, which may let its reader in somewhere.
type Mail struct {
	ID, UserID, Kind string
	At, EndedAt      time.Time // no end: it waits, or is tried again
	Attempts         int
	Note             string // why it was not sent
}

// Size is about how many bytes its texts have.
func (r Row) Size() int {
	switch {
	case r.Report != nil:
		return len(r.Report.Body)
	case r.Message != nil:
		return r.Message.Size()
	case r.Note != nil:
		return len(r.Note.Content)
	case r.Act != nil:
		return r.Act.Size()
	case r.Approval != nil:
		return r.Approval.Size()
	case r.Step != nil:
		return len(r.Step.Note) + paging.Texts(r.Step.Said)
	case r.Delivery != nil:
		size := 0
		for _, a := range r.Delivery.Attempts {
			size += len(a.Error) + len(a.Answer)
		}
		return size
	}
	return 0
}

// Filter says of which deal, and where its page begins.
type Filter struct {
	CommunityID, TransactionID int64
	Before                     Place // only what stands behind it; zero: from the newest
	Limit                      int
}

// Store reads what happened, with as many statements for a page as there are sources, and one more.
type Store interface {
	Happened(ctx context.Context, f Filter) (Page, error)
}

// Page is a part of what happened.
type Page struct {
	Rows []Row
	Next Place // where the next one begins; zero: this is the last
}

// rank is how far a source stands from the cause.
func (s Source) rank() int { return slices.Index(Sources(), s) }

// Known reports whether it is one of them.
func (s Source) Known() bool { return s.rank() >= 0 }

// Below is the bound of a source's rows that stand behind a place: rows before that moment, and those of that moment below that
// id. Times have microseconds, so a bound one later lets all of a moment through.
func (p Place) Below(s Source) (at time.Time, id string) {
	switch {
	case p.At.IsZero():
		return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), ""
	case s.rank() < p.Source.rank():
		return p.At.Add(time.Microsecond), ""
	case s == p.Source:
		return p.At, p.ID
	}
	return p.At, ""
}

// Merge makes a page of what the sources have behind its place: of each at most one row more than the page may have, in their
// orders. A page ends with the row that fills it.
func Merge(limit int, found ...[]Row) Page {
	all := slices.Concat(found...)
	slices.SortStableFunc(all, func(a, b Row) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.Source.rank(), a.Source.rank()))
	})
	size := 0
	for i, r := range all {
		if size += r.Size(); i+1 < len(all) && (i+1 == limit || size >= paging.Bytes) {
			return Page{Rows: all[:i+1], Next: r.Place}
		}
	}
	return Page{Rows: all}
}
