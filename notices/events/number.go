package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/internal/due"
	"github.com/handsel-dev/handsel/orchestrator"
)

// Announcement is what a room other than the deals' tells the log, in the commit of what
// happened.
type Announcement struct {
	CommunityID   int64
	ID            int64 // of its row; announcements get their numbers in its order
	Type          Type
	TransactionID int64 // the deal that it belongs to; 0: none
	Object        Object
	Data          json.RawMessage // a JSON object
	At            time.Time
}

// Size is how many bytes its data has.
func (a Announcement) Size() int { return len(a.Data) }

// Unnumbered is what a community has in its outbox: of each deal the first ones, in order.
type Unnumbered struct {
	Events        []orchestrator.Event
	Messages      []orchestrator.Message
	Announcements []Announcement
	Deals         map[int64]orchestrator.Transaction // those that could be read
}

// Outbox has what has no number yet.
type Outbox interface {
	// NumberNext numbers the outbox of the first community after a number that has something
	// in it: up to limit rows of each kind, as write makes events of them, in one
	// transaction. At the end, and when nobody has anything, community is 0. Two replicas
	// number each row once: n is 0 where another one is at it.
	NumberNext(ctx context.Context, after int64, limit int, write func(Unnumbered) []Event) (community int64, n int, err error)
}

// Announcer takes announcements. Implementations are safe for concurrent use.
type Announcer interface {
	// AnnounceOnce puts an announcement into the outbox and gives it its ID, unless one of its type
	// was made for the community so short a time before it, or later.
	AnnounceOnce(ctx context.Context, a Announcement, within time.Duration) error
}

// Numberer gives numbers to what happened. Any number of them may work on one store.
type Numberer struct {
	Store Outbox
	Log   *slog.Logger
	// Numbered is called after events of a community got their numbers, to wake who reads
	// them; it must not block.
	Numbered func(community int64)
	names    Names
}

// NewNumberer checks its parts. Numbered may be nil.
func NewNumberer(n Numberer) (*Numberer, error) {
	if n.Store == nil || n.Log == nil {
		return nil, errors.New("events: Store and Log are required")
	}
	if n.Numbered == nil {
		n.Numbered = func(int64) {}
	}
	n.names = NewNames()
	return &n, nil
}

// JobName is the name of the job that numbers events.
const JobName = "number_events"

// gather is how long what happens is collected for the next batch, so that a batch is not one
// event when many happen. Our choice: nobody sees the delay.
const gather = 50 * time.Millisecond

// batch is how many rows of a kind get their numbers in one transaction.
const batch = 500

// Job numbers what has no number.
func (n *Numberer) Job() due.Job {
	return due.Job{Name: JobName, Gather: gather, Onward: true, Do: due.Counted(n.Number)}
}

// Number numbers all that is in the outbox and returns how many events that made.
func (n *Numberer) Number(ctx context.Context) (total int, err error) {
	for ctx.Err() == nil {
		made, err := n.round(ctx)
		total += made
		if err != nil || made == 0 {
			return total, err
		}
	}
	return total, ctx.Err()
}

// round takes a batch of each community.
func (n *Numberer) round(ctx context.Context) (total int, err error) {
	var after int64
	for ctx.Err() == nil {
		community, made, err := n.Store.NumberNext(ctx, after, batch, n.write)
		if err != nil {
			return total, fmt.Errorf("number events: %w", err)
		}
		if community == 0 {
			return total, nil
		}
		if made > 0 {
			n.Numbered(community)
		}
		total, after = total+made, community
	}
	return total, ctx.Err()
}

// dated is an event with the time by which it stands in its batch.
type dated struct {
	Event
	by time.Time
}

// write makes events of an outbox: in the order of time, and of each deal in its own.
func (n *Numberer) write(u Unnumbered) []Event {
	var all []dated
	latest := map[int64]time.Time{} // of each deal: a late timer may be dated before what came before it
	for _, e := range u.Events {
		if made, ok := n.ofDeal(e, u.Deals[e.TransactionID]); ok {
			latest[e.TransactionID] = later(latest[e.TransactionID], e.At)
			all = append(all, dated{made, latest[e.TransactionID]})
		}
	}
	for _, m := range u.Messages {
		all = append(all, dated{n.said(m, u.Deals[m.TransactionID]), m.At})
	}
	for _, a := range u.Announcements {
		e := Event{CommunityID: a.CommunityID, Type: a.Type, TransactionID: a.TransactionID, Object: a.Object, Data: a.Data, At: a.At}
		all = append(all, dated{e, a.At})
	}
	slices.SortStableFunc(all, func(a, b dated) int { return a.by.Compare(b.by) })
	made := make([]Event, len(all))
	for i := range all {
		made[i] = all[i].Event
	}
	return made
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// ofDeal is an event of a deal's own; ok is false for what is not for backends.
func (n *Numberer) ofDeal(e orchestrator.Event, tx orchestrator.Transaction) (_ Event, ok bool) {
	t := n.names.Of(tx.Process, e)
	kind, known := Find(t)
	if !known || !kind.Public {
		return Event{}, false
	}
	data := dealData(tx)
	for name, value := range e.Data {
		data[name] = value
	}
	return Event{
		CommunityID: e.CommunityID, Type: t, TransactionID: e.TransactionID, Object: Object{Type: Deal, Number: e.TransactionID, Reference: tx.Labels.ExternalReference}, Data: n.json(data),
		At: e.At, Step: kind.Source == Stepped,
	}, true
}

// said is that somebody has written. What they wrote is not in the log, which would keep it
// a second time.
func (n *Numberer) said(m orchestrator.Message, tx orchestrator.Transaction) Event {
	data := dealData(tx)
	data["message_id"], data["sender_id"], data["kind"] = m.ID, m.Sender, m.Kind
	return Event{CommunityID: m.CommunityID, Type: MessageSent, TransactionID: m.TransactionID, Object: Object{Type: Deal, Number: m.TransactionID, Reference: tx.Labels.ExternalReference}, Data: n.json(data), At: m.At}
}

// dealData are the members that every event of a deal has. A deal that cannot be read has
// none: its events are told without.
func dealData(tx orchestrator.Transaction) map[string]any {
	if tx.ID == 0 {
		return map[string]any{}
	}
	data := map[string]any{"process": tx.Process, "gateway": tx.Gateway, "buyer_id": tx.Buyer, "seller_id": tx.Seller, "price": MoneyOf(tx.Price)}
	data["metadata"] = tx.Labels.Metadata
	if tx.Labels.Metadata == nil {
		data["metadata"] = map[string]string{}
	}
	if tx.ListingID != 0 {
		data["listing_number"] = tx.ListingID
	}
	return data
}

// json writes data, of which all values can be written.
func (n *Numberer) json(data map[string]any) json.RawMessage {
	text, err := json.Marshal(data)
	if err != nil {
		n.Log.Error("an event has no data", "error", err)
		return json.RawMessage("{}")
	}
	return text
}
