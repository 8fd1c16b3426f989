package stripe

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// APIVersion is the version of the official API that is played.
const APIVersion = "2023-10-16"

// keptEvents bounds the list of events, as that of deliveries is; the oldest are forgotten first. The official API
// shows those of 30 days.
const keptEvents = 20_000

// event is a change that the API tells about, with the object as it was then.
type event struct {
	ID, Kind string
	Account  string // the connected account that it is about; empty for the platform
	Created  time.Time
	Printed  json.RawMessage // the event as it was told, which its delivery shares
}

func (v *event) Name() string     { return v.ID }
func (v *event) since() time.Time { return v.Created }

// view reads the event again: a tree of maps takes five times the room.
func (v *event) view() object {
	var o object
	d := json.NewDecoder(bytes.NewReader(v.Printed))
	d.UseNumber()
	_ = d.Decode(&o) // it was printed here, or came through Load, which has read it
	return o
}

// emit records an event of the platform about an object and queues its delivery.
func (s *state) emit(kind string, about object, by origin) { s.emitOf("", kind, about, by) }

// emitOf records an event of a connected account, or without one of the platform.
func (s *state) emitOf(account, kind string, about object, by origin) {
	v := &event{ID: "evt_" + s.Random(), Kind: kind, Account: account, Created: by.at}
	pending, hear := 0, []*endpoint(nil)
	for _, w := range s.Hooks.All {
		if w.hears(v) {
			hear, pending = append(hear, w), pending+1
		}
	}
	if s.Listening() {
		pending++
	}
	printed := object{
		"id": v.ID, "object": "event", "api_version": APIVersion, "created": by.at.Unix(), "type": kind, "livemode": false,
		"pending_webhooks": pending, "data": object{"object": about},
		"request": object{"id": orNull(by.request), "idempotency_key": orNull(by.key)},
	}
	if account != "" {
		printed["account"] = account
	}
	v.Printed = bytes.Clone(bytes.TrimSpace(stage.JSON(printed)))
	s.Events.Add(v)
	s.Events.Keep(keptEvents)
	if s.Listening() || len(hear) == 0 {
		s.Emit(Delivery{EventID: v.ID, Type: kind, Body: v.Printed})
	}
	for _, w := range hear {
		s.Emit(Delivery{EventID: v.ID, Type: kind, To: w.ID, Body: v.Printed})
	}
}

func listEvents(c *call) (object, *Error) {
	types := c.form.list("types")
	if one := c.form.text("type"); one != "" {
		types = append(types, one)
	}
	return list(c, &c.Events, func(v *event) bool {
		return v.Account == c.account && (len(types) == 0 || slices.ContainsFunc(types, func(t string) bool { return matches(v.Kind, t) }))
	})
}

// matches reports whether an event type is the asked one, which may end in an asterisk for all that begin so.
func matches(kind, asked string) bool {
	prefix, all := strings.CutSuffix(asked, "*")
	return kind == asked || all && strings.HasPrefix(kind, prefix)
}
