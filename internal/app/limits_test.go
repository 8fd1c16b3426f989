package app

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/internal/pgtest"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/web"
)

// face is a stopped clock and a replica that reads it.
type face struct {
	*App
	passed atomic.Int64 // since it was opened, in nanoseconds
	heard  chan string  // from whom a message came
}

// ask asks until the limit is reached and returns how often it was not.
func (f *face) ask(ctx context.Context, credential string) (through int) {
	for range 2000 {
		answer := httptest.NewRecorder()
		request := httptest.NewRequestWithContext(ctx, http.MethodGet, "/v1/community", nil)
		request.Header.Set("Authorization", "Bearer "+credential)
		f.Handler.ServeHTTP(answer, request)
		if answer.Code == http.StatusTooManyRequests {
			break
		}
		through++
	}
	return through
}

// hears waits until the replica has heard so many messages of another.
func (f *face) hears(t *testing.T, from string, messages int, again func()) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for messages > 0 {
		select {
		case who := <-f.heard:
			if who == from {
				messages--
			}
		case <-tick.C:
			again()
		case <-ctx.Done():
			t.Fatal("a replica hears nothing of the other")
		}
	}
}

// TestC15_replicasShareLimits floods two servers on one database, with a key and with
// guesses, in virtual time.
func TestC15_replicasShareLimits(t *testing.T) {
	t.Parallel()
	ctx, url := t.Context(), pgtest.URL(t)
	replicas := make([]*face, 2)
	var listening sync.WaitGroup
	listen, stop := context.WithCancel(ctx)
	for i := range replicas {
		a, err := Open(ctx, Config{DatabaseURL: url, Now: time.Now, RateLimits: true})
		if err != nil {
			t.Fatal(err)
		}
		f := &face{App: a, heard: make(chan string, 1000)}
		begin := time.Now()
		a.limits.heard = func(from string) { f.heard <- from }
		a.Server.Now = func() time.Time { return begin.Add(time.Duration(f.passed.Load())) }
		t.Cleanup(func() { _ = a.Close() })
		listening.Go(func() {
			if err := a.Listen(listen); err != nil {
				t.Error(err)
			}
		})
		replicas[i] = f
	}
	t.Cleanup(func() { stop(); listening.Wait() })
	store := replicas[0].Store
	by := orchestrator.By{Actor: "system", Reason: "test", At: time.Now()}
	key, credential := apikey.Generate(7, "flood", apikey.Test, []apikey.Scope{apikey.Read}, time.Now())
	if err := store.AddCommunity(ctx, 7, "Seven", by); err != nil {
		t.Fatal(err)
	}
	if err := store.AddKey(ctx, key, by); err != nil {
		t.Fatal(err)
	}
	for _, f := range replicas {
		// The listener connects in its own time, so it is told until it has heard.
		f.hears(t, "probe", 1, func() { _ = store.Notify(ctx, limitsChannel, `{"from":"probe"}`) })
	}
	keyed, guessed := 0, 0
	var rounds []int // what came through with the key, by server and second
	const seconds = 6
	for range seconds {
		for _, f := range replicas {
			f.passed.Add(int64(time.Second))
			rounds = append(rounds, f.ask(ctx, credential))
			keyed += rounds[len(rounds)-1]
			guessed += f.ask(ctx, "wrong")
		}
		for i, f := range replicas {
			n, err := f.limits.share(ctx)
			if err != nil {
				t.Fatal(err)
			}
			replicas[1-i].hears(t, f.limits.name, n, func() {})
		}
	}
	// One server lets a burst and its rate through; two a second burst before they know.
	if most := 400 + seconds*200 + 600; keyed > most || keyed < seconds*200 {
		t.Errorf("%d requests with one key in %d s (%v), want %d to %d", keyed, seconds, rounds, seconds*200, most)
	}
	if most := 20 + seconds*5 + 30; guessed > most || guessed < seconds*5 {
		t.Errorf("%d guesses in %d s, want %d at most", guessed, seconds, most)
	}
}

// What replicas tell each other fits into PostgreSQL's notifications, and what does not fit
// into one goes into the next, in order and whole.
func TestLimits_pack(t *testing.T) {
	t.Parallel()
	l := &limits{name: RandomSecret()[:16]}
	var all, heard []web.Spent
	for i := range 300 {
		all = append(all, web.Spent{Limit: "visitors", Name: strings.Repeat("x", 40) + strconv.Itoa(i), Tokens: int64(i)})
	}
	all = append(all, web.Spent{Limit: "keys", Name: strings.Repeat("long", 3000), Tokens: 1}) // longer than any: told alone
	messages := 0
	for rest := all; len(rest) > 0; messages++ {
		before := len(rest)
		payload, left, err := l.pack(rest)
		if rest = left; err != nil || len(rest) == before {
			t.Fatalf("%d are left of %d, %v", len(rest), before, err)
		}
		var m told
		if err := json.Unmarshal([]byte(payload), &m); err != nil || m.From != l.name || len(payload) >= 8000 && len(m.Spent) > 1 {
			t.Fatalf("%d bytes from %s: %v", len(payload), m.From, err)
		}
		heard = append(heard, m.Spent...)
	}
	if !slices.Equal(all, heard) || messages < 4 {
		t.Errorf("%d of %d were told in %d messages", len(heard), len(all), messages)
	}
}
