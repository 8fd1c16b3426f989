// Package notices tells people what happened. Who is told of which event, and how, is
// a table (Row): the event, the person, the entry in their feed, the template of their
// e-mail. Events have names, which Catalogue lists.
//
// The outbox (events of deals, messages of their conversations) is read after the
// commit, in order. What a row makes of it is an entry in a user's feed, numbered per
// user without gaps, and perhaps an e-mail. Websockets read the feed; who was away reads
// on from the last number they saw. Nothing here can make a deal fail.
package notices

import (
	"context"
	"encoding/json"
	"time"

	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
)

// Entry is one thing that a user is told.
type Entry struct {
	CommunityID int64
	UserID      string
	Sequence    int64  // 1, 2, 3 … per user without gaps; set by the store
	ID          string // the same for every repeat of it
	Type        string
	// Newer marks types that only clients know which ask for version 2.
	Newer bool
	Data  json.RawMessage // a JSON object
	At    time.Time
}

// Size is how many bytes its data has.
func (e Entry) Size() int { return len(e.Data) }

// Mail is one e-mail that is to be sent.
type Mail struct {
	ID          string // the same for every repeat of it
	CommunityID int64
	UserID      string // whom to; the address is looked up when it is sent
	Kind        string
	Data        json.RawMessage
	At          time.Time
	Attempts    int
	// TransactionID is the deal that it tells of; 0: it is about none.
	TransactionID int64
}

// News is what follows from one thing that happened.
type News struct {
	Entries []Entry
	Mails   []Mail
}

// EndpointNews is a webhook endpoint to which nothing is delivered.
type EndpointNews struct {
	CommunityID, ID int64
	Event           events.Type // failing or disabled
	URL             string      // without what may be secret in it
	Reason          string      // why it is disabled; empty: it is not
	Since, At       time.Time   // since when it fails, and when that was noticed
}

// Happening is one thing that happened: an event of a deal, a message in its
// conversation, a reminder that is due, tasks that wait for operators, a payout to a bank,
// or a webhook endpoint that fails.
type Happening struct {
	Event       *orchestrator.Event
	Message     *orchestrator.Message
	Reminder    *Reminder
	Tasks       *orchestrator.TaskNews
	Payout      *orchestrator.BankPayout
	Endpoint    *EndpointNews
	Transaction orchestrator.Transaction // as it is now, which may be later; empty for tasks, payouts and endpoints
	// At is the time of a reminder that is being sent; the others have theirs.
	At time.Time
}

// community is where it happened.
func (h Happening) community() int64 {
	if h.Tasks != nil {
		return h.Tasks.CommunityID
	}
	if h.Payout != nil {
		return h.Payout.CommunityID
	}
	if h.Endpoint != nil {
		return h.Endpoint.CommunityID
	}
	return h.Transaction.CommunityID
}

// When is when it happened.
func (h Happening) When() time.Time {
	switch {
	case h.Event != nil:
		return h.Event.At
	case h.Message != nil:
		return h.Message.At
	case h.Tasks != nil:
		return h.Tasks.At
	case h.Payout != nil:
		return h.Payout.EndedAt
	case h.Endpoint != nil:
		return h.Endpoint.At
	}
	return h.At
}

// Writer turns what happened into news. It must give the same for a repeat, and
// must not move anything; it is called at least once.
type Writer func(ctx context.Context, h Happening) (News, error)

// Stores keep what is to be told and what was told, by role. They are safe for concurrent
// use by several replicas.
type Stores struct {
	Transactions
	Outbox
	HeldNews
	Planned
	Mails
}

func (s Stores) complete() bool {
	return s.Transactions != nil && s.Outbox != nil && s.HeldNews != nil && s.Planned != nil && s.Mails != nil
}

// Transactions reads the deals that something happened in.
type Transactions interface {
	Transaction(ctx context.Context, community, id int64) (orchestrator.Transaction, error)
}

// Outbox has what is to be told, and stores what was.
type Outbox interface {
	// Undelivered returns events and messages that were not told yet and whose stream does
	// not wait, oldest first.
	Undelivered(ctx context.Context, limit int) ([]orchestrator.Event, []orchestrator.Message, error)
	// Deliver stores the news of an event or a message and marks it as told, in one
	// transaction. done is false, and nothing is stored, when it was told already or
	// an earlier event of the same deal was not.
	Deliver(ctx context.Context, h Happening, n News, now time.Time) (done bool, err error)
	// TransactionsByID reads those of some deals that there are, without their metadata and as many as fill
	// a page; others are read alone.
	TransactionsByID(ctx context.Context, ids []int64) (map[int64]orchestrator.Transaction, error)
	// DeliverQuietly marks events as told of which no feed hears, and queues their e-mails,
	// once per id, in one transaction.
	DeliverQuietly(ctx context.Context, events []orchestrator.Event, mails []Mail, now time.Time) error
}

// HeldNews keeps what could not be told yet.
type HeldNews interface {
	// Hold makes a stream of a deal wait until again: Undelivered no longer shows it. One
	// that waits already is left alone.
	Hold(ctx context.Context, h Held, again time.Time) error
	// ClaimHeld leases streams that are due at now and raises Attempts.
	ClaimHeld(ctx context.Context, now, lease time.Time, limit int) ([]Held, error)
	// Waiting returns what was not told yet in a stream, in its order.
	Waiting(ctx context.Context, h Held, limit int) ([]orchestrator.Event, []orchestrator.Message, error)
	// EndHeld lets a claimed stream go on, RetryHeld makes it wait longer, ReturnHeld makes
	// it due at once, as if it had not been claimed. They do nothing when somebody else has
	// claimed it since.
	EndHeld(ctx context.Context, h Held) error
	RetryHeld(ctx context.Context, h Held, again time.Time) error
	ReturnHeld(ctx context.Context, h Held, now time.Time) error
}

// Planned keeps reminders for later.
type Planned interface {
	// PlanReminders stores reminders that are not stored yet.
	PlanReminders(ctx context.Context, reminders []Reminder) error
	// ClaimReminders leases reminders that are due at now, earliest first: until
	// lease no other caller gets them. Attempts is raised by one.
	ClaimReminders(ctx context.Context, now, lease time.Time, limit int) ([]Reminder, error)
	// PostponeReminder ends a lease and makes the reminder due later; nothing happens
	// when somebody else has claimed it since.
	PostponeReminder(ctx context.Context, r Reminder, until time.Time) error
	// ReturnReminder makes a claimed reminder due at once, as if it had not been claimed;
	// nothing happens when somebody else has claimed it since.
	ReturnReminder(ctx context.Context, r Reminder, now time.Time) error
	// EndReminder makes a claimed reminder the last of its kind; nothing happens when
	// somebody else has claimed it since.
	EndReminder(ctx context.Context, r Reminder) error
}

// Feeds are what users were told.
type Feeds interface {
	// FeedEntries returns a user's entries above a number, oldest first.
	FeedEntries(ctx context.Context, community int64, user string, after int64, limit int) ([]Entry, error)
	// LastEntry is the number of a user's newest entry, 0 if there is none.
	LastEntry(ctx context.Context, community int64, user string) (int64, error)
}

// Mails keeps e-mails that are to be sent.
type Mails interface {
	// AddMail queues an e-mail, once per id.
	AddMail(ctx context.Context, m Mail) error
	// ClaimMails leases e-mails that are due at now and raises Attempts.
	ClaimMails(ctx context.Context, now, lease time.Time, limit int) ([]Mail, error)
	// EndMail notes what came of an e-mail; RetryMail makes it due again later.
	EndMail(ctx context.Context, id, note string, now time.Time) error
	RetryMail(ctx context.Context, m Mail, note string, due time.Time) error
	// ReturnMail makes a claimed e-mail due at once, as if it had not been claimed. Like
	// RetryMail it does nothing when somebody else has claimed it since.
	ReturnMail(ctx context.Context, m Mail, now time.Time) error
}
