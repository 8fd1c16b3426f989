package outbound

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/notices/events"
)

// Endpoint is where a marketplace has its events sent.
type Endpoint struct {
	CommunityID, ID int64
	URL             string
	Types           []string // names, "noun.*" or "*"
	Payload         Payload
	Signature       Signature
	Description     string
	APIVersion      string // of the shape of events that it gets
	Status          Status
	Reason          Reason // why it is disabled
	Secrets         []Secret
	CreatedAt       time.Time
	UpdatedAt       time.Time
	// Revision rises whenever anybody but the worker changes the row, so that the worker
	// notices.
	Revision int64
	Place
}

// Place is where an endpoint stands in the log, and how it does: what the worker changes.
type Place struct {
	// Position is the number up to which every event has been delivered or has a row.
	Position int64
	// ReplayAfter and ReplayUntil are what is sent once more before it goes on from its
	// position; equal: nothing.
	ReplayAfter, ReplayUntil int64
	// Loose tells that there are rows that wait, or rows behind the position.
	Loose bool
	// Failures are the different events that failed since the last one that was
	// delivered, and Rests the attempts after which it has rested since; 0: it does not rest.
	Failures, Rests int
	// FailingSince is when the first attempt failed since the last one that did not; zero:
	// none has. WarnedAt is when its owner was warned.
	FailingSince, WarnedAt time.Time
	// Due is when the next of its rows is tried again; zero: none waits for that.
	Due time.Time
}

// Payload says what a delivery has in it.
type Payload string

// Thin payloads leave out the data, so that receivers read what they need with their key.
const (
	Full Payload = "full"
	Thin Payload = "thin"
)

// Status says whether anything is sent.
type Status string

// The statuses.
const (
	Enabled  Status = "enabled"
	Disabled Status = "disabled"
)

// Reason says why an endpoint is disabled.
type Reason string

// The reasons.
const (
	ByStaff Reason = "by_staff" // somebody has disabled it
	Gone    Reason = "gone"     // it has answered 410
	Failing Reason = "failing"  // nothing was delivered for five days
)

// How much an endpoint may have; our choice.
const (
	maxTypes       = 100
	maxDescription = 500
	maxEndpoints   = 20 // per community
)

// wrong is a fault that names a member of an endpoint.
func wrong(field, format string, args ...any) error {
	return fault.New(fault.Invalid, "invalid_endpoint", format, args...).With("field", field)
}

// whole is e with the defaults of what was left empty.
func (e Endpoint) whole() Endpoint {
	if e.Types == nil { // none is no default
		e.Types = []string{"*"}
	}
	e.Payload, e.Signature, e.APIVersion = cmp.Or(e.Payload, Full), cmp.Or(e.Signature, Shared), cmp.Or(e.APIVersion, events.Version)
	return e
}

// Validate refuses what no endpoint may be. Faults: invalid_url, url_not_allowed, unknown_event_type,
// invalid_endpoint.
func (e Endpoint) Validate(g Guard) error {
	return fault.All(g.Check(e.URL), e.checkTypes(),
		unless(slices.Contains([]Payload{Full, Thin}, e.Payload), "payload", "payload must be full or thin"),
		unless(slices.Contains([]Signature{Shared, Asymmetric}, e.Signature), "signature", "signature must be %s or %s", Shared, Asymmetric),
		unless(utf8.RuneCountInString(e.Description) <= maxDescription && !strings.ContainsRune(e.Description, 0), "description", "description may have %d characters", maxDescription),
		unless(e.APIVersion == events.Version, "api_version", "unknown api_version; use %s", events.Version))
}

func unless(ok bool, field, format string, args ...any) error {
	if ok {
		return nil
	}
	return wrong(field, format, args...)
}

func (e Endpoint) checkTypes() error {
	if len(e.Types) == 0 || len(e.Types) > maxTypes {
		return wrong("types", `types must name 1 to %d types of events, such as ["transaction.*"]`, maxTypes)
	}
	for _, t := range e.Types {
		if !events.Known(t) {
			return fault.New(fault.Invalid, "unknown_event_type", "unknown type of event %q; use one that docs/events.md lists, a noun such as transaction.*, or *", t).With("field", "types")
		}
	}
	return nil
}

// Address is where an endpoint leads to, as others than its own staff may read it: events, which every receiver of the marketplace gets,
// and the audit log. What is behind the path may be a secret of its receiver.
func (e *Endpoint) Address() string {
	address, _, _ := strings.Cut(e.URL, "?")
	return address
}

// wants reports whether an endpoint gets events of a type.
func (e *Endpoint) wants(t events.Type) bool { return events.Matches(e.Types, t) }

// resting reports whether it is tried with one event at a time.
func (p *Place) resting() bool { return p.Rests > 0 }
