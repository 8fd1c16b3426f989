package outbound

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/notices/events"
)

// DeliveryStatus says what became of an event at an endpoint.
type DeliveryStatus string

// The statuses. An event that was never tried there has no row and no status.
const (
	Delivered DeliveryStatus = "delivered"
	Pending   DeliveryStatus = "pending" // it failed, and is tried again
	Waiting   DeliveryStatus = "waiting" // an earlier event of its deal is pending
	Dead      DeliveryStatus = "dead"    // it failed for five days; it can be replayed
)

// Known reports whether it is one of them.
func (s DeliveryStatus) Known() bool {
	return slices.Contains([]DeliveryStatus{Delivered, Pending, Waiting, Dead}, s)
}

// Delivery is a row: an event of the log at an endpoint.
type Delivery struct {
	CommunityID, EndpointID int64
	Sequence                int64
	Type                    events.Type
	TransactionID           int64
	Status                  DeliveryStatus
	Tries                   int       // since it was begun, or sent again by staff
	Begun                   time.Time // the first of these tries
	Next                    time.Time // of the next attempt; zero: none is planned
	At                      time.Time // of the last change
	Attempts                []Attempt // oldest first
}

// Size is about how many bytes its texts have.
func (d Delivery) Size() (size int) {
	for _, a := range d.Attempts {
		size += len(a.Error) + len(a.Answer)
	}
	return size
}

// Batch is what a worker writes of an endpoint in one commit: results, and where it stands.
type Batch struct {
	CommunityID, EndpointID int64
	Claims                  int64 // the fence: nobody else has claimed it since
	Revision                int64 // as the worker knows it
	Place                   Place
	Until                   time.Time // when it may be claimed again
	Rows                    []Delivery
	// Recovered lets all that is pending be tried at once.
	Recovered bool
	Disable   Reason // empty: it stays enabled
	Announce  []events.Announcement
	Letters   []Letter // that say so
	Now       time.Time
}

// Letter is an e-mail about an endpoint, as it is queued: once per ID.
type Letter struct {
	ID, User, Kind string
	Data           json.RawMessage
	At             time.Time
}

// Standing is what a worker hears when it has written.
type Standing struct {
	Held    bool // nobody else has claimed the endpoint, and it is there
	Changed bool // somebody has changed it: its place was not written
}
