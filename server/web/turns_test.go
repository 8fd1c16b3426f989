package web

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
)

// piped is a listener whose connections are pipes, with a clock that is played.
type piped chan net.Conn

func (p piped) Accept() (net.Conn, error) {
	c, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (p piped) Close() error {
	close(p)
	return nil
}

func (p piped) Addr() net.Addr { return &net.TCPAddr{} }

// from is a connection from an address.
type from struct {
	net.Conn
	address string
}

func (f from) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.ParseIP(f.address), Port: 1234} }

const (
	formHead = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n"
	formEnd  = "\r\n--x--\r\n"
)

// upload begins to send a form of a size, from an address, as a user.
func (p piped) upload(t *testing.T, address, user string, size int) net.Conn {
	t.Helper()
	ours, theirs := net.Pipe()
	p <- from{theirs, address}
	if _, err := fmt.Fprintf(ours, "POST /?user=%s HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: %d\r\n\r\n%s",
		user, len(formHead)+size+len(formEnd), formHead); err != nil {
		t.Error(err)
	}
	return ours
}

// drip sends a piece every second until nobody reads it any more.
func drip(c net.Conn, piece int) {
	go func() { _, _ = io.Copy(io.Discard, c) }()
	for piece > 0 {
		if _, err := c.Write(make([]byte, piece)); err != nil {
			return
		}
		time.Sleep(time.Second)
	}
}

// Who sends slowly keeps a turn for two seconds, who sends at the least rate for 15, and
// an address has two turns: others go on.
func TestC3_slowUploadsLoseTheirTurn(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		addresses, piece int           // where attackers send from, and how much a second
		wait             time.Duration // of others
	}{
		"a byte a second from many addresses":     {20, 1, 2 * time.Second},
		"nothing after the first piece":           {20, 0, 2 * time.Second},
		"a byte a second from three addresses":    {3, 1, 0},
		"at the least rate from one address":      {1, uploadRate, 0},
		"at the least rate from three addresses":  {3, uploadRate, 0},
		"at the least rate from eight addresses":  {8, uploadRate, uploadTime},
		"half of the least rate from eight of it": {8, uploadRate / 2, 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				turns := NewTurns(maxUploads, maxUserUploads, errUploads)
				engine := newRouter()
				engine.POST("/", func(c *gin.Context) {
					leave, err := turns.Enter(c.Request.Context(), c.Query("user"), Address(c))
					if err != nil {
						c.String(http.StatusTooManyRequests, err.Error())
						return
					}
					defer leave()
					if err := readAll(turns.Form(c, "x", 6<<20)); err != nil {
						c.String(http.StatusBadRequest, err.Error())
						return
					}
					c.Status(http.StatusOK)
				})
				connections := make(piped)
				h := HTTPServer("", engine)
				var others sync.WaitGroup
				others.Go(func() { _ = h.Serve(connections) })
				for i := range maxUploads {
					attacker := connections.upload(t, fmt.Sprintf("192.0.2.%d", 1+i%tc.addresses), fmt.Sprint("attacker", i), 5<<20)
					others.Go(func() { drip(attacker, tc.piece) })
				}
				synctest.Wait()
				begun := time.Now()
				honest := connections.upload(t, "198.51.100.1", "bea", 1<<20)
				go func() { _, _ = io.WriteString(honest, strings.Repeat("x", 1<<20)+formEnd) }()
				r, err := http.ReadResponse(bufio.NewReader(honest), nil)
				if err != nil || r.StatusCode != http.StatusOK {
					t.Errorf("an honest file: %v, %v", r, err)
				}
				if waited := time.Since(begun).Round(10 * time.Millisecond); waited != tc.wait {
					t.Errorf("an honest user waited %s, want %s", waited, tc.wait)
				}
				_ = honest.Close()
				_ = h.Close()
				others.Wait()
			})
		})
	}
}

// readAll reads a form to its end.
func readAll(form *multipart.Reader) error {
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, part); err != nil {
			return err
		}
	}
}
