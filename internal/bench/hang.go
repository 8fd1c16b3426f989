package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/handsel-dev/handsel/internal/app"
)

// HangOptions size a measurement of what a hanging gateway costs the others.
type HangOptions struct {
	NewDatabase func(ctx context.Context) (string, error) // an empty database for each round
	Rounds      int                                       // each without and with the gateway that hangs
	Length      time.Duration                             // of the requests of one round
	Deals       int                                       // of healthy gateways that are due at once, of each kind
}

// Hang compares what is waited for at healthy gateways while another one answers and
// while it hangs, with the same to do for all, in one run.
type Hang struct {
	What            string
	Healthy, Beside Waits
}

// Waits are quantiles of how long something was waited for.
type Waits struct {
	Count    int
	P50, P99 time.Duration
}

// Percent is the P99 beside a gateway that hangs in percent of the one beside a healthy
// gateway: 100 means that nobody notices.
func (h Hang) Percent() int64 { return int64(h.Beside.P99 * 100 / max(h.Healthy.P99, 1)) }

// The things that are waited for.
const (
	WaitRequest  = "request"            // that changes a deal of none, balance or stripe
	WaitWebhook  = "webhook to paid"    // from the payment on stripe's page until the deal is paid
	WaitTold     = "order to told"      // from an order's request until its seller is told
	WaitTimer    = "due timers"         // from when all fall due until one is carried out
	WaitRecovery = "lost answers found" // from when all can be found out until one is
)

func waits() []string {
	return []string{WaitRequest, WaitWebhook, WaitTold, WaitTimer, WaitRecovery}
}

// RunHang plays requests and due work of healthy gateways beside a Trustap that answers,
// and beside one that takes every call and answers none. Both take turns within a round, the one that
// was second goes first in the next, so that a slow moment of the machine does not hit
// one of them alone.
func RunHang(ctx context.Context, o HangOptions) ([]Hang, error) {
	took := map[bool]map[string][]time.Duration{false: {}, true: {}}
	for round := range o.Rounds {
		for _, hangs := range []bool{round%2 == 1, round%2 == 0} {
			some, err := hangRound(ctx, o, hangs)
			if err != nil {
				return nil, fmt.Errorf("hanging %v: %w", hangs, err)
			}
			for what, list := range some {
				took[hangs][what] = append(took[hangs][what], list...)
			}
		}
	}
	var results []Hang
	for _, what := range waits() {
		results = append(results, Hang{what, waited(took[false][what]), waited(took[true][what])})
	}
	return results, nil
}

func waited(took []time.Duration) Waits {
	if len(took) == 0 {
		return Waits{}
	}
	slices.Sort(took)
	return Waits{len(took), took[len(took)/2], took[len(took)*99/100]}
}

// callTimeout is how long a call of a gateway may take here: short enough that places
// are given back and taken again within a round.
const callTimeout = 2 * time.Second

// hangRound measures on a testbed of its own.
func hangRound(ctx context.Context, o HangOptions, hangs bool) (took map[string][]time.Duration, err error) {
	url, err := o.NewDatabase(ctx)
	if err != nil {
		return nil, err
	}
	seen := &sight{commits: make(chan commit, 100_000)}
	p, err := newPlant(ctx, app.TestbedConfig{DatabaseURL: url, CallTimeout: callTimeout, Manual: true}, 16, seen.of)
	if err != nil {
		return nil, err
	}
	r := &hangingRound{HangOptions: o, plant: p, sight: seen, took: map[string][]time.Duration{}}
	ctx, cancel := context.WithCancel(ctx)
	defer func() {
		cancel()
		r.others.Wait()
		err = errors.Join(err, p.close())
	}()
	beside := func(ctx context.Context) error { return r.beside(ctx, hangs) }
	for _, step := range []func(context.Context) error{r.prepare, beside, r.lose, r.recover, r.timers, r.quiet, r.requests} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	if hangs && seen.hung.Load() == 0 {
		return nil, errors.New("nothing hangs")
	}
	return r.took, nil
}

type hangingRound struct {
	HangOptions
	*plant
	*sight
	others sync.WaitGroup // what goes on beside what is measured
	took   map[string][]time.Duration
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
