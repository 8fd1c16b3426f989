package events

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Event is one numbered event.
type Event struct {
	CommunityID int64
	// Sequence is its number: 1, 2, 3 … per community without gaps. Events of one deal have
	// the order in which they were committed.
	Sequence int64
	Type     Type
	// TransactionID is the deal that it belongs to; 0: none.
	TransactionID int64
	Object        Object
	Data          json.RawMessage // a JSON object
	At            time.Time       // when it happened, in UTC, by the engine's clock
	// Step tells that transaction.transitioned comes with it, under the next number.
	Step bool
}

// withStep adds transaction.transitioned to a step.
func (e Event) withStep() []Event {
	if !e.Step {
		return []Event{e}
	}
	also := e
	also.Type, also.Sequence = TransactionTransitioned, e.Sequence+1
	e.Step, also.Step = false, false
	return []Event{e, also}
}

// Expand makes a page of rows of the log, of which each is a step and what comes with it, or
// one event. The rows begin with the one that has After or comes next.
func (f Filter) Expand(rows []Event, more bool) Page {
	p := Page{Next: f.After, More: more}
	for _, r := range rows {
		for _, e := range r.withStep() {
			if e.Sequence <= f.After {
				continue
			}
			if len(p.Events) == f.Limit {
				p.More = true
				return p
			}
			p.Next = e.Sequence
			if Matches(f.Types, e.Type) {
				p.Events = append(p.Events, e)
			}
		}
	}
	return p
}

// Object is what an event is about. Things with a number are shown by the id that is made of
// it; others, such as a seller, have their ID only.
type Object struct {
	Type      ObjectType
	Number    int64
	ID        string
	Reference string // the marketplace's own, where it has given one
}

// ObjectType is a kind of thing that events are about.
type ObjectType string

// The kinds.
const (
	Deal       ObjectType = "transaction"
	Listing    ObjectType = "listing"
	Seller     ObjectType = "seller"
	Ad         ObjectType = "ad"
	BankPayout ObjectType = "bank_payout"
	Community  ObjectType = "community"
	Endpoint   ObjectType = "webhook_endpoint"
)

// Filter narrows a page of the log. The zero value of each field but CommunityID filters
// nothing.
type Filter struct {
	CommunityID   int64
	After         int64    // events with a higher number
	Types         []string // names, "noun.*", or "*"
	TransactionID int64
	Limit         int // 1 to 1000; default 100
}

// Page is a part of the log.
type Page struct {
	Events []Event // oldest first
	// Next is the number after which the next page begins. It moves on past events that
	// the filter leaves out, too.
	Next int64
	// More tells that there is more to read now.
	More bool
	// Last is the number of the newest event; 0: there is none.
	Last int64
}

// AfterRestore is how far numbers go on when a database is found to be behind, from a restored
// backup: those that were given after the backup are never given again, to other events. It is
// the only gap that there can be.
const AfterRestore = 1_000_000_000

// Log reads numbered events. Implementations are safe for concurrent use.
type Log interface {
	// ReadEvents reads a page. It looks at a bounded number of rows and bytes, so a page may have fewer
	// events than the limit, and one of a narrow filter none, while More says that it goes on. Faults: events_expired, when events after
	// After were removed already; events_ahead, when After is a number that was never given.
	ReadEvents(ctx context.Context, f Filter) (Page, error)
	// LastEvent is the number of a community's newest event; 0: there is none.
	LastEvent(ctx context.Context, community int64) (int64, error)
}

// Matches reports whether patterns have an event: by its name, as "noun.*", or as "*". No
// patterns have them all.
func Matches(patterns []string, t Type) bool {
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(p string) bool { return matches(p, t) })
}

func matches(pattern string, t Type) bool {
	if noun, all := strings.CutSuffix(pattern, "*"); all {
		return strings.HasPrefix(string(t), noun) && (noun == "" || strings.HasSuffix(noun, "."))
	}
	return pattern == string(t)
}

// Known reports whether a pattern has at least one event of the log.
func Known(pattern string) bool {
	return slices.ContainsFunc(catalogue(), func(k Kind) bool { return k.Public && matches(pattern, k.Name) })
}
