package native

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

func (n face) eventRoutes() []web.Route {
	if n.Events == nil {
		return nil
	}
	log := eventLog{n, newWaiters()}
	return []web.Route{
		{
			Method: http.MethodGet, Path: "/v1/events", Access: web.Reading, Lasts: true,
			Summary: "Read the log of events, oldest first", Query: []string{"after", "from", "type", "transaction", "limit", "wait"}, Answer: web.JSON[eventPage](),
			Serve: n.Backend(log.list),
		},
		{
			Method: http.MethodGet, Path: "/v1/events/stream", Access: web.Reading, Lasts: true,
			Name: "events.stream", Summary: "Follow the log of events as server-sent events", Query: []string{"after", "from", "type", "transaction"}, Answer: web.Media("text/event-stream"),
			Serve: n.Backend(log.stream),
		},
		{
			Method: http.MethodGet, Path: "/v1/events/{id}", Access: web.Reading,
			Summary: "Read an event", Answer: web.JSON[events.Shown](),
			Serve: n.Backend(log.read),
		},
	}
}

// eventPage is a part of the log. NextAfter is where the next one begins.
type eventPage struct {
	Items     []events.Shown `json:"items"`
	NextAfter int64          `json:"next_after"`
	HasMore   bool           `json:"has_more"`
	Last      int64          `json:"last_sequence"`
}

// eventLog serves the log. Whoever waits for events is woken when there are some, here or at
// another replica; a wake that gets lost is made good by a look.
type eventLog struct {
	face
	waiters *web.Turns
}

// Bounds of who waits, on each replica: our choice.
const (
	maxWaiting          = 512
	maxCommunityWaiting = 32
	longestWait         = 30 * time.Second
	lookAgain           = 2 * time.Second
	readTime            = 10 * time.Second
)

func newWaiters() *web.Turns {
	return web.NewTurns(maxWaiting, maxCommunityWaiting, fault.New(fault.RateLimited, "too_many_waiting",
		"%d requests of this marketplace wait for events already; share one among your processes", maxCommunityWaiting).With("retry_after", int64(1)))
}

func (l eventLog) list(c *gin.Context, who deal.Caller) error {
	query, err := web.Parameters(c, "after", "from", "type", "transaction", "limit", "wait")
	if err != nil {
		return err
	}
	f, err := l.filter(c.Request.Context(), query, who)
	if err != nil {
		return err
	}
	wait, err := wholeNumber(query, "wait", 0, int64(longestWait/time.Second))
	if err != nil {
		return err
	}
	page, err := l.await(c, f, time.Duration(wait)*time.Second, who)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, l.show(page))
}

func (l eventLog) show(p events.Page) eventPage {
	out := eventPage{Items: make([]events.Shown, len(p.Events)), NextAfter: p.Next, HasMore: p.More, Last: p.Last}
	wire := events.Wire{IDs: l.IDs}
	for i, e := range p.Events {
		out.Items[i] = wire.Show(e, false)
	}
	return out
}

func (l eventLog) read(c *gin.Context, who deal.Caller) error {
	if err := backendOnly(who); err != nil {
		return err
	}
	sequence, err := l.IDs.OpenIn(publicid.Event, who.Community(), c.Param("id"))
	if err != nil {
		return errNoEvent
	}
	page, err := l.Events.ReadEvents(c.Request.Context(), events.Filter{CommunityID: who.Community(), After: sequence - 1, Limit: 1})
	if err != nil {
		return err
	}
	if len(page.Events) == 0 {
		return errNoEvent
	}
	return web.Send(c, http.StatusOK, events.Wire{IDs: l.IDs}.Show(page.Events[0], false))
}

var errNoEvent = fault.New(fault.NotFound, "event_not_found", "there is no such event; the log keeps them for 90 days")

// filter reads what of the log is asked for.
func (l eventLog) filter(ctx context.Context, query map[string]string, who deal.Caller) (f events.Filter, err error) {
	if err := backendOnly(who); err != nil {
		return f, err
	}
	f.CommunityID = who.Community()
	if f.After, err = l.begin(ctx, query, f.CommunityID); err != nil {
		return f, err
	}
	f.Limit = web.MaxPage
	if _, ok := query["limit"]; ok {
		if f.Limit, _, err = l.place(query); err != nil {
			return f, err
		}
	}
	if text, ok := query["type"]; ok {
		f.Types = strings.Split(text, ",")
		for _, t := range f.Types {
			if !events.Known(t) {
				return f, web.Invalid("unknown_event_type", "type", "unknown type of event %.64q; handsel events list shows them all, and noun.* is all of a noun", t)
			}
		}
	}
	if text, ok := query["transaction"]; ok {
		if f.TransactionID, ok = l.either(publicid.Transaction, text); !ok {
			return f, web.Invalid("invalid_transaction_id", "transaction", "transaction must be a transaction's id or its number")
		}
	}
	return f, nil
}

// begin is after which event one reads: a number, or the newest one there is.
func (l eventLog) begin(ctx context.Context, query map[string]string, community int64) (int64, error) {
	from, ok := query["from"]
	if !ok {
		after, err := wholeNumber(query, "after", 0, 1<<48-1)
		if err != nil {
			err = web.Invalid("validation_error", "after", `after must be the number of an event, 0 for all there are; for what is new send from=now instead`)
		}
		return after, err
	}
	if _, both := query["after"]; both || from != "now" {
		return 0, web.Invalid("validation_error", "from", `from must be "now", without after; to read on from a number send after alone`)
	}
	return l.Events.LastEvent(ctx, community)
}

// backendOnly refuses a person: the log has the events of all.
func backendOnly(who deal.Caller) error {
	if who.Actor.Kind == process.User {
		return fault.New(fault.Forbidden, "backend_only", "events are for the marketplace's backend; leave Handsel-Actor out")
	}
	return nil
}

// wholeNumber reads a number of the query; 0 or the least where it is left out.
func wholeNumber(query map[string]string, name string, least, most int64) (int64, error) {
	text, ok := query[name]
	if !ok {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > most {
		return 0, web.Invalid("validation_error", name, "%s must be a whole number from %d to %d", name, least, most)
	}
	return n, nil
}

// await reads a page, and waits for one as long as it would be empty.
func (l eventLog) await(c *gin.Context, f events.Filter, wait time.Duration, who deal.Caller) (events.Page, error) {
	page, err := l.page(c, f)
	if err != nil || wait == 0 || len(page.Events) > 0 || page.More {
		return page, err
	}
	ctx := c.Request.Context()
	leave, err := l.waiters.Enter(ctx, strconv.FormatInt(f.CommunityID, 10), "")
	if err != nil {
		return page, err
	}
	defer leave()
	woken, stop := l.Hub.Listen(f.CommunityID, "")
	defer stop()
	over := time.NewTimer(wait)
	defer over.Stop()
	for len(page.Events) == 0 && !page.More {
		// Events that were numbered before the hub listened are seen by this look.
		if page, err = l.later(c, f, who); err != nil || len(page.Events) > 0 || page.More {
			break
		}
		f.After = page.Next
		select {
		case <-woken:
		case <-time.After(lookAgain):
		case <-over.C:
			return page, nil
		case <-l.Ending():
			return page, nil
		case <-ctx.Done():
			return page, ctx.Err()
		}
	}
	return page, err
}

// page reads a page in a turn, which who has nothing to answer gives back at once.
func (l eventLog) page(c *gin.Context, f events.Filter) (events.Page, error) {
	if err := l.TakeTurn(c, web.Reading); err != nil {
		return events.Page{}, err
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), readTime)
	defer cancel()
	page, err := l.Events.ReadEvents(ctx, f)
	if err != nil || len(page.Events) == 0 {
		web.LeaveTurn(c)
	}
	return page, err
}

// later reads a page for somebody whose request has lasted. What their key no longer opens they are not told:
// it is asked for after the page was read, so nothing that comes after a revocation reaches them.
func (l eventLog) later(c *gin.Context, f events.Filter, who deal.Caller) (events.Page, error) {
	page, err := l.page(c, f)
	if err == nil && len(page.Events) > 0 {
		err = l.Still(c.Request.Context(), who)
	}
	return page, err
}
