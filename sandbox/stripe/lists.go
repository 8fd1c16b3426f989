package stripe

import (
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// The bounds of a page of a list in the official API.
const (
	defaultLimit = 10
	maxLimit     = 100
)

// list answers one page of a shelf, newest first, of the objects that match and were created in the asked time.
func list[T resource](c *call, h *stage.Shelf[T], match func(T) bool) (object, *Error) {
	limit, err := c.form.integer("limit", defaultLimit)
	if err != nil {
		return nil, err
	}
	if limit < 1 || limit > maxLimit {
		return nil, malformed("", "limit", "This value must be from 1 to %d.", maxLimit)
	}
	created, err := c.form.period("created")
	if err != nil {
		return nil, err
	}
	after, before := c.form.text("starting_after"), c.form.text("ending_before")
	for param, id := range map[string]string{"starting_after": after, "ending_before": before} {
		if _, known := h.Get(id); id != "" && !known {
			return nil, noSuch("object", id, param)
		}
	}
	var found []T
	for i := len(h.All) - 1; i >= 0; i-- {
		if r := h.All[i]; match(r) && created.contains(r.since()) || r.Name() == after || r.Name() == before {
			found = append(found, r)
		}
	}
	data, more := page(found, int(limit), after, before)
	views := make([]object, 0, len(data))
	for _, r := range data {
		views = append(views, r.view())
	}
	return object{"object": "list", "url": c.request.URL.Path, "has_more": more, "data": views}, nil
}

// page cuts the part out of a list that the cursors ask for.
func page[T resource](found []T, limit int, after, before string) ([]T, bool) {
	from, to := 0, len(found)
	for i, r := range found {
		switch {
		case after != "" && r.Name() == after:
			from = i + 1
		case before != "" && r.Name() == before:
			to = i
		}
	}
	found = found[from:max(from, to)]
	if len(found) <= limit {
		return found, false
	}
	if before != "" && after == "" {
		return found[len(found)-limit:], true
	}
	return found[:limit], true
}

// period is a range of creation times in seconds since 1970; both ends belong to it.
type period struct{ from, to int64 }

func (p period) contains(t time.Time) bool { return t.Unix() >= p.from && t.Unix() <= p.to }

// period reads name=<time> or name[gt|gte|lt|lte]=<time>.
func (f form) period(name string) (period, *Error) {
	const forever = int64(1) << 62
	p := period{-forever, forever}
	if f.has(name) {
		at, err := f.integer(name, 0)
		return period{at, at}, err
	}
	bounds := []struct {
		key   string
		apply func(int64)
	}{
		{"[gt]", func(n int64) { p.from = max(p.from, n+1) }},
		{"[gte]", func(n int64) { p.from = max(p.from, n) }},
		{"[lt]", func(n int64) { p.to = min(p.to, n-1) }},
		{"[lte]", func(n int64) { p.to = min(p.to, n) }},
	}
	for _, b := range bounds {
		if !f.has(name + b.key) {
			continue
		}
		n, err := f.integer(name+b.key, 0)
		if err != nil {
			return p, err
		}
		b.apply(min(n, forever-1))
	}
	return p, nil
}
