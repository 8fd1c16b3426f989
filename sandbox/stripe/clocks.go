package stripe

import (
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// testClock is a clock of the API's test helpers. Moving it moves the time of the whole world by as much.
type testClock struct {
	ID, Label       string
	Created, Frozen time.Time
}

// clockLife is how long the official API keeps a test clock.
const clockLife = 30 * 24 * time.Hour

func (k *testClock) Name() string     { return k.ID }
func (k *testClock) since() time.Time { return k.Created }

func (k *testClock) view() object {
	return object{
		"id": k.ID, "object": "test_helpers.test_clock", "created": k.Created.Unix(), "deletes_after": k.Created.Add(clockLife).Unix(),
		"frozen_time": k.Frozen.Unix(), "livemode": false, "name": orNull(k.Label), "status": "ready", "status_details": object{},
	}
}

// frozenTime reads a required time.
func (c *call) frozenTime() (time.Time, *Error) {
	if !c.form.has("frozen_time") {
		return time.Time{}, missing("frozen_time")
	}
	at, err := c.form.integer("frozen_time", 0)
	if err == nil && (at < 0 || time.Unix(at, 0).Year() > stage.LastYear) {
		err = malformed("", "frozen_time", "Invalid timestamp.")
	}
	return time.Unix(at, 0).UTC(), err
}

func createClock(c *call) (object, *Error) {
	at, err := c.frozenTime()
	if err != nil {
		return nil, err
	}
	k := &testClock{ID: "clock_" + c.Random(), Label: c.form.text("name"), Created: c.by.at, Frozen: at}
	c.Clocks.Add(k)
	c.emit("test_helpers.test_clock.created", k.view(), c.by)
	return k.view(), nil
}

// advanceClock serves POST /v1/test_helpers/test_clocks/{id}/advance. The world's time is moved once the answer stands.
func advanceClock(c *call) (object, *Error) {
	k, err := inPath(c, &c.Clocks, "test clock")
	if err != nil {
		return nil, err
	}
	to, err := c.frozenTime()
	if err != nil {
		return nil, err
	}
	if !to.After(k.Frozen) {
		return nil, invalid("", "frozen_time", "The frozen_time must be after the current frozen_time of the test clock.")
	}
	by := to.Sub(k.Frozen)
	k.Frozen = to
	c.then = func(e *World) {
		_ = e.Advance(by) // it goes forward, and not beyond the last year
		e.locked(func(s *state) { s.emit("test_helpers.test_clock.ready", k.view(), self(s.Now())) })
	}
	o := k.view()
	o["status"] = "advancing"
	c.emit("test_helpers.test_clock.advancing", o, c.by)
	return o, nil
}

func deleteClock(c *call) (object, *Error) {
	k, err := inPath(c, &c.Clocks, "test clock")
	if err != nil {
		return nil, err
	}
	c.Clocks.Remove(k.ID)
	c.emit("test_helpers.test_clock.deleted", k.view(), c.by)
	return object{"id": k.ID, "object": "test_helpers.test_clock", "deleted": true}, nil
}

func listClocks(c *call) (object, *Error) {
	return list(c, &c.Clocks, func(*testClock) bool { return true })
}
