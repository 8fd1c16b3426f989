package web

import (
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
)

// Uploads at the same time: a file is in memory until it is stored. What comes more
// slowly than the rate loses its turn, and one address never has more than a quarter
// of them.
const (
	maxUploads        = 8
	maxUserUploads    = 1
	maxAddressUploads = 2
	uploadTime        = 15 * time.Second // for a file, from its turn on
	uploadPause       = 2 * time.Second  // in which nothing may come
	uploadRate        = 64 << 10         // bytes a second, at least
)

var errUploads = fault.New(fault.RateLimited, "too_many_uploads", "a user may send one file at a time").With("retry_after", int64(1))

// Turns bound what bodies and large answers in memory cost. A body is not read, and an answer not made, before its turn.
type Turns struct {
	slots  chan struct{}
	each   int   // that one user may have
	refuse error // of one more
	now    func() time.Time

	mu     sync.Mutex
	byUser map[string]int
	lines  map[string]*line // of addresses
}

// line is where the users of one address wait for the few turns that it has.
type line struct {
	slots  chan struct{}
	people int
}

// NewTurns are so many turns in all and for each user, and the refusal of one more.
func NewTurns(all, each int, refuse error) *Turns {
	return &Turns{slots: make(chan struct{}, all), each: each, refuse: refuse, now: time.Now, byUser: map[string]int{}, lines: map[string]*line{}}
}

// Enter waits for a turn; leave gives it back. One user has few at a time, so that
// nobody takes them all; a backend, which has no name here, sends for many. Those who
// come from an address wait in its line first.
func (u *Turns) Enter(ctx context.Context, user, from string) (leave func(), err error) {
	if user != "" && !u.count(user) {
		return nil, u.refuse
	}
	line := u.join(from)
	defer func() {
		if err != nil {
			u.forget(user, from)
			err = fault.Wrap(err, fault.Unavailable, "busy", "too much is sent or asked for at the same time; try again in a moment")
		}
	}()
	if err := wait(ctx, line); err != nil {
		return nil, err
	}
	if err := wait(ctx, u.slots); err != nil {
		<-line
		return nil, err
	}
	return func() {
		<-u.slots
		<-line
		u.forget(user, from)
	}, nil
}

func wait(ctx context.Context, slots chan struct{}) error {
	select {
	case slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (u *Turns) count(user string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.byUser[user] >= u.each {
		return false
	}
	u.byUser[user]++
	return true
}

// join counts one more who comes from an address, and returns its line. One of its own
// is for who comes from none.
func (u *Turns) join(from string) chan struct{} {
	if from == "" {
		return make(chan struct{}, 1)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	l := u.lines[from]
	if l == nil {
		l = &line{slots: make(chan struct{}, maxAddressUploads)}
		u.lines[from] = l
	}
	l.people++
	return l.slots
}

func (u *Turns) forget(user, from string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.byUser[user]--; u.byUser[user] <= 0 {
		delete(u.byUser, user)
	}
	if l := u.lines[from]; l != nil {
		if l.people--; l.people == 0 {
			delete(u.lines, from)
		}
	}
}

// Form reads the body of a form with a file, which must come about as fast as
// uploadRate, and have at most so many bytes.
func (u *Turns) Form(c *gin.Context, boundary string, most int64) *multipart.Reader {
	c.Request.Body = &paced{
		ReadCloser: c.Request.Body, connection: http.NewResponseController(c.Writer), now: u.now,
		until: u.now().Add(uploadPause), end: u.now().Add(uploadTime),
	}
	return multipart.NewReader(http.MaxBytesReader(c.Writer, c.Request.Body, most), boundary)
}

// paced is a body whose reading fails when nothing came for a while, or too little.
type paced struct {
	io.ReadCloser
	connection *http.ResponseController
	now        func() time.Time
	until, end time.Time
}

// Read gives what came some time more, but never more than a pause: nobody saves up.
func (p *paced) Read(into []byte) (int, error) {
	_ = p.connection.SetReadDeadline(p.until) // a connection that has none is a test's
	n, err := p.ReadCloser.Read(into)
	p.until = earliest(p.until.Add(time.Duration(n)*time.Second/uploadRate), p.now().Add(uploadPause), p.end)
	return n, err
}

func earliest(times ...time.Time) time.Time { return slices.MinFunc(times, time.Time.Compare) }
