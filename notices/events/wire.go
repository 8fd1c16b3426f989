package events

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/internal/publicid"
)

// Version is that of the shape of events, the day of its last change that is not only an
// addition.
const Version = "2026-12-01"

// Shown is an event as it is sent to backends.
type Shown struct {
	ID         string          `json:"id"`
	Type       Type            `json:"type"`
	Sequence   int64           `json:"sequence"`
	OccurredAt time.Time       `json:"occurred_at"`
	APIVersion string          `json:"api_version"`
	Community  int64           `json:"community_id"`
	Object     ShownObject     `json:"object"`
	Data       json.RawMessage `json:"data,omitempty" is:"object"` // not in a thin payload
}

// ShownObject is what an event is about, as it is sent.
type ShownObject struct {
	Type      ObjectType `json:"type"`
	ID        string     `json:"id"`
	Number    int64      `json:"number,omitempty"`
	Reference *string    `json:"external_reference"`
}

// Wire writes events as they are sent.
type Wire struct{ IDs publicid.Codec }

// ID is an event's own id. It says which of which community it is, so each event has one,
// the same for good.
func (w Wire) ID(e Event) string { return w.IDs.SealIn(publicid.Event, e.CommunityID, e.Sequence) }

// Show is an event as it is sent; thin: without its data.
func (w Wire) Show(e Event, thin bool) Shown {
	s := Shown{
		ID: w.ID(e), Type: e.Type, Sequence: e.Sequence, OccurredAt: e.At.UTC(), APIVersion: Version, Community: e.CommunityID,
		Object: ShownObject{Type: e.Object.Type, ID: w.object(e.Object), Number: e.Object.Number},
	}
	if e.Object.Reference != "" {
		s.Object.Reference = &e.Object.Reference
	}
	if !thin {
		s.Data = e.Data
	}
	return s
}

// Marshal is the body of a webhook.
func (w Wire) Marshal(e Event, thin bool) ([]byte, error) { return json.Marshal(w.Show(e, thin)) }

// kinds of the ids of things with a number.
var kinds = map[ObjectType]publicid.Kind{Deal: publicid.Transaction, Listing: publicid.Listing, BankPayout: publicid.BankPayout, Endpoint: publicid.Endpoint}

func (w Wire) object(o Object) string {
	if o.ID != "" {
		return o.ID
	}
	if kind, known := kinds[o.Type]; known {
		return w.IDs.Seal(kind, o.Number)
	}
	return strconv.FormatInt(o.Number, 10)
}
