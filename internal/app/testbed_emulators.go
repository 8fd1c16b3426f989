package app

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// Emulator is what can stand in for a gateway in a testbed, beside the sandbox, which is
// Trustap's and has the clock.
type Emulator struct {
	Gateway, Title string
	// Usual is its address in dev. Flag makes the flag that names another one: a pointer to
	// a struct. Setting is that flag's name in the environment.
	Usual, Setting string
	Flag           func() Address
	start          func(w *Testbed, url string, again http.Handler) (*emulated, error)
	alone          func(c Alone) (Standing, error)
}

// Alone is what an emulator needs that runs without a testbed, on the real clock.
type Alone struct {
	URL  string // its origin
	Seed uint64
	Log  *slog.Logger
}

// Standing is an emulator that runs without a testbed.
type Standing interface {
	http.Handler
	Close() error
}

// Alone makes the emulator without a testbed. It is told over HTTP where to send webhooks.
func (e Emulator) Alone(c Alone) (Standing, error) { return e.alone(c) }

// Address is a flag for where an emulator listens; empty where nobody has set it.
type Address interface {
	Address() string
}

// Emulators are all of them: a new one is a line here.
func Emulators() []Emulator {
	return []Emulator{
		stripeEmulator(),
		paypalEmulator(),
		braintreeEmulator(),
		paytrailEmulator(),
	}
}

// emulated is a gateway in a testbed.
type emulated struct {
	emulator
	gateway    string
	connection Connection
	effects    func() int // how many things happened there
	page       string     // pattern of our page to pay on, which scripts post to; empty: none
}

// emulator is what a testbed asks of one.
type emulator interface {
	http.Handler
	holder
	Next() (time.Time, bool) // when something is due there
	Tick()                   // lets what is due happen
	WaitDelivered(ctx context.Context) error
	Told() int    // how many webhooks there were
	Changes() int // what happened there
	Close() error
}

// emulate starts the emulators that have an address, or takes those of the testbed before.
func (w *Testbed) emulate() error {
	for _, e := range Emulators() {
		url := w.Config.EmulatorURLs[e.Gateway]
		if url == "" {
			continue
		}
		started, err := e.start(w, url, w.Config.Again.Emulator(e.Gateway))
		if err != nil {
			return err
		}
		if _, err := w.chronicle(e.Gateway, started, func() int { return started.effects() + started.Told() }); err != nil {
			return err
		}
		w.beside = append(w.beside, *started)
	}
	return nil
}

// Emulator is the one that stands in for a gateway, nil where there is none.
func (w *Testbed) Emulator(gateway string) http.Handler {
	if w == nil {
		return nil
	}
	for _, e := range w.beside {
		if e.gateway == gateway {
			return e.emulator
		}
	}
	return nil
}
