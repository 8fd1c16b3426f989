package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/server/web"
)

// drainTime is how long requests in progress may take when the program is stopped.
const drainTime = 25 * time.Second

// dueTime is how long due work may take to end. It is longer than one call of a
// gateway, whose outcome is stored when the call ends.
const dueTime = 60 * time.Second

// within waits for something that ends soon, but not for ever: a program that is
// told to stop stops, also when its database hangs.
func within(limit time.Duration, what string, wait func()) error {
	done := make(chan struct{})
	go func() {
		wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-time.After(limit):
		return fmt.Errorf("%s did not end within %s and was cut off", what, limit)
	}
}

// listen opens a port and says which setting to change when it is taken.
func listen(ctx context.Context, addr, setting string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%w; choose another address with %s", err, setting)
	}
	return l, nil
}

// listenUsual takes the usual port, or any other when that is taken and none was
// asked for: the address is printed, and nobody has to know it before.
func listenUsual(ctx context.Context, addr, usual, setting string) (net.Listener, error) {
	if addr != "" {
		return listen(ctx, addr, setting)
	}
	if l, err := listen(ctx, usual, setting); err == nil {
		return l, nil
	}
	return listen(ctx, "127.0.0.1:0", setting)
}

// serveApp is serveHTTP for the engine: once it is to stop, it first says for a
// while that it is not ready any more, and still answers: a load balancer that
// finds the port closed before it has heard that loses requests.
func serveApp(ctx context.Context, l net.Listener, a *app.App, pause time.Duration) error {
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	leave := func() {
		a.Server.Drain()
		select {
		case <-time.After(pause):
		case <-serving.Done(): // the listener broke
		}
		stop()
		// Websockets are no requests: they are told to come back elsewhere.
		goodbye, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
		defer cancel()
		_ = a.Server.CloseSockets(goodbye) // who does not answer is cut off with the process
	}
	defer context.AfterFunc(ctx, leave)()
	return serveHTTP(serving, l, a.Handler)
}

// serveHTTP serves until ctx ends, then lets requests in progress finish.
func serveHTTP(ctx context.Context, l net.Listener, h http.Handler) error {
	s := web.HTTPServer("", h)
	stopped := make(chan error, 1)
	go func() { stopped <- s.Serve(web.Watched(l)) }()
	select {
	case err := <-stopped:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if err := s.Shutdown(drain); err != nil {
		return fmt.Errorf("requests were cut off at shutdown: %w", err)
	}
	if err := <-stopped; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
