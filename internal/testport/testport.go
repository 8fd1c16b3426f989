// Package testport finds loopback ports for programs that have to be told theirs before
// they start.
package testport

import (
	"errors"
	"net"
	"os"
	"strconv"
	"sync/atomic"
)

// The ports given are below those that Linux gives to whoever asks for any (from 32768 on). One
// of those, free when it was looked for, may be somebody's by the time of its use.
const (
	first = 10_000
	count = 20_000
)

// A process begins at a place of its own, so that those which run at the same time seldom look
// at the same ports, and counts on.
var process = ports{begin: uint32(os.Getpid()) * 64}

type ports struct {
	begin uint32
	given atomic.Uint32
}

// Free is a port of 127.0.0.1 that nobody uses and that no other call in this process gets. It
// is safe for concurrent use.
func Free() (int, error) { return process.free() }

func (p *ports) free() (int, error) {
	for range count {
		port := first + int((p.begin+p.given.Add(1))%count)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			return port, l.Close()
		}
	}
	return 0, errors.New("no loopback port is free")
}
