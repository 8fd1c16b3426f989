package testkit

import (
	"context"
	"encoding/json"

	"github.com/handsel-dev/handsel/sandbox"
)

// Till is what every emulator has for a test to break it and to read its own books.
type Till interface {
	SetFaults(faults []sandbox.Fault) error
	WaitDelivered(ctx context.Context) error
	Snapshot() ([]byte, error)
}

// Till is the emulator of a gateway.
func (w *Testbed) Till(gateway string) Till {
	w.t.Helper()
	if gateway == "trustap" {
		return w.Sandbox
	}
	till, ok := w.Emulator(gateway).(Till)
	if !ok {
		w.t.Fatalf("there is no emulator of %s", gateway)
	}
	return till
}

// PayOnPage lets the buyer pay on the page of a gateway.
func (w *Testbed) PayOnPage(gateway, payment string) error {
	w.t.Helper()
	page, ok := w.Emulator(gateway).(interface {
		Pay(payment, card string) error
	})
	if !ok {
		w.t.Fatalf("nobody pays on a page of %s", gateway)
	}
	return page.Pay(payment, "success")
}

// world reads all that an emulator has, past its API.
func (w *Testbed) world(gateway string, into any) {
	w.t.Helper()
	raw, err := w.Till(gateway).Snapshot()
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		w.t.Fatalf("the books of %s: %v", gateway, err)
	}
}
