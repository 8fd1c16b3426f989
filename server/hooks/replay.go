package hooks

import (
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/server/web"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

// replay sends a range of events again, or of it what is dead.
func (r Rooms) replay(v Visit, id int64) error {
	which, err := rangeOf(v)
	if err != nil {
		return err
	}
	failedOnly := v.PostForm("failed_only") == "yes"
	if !failedOnly && which == (outbound.Range{}) {
		return web.Invalid("invalid_replay", "from_sequence", "say what is to be sent again: numbers of events, times, or only what is dead")
	}
	_, err = r.Desk.Replay(v.Request.Context(), v.Community, id, which, failedOnly, v.By)
	return r.back(v, id, err)
}

// rangeOf reads the fields of a range; what is empty is left out.
func rangeOf(v Visit) (r outbound.Range, err error) {
	for name, into := range map[string]*int64{"from_sequence": &r.From, "to_sequence": &r.To} {
		if text := v.PostForm(name); text != "" {
			if *into, err = strconv.ParseInt(text, 10, 64); err != nil || *into < 1 {
				return r, web.Invalid("invalid_replay", name, "%s must be the number of an event", name)
			}
		}
	}
	for name, into := range map[string]*time.Time{"since": &r.Since, "until": &r.Through} {
		if text := v.PostForm(name); text != "" {
			if *into, err = localTime(text); err != nil {
				return r, web.Invalid("invalid_replay", name, "%s must be a time in UTC, such as 2026-03-31T08:00", name)
			}
		}
	}
	return r, nil
}

// localTime reads what browsers send of a datetime-local field, which has no zone: here it is UTC, and the page says so.
func localTime(text string) (time.Time, error) {
	at, err := time.Parse("2006-01-02T15:04", text)
	if err != nil {
		at, err = time.Parse("2006-01-02T15:04:05", text) // a fraction of the second may follow
	}
	return at, err
}
