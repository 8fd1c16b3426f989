package testport

import (
	"net/http"
	"net/http/httptest"
)

// TB is the part of testing.TB that Stand needs.
type TB interface {
	Helper()
	Cleanup(f func())
	Fatalf(format string, args ...any)
}

// Emulator is what Stand serves.
type Emulator interface {
	http.Handler
	Close() error
}

// Stand serves an emulator that has to know its own URL, on a loopback port until the test ends.
// It is made before anybody is served: a program of another test may still call who had the port
// before.
func Stand[E Emulator](t TB, open func(url string) (E, error)) (e E, url string) {
	t.Helper()
	front := httptest.NewUnstartedServer(nil)
	url = "http://" + front.Listener.Addr().String()
	e, err := open(url)
	if err != nil {
		_ = front.Listener.Close()
		t.Fatalf("start an emulator: %v", err)
	}
	front.Config.Handler = e
	front.Start()
	t.Cleanup(func() { _ = e.Close(); front.Close() })
	return e, url
}
