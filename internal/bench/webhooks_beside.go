package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/handsel-dev/handsel/internal/due"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

// Beside is how long events took to good receivers, from being stored to being there, with as
// many bad ones next to them: dead, slow (9 s), resetting, answering 500 to every second.
type Beside struct {
	Good, Bad, Deliveries int
	P50, P99              time.Duration
}

// slowAnswer is how long the slow receiver takes.
const slowAnswer = 9 * time.Second

// Pace is how many events are stored, and how they come.
type Pace struct {
	Events int           // a multiple of Each
	Each   int           // at a time
	Every  time.Duration // between one time and the next
}

// RunBeside stores events at a pace and measures when each good receiver has each of them.
func RunBeside(ctx context.Context, databaseURL string, good int, bad bool, pace Pace) (b Beside, err error) {
	db, err := prepared(ctx, databaseURL)
	if err != nil {
		return b, err
	}
	defer db.Close()
	m := &meter{stored: make([]time.Time, pace.Events+1), seen: map[string]map[int]time.Duration{}}
	servers, stop, err := m.receivers(good, bad)
	if err != nil {
		return b, err
	}
	halt := func() {}
	defer func() { stop(); halt() }() // what is sent ends with the receivers
	for _, url := range servers {
		if err := endpointAt(ctx, db, 1, url, len(servers)); err != nil {
			return b, err
		}
	}
	worker, sender, err := sending(db)
	if err != nil {
		return b, err
	}
	defer sender.Close()
	jobs, err := due.New(due.Config{Now: time.Now}, worker.Job())
	if err != nil {
		return b, err
	}
	running, end := context.WithCancel(ctx)
	var ended sync.WaitGroup
	ended.Go(func() { jobs.Run(running) })
	halt = func() { end(); ended.Wait() }
	if err := m.feed(ctx, databaseURL, jobs, pace); err != nil {
		return b, err
	}
	if err := m.wait(ctx, good*pace.Events); err != nil {
		return b, err
	}
	took := m.all()
	b = Beside{Good: good, Bad: len(servers) - good, Deliveries: len(took), P50: took[len(took)/2], P99: took[len(took)*99/100]}
	return b, nil
}

// meter notes when events were stored and when receivers had them.
type meter struct {
	mu     sync.Mutex
	stored []time.Time // by number
	seen   map[string]map[int]time.Duration
	got    atomic.Int64
}

// feed stores events at a pace.
func (m *meter) feed(ctx context.Context, databaseURL string, jobs *due.List, pace Pace) error {
	db, statement, err := logOf(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer db.Close()
	next := time.Now()
	for stored := 0; stored < pace.Events; stored += pace.Each {
		now := time.Now()
		m.mu.Lock()
		for i := range pace.Each {
			m.stored[stored+i+1] = now
		}
		m.mu.Unlock()
		if err := more(ctx, db, statement, stored, pace.Each); err != nil {
			return err
		}
		jobs.Wake(outbound.JobName)
		next = next.Add(pace.Every)
		if err := pauseUntil(ctx, next); err != nil {
			return err
		}
	}
	return nil
}

func pauseUntil(ctx context.Context, t time.Time) error {
	timer := time.NewTimer(time.Until(t))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// wait lets the good receivers get what is stored.
func (m *meter) wait(ctx context.Context, want int) error {
	for end := time.Now().Add(time.Minute); ; {
		switch {
		case m.got.Load() >= int64(want):
			return nil
		case time.Now().After(end):
			return fmt.Errorf("good receivers have %d of %d events", m.got.Load(), want)
		}
		if err := pauseUntil(ctx, time.Now().Add(10*time.Millisecond)); err != nil {
			return err
		}
	}
}

func (m *meter) all() []time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	var took []time.Duration
	for _, of := range m.seen {
		for _, t := range of {
			took = append(took, t)
		}
	}
	slices.Sort(took)
	return took
}

// arrived notes the first time that a receiver has an event.
func (m *meter) arrived(name string, body []byte) {
	var e struct {
		Sequence int `json:"sequence"`
	}
	if json.Unmarshal(body, &e) != nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.seen[name] == nil {
		m.seen[name] = map[int]time.Duration{}
	}
	if _, known := m.seen[name][e.Sequence]; !known {
		m.seen[name][e.Sequence] = time.Since(m.stored[e.Sequence])
		m.got.Add(1)
	}
}

// receivers starts them and returns where they are.
func (m *meter) receivers(good int, bad bool) (urls []string, stop func(), err error) {
	handlers := map[string]http.HandlerFunc{}
	for i := range good {
		name := fmt.Sprintf("good-%d", i)
		handlers["/"+name] = func(_ http.ResponseWriter, r *http.Request) {
			if body, err := io.ReadAll(r.Body); err == nil {
				m.arrived(name, body)
			}
		}
	}
	closing := make(chan struct{})
	if bad {
		var half atomic.Int64
		handlers["/slow"] = func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			select {
			case <-time.After(slowAnswer):
			case <-closing:
			}
		}
		handlers["/half"] = func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			if half.Add(1)%2 == 0 {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}
		handlers["/reset"] = reset
	}
	mux := http.NewServeMux()
	for path, handler := range handlers {
		mux.HandleFunc(path, handler)
	}
	origin, end, err := serveAt(mux)
	if err != nil {
		return nil, nil, err
	}
	for path := range handlers {
		urls = append(urls, origin+path)
	}
	if bad {
		dead, kill, err := serveAt(mux)
		if err != nil {
			return nil, nil, err
		}
		kill()
		urls = append(urls, dead+"/dead")
	}
	return urls, func() { close(closing); end() }, nil
}

// reset breaks the connection off.
func reset(w http.ResponseWriter, _ *http.Request) {
	if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
		if tcp, is := c.(*net.TCPConn); is {
			_ = tcp.SetLinger(0)
		}
		_ = c.Close()
	}
}

// RunWaiting has one endpoint get events for a while out of many that wait, and returns the most memory that
// was in use meanwhile, in bytes.
func RunWaiting(ctx context.Context, databaseURL string, waiting int, while time.Duration) (most uint64, delivered int64, err error) {
	db, err := prepared(ctx, databaseURL)
	if err != nil {
		return 0, 0, err
	}
	defer db.Close()
	url, stop, err := receive()
	if err != nil {
		return 0, 0, err
	}
	defer stop()
	for range 5 {
		if err := endpointAt(ctx, db, 1, url, 5); err != nil {
			return 0, 0, err
		}
	}
	if err := fillLog(ctx, databaseURL, waiting); err != nil {
		return 0, 0, err
	}
	worker, sender, err := sending(db)
	if err != nil {
		return 0, 0, err
	}
	defer sender.Close()
	bounded, cancel := context.WithTimeout(ctx, while)
	defer cancel()
	var watching sync.WaitGroup
	watching.Go(func() { most = highest(bounded) })
	for bounded.Err() == nil {
		if _, err := worker.Once(bounded); err != nil && bounded.Err() == nil {
			return 0, 0, err
		}
		if all, err := db.ListEndpoints(ctx, 1); err != nil || !slices.ContainsFunc(all, func(e outbound.Endpoint) bool { return e.Position < int64(waiting) }) {
			break
		}
	}
	cancel()
	watching.Wait()
	all, err := db.ListEndpoints(ctx, 1)
	for _, e := range all {
		delivered += e.Position
	}
	return most, delivered, err
}

// highest is the most memory in use, until the context ends.
func highest(ctx context.Context) (most uint64) {
	var m runtime.MemStats
	for {
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapInuse+m.StackInuse)
		if pauseUntil(ctx, time.Now().Add(20*time.Millisecond)) != nil {
			return most
		}
	}
}

func prepared(ctx context.Context, databaseURL string) (*sqlstore.DB, error) {
	db, err := sqlstore.Open(ctx, databaseURL, sqlstore.Options{})
	if err != nil {
		return nil, err
	}
	if err := db.AddCommunity(ctx, 1, "bench", benchBy()); err != nil {
		return nil, err
	}
	return db, nil
}
