package console

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/server/web"
)

// Log is the log of events, by whose growth pages know that they are out of date.
type Log interface {
	ReadEvents(ctx context.Context, f events.Filter) (events.Page, error)
	LastEvent(ctx context.Context, community int64) (int64, error)
}

// Hub wakes who waits for the log of a community.
type Hub interface {
	Listen(community int64, user string) (woken <-chan struct{}, stop func())
}

// script keeps pages as they are now, and lets people use keys. Pages work without it.
//
//go:embed live.js
var script string

// quiet is the header of a page that the script asks for: nobody is seen by that, so a page that is left open ends as others do.
const quiet = "Handsel-Live"

// Bounds of who watches, on each replica, and times by the real clock: our choice.
const (
	maxViewers  = 512
	maxWindows  = 16                     // of one session
	streamLife  = time.Hour              // then the browser comes back
	streamPing  = 15 * time.Second       // a comment, so that proxies leave a quiet stream open
	streamCheck = 4 * time.Second        // whether the session still holds
	streamRest  = 300 * time.Millisecond // between two changes that are told
	streamWrite = 10 * time.Second       // a browser that takes nothing for so long has gone
)

func newViewers() *web.Turns {
	return web.NewTurns(maxViewers, maxWindows, fault.New(fault.RateLimited, "too_many_waiting",
		"%d pages of this session are followed already; close one", maxWindows).With("retry_after", int64(10)))
}

// follow tells a page that it is out of date, as server-sent events: the browser then asks for the page again. It ends with the session.
func (f face) follow(v visit) error {
	seen, err := strconv.ParseInt(cmp.Or(v.GetHeader("Last-Event-ID"), v.Query("seen")), 10, 64)
	if err != nil {
		seen = 0 // it is told of what there is
	}
	deal := int64(0)
	if text := v.Query("deal"); text != "" {
		id, is := f.named(text)
		if !is {
			return web.Invalid("invalid_transaction_id", "deal", "deal must be the id of a deal, or its number")
		}
		deal = id
	}
	leave, err := f.viewers.Enter(v.Request.Context(), v.hash, "")
	if err != nil {
		return err
	}
	defer leave()
	watcher, stop := f.watch.join(v.Community, deal, seen)
	defer stop()
	s := outlet{v.Context, http.NewResponseController(v.Writer), f.Door.Now}
	v.Header("Content-Type", "text/event-stream")
	v.Header("X-Accel-Buffering", "no")
	v.Status(http.StatusOK)
	if s.send("retry: 2000\n\n") == nil {
		f.tell(v, s, watcher)
	}
	return nil
}

// tell goes on until one of the two ends it.
func (f face) tell(v visit, s outlet, w *viewer) {
	ctx := v.Request.Context()
	over, ping, check := time.NewTimer(streamLife), time.NewTicker(streamPing), time.NewTicker(streamCheck)
	defer over.Stop()
	defer ping.Stop()
	defer check.Stop()
	for err := error(nil); err == nil; {
		select {
		case <-w.changed:
			if err = s.send(fmt.Sprintf("id: %d\nevent: changed\ndata: 1\n\n", f.watch.last(v.Community))); err == nil {
				err = rest(ctx)
			}
		case <-ping.C:
			err = s.send(": still there\n\n")
		case <-check.C:
			_, err = f.letIn(v.Context, v.page)
		case <-over.C:
			return
		case <-f.Ending:
			return
		case <-ctx.Done():
			return
		}
	}
}

// rest bounds how often one page is made again.
func rest(ctx context.Context) error {
	select {
	case <-time.After(streamRest):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// outlet writes to one browser.
type outlet struct {
	*gin.Context
	connection *http.ResponseController
	now        func() time.Time // by the real clock
}

// say writes at once.
func (s outlet) send(text string) error {
	_ = s.connection.SetWriteDeadline(s.now().Add(streamWrite)) // a connection that has none is a test's
	if _, err := s.Writer.WriteString(text); err != nil {
		return err
	}
	return s.connection.Flush()
}
