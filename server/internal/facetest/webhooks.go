package facetest

import (
	"context"
	"crypto/rand"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/pass"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

// KeepEndpoints lets a server look after webhook endpoints. Nothing but this machine gets an attempt, and
// their secrets are no secrets.
func KeepEndpoints(t testing.TB, c *server.Config) {
	t.Helper()
	store := c.Keys.(*sqlstore.DB)
	sender, err := outbound.NewSender(outbound.SenderConfig{
		Guard: outbound.Guard{Loopback: true, Lookup: func(context.Context, string) ([]netip.Addr, error) { return nil, nil }}, Timeout: 5 * time.Second, Now: c.Now,
		Elapsed: func() func() time.Duration { return func() time.Duration { return 0 } },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sender.Close)
	c.Webhooks, err = outbound.NewDesk(outbound.DeskConfig{
		Endpoints: store.Endpoints, Deliveries: store.Deliveries, Log: store.EventLog, Wire: events.Wire{IDs: c.IDs}, Sender: sender, Random: zeros{}, Now: c.Now, Wake: func() {},
	})
	if err != nil {
		t.Fatal(err)
	}
	c.Passes = &outbound.Passes{Book: pass.Book[outbound.Visitor]{Tickets: store.Tickets, Random: rand.Reader}, Now: c.Now}
}

// zeros is a source that is not random: all secrets of a test are alike but for their length.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	return strings.NewReader(strings.Repeat("\x00", len(b))).Read(b)
}
