package pgtest

import (
	"net"
	"net/url"
	"strings"
	"sync"
)

// Proxy stands in front of a server and can lose an answer, hang or be cut. It is
// safe for concurrent use.
type Proxy struct {
	listener net.Listener
	server   string
	conns    sync.WaitGroup

	mu      sync.Mutex
	losing  string // cut instead of the answer to the next message that holds this
	lost    int
	moved   *sync.Cond
	frozen  bool // nothing is forwarded, connections stay open
	refused bool // connections are cut, also new ones
	closed  bool
	open    map[net.Conn]struct{}
}

// StartProxy returns a proxy in front of the database of a URL, and the URL of the
// database behind it. The proxy ends with the test.
func StartProxy(t CleanTB, databaseURL string) (*Proxy, string) {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatalf("%v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("%v", err)
	}
	p := &Proxy{listener: l, server: u.Host, open: map[net.Conn]struct{}{}}
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

// CleanTB is the part of testing.TB that StartProxy needs.
type CleanTB interface {
	TB
	Cleanup(func())
}

// Freeze lets the server hang: connections stay open and nothing is answered.
func (p *Proxy) Freeze(on bool) { p.set(func() { p.frozen = on }) }

// Refuse cuts the network: connections break, also new ones.
func (p *Proxy) Refuse(on bool) { p.set(func() { p.refused = on }) }

// Lose forwards the next message that holds a text and cuts the connection before
// its answer.
func (p *Proxy) Lose(text string) { p.set(func() { p.losing = text }) }

// Lost is how many answers were lost.
func (p *Proxy) Lost() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lost
}

// loses reports whether the answer to a message is to be lost.
func (p *Proxy) loses(message string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.losing == "" || !strings.Contains(message, p.losing) {
		return false
	}
	p.losing = ""
	p.lost++
	return true
}

func (p *Proxy) set(change func()) {
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
func (p *Proxy) pass() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.frozen {
		p.moved.Wait()
	}
	return !p.refused && !p.closed
}

func (p *Proxy) keep(conns ...net.Conn) bool {
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

func (p *Proxy) serve() {
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
func (p *Proxy) forward(client, server net.Conn) {
	lost := make(chan struct{})
	var both sync.WaitGroup
	both.Go(func() {
		defer server.Close()
		p.copy(server, client, func(message []byte) bool {
			// The arguments of a statement travel with the order to run it.
			if p.loses(string(message)) {
				close(lost)
			}
			return true
		})
	})
	both.Go(func() {
		defer client.Close()
		p.copy(client, server, func([]byte) bool {
			select {
			case <-lost:
				return false
			default:
				return true
			}
		})
	})
	both.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, client)
	delete(p.open, server)
}

func (p *Proxy) copy(to, from net.Conn, look func([]byte) bool) {
	buffer := make([]byte, 1<<16)
	for {
		n, err := from.Read(buffer)
		if n > 0 && !look(buffer[:n]) || !p.pass() {
			return
		}
		if _, werr := to.Write(buffer[:n]); err != nil || werr != nil {
			return
		}
	}
}
