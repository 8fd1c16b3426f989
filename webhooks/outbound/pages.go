package outbound

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/notices/events"
)

// message is an event as it is sent, written once for all endpoints.
type message struct {
	events.Event
	id   string
	once [2]sync.Once
	body [2][]byte // full and thin
	err  [2]error
}

// Wire writes events as they are sent: events.Wire.
type Wire interface {
	ID(e events.Event) string
	Marshal(e events.Event, thin bool) ([]byte, error)
}

func (m *message) bytes(w Wire, thin bool) ([]byte, error) {
	i := 0
	if thin {
		i = 1
	}
	m.once[i].Do(func() { m.body[i], m.err[i] = w.Marshal(m.Event, thin) })
	return m.body[i], m.err[i]
}

// How much of the log is in memory; our choice. The bytes count, because an event may have 100 kB of metadata: what is in use
// stays, and so does one page.
const (
	pageEvents = 256
	maxPages   = 64
	maxBytes   = 32 << 20
	apart      = 500 // bytes of an event beside its data
)

// pages reads the log for all endpoints, so that those of a community that are at the same
// place read it once. It is safe for concurrent use.
type pages struct {
	log  events.Log
	wire Wire

	mu    sync.Mutex
	known map[pageKey]*page
	order []pageKey // the oldest first
	bytes int       // of all that are known
}

type pageKey struct{ community, number int64 }

// page has events after number × pageEvents: from behind the place of whoever reads furthest back, as far as they were there.
type page struct {
	mu       sync.Mutex
	messages []*message
	from     int64
	upTo     int64
	bytes    int  // guarded by the lock of all pages
	dropped  bool // and so is this
}

func newPages(log events.Log, wire Wire) *pages {
	return &pages{log: log, wire: wire, known: map[pageKey]*page{}}
}

func (p *pages) page(k pageKey, after int64) *page {
	p.mu.Lock()
	defer p.mu.Unlock()
	if found, ok := p.known[k]; ok {
		return found
	}
	if len(p.order) == maxPages {
		p.drop()
	}
	made := &page{from: after, upTo: after}
	p.known[k], p.order = made, append(p.order, k)
	return made
}

// drop forgets the oldest page. Who is reading it still has it.
func (p *pages) drop() {
	oldest := p.known[p.order[0]]
	oldest.dropped = true
	p.bytes -= oldest.bytes
	delete(p.known, p.order[0])
	p.order = slices.Delete(p.order, 0, 1)
}

// grew counts what a page has got.
func (p *pages) grew(at *page, bytes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at.dropped {
		return
	}
	at.bytes, p.bytes = at.bytes+bytes, p.bytes+bytes
	for p.bytes > maxBytes && len(p.order) > 1 {
		p.drop()
	}
}

// read returns the events behind a number, up to the end of their page, and the number behind
// which the next ones come; the same number: there is nothing.
func (p *pages) read(ctx context.Context, community, after int64) (found []*message, next int64, err error) {
	number := after / pageEvents
	at := p.page(pageKey{community, number}, after)
	at.mu.Lock()
	defer at.mu.Unlock()
	if after < at.from {
		p.grew(at, -at.bytes)
		at.messages, at.from, at.upTo = nil, after, after
	}
	for was := int64(-1); after >= at.upTo && was != at.upTo; { // one look may not reach as far as another endpoint has read
		was = at.upTo
		if err := p.more(ctx, at, community, (number+1)*pageEvents); err != nil {
			return nil, after, err
		}
	}
	i, exact := find(at.messages, after)
	if exact {
		i++
	}
	return at.messages[i:len(at.messages):len(at.messages)], max(at.upTo, after), nil
}

func find(messages []*message, sequence int64) (int, bool) {
	return slices.BinarySearchFunc(messages, sequence, func(m *message, n int64) int { return cmp.Compare(m.Sequence, n) })
}

// more reads what a page does not have yet. It may begin behind events that were removed, and
// all of it may be.
func (p *pages) more(ctx context.Context, at *page, community, end int64) error {
	f := events.Filter{CommunityID: community, After: at.upTo, Limit: int(end - at.upTo)}
	read, err := p.log.ReadEvents(ctx, f)
	if fault.ReasonOf(err) == "events_expired" {
		if at.upTo, err = p.first(ctx, community); err != nil || at.upTo >= end {
			return err
		}
		f.After, f.Limit = at.upTo, int(end-at.upTo)
		read, err = p.log.ReadEvents(ctx, f)
	}
	if err != nil {
		return err
	}
	if len(read.Events) > 0 && read.Events[0].Sequence > end { // behind the number 0 nothing is refused
		at.upTo = read.Events[0].Sequence - 1
	}
	bytes := 0
	for _, e := range read.Events {
		if e.Sequence <= end {
			at.messages = append(at.messages, &message{Event: e, id: p.wire.ID(e)})
			at.upTo = e.Sequence
			bytes += 2*len(e.Data) + apart // the data, and what is written of it
		}
	}
	p.grew(at, bytes)
	return nil
}

// first is the number before the oldest event that is still there: those before were
// removed.
func (p *pages) first(ctx context.Context, community int64) (int64, error) {
	read, err := p.log.ReadEvents(ctx, events.Filter{CommunityID: community, Limit: 1})
	if err != nil {
		return 0, err
	}
	if len(read.Events) > 0 {
		return read.Events[0].Sequence - 1, nil
	}
	return p.log.LastEvent(ctx, community)
}

// one is the event of a number; nil: it was removed.
func (p *pages) one(ctx context.Context, community, sequence int64) (*message, error) {
	p.mu.Lock()
	at, known := p.known[pageKey{community, (sequence - 1) / pageEvents}]
	p.mu.Unlock()
	if known {
		at.mu.Lock()
		messages := at.messages
		at.mu.Unlock()
		if i, exact := find(messages, sequence); exact {
			return messages[i], nil
		}
	}
	read, err := p.log.ReadEvents(ctx, events.Filter{CommunityID: community, After: sequence - 1, Limit: 1})
	if fault.ReasonOf(err) == "events_expired" || err == nil && (len(read.Events) == 0 || read.Events[0].Sequence != sequence) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &message{Event: read.Events[0], id: p.wire.ID(read.Events[0])}, nil
}
