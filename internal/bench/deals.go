package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/orchestrator"
)

// Deals is a measurement of whole deals over HTTP: opened, paid on the gateway's
// page, heard of by webhook, shipped, confirmed and released. The sandbox works on
// the same machine and is part of the cost.
type Deals struct {
	Script    string // process and gateway
	Workers   int
	PerSecond int64         // whole deals
	P50, P99  time.Duration // of one request to the engine that changes a deal
}

// DealsOptions say what is played. Endpoints are the webhook endpoints that are sent all that happens meanwhile.
type DealsOptions struct {
	Script    Script
	Workers   int
	Length    time.Duration
	Endpoints int
}

// RunDeals plays deals of one script with a number of workers for a time on a new
// database.
func RunDeals(ctx context.Context, databaseURL string, o DealsOptions) (d Deals, err error) {
	script, workers := o.Script, o.Workers
	p, err := newPlant(ctx, app.TestbedConfig{DatabaseURL: databaseURL}, workers, nil)
	if err != nil {
		return Deals{}, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	if err := script.prepare(ctx, p, workers); err != nil {
		return Deals{}, err
	}
	if err := p.tell(ctx, o.Endpoints); err != nil {
		return Deals{}, err
	}
	began := time.Now()
	var all sync.WaitGroup
	failures := make(chan error, workers)
	for i := range workers {
		all.Go(func() {
			for n := 0; n == 0 || time.Since(began) < o.Length; n++ {
				if err := p.once(ctx, script, i, n); err != nil {
					failures <- err
					return
				}
			}
		})
	}
	all.Wait()
	close(failures)
	if err := <-failures; err != nil {
		return Deals{}, err
	}
	d = p.result(workers, time.Since(began))
	d.Script = script.Name
	return d, p.heard(ctx, o.Endpoints)
}

// plant is a testbed with listeners and the loop that applies webhooks.
type plant struct {
	*app.Testbed
	client  *http.Client
	servers []*http.Server
	stop    context.CancelFunc
	work    sync.WaitGroup

	received atomic.Int64 // by endpoints

	mu    sync.Mutex
	took  []time.Duration
	deals int64
}

// newPlant starts a testbed; observe may replace its engine's observer.
func newPlant(ctx context.Context, c app.TestbedConfig, workers int, observe func(orchestrator.Observer) orchestrator.Observer) (*plant, error) {
	engine, err := listen(ctx)
	if err != nil {
		return nil, err
	}
	box, err := listen(ctx)
	if err != nil {
		return nil, err
	}
	emulators := map[string]net.Listener{}
	c.URL, c.SandboxURL, c.EmulatorURLs = "http://"+engine.Addr().String(), "http://"+box.Addr().String(), map[string]string{}
	for _, e := range app.Emulators() {
		l, err := listen(ctx)
		if err != nil {
			return nil, err
		}
		emulators[e.Gateway], c.EmulatorURLs[e.Gateway] = l, "http://"+l.Addr().String()
	}
	c.Follow, c.Seed, c.Observe = true, 1, observe
	w, err := app.OpenTestbed(ctx, c)
	if err != nil {
		return nil, err
	}
	p := &plant{Testbed: w, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers}}}
	ctx, p.stop = context.WithCancel(ctx)
	p.serve(engine, w.Handler)
	p.serve(box, w.Sandbox)
	for gateway, l := range emulators {
		p.serve(l, w.Emulator(gateway))
	}
	p.work.Go(func() { w.Due.Run(ctx) })
	return p, nil
}

func listen(ctx context.Context) (net.Listener, error) {
	return (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
}

func (p *plant) serve(l net.Listener, h http.Handler) {
	s := &http.Server{Handler: h, ReadHeaderTimeout: time.Second}
	p.servers = append(p.servers, s)
	p.work.Go(func() { _ = s.Serve(l) }) // ends with ErrServerClosed
}

func (p *plant) close() error {
	p.stop()
	var errs []error
	for _, s := range p.servers {
		errs = append(errs, s.Close())
	}
	p.work.Wait()
	p.client.CloseIdleConnections()
	return errors.Join(append(errs, p.Testbed.Close())...)
}

// tell makes endpoints that are sent all that happens, with one receiver.
func (p *plant) tell(ctx context.Context, endpoints int) error {
	if endpoints == 0 {
		return nil
	}
	l, err := listen(ctx)
	if err != nil {
		return err
	}
	p.serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusNoContent)
		p.received.Add(1)
	}))
	for i := range endpoints {
		if err := endpointAt(ctx, p.Store, app.SampleCommunity, fmt.Sprintf("http://%s/%d", l.Addr(), i), endpoints); err != nil {
			return err
		}
	}
	return nil
}

// heard waits until webhooks have come, so that nothing is measured beside endpoints that get none.
func (p *plant) heard(ctx context.Context, endpoints int) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for p.received.Load() < int64(endpoints) {
		select {
		case <-ctx.Done():
			return errors.New("no webhook has come")
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}

// state is the part of a deal that the play looks at.
type state struct {
	ID        string `json:"id"`
	State     string `json:"state"`
	PaymentID string `json:"payment_id"`
	Page      string `json:"redirect_url"`
}

// once plays a script once and counts it.
func (p *plant) once(ctx context.Context, script Script, worker, n int) error {
	if err := script.play(ctx, p, worker, n); err != nil {
		return fmt.Errorf("%s: %w", script.Name, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deals++
	return nil
}

// await polls until webhooks have brought the deal into a state.
func (p *plant) await(ctx context.Context, path, want string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		deal, err := p.do(ctx, http.MethodGet, path, "", "")
		if err != nil || deal.State == want {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the deal is %s and does not become %s", deal.State, want)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// page pays where the deal's buyer is sent to, if anywhere, and waits for the state that follows.
func (p *plant) page(ctx context.Context, deal state, paid string) error {
	if paid == "" || deal.Page == "" {
		return nil
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, deal.Page, bytes.NewBufferString(`{"card":"success"}`))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := p.client.Do(r)
	if err != nil {
		return err
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode >= 300 {
		return errors.Join(err, fmt.Errorf("the page: status %d", resp.StatusCode))
	}
	return p.await(ctx, "/v1/transactions/"+deal.ID, paid)
}

func (p *plant) post(ctx context.Context, path, key, body string) (state, error) {
	began := time.Now()
	s, err := p.do(ctx, http.MethodPost, path, key, body)
	took := time.Since(began)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.took = append(p.took, took)
	return s, err
}

func (p *plant) do(ctx context.Context, method, path, key, body string) (state, error) {
	var s state
	return s, p.call(ctx, p.Key, method, path, key, body, &s)
}

// call makes a request with a key or a user's token.
func (p *plant) call(ctx context.Context, token, method, path, key, body string, into any) error {
	r, err := http.NewRequestWithContext(ctx, method, p.Config.URL+path, bytes.NewBufferString(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", key)
	resp, err := p.client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s %s: status %d: %s", method, path, resp.StatusCode, content)
	}
	return json.Unmarshal(content, into)
}

func (p *plant) result(workers int, took time.Duration) Deals {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := Deals{Workers: workers, PerSecond: p.deals * int64(time.Second) / max(int64(took), 1)}
	if slices.Sort(p.took); len(p.took) > 0 {
		d.P50, d.P99 = p.took[len(p.took)/2], p.took[len(p.took)*99/100]
	}
	return d
}
