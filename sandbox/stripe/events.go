package stripe

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// APIVersion is the version of the official API that is played.
const APIVersion = "2023-10-16"

// event is a change that the API tells about, with the object as it was then.
type event struct {
	ID, Kind string
	Account  string // the connected account that it is about; empty for the platform
	Created  time.Time
	Printed  object
}

func (v *event) Name() string     { return v.ID }
func (v *event) since() time.Time { return v.Created }
func (v *event) view() object     { return v.Printed }

// emit records an event of the platform about an object and queues its delivery.
func (s *state) emit(kind string, about object, by origin) { s.emitOf("", kind, about, by) }

// emitOf records an event of a connected account, or without one of the platform.
func (s *state) emitOf(account, kind string, about object, by origin) {
	pending := 0
	if s.Listening() {
		pending = 1
	}
	v := &event{ID: "evt_" + s.Random(), Kind: kind, Account: account, Created: by.at}
	v.Printed = object{
		"id": v.ID, "object": "event", "api_version": APIVersion, "created": by.at.Unix(), "type": kind, "livemode": false,
		"pending_webhooks": pending, "data": object{"object": about},
		"request": object{"id": orNull(by.request), "idempotency_key": orNull(by.key)},
	}
	if account != "" {
		v.Printed["account"] = account
	}
	s.Events.Add(v)
	s.Emit(Delivery{EventID: v.ID, Type: kind, Body: bytes.TrimSpace(stage.Indented(v.Printed))})
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
