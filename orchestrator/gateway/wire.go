package gateway

import (
	"context"
	"errors"
	"net"
	"net/http/httptrace"
	"sync/atomic"
)

// Wire learns from net/http whether a request ever had a connection: only one that had none
// was surely not sent. Its zero value is for one request.
type Wire struct{ wanted, connected atomic.Bool }

// Watch has a request with this context watched.
func (w *Wire) Watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { w.wanted.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { w.connected.Store(true) },
	})
}

// NotSent reports whether a request that failed with err was surely not sent. It needs
// proof: a transport that reports no trace proves nothing by its silence, there only an
// error of dialling or name lookup counts.
func (w *Wire) NotSent(err error) bool {
	if w.connected.Load() {
		return false
	}
	var op *net.OpError
	var dns *net.DNSError
	return w.wanted.Load() || errors.As(err, &op) && op.Op == "dial" || errors.As(err, &dns)
}
