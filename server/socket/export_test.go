package socket

import (
	"runtime"
	"time"
)

// Hurry makes what websockets wait for come sooner.
func (s *Sockets) Hurry(login, poll, check time.Duration) {
	p := &s.pace
	p.login, p.poll, p.check = login, poll, check
}

// HurryWrites bounds how long a websocket waits for its reader.
func (s *Sockets) HurryWrites(d time.Duration) { s.pace.write = d }

// Wait waits until so many users have websockets open.
func (s *Sockets) Wait(users int) {
	for {
		s.mu.Lock()
		n := len(s.byUser)
		s.mu.Unlock()
		if n == users {
			return
		}
		runtime.Gosched()
	}
}

// ReadLogin is tested on its own.
var ReadLogin = readLogin
