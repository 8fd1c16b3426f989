package facetest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/server/trade"
)

// diary is a feed in memory.
type diary struct {
	mu      sync.Mutex
	entries map[string][]notices.Entry
}

func (d *diary) Add(user, kind string, newer bool, data string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := int64(len(d.entries[user]) + 1)
	d.entries[user] = append(d.entries[user], notices.Entry{
		CommunityID: Ours, UserID: user, Sequence: n, ID: fmt.Sprintf("%d.%s", n, kind), Type: kind, Newer: newer,
		Data: json.RawMessage(data), At: Epoch,
	})
}

func (d *diary) FeedEntries(_ context.Context, community int64, user string, after int64, limit int) ([]notices.Entry, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := d.entries[user]
	if community != Ours || after >= int64(len(all)) {
		return nil, nil
	}
	return slices.Clone(all[after:min(after+int64(limit), int64(len(all)))]), nil
}

func (d *diary) LastEntry(_ context.Context, _ int64, user string) (int64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return int64(len(d.entries[user])), nil
}

// Line is a market with its websocket open to the network.
type Line struct {
	*Market
	Diary *diary
	URL   string
}

func NewLine(t *testing.T, change func(*trade.Exchange)) *Line {
	t.Helper()
	l := &Line{Diary: &diary{entries: map[string][]notices.Entry{}}}
	l.Market = NewExchangeWith(t, func(x *trade.Exchange) {
		x.Feed = l.Diary
		change(x)
	})
	l.Listen(t)
	return l
}

// Listen opens the websocket to the network.
func (l *Line) Listen(t *testing.T) {
	listener := httptest.NewServer(l.Server.Handler())
	t.Cleanup(listener.Close)
	l.URL = "ws" + strings.TrimPrefix(listener.URL, "http") + "/ws/p2p/"
}

func AsIs(*trade.Exchange) {}

// Told adds an entry and wakes who waits for it.
func (l *Line) Told(user, kind string, newer bool, data string) {
	l.Diary.Add(user, kind, newer, data)
	l.Hub.Wake(Ours, user)
}

func (l *Line) Ticket(t *testing.T, user string) string {
	t.Helper()
	return l.Ask(t, user, "POST", "/p2p/ws-ticket", nil).Is(200).Exactly("entity", "ticket", "expires_in").
		Has(map[string]string{"status": "success", "message": "<nil>", "entity.expires_in": "30"}).At("entity.ticket")
}

// Join opens a websocket with a ticket.
func (l *Line) Join(t *testing.T, user, query string) *WSClient {
	t.Helper()
	c := Dial(t, l.URL+"?ticket="+l.Ticket(t, user)+query, nil)
	c.Next("open")
	return c
}
