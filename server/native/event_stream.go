package native

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// A stream, by real time: our choice. A client that is cut off comes back and reads on, so a stream need not last for long.
const (
	streamLife  = time.Hour
	streamPing  = 15 * time.Second // a comment, so that proxies leave a quiet stream open
	streamCheck = 5 * time.Second  // whether the key still holds while nothing happens; before anything is told it is asked in any case
	streamWrite = 10 * time.Second // a client that takes nothing for so long has gone
	streamRetry = 2 * time.Second  // after which a client comes back
)

// stream follows the log (https://html.spec.whatwg.org/multipage/server-sent-events.html). The id of
// an event is its sequence, which Last-Event-ID repeats.
func (l eventLog) stream(c *gin.Context, who deal.Caller) error {
	query, err := web.Parameters(c, "after", "from", "type", "transaction")
	if err != nil {
		return err
	}
	if last := c.GetHeader("Last-Event-ID"); last != "" {
		query["after"] = last
		delete(query, "from") // the client has begun, and comes back
	}
	f, err := l.filter(c.Request.Context(), query, who)
	if err != nil {
		return err
	}
	leave, err := l.waiters.Enter(c.Request.Context(), strconv.FormatInt(f.CommunityID, 10), "")
	if err != nil {
		return err
	}
	defer leave()
	woken, stop := l.Hub.Listen(f.CommunityID, "")
	defer stop()
	page, err := l.page(c, f) // what is wrong is answered before the stream begins
	if err != nil {
		return err
	}
	select {
	case <-l.Ending():
		return fault.New(fault.Unavailable, web.Draining, "this server is shutting down; ask another one")
	default:
	}
	s := eventStream{Context: c, wire: events.Wire{IDs: l.IDs}, connection: http.NewResponseController(c.Writer), now: l.Now}
	if err := s.begin(); err != nil {
		return nil // the client has gone
	}
	l.follow(s, f, page, woken, who)
	return nil
}

// follow sends page after page until one of the two ends it.
func (l eventLog) follow(s eventStream, f events.Filter, page events.Page, woken <-chan struct{}, who deal.Caller) {
	ctx := s.Request.Context()
	over, look, ping, check := time.NewTimer(streamLife), time.NewTicker(lookAgain), time.NewTicker(streamPing), time.NewTicker(streamCheck)
	defer over.Stop()
	defer look.Stop()
	defer ping.Stop()
	defer check.Stop()
	for err := s.send(page.Events); err == nil; {
		page.Events = nil // a quiet stream keeps nothing in memory
		if f.After = page.Next; !page.More {
			select {
			case <-woken:
			case <-look.C:
			case <-ping.C:
				err = s.say(": still there\n\n")
			case <-check.C:
				err = l.Still(ctx, who)
			case <-over.C:
				return
			case <-l.Ending():
				return
			case <-ctx.Done():
				return
			}
		}
		if err == nil {
			page, err = l.later(s.Context, f, who)
		}
		if err == nil {
			err = s.send(page.Events)
		}
	}
}

// eventStream writes events to one client.
type eventStream struct {
	*gin.Context
	wire       events.Wire
	connection *http.ResponseController
	now        func() time.Time
}

func (s eventStream) begin() error {
	s.Header("Content-Type", "text/event-stream")
	s.Header("X-Accel-Buffering", "no")
	s.Status(http.StatusOK)
	return s.say(fmt.Sprintf("retry: %d\n\n", streamRetry.Milliseconds()))
}

func (s eventStream) send(all []events.Event) error {
	var text []byte
	for _, e := range all {
		data, err := json.Marshal(s.wire.Show(e, false))
		if err != nil {
			return err
		}
		text = fmt.Appendf(text, "id: %d\nevent: %s\ndata: %s\n\n", e.Sequence, e.Type, data)
	}
	if len(text) == 0 {
		return nil
	}
	web.LeaveTurn(s.Context) // a client that takes it slowly holds up nobody
	return s.say(string(text))
}

// say writes at once.
func (s eventStream) say(text string) error {
	_ = s.connection.SetWriteDeadline(s.now().Add(streamWrite)) // a connection that has none is a test's
	if _, err := s.Writer.WriteString(text); err != nil {
		return err
	}
	return s.connection.Flush()
}
