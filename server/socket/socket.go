package socket

import (
	"context"
	"strconv"
	"time"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/paging"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/server/web"
)

const (
	maxSocketMessage = 4 << 10 // bytes that a client may send at once
	feedBatch        = 100

	// closeLogin ends a socket whose user is not, or no longer, logged in.
	closeLogin websocket.StatusCode = 4401
	// closeTooMany ends one more socket than a user may have.
	closeTooMany websocket.StatusCode = 4429
)

// pace is how fast a socket is; our choice, but for login.
type pace struct {
	login time.Duration // until the first message (customer's contract)
	poll  time.Duration // between looks at the feed without a wake
	ping  time.Duration
	write time.Duration // for one message, and for the answer to a ping
	check time.Duration // between looks whether the user is banned
}

func defaultPace() pace {
	return pace{login: 5 * time.Second, poll: 2 * time.Second, ping: 30 * time.Second, write: 10 * time.Second, check: 4 * time.Second}
}

// socket is one open websocket. What it sends is read from the user's feed in the
// database, so that any replica can serve it and nothing is lost with one.
type socket struct {
	face    face
	conn    *websocket.Conn
	pace    pace
	user    exchange.User
	expires time.Time // of the token
	after   int64     // the number of the last entry that was sent
	newer   bool      // wants the types that the customer's document does not have
	entered bool
	page    *web.Page // that opened it; nil: who did is no browser
	// stranger is whose sockets without a login this one counts among; empty: none's.
	stranger string
}

// serve runs a socket until one of the sides ends it, or ctx does. What goes over
// the connection has contexts of its own: one that ends cuts the connection off
// before the other side can be told why.
func (k *socket) serve(ctx context.Context, known bool) {
	defer func() { _ = k.conn.CloseNow() }()
	defer k.leave()
	wire, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	defer hangUp()
	heard := k.listen(wire)
	if !known {
		if err := k.login(ctx, heard); err != nil {
			k.end(ctx, err)
			return
		}
	}
	woken, stop := k.face.Hub.Listen(k.user.Community, k.user.ID)
	defer stop()
	if err := k.follow(ctx, heard, woken); err != nil {
		k.end(ctx, err)
	}
}

// utterance is what a client says, or why it says no more.
type utterance struct {
	text    bool
	message []byte
	err     error
}

// listen reads until the connection ends, and so answers pings and closes too.
func (k *socket) listen(ctx context.Context) <-chan utterance {
	heard := make(chan utterance)
	go func() {
		for {
			kind, message, err := k.conn.Read(ctx)
			select {
			case heard <- utterance{kind == websocket.MessageText, message, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return heard
}

// follow sends what there is, and then what comes. It returns nil when the client
// has left.
func (k *socket) follow(ctx context.Context, heard <-chan utterance, woken <-chan struct{}) error {
	poll, ping, check := time.NewTicker(k.pace.poll), time.NewTicker(k.pace.ping), time.NewTicker(k.pace.check)
	defer poll.Stop()
	defer ping.Stop()
	defer check.Stop()
	expiry := time.NewTimer(k.expires.Sub(k.face.Now()))
	defer expiry.Stop()
	for {
		err := k.catchUp(ctx)
		if err != nil {
			return err
		}
		select {
		case u := <-heard:
			if u.err != nil {
				return nil
			}
			err = fault.New(fault.Conflict, "not_expected", "the client must not send messages after its login")
		case <-ctx.Done():
			return ctx.Err()
		case <-woken:
		case <-poll.C:
		case <-ping.C:
			err = k.ping(ctx)
		case <-check.C:
			err = k.face.Trading.Seen(ctx, k.user)
		case <-expiry.C:
			err = fault.New(fault.Unauthenticated, "token_expired", "the token has expired")
		}
		if err != nil {
			return err
		}
	}
}

// catchUp sends the entries after the last one that was sent, in their order.
func (k *socket) catchUp(ctx context.Context) error {
	for {
		entries, err := k.face.Feed.FeedEntries(ctx, k.user.Community, k.user.ID, k.after, feedBatch)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := k.send(ctx, e); err != nil {
				return err
			}
			k.after = e.Sequence
		}
		if !paging.GoesOn(entries, feedBatch) {
			return nil
		}
	}
}

func (k *socket) send(ctx context.Context, e notices.Entry) error {
	if e.Newer && !k.newer {
		return nil
	}
	message, err := socketMessage(e)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), k.pace.write)
	defer cancel()
	return k.conn.Write(ctx, websocket.MessageText, message)
}

// socketMessage is an entry as it is sent: its own members, which are those of the
// customer's document, and what lets a client resume.
func socketMessage(e notices.Entry) ([]byte, error) {
	members := map[string]jsontext.Value{}
	if err := json.Unmarshal(e.Data, &members); err != nil {
		return nil, err
	}
	added := map[string]any{"type": e.Type, "event_id": e.ID, "seq": e.Sequence, "occurred_at": e.At.UTC()}
	for name, v := range added {
		value, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		members[name] = value
	}
	return json.Marshal(members, json.Deterministic(true))
}

func (k *socket) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), k.pace.write)
	defer cancel()
	return k.conn.Ping(ctx)
}

// enter counts the socket and fixes from where it reads.
func (k *socket) enter(ctx context.Context) error {
	last, err := k.face.Feed.LastEntry(ctx, k.user.Community, k.user.ID)
	if err != nil {
		return err
	}
	k.after = min(k.after, last)
	if !k.face.open.enter(k.name(), maxSockets) {
		return fault.New(fault.RateLimited, "too_many_sockets", "a user may have %d websockets open", maxSockets)
	}
	k.entered = true
	return nil
}

// introduced says that the socket's user is known.
func (k *socket) introduced() {
	if k.stranger != "" {
		k.face.open.leave(k.stranger)
		k.stranger = ""
	}
}

func (k *socket) leave() {
	k.introduced()
	if k.entered {
		k.face.open.leave(k.name())
	}
}

func (k *socket) name() string { return strconv.FormatInt(k.user.Community, 10) + " " + k.user.ID }

// end tells the client why the socket ends, if it can still hear it.
func (k *socket) end(ctx context.Context, err error) {
	if ctx.Err() != nil {
		_ = k.conn.Close(websocket.StatusGoingAway, "the server restarts; connect again with last_seq")
		return
	}
	f := fault.As(err)
	switch f.Code {
	case fault.Unavailable:
		_ = k.conn.Close(websocket.StatusTryAgainLater, string(f.Reason))
	case fault.RateLimited:
		_ = k.conn.Close(closeTooMany, string(f.Reason))
	case fault.Unauthenticated, fault.Forbidden, fault.Invalid:
		_ = k.conn.Close(closeLogin, string(f.Reason))
	case fault.Conflict:
		_ = k.conn.Close(websocket.StatusPolicyViolation, string(f.Reason))
	default:
		k.face.Log.InfoContext(ctx, "websocket broke off", "community", k.user.Community, "user", k.user.ID, "error", err)
		_ = k.conn.Close(websocket.StatusInternalError, "")
	}
}
