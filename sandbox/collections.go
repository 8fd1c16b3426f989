package sandbox

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

const (
	maxBatch     = 50
	maxLimit     = 50
	defaultLimit = 25
)

type carrier struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

func getSupportedCarriers(*call) (stage.Value, *Error) {
	return []carrier{{"an-post", "An Post"}, {"fedex", "FedEx"}, {"ups", "UPS"}, {"usps", "USPS"}}, nil
}

func getTimelines(c *call) (stage.Value, *Error) {
	if err := c.ownClient(); err != nil {
		return nil, err
	}
	l := c.world.cfg.Timelines
	return struct {
		ComplaintPeriod   int64 `json:"complaint_period_seconds"`
		DeliveryAllowance int64 `json:"delivery_allowance_seconds"`
		TrackingAllowance int64 `json:"tracking_details_allowance_seconds"`
	}{ComplaintPeriod: int64(l.ComplaintPeriod.Seconds()), TrackingAllowance: int64(l.TrackingAllowance.Seconds())}, nil
}

func getF2FTimelines(c *call) (stage.Value, *Error) {
	if err := c.ownClient(); err != nil {
		return nil, err
	}
	return struct {
		ComplaintPeriod int64 `json:"complaint_period_seconds"`
	}{int64(c.world.cfg.Timelines.ComplaintPeriod.Seconds())}, nil
}

// ownClient checks that the client in the path is the caller's.
func (c *call) ownClient() *Error {
	if c.request.PathValue("client_id") != c.world.cfg.ClientID {
		return refuse("not_found")
	}
	return nil
}

// page is a window into a list that runs from the newest to the oldest.
type page struct {
	after, before *int64
	limit         int64
}

func (p page) holds(id int64) bool {
	return (p.after == nil || id < *p.after) && (p.before == nil || id > *p.before)
}

// queryPage reads a window: after_id gives smaller ids, before_id gives larger ones. A limit above the maximum gets the code excess.
func queryPage(q url.Values, excess string) (page, *Error) {
	after, ok := pageID(q, "after_id")
	if !ok {
		return page{}, refuse("invalid_after_id")
	}
	before, ok := pageID(q, "before_id")
	if !ok {
		return page{}, refuse("invalid_before_id")
	}
	limit, ok := intParam(q, "limit", defaultLimit)
	switch {
	case !ok || limit < 1:
		return page{}, refuse("invalid_limit")
	case limit > maxLimit:
		return page{}, refuse(excess)
	}
	return page{after, before, limit}, nil
}

func pageID(q url.Values, name string) (*int64, bool) {
	if !q.Has(name) {
		return nil, true
	}
	id, err := strconv.ParseInt(q.Get(name), 10, 64)
	return &id, err == nil && id >= 0
}

// list makes the handler of the acting user's transactions.
func list[T escrow[T]](c *call) (stage.Value, *Error) {
	var none T
	b := none.book(c.world)
	window, err := queryPage(c.request.URL.Query(), b.excess)
	if err != nil {
		return nil, err
	}
	shown := []stage.Value{}
	own := b.ofUser[c.user.ID]
	for i := len(own) - 1; i >= 0 && int64(len(shown)) < window.limit; i-- {
		if window.holds(*own[i].facts().id) {
			shown = append(shown, show(c, own[i]))
		}
	}
	return shown, nil
}

// batch keeps the asked order, repeats duplicates, and puts null where the caller can see nothing.
func batch[T escrow[T]](c *call) (stage.Value, *Error) {
	raw := c.request.URL.Query().Get("ids")
	if raw == "" {
		return nil, refuse("ids_missing")
	}
	if strings.Count(raw, ",") >= maxBatch {
		return nil, refuse("too_many_ids")
	}
	var found []stage.Value
	for part := range strings.SplitSeq(raw, ",") {
		id, err := strconv.ParseInt(strings.TrimSpace(part), 10, 64)
		if err != nil {
			return nil, refuse("invalid_id")
		}
		if t, err := visible[T](c, id); err == nil {
			found = append(found, show(c, t))
		} else {
			found = append(found, nil)
		}
	}
	return found, nil
}
