package app

import (
	"context"
	"net/http"
	"time"
)

// emulators start what stands in for gateways in a world, beside the sandbox, which is
// Trustap's and has the clock: a new one is a line here. Each answers nothing where the
// world has no address for it.
func emulators() []func(*World) (*emulated, error) {
	return []func(*World) (*emulated, error){
		(*World).emulateStripe,
	}
}

// emulated is a gateway in a world.
type emulated struct {
	emulator
	gateway    string
	connection Connection
	effects    func() int // how many things happened there
	page       string     // pattern of our page to pay on, which scripts post to; empty: none
	given      bool       // it was there before the world, and outlives it
}

// emulator is what a world asks of one.
type emulator interface {
	http.Handler
	Next() (time.Time, bool) // when something is due there
	Tick()                   // lets what is due happen
	WaitDelivered(ctx context.Context) error
	Close() error
}

// emulate starts the emulators.
func (w *World) emulate() error {
	for _, start := range emulators() {
		e, err := start(w)
		if err != nil {
			return err
		}
		if e != nil {
			w.beside = append(w.beside, *e)
		}
	}
	return nil
}
