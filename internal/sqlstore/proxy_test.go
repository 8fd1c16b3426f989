package sqlstore_test

import (
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// proxy forwards connections to a server and can lose an answer, hang or be cut.
type proxy struct {
	listener net.Listener
	server   string
	loseNext atomic.Bool // forward the next message that commits, then cut before its answer
	lost     atomic.Int64
	conns    sync.WaitGroup

	mu      sync.Mutex
	moved   *sync.Cond
	frozen  bool // nothing is forwarded, connections stay open
	refused bool // connections are cut, also new ones
	closed  bool
	open    map[net.Conn]struct{}
}

// startProxy returns a proxy in front of the database of a URL, and the URL of
// the database behind it.
func startProxy(t *testing.T, databaseURL string) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, server: u.Host, open: map[net.Conn]struct{}{}}
	p.moved = sync.NewCond(&p.mu)
	p.conns.Go(p.serve)
	t.Cleanup(func() {
		_ = l.Close()
		p.set(func() { p.frozen, p.closed = false, true })
		p.conns.Wait()
	})
	u.Host = l.Addr().String()
	return p, u.String()
}

// freeze lets the server hang.
func (p *proxy) freeze(on bool) { p.set(func() { p.frozen = on }) }

// refuse cuts the network.
func (p *proxy) refuse(on bool) { p.set(func() { p.refused = on }) }

func (p *proxy) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	if p.refused || p.closed {
		for c := range p.open {
			_ = c.Close()
		}
	}
	p.moved.Broadcast()
}

// pass waits while the server hangs and reports whether to go on.
func (p *proxy) pass() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.frozen {
		p.moved.Wait()
	}
	return !p.refused && !p.closed
}

func (p *proxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refused || p.closed {
		for _, c := range conns {
			_ = c.Close()
		}
		return false
	}
	for _, c := range conns {
		p.open[c] = struct{}{}
	}
	return true
}

func (p *proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.server)
		if err != nil {
			_ = client.Close()
			return
		}
		if p.keep(client, server) {
			p.conns.Go(func() { p.forward(client, server) })
		}
	}
}

// forward copies both ways. When an answer is to be lost, it waits until the
// server has begun to answer, so that the statement is committed, and cuts.
func (p *proxy) forward(client, server net.Conn) {
	var cut atomic.Bool
	var both sync.WaitGroup
	both.Go(func() {
		defer server.Close()
		buffer := make([]byte, 1<<16)
		for {
			n, err := client.Read(buffer)
			// The arguments of a statement travel with the order to run it.
			if n > 0 && strings.Contains(string(buffer[:n]), "lose me") && p.loseNext.CompareAndSwap(true, false) {
				cut.Store(true)
			}
			if !p.pass() {
				return
			}
			if _, werr := server.Write(buffer[:n]); err != nil || werr != nil {
				return
			}
		}
	})
	both.Go(func() {
		defer client.Close()
		buffer := make([]byte, 1<<16)
		for {
			n, err := server.Read(buffer)
			if cut.Load() {
				p.lost.Add(1)
				return
			}
			if !p.pass() {
				return
			}
			if _, werr := client.Write(buffer[:n]); err != nil || werr != nil {
				return
			}
		}
	})
	both.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, client)
	delete(p.open, server)
}
